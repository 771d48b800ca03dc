/** The claims of the field against the numbers of this run. A negative stands as large as a positive. */
import type { Cell, Claim } from "../contract.ts";
import { visible } from "../visible.tsx";
import { familyName, told, w } from "../words.ts";

export function Claims({ claims }: { claims: Claim[] }) {
  if (!claims.length) return null;
  const families = [...new Set(claims.flatMap(({ cells }) => Object.keys(cells)))];
  return (
    <section class="claims">
      <h2>{w.value.claims}</h2>
      <div class="wide" tabIndex={0} role="region" aria-label={w.value.claims}>
        <table>
          <thead>
            <tr>
              <th scope="col">{w.value.claim}</th>
              {!families.length && <td />}
              {families.map((family) => <th scope="col" key={family}>{familyName(family)}</th>)}
            </tr>
          </thead>
          <tbody>{claims.map((claim) => <Row key={claim.text.en} claim={claim} families={families} />)}</tbody>
        </table>
      </div>
    </section>
  );
}

function Row({ claim, families }: { claim: Claim; families: string[] }) {
  const untested = !Object.keys(claim.cells).length;
  return (
    <tr>
      <th scope="row">
        {visible(told(claim.text))}
        <small>{visible(told(claim.rule))}</small>
      </th>
      {untested ? (
        <td colSpan={Math.max(families.length, 1)}>
          <Verdict cell={{ verdict: "not tested", numbers: told(claim.elsewhere) }} />
        </td>
      ) : (
        families.map((family) => <td key={family}><Verdict cell={claim.cells[family] ?? { verdict: "not tested", numbers: "" }} /></td>)
      )}
    </tr>
  );
}

const SIGNS = { holds: "✓", "does not hold": "✗", "not tested": "–" };

function Verdict({ cell }: { cell: Cell }) {
  return (
    <span class="claim-verdict" data-verdict={cell.verdict}>
      <span>
        <span aria-hidden="true">{SIGNS[cell.verdict] ?? "–"} </span>
        {w.value.verdicts[cell.verdict] ?? cell.verdict}
      </span>
      {cell.numbers && <small>{visible(cell.numbers)}</small>}
    </span>
  );
}
