import { expect, test } from "vitest";
import { boxedValue, boxes, isBareAnswer, withoutBoxes } from "../src/shared/render/box.ts";

test("the last box is the answer, braces and all", () => {
  expect(boxedValue("\\boxed{1} or \\boxed{\\frac{1}{2}}.")).toBe("\\frac{1}{2}");
  expect(boxedValue("\\boxed{a\\}b}")).toBe("a\\}b");
  expect(boxedValue("nothing")).toBeNull();
  expect(boxedValue("\\boxed{never closed")).toBeNull();
});

test("a box in a box is one box", () => {
  expect(boxes("\\boxed{\\boxed{3}}").map(({ value }) => value)).toEqual(["\\boxed{3}"]);
});

test("what is copied has the values and not the boxes", () => {
  expect(withoutBoxes("Each costs \\boxed{3} dollars, not \\boxed{4}.\n")).toBe("Each costs 3 dollars, not 4.");
});

test.each(["The answer is \\boxed{3}.", "\\boxed{3}", "So the final answer is: $\\boxed{3}$.", "答案是 \\boxed{3}。"])(
  "%s says nothing but its box",
  (text) => expect(isBareAnswer(text)).toBe(true),
);

test.each(["Each apple costs \\boxed{3} dollars.", "no box", "\\boxed{1} \\boxed{2}", "The answer is \\boxed{3"])(
  "%s says more",
  (text) => expect(isBareAnswer(text)).toBe(false),
);
