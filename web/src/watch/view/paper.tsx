/** The thinking on squared paper, its steps coloured by what they do; whether they hold is told by the line below. */
import { useMemo } from "preact/hooks";
import { memo } from "../../shared/memo.ts";
import type { Step } from "../contract.ts";
import { piecesOf, tallyOf } from "../spans.ts";
import { visible } from "../visible.tsx";
import { w } from "../words.ts";

export const KINDS = ["claim", "candidate", "check", "backtrack", "second derivation", "equation", "sub-goal", "enumeration", "assignment"];

const WHOLE = 24; // characters that go on one line

interface Props {
  thinking: string;
  steps: Step[];
  label?: string;
}

export const Paper = memo(({ thinking, steps, label }: Props) => {
  const pieces = useMemo(() => piecesOf(thinking, steps), [thinking, steps]);
  if (!thinking.trim()) return <p class="hint no-thinking">{w.value.noThinking}</p>;
  return (
    <div class="sheet" tabIndex={0} role="region" aria-label={label ?? w.value.thinking}>
      <div class="scratch">
        <bdi>
          {pieces.map((piece, i) =>
            piece.steps.length ? <StepText key={i} text={piece.text} steps={piece.steps} ends={piece.ends} /> : visible(piece.text),
          )}
        </bdi>
      </div>
    </div>
  );
});

/** The narrowest step gives the colour; any that fails gives the line. */
function StepText({ text, steps, ends }: { text: string; steps: Step[]; ends: Step[] }) {
  const inner = steps.at(-1) as Step;
  const failed = steps.some(({ holds }) => holds === false);
  return (
    <mark
      class="step"
      data-kind={inner.kind}
      data-holds={String(failed ? false : inner.holds)}
      data-whole={text.length <= WHOLE}
      data-fails={ends.some(({ holds }) => holds === false)}
      title={steps.map(titleOf).join(" · ")}
    >
      {visible(text)}
    </mark>
  );
}

function titleOf({ kind, holds }: Step): string {
  return w.value.stepTitle(w.value.kinds[kind] ?? kind, w.value.holds[String(holds) as "true" | "false" | "null"]);
}

/** What the colours mean, with how often each occurs, and what the lines mean. */
export function StepLegend({ steps }: { steps: Step[] }) {
  const counts = useMemo(() => tallyOf(steps), [steps]);
  if (!counts.size) return null;
  const kinds = [...KINDS, ...counts.keys()].filter((kind, i, all) => counts.has(kind) && all.indexOf(kind) === i);
  const holds = (["true", "false", "null"] as const).filter((value) => steps.some((step) => String(step.holds) === value));
  return (
    <ul class="legend" aria-label={w.value.legend}>
      {kinds.map((kind) => (
        <li key={kind}>
          <span class="step-swatch" data-kind={kind} aria-hidden="true" />
          {w.value.kinds[kind] ?? kind} <span class="count">{counts.get(kind)}</span>
        </li>
      ))}
      <li class="shapes">
        {holds.map((value) => (
          <span key={value}>
            <span class="step-swatch" data-holds={value} aria-hidden="true" />
            {w.value.holds[value]}
          </span>
        ))}
      </li>
    </ul>
  );
}
