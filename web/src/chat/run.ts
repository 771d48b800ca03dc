/** Asks a model, and keeps a reply in step with what it says. */
import type { Signal } from "@preact/signals";
import { ApiError, postJson, send } from "../shared/api.ts";
import type { Chunk, Message, Mode, Problem, Verdict } from "../shared/contract.ts";
import { events } from "../shared/sse.ts";
import { advance, finished, isRunning, type Reply, valueOf } from "./reply.ts";

export interface Ask {
  model: string;
  mode: Mode;
  budget: number | null;
  messages: Message[];
  problem: Problem | null; // one of ours, so that its answer can be judged
}

const FRAME = 33; // milliseconds between two drawings of a stream
const running = new WeakMap<Signal<Reply>, AbortController>();

/** Resolves when the reply has ended, however it did; never rejects. */
export async function run(ask: Ask, reply: Signal<Reply>): Promise<void> {
  const controller = new AbortController();
  running.set(reply, controller);
  try {
    await follow(ask, reply, controller.signal);
  } catch (error) {
    const stopped = controller.signal.aborted;
    reply.value = finished(reply.value, stopped ? "stopped" : "failed", Date.now(), stopped ? null : explained(error));
  }
  if (ask.problem && reply.value.status === "done") await judge(ask.problem, reply);
}

/** Aborting the request is all that stopping takes; what came stays. */
export function stop(reply: Signal<Reply>): void {
  running.get(reply)?.abort();
}

export async function answerNow(reply: Signal<Reply>): Promise<void> {
  const { id } = reply.value;
  if (!id || reply.value.ending || !isRunning(reply.value)) return;
  reply.value = { ...reply.value, ending: true };
  const request = { id, action: "reasoning_end" };
  await postJson("v1/chat/completions/control", request).catch(() => {
    if (isRunning(reply.value)) reply.value = { ...reply.value, ending: false };
  });
}

const TYPES: Record<Mode, string> = { on: "enabled", off: "disabled", auto: "auto" };

export function requestOf({ model, mode, budget, messages }: Ask): Record<string, unknown> {
  const thinking: Record<string, unknown> = { type: TYPES[mode] };
  if (budget !== null && mode !== "off") thinking.budget_tokens = budget;
  return { model, messages, thinking, stream: true, stream_options: { include_usage: true } };
}

async function follow(ask: Ask, reply: Signal<Reply>, signal: AbortSignal): Promise<void> {
  const response = await send("v1/chat/completions", requestOf(ask), signal);
  if (!response.body) throw new ApiError(0, "no body");
  let latest = reply.value;
  let timer: ReturnType<typeof setTimeout> | null = null;
  const draw = () => {
    timer = null;
    reply.value = { ...latest, ending: reply.value.ending };
  };
  try {
    for await (const data of events(response.body)) {
      if (data === "[DONE]") break;
      latest = advance(latest, parsed(data), Date.now());
      timer ??= setTimeout(draw, FRAME);
    }
  } finally {
    if (timer) clearTimeout(timer);
    draw();
  }
  if (!latest.finish) throw new ApiError(0, "the stream ended early", "lost");
  reply.value = finished(reply.value, "done", Date.now());
}

function parsed(data: string): Chunk {
  const chunk = JSON.parse(data) as Chunk;
  if (chunk.error) throw new ApiError(500, chunk.error.message, chunk.error.code);
  return chunk;
}

function explained(error: unknown): NonNullable<Reply["failure"]> {
  if (!(error instanceof ApiError)) return { kind: "lost", message: String(error) };
  const { status, code, message } = error;
  if (code === "lost") return { kind: "lost", message };
  if (code === "context_length_exceeded") return { kind: "tooLong", message };
  if (status === 0) return { kind: "unreachable", message };
  if (status === 401 || status === 403) return { kind: "refused", message };
  if (status === 429 || status === 503) return { kind: "overloaded", message };
  return { kind: "server", message };
}

async function judge({ family, level, index }: Problem, reply: Signal<Reply>): Promise<void> {
  const question = { family, level, index, answer: valueOf(reply.value) };
  const verdict = await postJson<Verdict>("v1/scratchwork/verdict", question).catch(() => null);
  if (verdict) reply.value = { ...reply.value, verdict };
}
