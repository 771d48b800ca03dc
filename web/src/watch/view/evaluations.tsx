/** The base beside the final model, on the same held-out problems with the same seeds. */
import type { Evaluation, Measured, RunDetail } from "../contract.ts";
import { amount, percent } from "../format.ts";
import { visible } from "../visible.tsx";
import { familyName, w } from "../words.ts";

const ORDER = ["base", "final"];

export function Evaluations({ run }: { run: RunDetail }) {
  const labels = [...ORDER, ...Object.keys(run.evaluations)].filter((label, i, all) => run.evaluations[label] && all.indexOf(label) === i);
  const rows = rowsOf(labels.map((label) => run.evaluations[label] ?? {}));
  if (!rows.length) return null;
  const most = largestK(run);
  const words = w.value;
  const named = (label: string) => words.labels[label] ?? visible(label);
  const columns = ["pass@1", ...(most > 1 ? [`pass@${most}`] : []), "length"];
  return (
    <section>
      <h2>{words.evaluations}</h2>
      <p class="hint">{words.evaluationsMore}</p>
      <div class="wide" tabIndex={0} role="region" aria-label={words.evaluations}>
        <table class="evaluations">
          <thead>
            <tr>
              <th scope="col" rowSpan={2}>{words.family}</th>
              {columns.map((column) => <th scope="colgroup" key={column} colSpan={labels.length}>{column === "length" ? words.length : column}</th>)}
            </tr>
            <tr>{columns.map((column) => labels.map((label) => <th scope="col" key={column + label}>{named(label)}</th>))}</tr>
          </thead>
          <tbody>
            {rows.map(([family, level]) => (
              <tr key={`${family} ${level}`} class={level === "all" ? "pooled" : ""}>
                <th scope="row">
                  {familyName(family)} <small>{level === "all" ? words.allLevels : words.level(Number(level))}</small>
                </th>
                {columns.map((column) =>
                  labels.map((label) => <td key={column + label}><Measure row={run.evaluations[label]?.[family]?.[level]} name={column} /></td>),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Apple run={run} named={named} />
    </section>
  );
}

function rowsOf(tables: Evaluation[]): [family: string, level: string][] {
  const families = [...new Set(tables.flatMap((table) => Object.keys(table)))];
  return families.flatMap((family) => {
    const levels = [...new Set(tables.flatMap((table) => Object.keys(table[family] ?? {})))];
    const single = levels.filter((level) => level !== "all").sort((a, b) => Number(a) - Number(b));
    const pooled = levels.includes("all") ? ["all"] : [];
    return (single.length === 1 && pooled.length ? pooled : [...pooled, ...single]).map((level) => [family, level] as [string, string]);
  });
}

/** The largest k that a pass@k was measured for. */
function largestK(run: RunDetail): number {
  const rows = Object.values(run.evaluations).flatMap((table) => Object.values(table).flatMap((levels) => Object.values(levels)));
  return Math.max(1, ...rows.flatMap((row) => Object.keys(row).map((name) => Number(/^pass@(\d+)$/.exec(name)?.[1] ?? 1))));
}

function Measure({ row, name }: { row: Measured | undefined; name: string }) {
  const value = row?.[name];
  const interval = row?.[`${name}_ci`];
  if (typeof value !== "number") return <>–</>;
  if (name === "length") return <>{amount(value, "tokens")}</>;
  return (
    <>
      {percent(value)}
      {Array.isArray(interval) && <small>{` [${percent(interval[0])}, ${percent(interval[1])}]`}</small>}
    </>
  );
}

/** The problem that the chapter of the paper shows, asked of both. */
function Apple({ run, named }: { run: RunDetail; named: (label: string) => string }) {
  const known = Object.entries(run.classic_apple);
  if (!known.length) return null;
  const said = known.map(([label, { share_right, samples }]) => `${named(label)}: ${w.value.appleOf(percent(share_right), samples)}`);
  return <p class="apple">{`${w.value.apple} — ${said.join(" · ")}`}</p>;
}
