import { expect, test } from "vitest";
import type { Step } from "../src/watch/contract.ts";
import { codePoints, piecesOf, tallyOf } from "../src/watch/spans.ts";

const step = (kind: string, start: number, end: number, holds: boolean | null = null): Step => ({ kind, start, end, holds, text: "", accepted: null });
const told = (text: string, steps: Step[]) =>
  piecesOf(text, steps).map((piece) => [piece.text, piece.steps.map(({ kind }) => kind).join(">"), piece.ends.map(({ kind }) => kind).join(",")]);

test("offsets count code points, as Python does, whatever they take in a string", () => {
  const text = "𝟛+🍎=3. Wait";
  expect(codePoints(text)).toBe(11);
  expect(text.length).toBe(13);
  expect(told(text, [step("claim", 0, 5), step("backtrack", 7, 11)])).toEqual([
    ["𝟛+🍎=3", "claim", "claim"],
    [". ", "", ""],
    ["Wait", "backtrack", "backtrack"],
  ]);
});

test("a step within another is inside of it, and what overlaps is cut where it must be", () => {
  expect(told("13*2=26 yes", [step("claim", 0, 7), step("candidate", 5, 7)])).toEqual([
    ["13*2=", "claim", ""],
    ["26", "claim>candidate", "claim,candidate"],
    [" yes", "", ""],
  ]);
  expect(told("abcdef", [step("check", 2, 6), step("claim", 0, 4)])).toEqual([
    ["ab", "claim", ""],
    ["cd", "claim>check", "claim"],
    ["ef", "check", "check"],
  ]);
});

test("offsets that lie lose nothing of the text", () => {
  const text = "3 apples 🍎🍎";
  for (const steps of [
    [step("check", -5, 3), step("claim", 8, 999), step("claim", 4, 4), step("claim", 7, 2)],
    [step("x", Number.NaN, 2), step("y", 0, Number.POSITIVE_INFINITY), step("z", 1.5, 2.5)],
    [],
  ]) {
    expect(piecesOf(text, steps).map((piece) => piece.text).join("")).toBe(text);
  }
  expect(piecesOf("", [step("check", 0, 3)])).toEqual([]);
});

test("a lone surrogate is one code point here as it is there", () => {
  expect(told("\ud83dab", [step("claim", 1, 2)])).toEqual([
    ["\ud83d", "", ""],
    ["a", "claim", "claim"],
    ["b", "", ""],
  ]);
});

test("twenty thousand steps are no trouble", () => {
  const text = "7*8=56, ".repeat(20_000);
  const steps = Array.from({ length: 20_000 }, (_, i) => step("claim", 8 * i, 8 * i + 6));
  expect(piecesOf(text, steps)).toHaveLength(40_000);
});

test("kinds are counted, unknown ones too", () => {
  expect([...tallyOf([step("check", 0, 1), step("new", 1, 2), step("check", 2, 3)])]).toEqual([["check", 2], ["new", 1]]);
});
