/** A line of a figure: its points, thinned and smoothed for the eye. */
import type { Num } from "./contract.ts";

export interface Point {
  step: number;
  value: number;
}

/** The points that have a value. */
export function points(steps: number[], values: Num[] | undefined): Point[] {
  if (!values) return [];
  return steps.flatMap((step, i) => {
    const value = values[i];
    return typeof value === "number" && Number.isFinite(value) ? [{ step, value }] : [];
  });
}

/**
 * At most `most` points that look the same: of every stretch its least and its greatest, so that no spike is lost; the
 * first and the last stay.
 */
export function thin(all: Point[], most: number): Point[] {
  if (all.length <= most || most < 4) return all;
  const stretches = Math.floor((most - 2) / 2);
  const inner = all.slice(1, -1);
  const kept: Point[] = [all[0] as Point];
  for (let i = 0; i < stretches; i++) {
    const own = inner.slice(Math.floor((i * inner.length) / stretches), Math.floor(((i + 1) * inner.length) / stretches));
    if (!own.length) continue;
    const low = own.reduce((a, b) => (b.value < a.value ? b : a));
    const high = own.reduce((a, b) => (b.value > a.value ? b : a));
    kept.push(...(low === high ? [low] : low.step < high.step ? [low, high] : [high, low]));
  }
  kept.push(all.at(-1) as Point);
  return kept;
}

/** The mean over `window` points around each; towards the ends the window is narrower, and as wide on either side. */
export function smooth(all: Point[], window: number): Point[] {
  const sums = [0];
  for (const { value } of all) sums.push((sums.at(-1) as number) + value);
  return all.map(({ step }, i) => {
    const half = Math.min(Math.floor(window / 2), i, all.length - 1 - i);
    return { step, value: ((sums[i + half + 1] as number) - (sums[i - half] as number)) / (2 * half + 1) };
  });
}

/** A window that calms a line of so many points without hiding what it does. */
export const windowFor = (count: number) => (count < 20 ? 1 : 2 * Math.min(12, Math.round(count / 40)) + 1);

/** The point at `step`, or the nearest one. */
export function nearest(all: Point[], step: number): Point | undefined {
  let low = 0;
  let high = all.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((all[middle] as Point).step <= step) low = middle;
    else high = middle;
  }
  const [a, b] = [all[low], all[high]];
  return a && b && Math.abs(b.step - step) < Math.abs(a.step - step) ? b : a;
}
