/** Right, wrong, cut off or without a verdict: told by the shape as well as by the colour. */
import type { RolloutRow } from "../contract.ts";
import { w } from "../words.ts";

export type Outcome = "right" | "wrong" | "cut" | "none";

export function outcomeOf({ correct, finish_reason }: Pick<RolloutRow, "correct" | "finish_reason">): Outcome {
  if (correct === true) return "right";
  if (finish_reason === "length") return "cut";
  return correct === false ? "wrong" : "none";
}

export function Mark({ outcome, title }: { outcome: Outcome; title?: string | undefined }) {
  const said = title ?? w.value.outcomes[outcome];
  return <span class="mark" data-outcome={outcome} role="img" aria-label={said} title={said} />;
}

export function Verdict({ outcome }: { outcome: Outcome }) {
  return (
    <span class="outcome" data-outcome={outcome}>
      <span class="mark" data-outcome={outcome} aria-hidden="true" />
      {w.value.outcomes[outcome]}
    </span>
  );
}
