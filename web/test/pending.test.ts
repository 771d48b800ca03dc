import { expect, test } from "vitest";
import { settled } from "../src/shared/render/pending.ts";

test.each([
  ["The answer is \\boxed{3", "The answer is "],
  ["The answer is \\bo", "The answer is "],
  ["so \\(x^2", "so "],
  ["so \\(x\\) and \\[y", "so \\(x\\) and "],
  ["so $$x", "so "],
  ["so $x^2 + ", "so "],
  ["a\\", "a"],
])("%s waits for its end", (text, drawn) => expect(settled(text)).toBe(drawn));

test.each([
  "The answer is \\boxed{3}.",
  "it costs $5",
  "it costs $5 and $6",
  "so $x$ and $y$",
  "code `\\boxed{` here",
  "```\n$$ \\( \n",
  "open $x\nbut the line is over",
])("%s is drawn as it is", (text) => expect(settled(text)).toBe(text));

test("what stays open for long is text", () => {
  const text = `\\( ${"word ".repeat(500)}`;
  expect(settled(text)).toBe(text);
});
