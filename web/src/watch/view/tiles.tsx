/** Where it began and where it stands, in four numbers. */
import type { Num } from "../contract.ts";
import { amount, type Unit } from "../format.ts";
import type { Journal } from "../journal.ts";
import { points, smooth, windowFor } from "../series.ts";
import { w } from "../words.ts";
import type { Journals } from "./figure.tsx";
import { Sparkline } from "./sparkline.tsx";

const TILES: { id: "accuracy" | "length" | "reflects" | "heldOut"; stage: keyof Journals; metric: string; unit: Unit }[] = [
  { id: "accuracy", stage: "grpo", metric: "accuracy", unit: "share" },
  { id: "heldOut", stage: "held_out", metric: "pass@1", unit: "share" },
  { id: "length", stage: "grpo", metric: "completions/mean_length", unit: "tokens" },
  { id: "reflects", stage: "grpo", metric: "reflection/rate", unit: "share" },
];

export function Tiles({ journals }: { journals: Journals }) {
  const known = TILES.filter(({ stage, metric }) => journals[stage].series[metric]);
  if (!known.length) return null;
  return (
    <dl class="tiles">
      {known.map(({ id, stage, metric, unit }) => (
        <Tile key={id} title={w.value.tiles[id]} journal={journals[stage]} values={journals[stage].series[metric] ?? []} unit={unit} />
      ))}
    </dl>
  );
}

function Tile({ title, journal, values, unit }: { title: string; journal: Journal; values: Num[]; unit: Unit }) {
  const all = points(journal.step, values);
  const calm = smooth(all, windowFor(all.length));
  const first = all[0];
  const last = calm.at(-1);
  if (!first || !last) return null;
  return (
    <div class="tile">
      <dt>{title}</dt>
      <dd>
        <span class="was" title={w.value.fromStep(first.step)}>
          {amount(first.value, unit)}
        </span>
        <span class="arrow" aria-hidden="true">
          →
        </span>
        <span>{amount(last.value, unit)}</span>
        {unit === "tokens" && <small>{w.value.tokensUnit}</small>}
      </dd>
      <Sparkline values={calm.map(({ value }) => value)} />
    </div>
  );
}
