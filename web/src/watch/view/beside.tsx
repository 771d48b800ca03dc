/** A response beside the one to the same question at the step before, and what changed between them. */
import type { ComponentChildren } from "preact";
import type { Rollout } from "../contract.ts";
import { tallyOf } from "../spans.ts";
import { w } from "../words.ts";
import { outcomeOf, Verdict } from "./outcome.tsx";
import { KINDS, Paper, StepLegend } from "./paper.tsx";
import { Presented } from "./rollout.tsx";

interface Props {
  now: Rollout | null;
  step: number;
  before: Rollout | null;
  stepBefore: number | null;
  children: ComponentChildren; // what chooses the step and the answer
}

export function BesideBefore({ now, step, before, stepBefore, children }: Props) {
  if (!now) return <p class="hint">{w.value.nothing}</p>;
  return (
    <div class="beside">
      <section class="beside-before" aria-label={stepBefore === null ? w.value.first : w.value.before(stepBefore)}>
        <h3>{stepBefore === null ? w.value.first : w.value.before(stepBefore)}</h3>
        {before && <Response key={stepBefore} rollout={before} />}
      </section>
      <section class="beside-now" aria-label={w.value.at(step)}>
        <div class="beside-head">
          <h3>{w.value.at(step)}</h3>
          {children}
        </div>
        <Response key={step} rollout={now} />
        {before && <Changes now={now} before={before} />}
      </section>
    </div>
  );
}

export function Response({ rollout }: { rollout: Rollout }) {
  return (
    <div class="response">
      <p class="facts">
        <Verdict outcome={outcomeOf(rollout)} />
        <span>{w.value.tokens(rollout.length)}</span>
      </p>
      <div class="paper">
        <Paper thinking={rollout.thinking} steps={rollout.steps} />
        <StepLegend steps={rollout.steps} />
      </div>
      {rollout.cut && <p class="hint">{w.value.cutText}</p>}
      <Presented rollout={rollout} />
    </div>
  );
}

/** "84 tokens, 19 before · 2 checks, 0 before": only what changed. */
function Changes({ now, before }: { now: Rollout; before: Rollout }) {
  const words = w.value;
  const [counts, countsBefore] = [tallyOf(now.steps), tallyOf(before.steps)];
  const kinds = KINDS.filter((kind) => (counts.get(kind) ?? 0) !== (countsBefore.get(kind) ?? 0));
  const said = kinds.map((kind) => words.change_(`${words.kinds[kind]} ${counts.get(kind) ?? 0}`, String(countsBefore.get(kind) ?? 0)));
  if (now.length !== before.length) said.unshift(words.change_(words.tokens(now.length), String(before.length)));
  return (
    <ul class="changes">
      {said.map((text) => <li key={text}>{text}</li>)}
      {!said.length && <li>{words.same}</li>}
    </ul>
  );
}
