/** One answer of one model, and how a chunk of the stream changes it. */
import type { Chunk, Outcome, Verdict } from "../shared/contract.ts";
import { boxedValue } from "../shared/render/box.ts";
import { isRecord } from "../shared/storage.ts";

export type Status = "waiting" | "thinking" | "answering" | "done" | "stopped" | "failed" | "interrupted";

export type Failure = "lost" | "unreachable" | "overloaded" | "tooLong" | "refused" | "server";

export interface Reply {
  status: Status;
  id: string | null; // the request's
  model: string;
  willThink: boolean; // what was asked for, until the first word says
  thinking: string;
  answer: string;
  started: number; // milliseconds since 1970
  thoughtUntil: number | null;
  ended: number | null;
  ending: boolean; // "answer now" was pressed
  finish: "stop" | "length" | null;
  outcome: Outcome | null;
  failure: { kind: Failure; message: string } | null;
  verdict: Verdict | null;
}

export function newReply(model: string, willThink: boolean, now: number): Reply {
  return {
    status: "waiting",
    id: null,
    model,
    willThink,
    thinking: "",
    answer: "",
    started: now,
    thoughtUntil: null,
    ended: null,
    ending: false,
    finish: null,
    outcome: null,
    failure: null,
    verdict: null,
  };
}

export const isRunning = ({ status }: Reply) => status === "waiting" || status === "thinking" || status === "answering";

export function advance(reply: Reply, chunk: Chunk, now: number): Reply {
  const next: Reply = { ...reply, id: chunk.id ?? reply.id, model: chunk.model ?? reply.model };
  const [choice] = chunk.choices ?? [];
  const thought = choice?.delta.reasoning_content ?? choice?.delta.reasoning; // the operator chooses between the two
  if (thought) {
    next.thinking += thought;
    next.status = "thinking";
  }
  if (choice?.delta.content) {
    next.answer += choice.delta.content;
    next.status = "answering";
    next.thoughtUntil ??= now;
  }
  if (choice?.finish_reason) next.finish = choice.finish_reason;
  if (chunk.scratchwork) next.outcome = chunk.scratchwork;
  return next;
}

/** The reply at its end; whatever happened, nothing in it goes on. */
export function finished(reply: Reply, status: Status, now: number, failure: Reply["failure"] = null): Reply {
  return { ...reply, status, failure, ended: now, thoughtUntil: reply.thoughtUntil ?? now, ending: false };
}

/** The value of the box: the server's reading, or ours when the end did not come. */
export const valueOf = (reply: Reply) => (reply.outcome ? reply.outcome.answer : boxedValue(reply.answer));

/** Seconds of thinking; the server's clock is better than ours. */
export function thinkingSeconds(reply: Reply, now: number): number {
  const measured = reply.outcome?.cost.thinking_seconds;
  return measured || ((reply.thoughtUntil ?? now) - reply.started) / 1000;
}

/** What is kept of a reply: if the page closes now, that is how it ended. */
export const kept = (reply: Reply, now: number) => (isRunning(reply) ? finished(reply, "interrupted", now) : reply);

export function restored(stored: unknown): Reply {
  const blank = finished(newReply("", false, 0), "interrupted", 0);
  if (!isRecord(stored)) return blank;
  const fits = ([name, value]: [string, unknown]) => value === null || typeof stored[name] === typeof value;
  const names = Object.entries(blank).filter(fits).map(([name]) => name);
  const reply = { ...blank, ...Object.fromEntries(names.map((name) => [name, stored[name] ?? null])) } as Reply;
  return isRecord(reply.outcome) && isRecord(reply.outcome.cost) ? reply : { ...reply, outcome: null };
}
