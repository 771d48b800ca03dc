import { thin } from "../series.ts";

const WIDTH = 160;
const HEIGHT = 28;

/** A line without axes, for the shape alone. */
export function Sparkline({ values }: { values: number[] }) {
  if (values.length < 2) return null;
  const all = thin(values.map((value, step) => ({ step, value })), 120);
  const low = Math.min(...all.map(({ value }) => value));
  const width = Math.max(...all.map(({ value }) => value)) - low || 1;
  const last = values.length - 1;
  const place = all.map(({ step, value }) => `${((step / last) * WIDTH).toFixed(1)} ${(HEIGHT - 3 - ((value - low) / width) * (HEIGHT - 6)).toFixed(1)}`);
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={`M${place.join("L")}`} vector-effect="non-scaling-stroke" />
    </svg>
  );
}
