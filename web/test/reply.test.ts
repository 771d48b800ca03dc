import { expect, test } from "vitest";
import { advance, finished, kept, newReply, restored, thinkingSeconds, valueOf } from "../src/chat/reply.ts";
import { requestOf } from "../src/chat/run.ts";
import type { Chunk, Outcome } from "../src/shared/contract.ts";

const chunk = (delta: Chunk["choices"][number]["delta"], more: Partial<Chunk> = {}): Chunk => ({
  id: "chatcmpl-1",
  model: "zero",
  choices: [{ delta, finish_reason: null }],
  ...more,
});
const outcome = (more: Partial<Outcome> = {}): Outcome => ({
  model: "zero",
  mode: "on",
  visibility: "full",
  route: null,
  answer: "4",
  closed_by: "model",
  cost: {
    prompt_tokens: 1,
    thinking_tokens: 2,
    answer_tokens: 3,
    router_tokens: 0,
    seconds: 9,
    thinking_seconds: 7,
    tokens_per_second: 1,
  },
  ...more,
});

test("thinking is thinking by either of its names", () => {
  const reply = advance(newReply("zero", true, 0), chunk({ reasoning: "2+2" }), 1);
  expect(reply).toMatchObject({ status: "thinking", thinking: "2+2", answer: "" });
});

test("a reply thinks, answers and ends", () => {
  let reply = newReply("auto", true, 1000);
  reply = advance(reply, chunk({ role: "assistant", content: "" }), 1100);
  expect(reply).toMatchObject({ status: "waiting", id: "chatcmpl-1", model: "zero" });
  reply = advance(reply, chunk({ reasoning_content: "2+2" }), 1200);
  reply = advance(reply, chunk({ reasoning_content: "=4." }), 1300);
  expect(reply).toMatchObject({ status: "thinking", thinking: "2+2=4." });
  reply = advance(reply, chunk({ content: "\\boxed{4}" }), 3000);
  expect(reply).toMatchObject({ status: "answering", thoughtUntil: 3000 });
  expect(thinkingSeconds(reply, 9999)).toBe(2);
  expect(valueOf(reply)).toBe("4");
  reply = advance(reply, { ...chunk({}), choices: [{ delta: {}, finish_reason: "stop" }], scratchwork: outcome() }, 3100);
  reply = finished(reply, "done", 3100);
  expect(reply).toMatchObject({ status: "done", finish: "stop", ended: 3100 });
  expect(thinkingSeconds(reply, 9999)).toBe(7);
});

test("a usage chunk without choices changes nothing", () => {
  const reply = newReply("zero", false, 0);
  expect(advance(reply, { id: "chatcmpl-1", model: "zero", choices: [] }, 1).status).toBe("waiting");
});

test("the server's reading of the box wins", () => {
  const reply = { ...newReply("zero", false, 0), answer: "\\boxed{<b>}", outcome: outcome({ answer: null }) };
  expect(valueOf(reply)).toBeNull();
});

test("a reply that is kept while it runs was interrupted", () => {
  const running = advance(newReply("zero", true, 0), chunk({ reasoning_content: "hm" }), 500);
  const back = restored(JSON.parse(JSON.stringify(kept(running, 2500))));
  expect(back).toMatchObject({ status: "interrupted", thinking: "hm" });
  expect(thinkingSeconds(back, 99_999)).toBe(2.5);
});

test.each([null, 3, {}, { thinking: 4, status: {} }, { outcome: "x" }, { outcome: { cost: 1 } }])(
  "what is not a reply is an interrupted one: %j",
  (stored) => expect(restored(stored)).toMatchObject({ status: "interrupted", thinking: "", outcome: null }),
);

test("what is asked for", () => {
  const ask = { model: "zero", mode: "on" as const, budget: 64, messages: [], problem: null };
  expect(requestOf(ask)).toMatchObject({ thinking: { type: "enabled", budget_tokens: 64 }, stream: true });
  expect(requestOf({ ...ask, mode: "off" }).thinking).toEqual({ type: "disabled" });
  expect(requestOf({ ...ask, mode: "auto", budget: null }).thinking).toEqual({ type: "auto" });
});
