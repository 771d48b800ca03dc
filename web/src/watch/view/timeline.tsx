/** The steps at which a question was asked: right and wrong answers as columns, and how long they were. */
import type { Followed, Rollout } from "../contract.ts";
import { w } from "../words.ts";
import { outcomeOf } from "./outcome.tsx";

interface Props {
  followed: Followed;
  at: number;
  sample: number;
  onGo: (to: number) => void;
}

const LABELS = 12; // as many as fit on a line

export function Timeline({ followed, at, sample, onGo }: Props) {
  const { steps } = followed;
  const means = steps.map(({ rollouts }) => rollouts.reduce((sum, { length }) => sum + length, 0) / Math.max(rollouts.length, 1));
  const every = Math.ceil(steps.length / LABELS);
  const now = steps[at];
  const right = now?.rollouts.filter((rollout) => outcomeOf(rollout) === "right").length ?? 0;
  return (
    <div class="timeline" style={{ "--count": steps.length }} data-dense={steps.length > 40}>
      <Lengths means={means} at={at} />
      <div class="timeline-columns" role="img" aria-label={w.value.timeline}>
        {steps.map(({ step, rollouts }, i) => (
          <div key={step} class="timeline-column" data-current={i === at} onClick={() => onGo(i)}>
            {rollouts.map((rollout) => <TimelineMark key={rollout.sample} rollout={rollout} current={rollout.sample === sample} />)}
            <span class="timeline-step">{i % every === 0 || i === at ? step : "\u00a0"}</span>
          </div>
        ))}
      </div>
      <input
        type="range"
        min={0}
        max={steps.length - 1}
        value={at}
        disabled={steps.length < 2}
        aria-label={w.value.step}
        aria-valuetext={now ? `${w.value.stepN(now.step)}: ${w.value.rightOf(right, now.rollouts.length)}` : ""}
        onInput={(event) => onGo(Number(event.currentTarget.value))}
      />
    </div>
  );
}

function TimelineMark({ rollout, current }: { rollout: Rollout; current: boolean }) {
  return <span class="mark" data-outcome={outcomeOf(rollout)} data-current={current} />;
}

const HEIGHT = 64;
const PAD = 8;

/** Mean length over the steps, each point above its column. */
function Lengths({ means, at }: { means: number[]; at: number }) {
  const top = Math.max(...means, 1);
  const across = (i: number) => ((i + 0.5) / means.length) * 100;
  const up = (value: number) => PAD + (1 - value / top) * (HEIGHT - 2 * PAD);
  const place = means.map((value, i) => `${across(i)} ${up(value)}`).join("L");
  const now = means[at] ?? 0;
  return (
    <div class="timeline-lengths">
      <svg viewBox={`0 0 100 ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={w.value.lengthOver}>
        <path class="under" d={`M${across(0)} ${HEIGHT}L${place}L${across(means.length - 1)} ${HEIGHT}Z`} />
        <path class="over" d={`M${place}`} vector-effect="non-scaling-stroke" />
      </svg>
      <span class="timeline-now" style={{ left: `${across(at)}%`, top: `${up(now)}px` }} data-edge={across(at) > 85 ? "end" : across(at) < 15 ? "start" : "none"}>
        <span>{w.value.tokens(Math.round(now))}</span>
      </span>
    </div>
  );
}
