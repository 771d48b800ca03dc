/** The chats, kept in this browser: an index of titles, and every chat under a name of its own. */
import { signal, type Signal } from "@preact/signals";
import type { Message, Problem } from "../shared/contract.ts";
import { withoutBoxes } from "../shared/render/box.ts";
import { forget, isRecord, load, PREFIX, save } from "../shared/storage.ts";
import { isRunning, kept, type Reply, restored } from "./reply.ts";

export interface Turn {
  question: string;
  problem: Problem | null;
  reply: Signal<Reply>;
}

export interface Chat {
  id: string;
  turns: Signal<Turn[]>;
}

export interface Entry {
  id: string;
  title: string;
  updated: number;
}

export const history = signal<Entry[]>(readIndex());
export const full = signal(false); // storage refused

let leaving = false;
const opened = new Map<string, Chat>(); // a chat that is left goes on answering

function readIndex(): Entry[] {
  const stored = load("chats");
  if (!Array.isArray(stored)) return [];
  const isEntry = (entry: unknown): entry is Entry =>
    isRecord(entry) && typeof entry.id === "string" && typeof entry.title === "string";
  return stored.filter(isEntry);
}

export function newChat(): Chat {
  const chat = { id: crypto.randomUUID?.() ?? String(Math.random()).slice(2), turns: signal<Turn[]>([]) };
  opened.set(chat.id, chat);
  return chat;
}

export function findChat(id: string): Chat | null {
  const known = opened.get(id);
  if (known) return known;
  const stored = load(`chat.${id}`);
  if (!isRecord(stored) || !Array.isArray(stored.turns)) return null;
  const chat = { id, turns: signal(stored.turns.filter(isRecord).map(turnOf)) };
  opened.set(id, chat);
  return chat;
}

function turnOf(stored: Record<string, unknown>): Turn {
  const problem = isRecord(stored.problem) ? (stored.problem as unknown as Problem) : null;
  return { question: String(stored.question ?? ""), problem, reply: signal(restored(stored.reply)) };
}

const TITLE = 60;

/** Titles come from the first question alone: never from thinking. */
export function titleOf(question: string): string {
  const line = question.trim().replaceAll(/\s+/g, " ");
  return line.length > TITLE ? `${line.slice(0, TITLE - 1)}…` : line;
}

export function saveChat(chat: Chat): void {
  const [first] = chat.turns.value;
  if (!first || leaving || !opened.has(chat.id)) return; // a chat that was deleted stays deleted
  const now = Date.now();
  const turns = chat.turns.value.map((turn) => ({ ...turn, reply: kept(turn.reply.value, now) }));
  const others = readIndex().filter(({ id }) => id !== chat.id); // another tab may have written meanwhile
  history.value = [{ id: chat.id, title: titleOf(first.question), updated: now }, ...others];
  const done = [save(`chat.${chat.id}`, { turns }), save("chats", history.value)];
  full.value = done.includes(false);
}

export function deleteChat(id: string): void {
  forget(`chat.${id}`);
  opened.delete(id);
  history.value = readIndex().filter((entry) => entry.id !== id);
  full.value = !save("chats", history.value);
}

export function deleteAllChats(): void {
  for (const { id } of readIndex()) deleteChat(id);
}

/** What a model is told of the chat so far: questions and their answers, no thinking. */
export function messagesOf(turns: Turn[]): Message[] {
  const answered = turns.filter(({ reply }) => reply.value.answer);
  return answered.flatMap(({ question, reply }): Message[] => [
    { role: "user", content: question },
    { role: "assistant", content: reply.value.answer },
  ]);
}

export const copyOf = (reply: Reply) => withoutBoxes(reply.answer);

/** Keeps the index in step with other tabs, and running answers when the page goes. */
export function keepChats(): void {
  addEventListener("storage", (event) => {
    if (event.key === `${PREFIX}chats` || event.key === null) history.value = readIndex();
  });
  addEventListener("pagehide", () => {
    for (const chat of opened.values()) {
      if (chat.turns.value.some(({ reply }) => isRunning(reply.value))) saveChat(chat);
    }
    leaving = true; // what breaks from now on breaks because the page goes
  });
  addEventListener("pageshow", () => {
    leaving = false;
  });
}
