/** The run as one would print it: what holds, the figures, the strategies, the best moments, the cost, the recipe. */
import { CopyButton } from "../../shared/copy.tsx";
import { useAnswer } from "../answer.ts";
import type { Ahas, RunDetail } from "../contract.ts";
import { CHAPTER, type FigureSpec, STRATEGIES } from "../figures.ts";
import { mayHave, pathOf } from "../source.ts";
import { visible } from "../visible.tsx";
import { inARow, roughly, w } from "../words.ts";
import { AhaList } from "./ahas.tsx";
import { Claims } from "./claims.tsx";
import { Evaluations } from "./evaluations.tsx";
import { Figure, hasFigure, type Journals } from "./figure.tsx";
import { useJournals } from "./figures.tsx";
import { Findings, Notes } from "./findings.tsx";
import { Tiles } from "./tiles.tsx";
import { Transcripts } from "./transcripts.tsx";

const BEST = 3;

export function Report({ run }: { run: RunDetail }) {
  const journals = useJournals(run.name, false);
  return (
    <div class="report">
      {run.headline && run.headline.length > 0 && (
        <p class="headline">{visible(inARow(run.headline))}</p>
      )}
      <Claims claims={run.claims} />
      <Tiles journals={journals} />
      <FigureSection title={w.value.chapter} figures={CHAPTER} journals={journals} />
      <FigureSection title={w.value.strategies} figures={STRATEGIES} journals={journals} />
      <BestAhas run={run} />
      <Evaluations run={run} />
      <Transcripts run={run.name} />
      <Findings run={run} />
      <Cost run={run} />
      <Recipe run={run} />
      <Notes run={run} />
    </div>
  );
}

function FigureSection({ title, figures, journals }: { title: string; figures: FigureSpec[]; journals: Journals }) {
  const known = figures.filter((spec) => hasFigure(spec, journals));
  if (!known.length) return null;
  return (
    <section>
      <h2>{title}</h2>
      <div class="charts">{known.map((spec) => <Figure key={spec.id} spec={spec} journals={journals} smoothed />)}</div>
    </section>
  );
}

function BestAhas({ run }: { run: RunDetail }) {
  const path = pathOf(["runs", run.name, "ahas"]);
  const { data } = useAnswer<Ahas>(mayHave(path) ? path : null);
  if (!data?.examples.length) return null;
  const best = [...data.examples.filter(({ kind }) => kind !== "false").slice(0, BEST), ...data.examples.filter(({ kind }) => kind === "false").slice(0, 1)];
  return (
    <section>
      <h2>{w.value.bestAhas}</h2>
      <AhaList examples={best} />
    </section>
  );
}

function Cost({ run }: { run: RunDetail }) {
  const words = w.value;
  const { seconds, seconds_rl, peak_memory_mb, tokens } = run.cost;
  const rows: [string, string | null][] = [
    [words.costs.total, seconds === null ? null : roughly(seconds)],
    [words.costs.rl, seconds_rl === null ? null : roughly(seconds_rl)],
    [words.costs.tokens, tokens === null ? null : tokens.toLocaleString("en")],
    [words.costs.memory, peak_memory_mb === null ? null : `${Math.round(peak_memory_mb).toLocaleString("en")} MB`],
    [words.costs.machine, machineOf(run)],
    [words.costs.code, codeOf(run)],
    [words.costs.seed, run.seed === null ? null : String(run.seed)],
  ];
  return (
    <section>
      <h2>{words.cost}</h2>
      <dl class="cost">
        {rows.map(([name, value]) => value !== null && (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{visible(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function machineOf(run: RunDetail): string | null {
  const hardware = run.manifest?.hardware as { cpu?: unknown; cores?: unknown; gpus?: unknown } | undefined;
  if (!hardware) return null;
  const parts = [hardware.cpu, typeof hardware.cores === "number" ? w.value.cores(hardware.cores) : null, hardware.gpus];
  return parts.filter((part) => part && part.toString().length).map(String).join(", ") || null;
}

function codeOf(run: RunDetail): string | null {
  const { scratchwork, commit } = (run.manifest ?? {}) as { scratchwork?: unknown; commit?: unknown };
  if (!scratchwork) return null;
  return `scratchwork ${String(scratchwork)}${commit ? ` (${String(commit).slice(0, 12)})` : ""}`;
}

function Recipe({ run }: { run: RunDetail }) {
  if (!run.toml) return null;
  return (
    <section>
      <h2>{w.value.reproduce}</h2>
      <p class="hint">{w.value.reproduceMore(`${run.name}.toml`)}</p>
      <div class="toml">
        <CopyButton text={run.toml} label={w.value.copyRecipe} />
        <pre tabIndex={0}>
          <code>{visible(run.toml)}</code>
        </pre>
      </div>
    </section>
  );
}
