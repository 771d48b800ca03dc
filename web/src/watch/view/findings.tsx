/** What the doctor found, what could not be read, and what the run noted. */
import type { Finding, RunDetail } from "../contract.ts";
import { Plain } from "../visible.tsx";
import { told, w } from "../words.ts";

const ORDER = ["alarm", "warn", "info"];

export function Findings({ run }: { run: RunDetail }) {
  const words = w.value;
  const sorted = run.findings.toSorted((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
  return (
    <section class="findings" aria-label={words.findings}>
      {sorted.length ? <h2>{words.findings}</h2> : run.examining ? <p class="hint" role="status">{words.examining}</p> : <p class="hint well">{words.noFindings}</p>}
      {sorted.map((finding, i) => <FindingCard key={`${finding.rule} ${finding.step} ${i}`} finding={finding} />)}
      {run.failed && (
        <div class="finding" data-severity="alarm">
          <p class="finding-head">
            <strong>{words.stepFailed}</strong> <Plain text={run.failed} />
          </p>
        </div>
      )}
      {run.missing.length > 0 && (
        <div class="finding" data-severity="warn">
          <p class="finding-head">
            <strong>{words.missing}</strong>
          </p>
          <ul>{run.missing.map((text) => <li key={text}><Plain text={text} /></li>)}</ul>
        </div>
      )}
    </section>
  );
}

function FindingCard({ finding }: { finding: Finding }) {
  const words = w.value;
  return (
    <article class="finding" data-severity={finding.severity}>
      <p class="finding-head">
        <span class="severity">{words.severity[finding.severity] ?? finding.severity}</span>
        <strong><Plain text={told(finding.evidence)} /></strong>
        {finding.step !== null && <span class="aside">{words.sinceStep(finding.step)}</span>}
      </p>
      <dl>
        <dt>{words.cause}</dt>
        <dd><Plain text={told(finding.cause)} /></dd>
        <dt>{words.change}</dt>
        <dd><Plain text={told(finding.change)} /></dd>
      </dl>
    </article>
  );
}

export function Notes({ run }: { run: RunDetail }) {
  if (!run.notes.length) return null;
  return (
    <section>
      <h2>{w.value.notes}</h2>
      <ol class="notes">
        {run.notes.map(({ stage, step, text }, i) => (
          <li key={i}>
            <span class="aside">
              {stage} {step ?? ""}
            </span>
            <Plain text={text} />
          </li>
        ))}
      </ol>
    </section>
  );
}
