/** One question to two or three models, or to one at several budgets. */
import { type Signal, signal } from "@preact/signals";
import type { Mode, Model, Problem, Role } from "../shared/contract.ts";
import { isRecord, load, save } from "../shared/storage.ts";
import { isRunning, kept, newReply, type Reply, restored } from "./reply.ts";
import { run, stop } from "./run.ts";
import { modeFor, modelOf, models } from "./server.ts";

export interface Column {
  model: string;
  mode: Mode | null; // null: the model's own
  budget: number | null;
  reply: Signal<Reply> | null; // to the question, as this column stands now
}

export interface Question {
  text: string;
  problem: Problem | null;
}

export const FEWEST = 2;
export const MOST = 3;

const stored = load("compare");
export const question = signal<Question | null>(readQuestion());
export const columns = signal<Column[]>(readColumns());

function readQuestion(): Question | null {
  if (!isRecord(stored) || typeof stored.text !== "string") return null;
  return { text: stored.text, problem: isRecord(stored.problem) ? (stored.problem as unknown as Problem) : null };
}

function readColumns(): Column[] {
  if (!isRecord(stored) || !Array.isArray(stored.columns)) return [];
  return stored.columns.filter(isRecord).slice(0, MOST).map((column) => ({
    model: String(column.model),
    mode: (["on", "off", "auto"] as const).find((mode) => mode === column.mode) ?? null,
    budget: typeof column.budget === "number" ? column.budget : null,
    reply: column.reply ? signal(restored(column.reply)) : null,
  }));
}

function keep(): void {
  const now = Date.now();
  const plain = columns.value.map((column) => ({ ...column, reply: column.reply && kept(column.reply.value, now) }));
  save("compare", { ...question.value, columns: plain });
}

const ROLES: Role[] = ["base", "sft", "thinking"];
const fresh = (asked: Model, budget: number | null = null): Column => ({ model: asked.id, mode: null, budget, reply: null });

/** Base, instruct and thinking, as far as the server has them; else its first models. */
export function byModel(): Column[] {
  const cast = ROLES.map((role) => models.value.find(({ scratchwork }) => scratchwork.role === role));
  const found = cast.filter((asked) => asked !== undefined);
  return (found.length < FEWEST ? models.value.slice(0, MOST) : found).map((asked) => fresh(asked));
}

/** The first model that can think, at three budgets. */
export function byBudget(): Column[] {
  const thinker = models.value.find(({ scratchwork }) => scratchwork.thinking.modes.includes("on"));
  if (!thinker) return [];
  const [small, medium] = budgetsOf(thinker).filter((_, i) => i % 2 === 0);
  return [small ?? null, medium ?? null, null].map((budget) => ({ ...fresh(thinker, budget), mode: "on" as const }));
}

/** Powers of two that leave room for an answer. */
export function budgetsOf({ scratchwork }: Model): number[] {
  return [16, 32, 64, 128, 256, 512, 1024, 2048, 4096].filter((budget) => budget < scratchwork.max_tokens);
}

/** Called when the models are known: columns whose model is gone are replaced. */
export function settleColumns(): void {
  const known = columns.value.filter(({ model }) => modelOf(model));
  columns.value = known.length >= FEWEST ? known : byModel();
}

export const isBusy = () => columns.value.some(({ reply }) => reply && isRunning(reply.value));

export function setColumns(next: Column[]): void {
  stopAll();
  columns.value = next;
  keep();
}

/** A column that stands differently has not answered yet. */
export function changeColumn(at: number, change: Partial<Column>): void {
  const old = columns.value[at];
  if (old?.reply) stop(old.reply);
  columns.value = columns.value.map((column, i) => (i === at ? { ...column, ...change, reply: null } : column));
  keep();
}

export function addColumn(): void {
  const last = columns.value.at(-1);
  if (last) columns.value = [...columns.value, { ...last, reply: null }];
  keep();
}

export function removeColumn(at: number): void {
  const gone = columns.value[at]?.reply;
  if (gone) stop(gone);
  columns.value = columns.value.filter((_, i) => i !== at);
  keep();
}

export function stopAll(): void {
  for (const { reply } of columns.value) if (reply) stop(reply);
}

export async function compare(asked: Question): Promise<void> {
  question.value = asked;
  columns.value = columns.value.map((column) => ({ ...column, reply: replyFor(column) }));
  keep();
  await Promise.all(columns.value.map((column) => answer(column, asked)));
  keep();
}

function replyFor({ model, mode }: Column): Signal<Reply> | null {
  const asked = modelOf(model);
  return asked ? signal(newReply(model, modeFor(asked, mode) === "on", Date.now())) : null;
}

async function answer({ model, mode, budget, reply }: Column, { text, problem }: Question): Promise<void> {
  const asked = modelOf(model);
  if (!asked || !reply) return;
  const messages = [{ role: "user" as const, content: text }];
  await run({ model, mode: modeFor(asked, mode), budget, messages, problem }, reply);
}
