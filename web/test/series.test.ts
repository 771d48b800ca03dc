import { expect, test } from "vitest";
import { append, EMPTY } from "../src/watch/journal.ts";
import { linear, logarithmic, scaleFor, ticks } from "../src/watch/scale.ts";
import { nearest, type Point, points, smooth, thin } from "../src/watch/series.ts";

const line = (values: number[]): Point[] => values.map((value, step) => ({ step, value }));
const part = (step: number[], series: Record<string, (number | null)[]>, next: number) => ({ stage: "grpo", stages: ["grpo"], step, time: step.map((n) => n), series, next });

test("thinning keeps the ends and every spike", () => {
  const all = line(Array.from({ length: 5000 }, (_, i) => (i === 1234 ? 99 : i === 4321 ? -99 : Math.sin(i / 50))));
  const few = thin(all, 200);
  expect(few.length).toBeLessThanOrEqual(200);
  expect(few[0]).toEqual(all[0]);
  expect(few.at(-1)).toEqual(all.at(-1));
  expect(few).toContainEqual({ step: 1234, value: 99 });
  expect(few).toContainEqual({ step: 4321, value: -99 });
  expect(few.map(({ step }) => step)).toEqual([...new Set(few.map(({ step }) => step))].sort((a, b) => a - b));
  expect(thin(line([1, 2, 3]), 200)).toHaveLength(3);
});

test("a smoothed line is as long, centred, and true at its ends", () => {
  expect(smooth(line([0, 3, 6, 0, 0]), 3).map(({ value }) => value)).toEqual([0, 3, 3, 2, 0]);
  expect(smooth(line([5, 1]), 1)).toEqual(line([5, 1]));
  expect(smooth([], 5)).toEqual([]);
});

test("what has no value is no point", () => {
  expect(points([0, 1, 2, 3], [1, null, Number.NaN, 4])).toEqual([{ step: 0, value: 1 }, { step: 3, value: 4 }]);
  expect(points([0, 1], undefined)).toEqual([]);
});

test("the point nearest to a step", () => {
  const all = [0, 10, 20].map((step) => ({ step, value: step }));
  expect([-3, 4, 6, 14, 99].map((step) => nearest(all, step)?.step)).toEqual([0, 0, 10, 10, 20]);
  expect(nearest([], 3)).toBeUndefined();
});

test("a journal grows, and a metric that begins late has nothing before", () => {
  const first = append(EMPTY, part([0, 1], { a: [1, 2] }, 2));
  const second = append(first, part([2], { a: [3], b: [7] }, 3));
  expect(second).toMatchObject({ step: [0, 1, 2], series: { a: [1, 2, 3], b: [null, null, 7] }, next: 3 });
  expect(append(second, part([], {}, 3))).toEqual(second);
});

test("a run that went on from an earlier checkpoint takes its steps anew", () => {
  const before = append(EMPTY, part([0, 1, 2, 3], { a: [1, 2, 3, 4] }, 4));
  expect(append(before, part([2, 3], { a: [30, 40] }, 6))).toMatchObject({ step: [0, 1, 2, 3], series: { a: [1, 2, 30, 40] }, next: 6 });
});

test("a journal that was replaced is forgotten", () => {
  const before = append(EMPTY, part([0, 1, 2], { a: [1, 2, 3], old: [1, 1, 1] }, 3));
  const after = append(before, { ...part([5], { a: [9] }, 77), reset: true });
  expect(after).toEqual({ step: [5], time: [5], series: { a: [9] }, next: 77 });
});

test("scales end on good numbers and never turn over", () => {
  expect(ticks(0, 1, 4)).toEqual([0, 0.25, 0.5, 0.75, 1]);
  expect(ticks(3, 3, 4)).toEqual([3]);
  expect(linear(0, 50).place(25)).toBe(0.5);
  expect(scaleFor([0.2, 0.8], true, false).ticks).toEqual([0, 0.25, 0.5, 0.75, 1]);
  expect(scaleFor([-0.1, 0.3], true, false).place(0)).toBeGreaterThan(0);
  const log = logarithmic(1, 1000);
  expect(log.place(0)).toBe(0);
  expect(log.place(1000)).toBeCloseTo(1);
  expect(log.ticks).toEqual([1, 10, 100, 1000]);
  expect(scaleFor([], false, true).ticks.length).toBeGreaterThan(0);
  expect(scaleFor([0, 0], false, true).ticks.length).toBeGreaterThan(0);
});
