/** From values to places on the paper. */

export interface Scale {
  place: (value: number) => number; // 0 at the low end, 1 at the high one
  ticks: number[];
}

/** Round numbers from `low` to `high`, about `count` of them. */
export function ticks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / Math.max(count, 1);
  if (!(rough > 0) || !Number.isFinite(rough)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10) * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

export function linear(low: number, high: number, count = 4): Scale {
  const width = high - low || 1;
  return { place: (value) => (value - low) / width, ticks: ticks(low, high, count) };
}

/** Values that are not above 0 lie on the low end. */
export function logarithmic(low: number, high: number): Scale {
  const from = Math.log10(low);
  const width = Math.log10(high) - from || 1;
  const steps = width > 2.2 ? [1] : width > 1 ? [1, 3] : [1, 2, 5];
  const all: number[] = [];
  for (let power = Math.floor(from); power <= Math.ceil(from + width); power++) {
    all.push(...steps.map((factor) => Number((factor * 10 ** power).toPrecision(12))));
  }
  return {
    place: (value) => (value > 0 ? Math.max((Math.log10(value) - from) / width, 0) : 0),
    ticks: all.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001),
  };
}

/** A scale for these values: shares from 0 to 1, other amounts from 0, or from the least where some are negative. */
export function scaleFor(values: number[], share: boolean, log: boolean): Scale {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  if (log) {
    const least = values.reduce((a, b) => (b > 0 ? Math.min(a, b) : a), Infinity);
    if (Number.isFinite(least)) return logarithmic(least * 0.9, Math.max(high, least * 2) * 1.1);
  }
  if (!values.length || (share && low >= 0)) return linear(0, 1);
  const top = ceiling(Math.max(high, 0));
  return low >= 0 ? linear(0, top || 1) : linear(-ceiling(-low), top);
}

/** The next number that is good to end a scale on. */
function ceiling(value: number): number {
  if (value <= 0) return 0;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((factor) => factor * power >= value) ?? 10) * power;
}
