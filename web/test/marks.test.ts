import { expect, test } from "vitest";
import { blocks, pieces, tally } from "../src/shared/render/marks.ts";

const marked = (text: string) => pieces(text).flatMap(({ kind, text }) => (kind ? [[kind, text]] : []));

test("what our models do", () => {
  expect(marked("6+3=9, 9+3=12. 12 against 15: no. Wait. 6*3=18, 18-3=15. 15 against 15: yes.")).toEqual([
    ["failed", "12 against 15: no"],
    ["wait", "Wait"],
    ["held", "15 against 15: yes"],
  ]);
  expect(marked("68/4=17. Check: 4*17=68. Another way: 17. Need 26. 26/2=13.")).toEqual([
    ["check", "Check:"],
    ["second", "Another way:"],
    ["second", "Need 26"],
  ]);
});

test("what other models say, in two languages", () => {
  expect(tally("Hmm, let me double-check. Wait, no. Alternatively, x. Let's verify. Let me try another approach.")).toEqual({
    wait: 2,
    check: 2,
    second: 2,
  });
  expect(tally("That works. It doesn't match. That's not right, that is wrong.")).toEqual({ held: 1, failed: 3 });
  expect(tally("验算通过，符合题意。不符合条件，算错了。")).toEqual({ held: 2, failed: 2 });
  expect(tally("等等，先验算一下。换个角度：另一种方法。不对。")).toEqual({ wait: 2, check: 1, second: 2 });
});

test.each(["waiter", "Waiting room", "We need 26 apples", "a check for 5", "he said nothing against it: yes", "不对称"])(
  "%s is none of it",
  (text) => expect(marked(text)).toEqual([]),
);

test("pieces and blocks lose nothing", () => {
  const text = "3+4=7. 7 against 8: no. Wait.\n等等。\n".repeat(300);
  expect(pieces(text).map((piece) => piece.text).join("")).toBe(text);
  expect(blocks(text).join("")).toBe(text);
  expect(blocks(text).length).toBeGreaterThan(5);
});

test("blocks that are cut stay as they are while text is added", () => {
  const text = "1+1=2. 2 against 3: no. Wait. ".repeat(200);
  for (const length of [2000, 2001, 2999, 4321]) {
    const early = blocks(text.slice(0, length)).slice(0, -1);
    expect(blocks(text).slice(0, early.length)).toEqual(early);
  }
});

test("a mark is never cut in two", () => {
  const text = "7 against 26: no. Wait. ".repeat(400);
  const whole = blocks(text).map(tally);
  expect(whole.reduce((sum, { failed = 0 }) => sum + failed, 0)).toBe(400);
});

test("hostile text is read before the test's time is up", () => {
  expect(tally(`${"1".repeat(50_000)} ${"-1/".repeat(20_000)} ${"let me ".repeat(20_000)}`)).toEqual({});
});
