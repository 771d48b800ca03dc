import { afterEach, expect, test } from "vitest";
import { choose } from "../src/shared/settings.ts";
import { inARow, told } from "../src/watch/words.ts";

const first = { en: "5 steps.", zh: "5 步。" };
const second = { en: "No more.", zh: "到此为止。" };

afterEach(() => choose({ language: null }));

test("sentences of the Python side are in the reader's language", () => {
  choose({ language: "en" });
  expect([told(first), inARow([first, second])]).toEqual(["5 steps.", "5 steps. No more."]);
  choose({ language: "zh" });
  expect([told(first), inARow([first, second])]).toEqual(["5 步。", "5 步。到此为止。"]);
});

test("what is not there is no text, and English where there is nothing else", () => {
  choose({ language: "zh" });
  expect(told(null)).toBe("");
  expect(told({ en: "only this" } as never)).toBe("only this");
});
