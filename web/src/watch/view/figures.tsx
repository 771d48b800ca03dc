/** The run in numbers, while it goes on. */
import { signal } from "@preact/signals";
import type { RunDetail } from "../contract.ts";
import { SECTIONS } from "../figures.ts";
import { useJournal } from "../journal.ts";
import { isLive } from "../live.ts";
import { place, refine } from "../route.ts";
import { runs } from "../runs.ts";
import { mayHave, pathOf } from "../source.ts";
import { w } from "../words.ts";
import { Claims } from "./claims.tsx";
import { Figure, hasFigure, type Journals, type Overlay } from "./figure.tsx";
import { Findings, Notes } from "./findings.tsx";
import { Tiles } from "./tiles.tsx";

const smoothed = signal(true);

export function useJournals(run: string | null, live: boolean): Journals {
  return { grpo: useJournal(run, "grpo", live), held_out: useJournal(run, "held_out", live) };
}

export function Figures({ run }: { run: RunDetail }) {
  const live = isLive(run);
  const journals = useJournals(run.name, live);
  const other = otherRun(run.name);
  const others = useJournals(other, false);
  const overlay: Overlay | undefined = other === null ? undefined : { name: other, journals: others };
  const sections = SECTIONS.map(({ id, figures }) => ({ id, figures: figures.filter((spec) => hasFigure(spec, journals)) }));
  return (
    <>
      <Tiles journals={journals} />
      <Findings run={run} />
      <Tools run={run} />
      {sections.filter(({ figures }) => figures.length).map(({ id, figures }) => (
        <section key={id}>
          <h2>{w.value.sections[id]}</h2>
          <div class="charts">
            {figures.map((spec) => <Figure key={spec.id} spec={spec} journals={journals} overlay={overlay} smoothed={smoothed.value} />)}
          </div>
        </section>
      ))}
      <Claims claims={run.claims} />
      <Notes run={run} />
    </>
  );
}

/** The run that is laid over this one. */
function otherRun(name: string): string | null {
  const wanted = place.value.query.get("with");
  return wanted && wanted !== name ? wanted : null;
}

function Tools({ run }: { run: RunDetail }) {
  const others = runs.value.filter(({ name }) => name !== run.name && mayHave(pathOf(["runs", name, "journal"], { stage: "grpo" })));
  return (
    <div class="tools">
      <label class="tick" title={w.value.smoothedMore}>
        <input type="checkbox" checked={smoothed.value} onChange={(event) => (smoothed.value = event.currentTarget.checked)} />
        {w.value.smoothed}
      </label>
      <span class="hint">{smoothed.value ? w.value.smoothedMore : ""}</span>
      {others.length > 0 && (
        <label class="select overlay">
          <span>{w.value.overlay}</span>
          <select value={otherRun(run.name) ?? ""} onChange={(event) => refine({ with: event.currentTarget.value })}>
            <option value="">{w.value.noOverlay}</option>
            {others.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
    </div>
  );
}
