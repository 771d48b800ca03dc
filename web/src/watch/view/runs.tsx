/** The runs there are. */
import type { RunRow } from "../contract.ts";
import { percent } from "../format.ts";
import { addressOf } from "../route.ts";
import { runs, runsState } from "../runs.ts";
import { Plain, visible } from "../visible.tsx";
import { since, w } from "../words.ts";

export function RunsList() {
  const words = w.value;
  return (
    <div class="page">
      <header class="run-head">
        <h1>{words.runs}</h1>
        <p class="description">{words.runsMore}</p>
      </header>
      {runsState.value === "loading" && <p class="hint">{words.loading}</p>}
      {runsState.value === "ready" && !runs.value.length && <p class="hint">{words.noRuns}</p>}
      <ul class="runs">{runs.value.map((run) => <RunCard key={run.name} run={run} />)}</ul>
    </div>
  );
}

function RunCard({ run }: { run: RunRow }) {
  const words = w.value;
  return (
    <li>
      <a href={addressOf(run.name, "figures")} class="run-card">
        <strong>
          <Plain text={run.name} />
        </strong>
        <span class="state" data-state={run.state}>
          {words.states[run.state] ?? run.state}
        </span>
        <span class="run-accuracy">{run.accuracy === null ? "" : percent(run.accuracy)}</span>
        <span class="run-facts">
          {run.state === "unreadable"
            ? visible(run.why ?? "")
            : [
                run.recipe === null ? null : visible(run.recipe),
                run.step !== null && run.steps !== null ? words.stepOf(run.step.toLocaleString("en"), run.steps.toLocaleString("en")) : null,
                run.written === null ? null : since(run.written),
              ]
                .filter(Boolean)
                .join(" · ")}
        </span>
      </a>
    </li>
  );
}
