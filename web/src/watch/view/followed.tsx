/** One question followed over training: the model learning to think about it. */
import { useEffect, useState } from "preact/hooks";
import { Choice } from "../../shared/choice.tsx";
import { Icon } from "../../shared/icons.tsx";
import type { Followed, Problem, Rollout, RunDetail } from "../contract.ts";
import { useAnswer } from "../answer.ts";
import { isLive } from "../live.ts";
import { numberOf, place, refine } from "../route.ts";
import { pathOf } from "../source.ts";
import { head, visible } from "../visible.tsx";
import { familyName, w } from "../words.ts";
import { BesideBefore } from "./beside.tsx";
import { Question } from "./group.tsx";
import { Timeline } from "./timeline.tsx";
import { Waiting } from "./waiting.tsx";

const LOOK_AGAIN = 8000;
const BEAT = 1800; // milliseconds that a step is shown while it plays

export function FollowedView({ run }: { run: RunDetail }) {
  const again = () => (isLive(run) ? LOOK_AGAIN : null);
  const { data, error } = useAnswer<{ problems: Problem[]; steps: number[] }>(pathOf(["runs", run.name, "followed"]), again);
  if (!data) return <Waiting error={error} />;
  const wanted = place.value.query.get("problem");
  const problem = data.problems.find(({ problem_id }) => problem_id === wanted) ?? data.problems[0];
  if (!problem) return <p class="hint">{w.value.nothing}</p>;
  return (
    <>
      <div class="followed-head">
        <p class="lead">{w.value.followedMore}</p>
        {data.problems.length > 1 && <Picker problems={data.problems} current={problem.problem_id} />}
      </div>
      <OneProblem key={problem.problem_id} run={run} problem={problem} live={again} />
    </>
  );
}

function Picker({ problems, current }: { problems: Problem[]; current: string }) {
  return (
    <label class="select question-picker">
      <span class="unseen">{w.value.pick}</span>
      <select value={current} onChange={(event) => refine({ problem: event.currentTarget.value, step: null })}>
        {problems.map(({ problem_id, family, level, prompt }) => (
          <option key={problem_id} value={problem_id}>
            {`${familyName(family)}${level === null ? "" : ` ${level}`} · ${visible(head(prompt, 40))}`}
          </option>
        ))}
      </select>
    </label>
  );
}

function OneProblem({ run, problem, live }: { run: RunDetail; problem: Problem; live: () => number | null }) {
  const { data, error } = useAnswer<Followed>(pathOf(["runs", run.name, "followed", problem.problem_id]), live);
  return (
    <>
      <Question problem={data?.problem ?? problem} />
      {data ? <OverTime followed={data} /> : <Waiting error={error} />}
    </>
  );
}

function OverTime({ followed }: { followed: Followed }) {
  const { query } = place.value;
  const steps = followed.steps.map(({ step }) => step);
  const wanted = numberOf(query, "step");
  const found = wanted === null ? -1 : steps.indexOf(wanted);
  const at = found < 0 ? steps.length - 1 : found; // the newest, until the reader chooses
  const now = followed.steps[at];
  if (!now) return <p class="hint">{w.value.nothing}</p>;
  const sample = numberOf(query, "sample") ?? now.rollouts[0]?.sample ?? 0;
  const go = (to: number) => refine({ step: steps[to] });
  return (
    <>
      <Timeline followed={followed} at={at} sample={sample} onGo={go} />
      <BesideBefore now={ofSample(now.rollouts, sample)} step={now.step} before={at ? ofSample(followed.steps[at - 1]?.rollouts ?? [], sample) : null} stepBefore={steps[at - 1] ?? null}>
        <Play at={at} last={steps.length - 1} onGo={go} />
        {now.rollouts.length > 1 && <WhichSample rollouts={now.rollouts} sample={sample} />}
      </BesideBefore>
    </>
  );
}

function WhichSample({ rollouts, sample }: { rollouts: Rollout[]; sample: number }) {
  const options = rollouts.map(({ sample: value }) => ({ value, label: String(value + 1) }));
  return <Choice label={w.value.whichSample} labelShown options={options} value={sample} onChoose={(chosen) => refine({ sample: chosen })} />;
}

function ofSample(rollouts: Rollout[], sample: number): Rollout | null {
  return rollouts.find((rollout) => rollout.sample === sample) ?? rollouts[0] ?? null;
}

function Play({ at, last, onGo }: { at: number; last: number; onGo: (to: number) => void }) {
  const [playing, setPlaying] = useState(false);
  useEffect(() => {
    if (!playing) return;
    if (at >= last) return setPlaying(false);
    const timer = setTimeout(() => onGo(at + 1), BEAT);
    return () => clearTimeout(timer);
  }, [playing, at, last]);
  const press = () => {
    if (!playing && at >= last) onGo(0);
    setPlaying(!playing);
  };
  return (
    <button type="button" class="pill" onClick={press} disabled={last < 1}>
      <Icon name={playing ? "pause" : "play"} />
      {playing ? w.value.pause : w.value.play}
    </button>
  );
}
