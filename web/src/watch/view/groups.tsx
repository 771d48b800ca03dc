/** The groups of one step: what was asked, and what each of the answers earned. */
import { useEffect, useState } from "preact/hooks";
import { Choice } from "../../shared/choice.tsx";
import type { Group, RunDetail } from "../contract.ts";
import { useAnswer } from "../answer.ts";
import { useFamilies } from "../families.ts";
import { isLive } from "../live.ts";
import { addressOf, numberOf, place, refine } from "../route.ts";
import { ask, isFrozen, pathOf } from "../source.ts";
import { head, Plain } from "../visible.tsx";
import { familyName, w } from "../words.ts";
import { GroupView } from "./group.tsx";
import { Mark, outcomeOf } from "./outcome.tsx";
import { StepSlider } from "./step-slider.tsx";
import { Waiting } from "./waiting.tsx";

const LOOK_AGAIN = 5000;
const PAGE = 50;

export function Groups({ run }: { run: RunDetail }) {
  const families = useFamilies(run);
  const live = isLive(run);
  const { data, error } = useAnswer<{ steps: number[] }>(pathOf(["runs", run.name, "steps"]), () => (live ? LOOK_AGAIN : null));
  if (!data) return <Waiting error={error} />;
  const { query } = place.value;
  const wanted = numberOf(query, "step");
  const step = wanted ?? data.steps.at(-1);
  if (step === undefined) return <p class="hint">{w.value.nothing}</p>;
  const problem = query.get("problem");
  if (problem !== null) return <GroupView run={run.name} step={step} problem={problem} sample={numberOf(query, "sample")} />;
  return (
    <>
      <p class="lead">{w.value.groupsMore}</p>
      <StepSlider steps={data.steps} step={step} onChoose={(chosen) => refine({ step: chosen })} />
      <GroupList key={run.name} run={run.name} step={step} families={families} />
    </>
  );
}

interface Listed {
  total: number;
  groups: Group[];
}

function GroupList({ run, step, families }: { run: string; step: number; families: string[] }) {
  const family = place.value.query.get("family") ?? "";
  const path = (offset: number) => pathOf(["runs", run, "steps", step, "groups"], { family, offset, limit: PAGE });
  const { data, error, stale } = useAnswer<Listed>(path(0));
  const [more, setMore] = useState<Group[]>([]);
  useEffect(() => setMore([]), [run, step, family]);
  if (!data) return <Waiting error={error} />;
  const groups = [...data.groups, ...more];
  const next = async () => setMore([...more, ...(await ask<Listed>(path(groups.length))).groups]);
  const options = [{ value: "", label: w.value.anyFamily }, ...families.map((name) => ({ value: name, label: familyName(name) }))];
  return (
    <div class={stale ? "stale" : ""} aria-busy={stale}>
      {families.length > 1 && (
        <Choice label={w.value.family} options={options} value={family} onChoose={(chosen) => refine({ family: chosen })} />
      )}
      {error ? <Waiting error={error} /> : null}
      <ul class="groups">
        {groups.map((group) => <GroupRow key={group.problem_id} run={run} step={step} group={group} />)}
      </ul>
      {groups.length < data.total && !isFrozen && (
        <button type="button" class="pill" onClick={() => void next().catch(() => undefined)}>
          {w.value.more} <span class="aside">{w.value.shown(groups.length, data.total)}</span>
        </button>
      )}
    </div>
  );
}

function GroupRow({ run, step, group }: { run: string; step: number; group: Group }) {
  const words = w.value;
  const outcomes = group.correct.map((correct, i) => outcomeOf({ correct, finish_reason: group.finish[i] ?? "" }));
  const right = outcomes.filter((outcome) => outcome === "right").length;
  return (
    <li>
      <a class="group" data-signal={group.signal} href={addressOf(run, "groups", { step, problem: group.problem_id })}>
        <span class="group-about">
          {familyName(group.family)} · {words.level(group.level ?? 0)}
          {!group.signal && <span class="tag">{words.noSignal}</span>}
        </span>
        <span class="group-prompt">
          <Plain text={head(group.prompt, 220)} />
        </span>
        <span class="cells" role="img" aria-label={words.groupOf(right, outcomes.length)}>
          {outcomes.map((outcome, i) => (
            <span key={i} title={`${words.outcomes[outcome]} · ${words.reward} ${group.rewards[i] ?? "–"} · ${words.tokens(group.lengths[i] ?? 0)}`}>
              <Mark outcome={outcome} />
            </span>
          ))}
        </span>
      </a>
    </li>
  );
}
