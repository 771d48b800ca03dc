import { expect, test } from "vitest";
import { amount, percent } from "../src/watch/format.ts";
import { gradeOf } from "../src/watch/heat.ts";
import { head, tail, visible } from "../src/watch/visible.tsx";

test("no character moves, turns or hides", () => {
  expect(visible("3+4=7\x1b[31m \u202eYes")).toBe("3+4=7␛[31m \ufffdYes"); // as observe/text.py
  expect(visible("a\u0000b\x7fc\u200bd\ud800\ne\tf")).toBe("a␀b␡c\ufffdd\ufffd\ne\tf");
  expect(visible("שלום 🍎")).toBe("שלום 🍎");
});

test("a text too long for its place is cut between characters, and says so", () => {
  expect(tail("🍎🍎🍎", 3)).toBe("🍎🍎🍎");
  expect(tail("one two three", 9)).toBe("… three");
  expect(head("one two three", 9)).toBe("one two …");
  expect(head("🍎🍎🍎🍎", 2)).toBe("🍎🍎 …");
});

test("numbers as a person reads them", () => {
  expect([0.834, 0.004, 0, null].map(percent)).toEqual(["83%", "0.4%", "0%", "–"]);
  expect(amount(1234.4, "tokens")).toBe("1,234");
  expect(amount(2e-5, "number")).toBe("2.0e−5");
  expect(amount(Number.NaN, "count")).toBe("–");
});

test("warmer the more it cost to say", () => {
  expect([0, -0.2, -4, -40, null].map((value) => gradeOf(value, "logprob"))).toEqual([0, 0, 7, 7, 0]);
  expect(gradeOf(2.5, "entropy")).toBe(7);
});
