/** One response: its thinking, what it presented, its answer, and what the reward made of it. */
import { useState } from "preact/hooks";
import { Choice } from "../../shared/choice.tsx";
import { boxedValue, isBareAnswer } from "../../shared/render/box.ts";
import { Markdown } from "../../shared/render/markdown.tsx";
import { Value } from "../../shared/render/value.tsx";
import type { Rollout } from "../contract.ts";
import type { Measure } from "../heat.ts";
import { mayHave } from "../source.ts";
import { visible } from "../visible.tsx";
import { w } from "../words.ts";
import { Heat } from "./heat.tsx";
import { outcomeOf, Verdict } from "./outcome.tsx";
import { Paper, StepLegend } from "./paper.tsx";

/** `tokens`: where the log-probs are asked for, if at all. */
export function RolloutView({ rollout, tokens }: { rollout: Rollout; tokens?: string | undefined }) {
  const [colour, setColour] = useState<"steps" | Measure>("steps");
  return (
    <article class="rollout">
      <Facts rollout={rollout} />
      {tokens && mayHave(tokens) && <ColourChoice colour={colour} onChoose={setColour} />}
      <div class="paper">
        {colour === "steps" || !tokens ? (
          <>
            <Paper thinking={rollout.thinking} steps={rollout.steps} />
            <StepLegend steps={rollout.steps} />
          </>
        ) : (
          <Heat key={tokens} path={tokens} measure={colour} />
        )}
      </div>
      {rollout.cut && <p class="hint">{w.value.cutText}</p>}
      <Presented rollout={rollout} />
    </article>
  );
}

function ColourChoice({ colour, onChoose }: { colour: "steps" | Measure; onChoose: (colour: "steps" | Measure) => void }) {
  const options = [
    { value: "steps" as const, label: w.value.heatNone },
    { value: "logprob" as const, label: w.value.logprob },
    { value: "entropy" as const, label: w.value.entropyUnit },
  ];
  return <Choice label={w.value.heat} labelShown options={options} value={colour} onChoose={onChoose} />;
}

function Facts({ rollout }: { rollout: Rollout }) {
  const parts = Object.entries(rollout.components).filter(([, value]) => value !== null);
  return (
    <p class="facts">
      <Verdict outcome={outcomeOf(rollout)} />
      <span>{w.value.tokens(rollout.length)}</span>
      <span>
        {w.value.reward} {rollout.reward ?? "–"}
      </span>
      {parts.length > 1 && parts.map(([name, value]) => <span key={name}>{`${visible(name)} ${value}`}</span>)}
      {rollout.mean_logprob !== null && <span>{w.value.meanLogprob(rollout.mean_logprob.toFixed(2))}</span>}
    </p>
  );
}

/** What it says after the thinking, and the value of its box as a card. */
export function Presented({ rollout }: { rollout: Rollout }) {
  const text = visible(rollout.answer_text);
  const value = rollout.answer ?? boxedValue(rollout.answer_text);
  const outcome = outcomeOf(rollout);
  return (
    <div class="presented">
      {text.trim() && !(value !== null && isBareAnswer(text)) && (
        <div class="isolated">
          <Markdown text={text} />
        </div>
      )}
      {value === null ? (
        <p class="hint">{w.value.noAnswer}</p>
      ) : (
        <div class={`card ${outcome}`} role="group" aria-label={w.value.answer}>
          <div class="card-head">
            <span class="card-label">{w.value.answer}</span>
            <span class={`verdict ${outcome}`}>{w.value.outcomes[outcome]}</span>
          </div>
          <div class="card-value">
            <bdi>
              <Value value={visible(value)} />
            </bdi>
          </div>
        </div>
      )}
    </div>
  );
}
