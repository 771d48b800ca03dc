/** One group: the problem, its answers side by side in a list, and the one that is looked at. */
import { Icon } from "../../shared/icons.tsx";
import type { Problem, Rollout, RolloutRow } from "../contract.ts";
import { useAnswer } from "../answer.ts";
import { addressOf, place } from "../route.ts";
import { pathOf } from "../source.ts";
import { Plain } from "../visible.tsx";
import { familyName, w } from "../words.ts";
import { outcomeOf, Verdict } from "./outcome.tsx";
import { RolloutView } from "./rollout.tsx";
import { Waiting } from "./waiting.tsx";

interface Props {
  run: string;
  step: number;
  problem: string;
  sample: number | null;
}

export function GroupView({ run, step, problem, sample }: Props) {
  const { data, error } = useAnswer<{ problem: Problem; rollouts: RolloutRow[] }>(pathOf(["runs", run, "steps", step, "groups", problem]));
  const { query } = place.value;
  const back = addressOf(run, query.get("back") === "search" ? "search" : "groups", { step, family: query.get("family") });
  if (!data) return <Waiting error={error} />;
  const chosen = sample ?? data.rollouts[0]?.sample ?? 0;
  return (
    <>
      <p class="crumbs">
        <a href={back}>
          <Icon name="left" />
          {w.value.back}
        </a>
        <span class="aside">{w.value.stepN(step)}</span>
      </p>
      <Question problem={data.problem} />
      <div class="group-view">
        <nav class="samples" aria-label={w.value.answers}>
          {data.rollouts.map((row) => <SampleLink key={row.sample} run={run} step={step} problem={problem} row={row} current={row.sample === chosen} rows={data.rollouts} />)}
        </nav>
        <OneRollout run={run} step={step} problem={problem} sample={chosen} />
      </div>
    </>
  );
}

export function Question({ problem }: { problem: Problem }) {
  return (
    <header class="asked-problem">
      <p class="aside">
        <span>
          {familyName(problem.family)}
          {problem.level === null ? "" : ` · ${w.value.level(problem.level)}`}
        </span>
        {problem.gold !== null && (
          <span class="gold">
            {w.value.gold} <Plain text={problem.gold} />
          </span>
        )}
      </p>
      <blockquote>
        <Plain text={problem.prompt} />
      </blockquote>
    </header>
  );
}

interface SampleProps {
  run: string;
  step: number;
  problem: string;
  row: RolloutRow;
  rows: RolloutRow[];
  current: boolean;
}

function SampleLink({ run, step, problem, row, rows, current }: SampleProps) {
  const longest = Math.max(...rows.map(({ length }) => length), 1);
  return (
    <a
      href={addressOf(run, "groups", { step, problem, sample: row.sample })}
      aria-current={current ? "true" : undefined}
      aria-label={`${w.value.sample(row.sample + 1)}, ${w.value.outcomes[outcomeOf(row)]}, ${w.value.tokens(row.length)}`}
    >
      <Verdict outcome={outcomeOf(row)} />
      <span class="sample-answer">{row.answer === null ? "–" : <Plain text={row.answer} />}</span>
      <span class="aside">{row.length}</span>
      <span class="length-bar" style={{ "--share": row.length / longest }} aria-hidden="true" />
    </a>
  );
}

function OneRollout({ run, step, problem, sample }: { run: string; step: number; problem: string; sample: number }) {
  const names = ["runs", run, "steps", step, "groups", problem, sample];
  const { data, error, stale } = useAnswer<Rollout>(pathOf(names));
  if (!data) return <Waiting error={error} />;
  return (
    <div class={stale ? "stale" : ""} aria-busy={stale}>
      {error ? <Waiting error={error} /> : null}
      <RolloutView key={`${step} ${problem} ${sample}`} rollout={data} tokens={pathOf([...names, "tokens"])} />
    </div>
  );
}
