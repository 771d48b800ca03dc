/** What a reader does in a chat: ask, ask again, ask differently. */
import { signal } from "@preact/signals";
import type { Problem } from "../shared/contract.ts";
import { settings } from "../shared/settings.ts";
import { type Chat, messagesOf, saveChat, type Turn } from "./chats.ts";
import { newReply } from "./reply.ts";
import { run } from "./run.ts";
import { modeFor, model } from "./server.ts";

export function ask(chat: Chat, question: string, problem: Problem | null): void {
  void answerAfter(chat, chat.turns.value, question, problem);
}

export function retry(chat: Chat, turn: Turn): void {
  edit(chat, turn, turn.question);
}

/** Asks something else in the place of a turn; what came after it is let go. */
export function edit(chat: Chat, turn: Turn, question: string): void {
  const problem = question === turn.question ? turn.problem : null;
  void answerAfter(chat, chat.turns.value.slice(0, chat.turns.value.indexOf(turn)), question, problem);
}

async function answerAfter(chat: Chat, before: Turn[], question: string, problem: Problem | null): Promise<void> {
  const asked = model.value;
  if (!asked) return;
  const mode = modeFor(asked, settings.value.mode);
  const reply = signal(newReply(asked.id, mode === "on", Date.now()));
  chat.turns.value = [...before, { question, problem, reply }];
  saveChat(chat);
  const messages = [...messagesOf(before), { role: "user" as const, content: question }];
  await run({ model: asked.id, mode, budget: null, messages, problem }, reply);
  if (chat.turns.value.some((turn) => turn.reply === reply)) saveChat(chat);
}
