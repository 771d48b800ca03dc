/** From steps, whose offsets count code points as Python does, to pieces of the text that JavaScript holds. */
import type { Step } from "./contract.ts";

export interface Piece {
  text: string;
  steps: Step[]; // that cover it, the widest first
  ends: Step[]; // that end with it
}

/** The text cut wherever a step begins or ends. Joined, the pieces are the text again. */
export function piecesOf(text: string, steps: Step[]): Piece[] {
  const length = codePoints(text);
  const own = steps
    .map((step) => ({ step, start: clamp(step.start, length), end: clamp(step.end, length) }))
    .filter(({ start, end }) => start < end)
    .sort((a, b) => a.start - b.start || b.end - a.end);
  const cuts = [...new Set([0, length, ...own.flatMap(({ start, end }) => [start, end])])].sort((a, b) => a - b);
  const places = offsets(text, cuts);
  const pieces: Piece[] = [];
  let open: typeof own = [];
  let next = 0;
  for (let i = 0; i + 1 < cuts.length; i++) {
    const from = cuts[i] as number;
    const to = cuts[i + 1] as number;
    open = open.filter(({ end }) => end > from);
    for (let one = own[next]; one && one.start <= from; one = own[++next]) open.push(one);
    const covering = open.toSorted((a, b) => b.end - b.start - (a.end - a.start));
    pieces.push({
      text: text.slice(places[i], places[i + 1]),
      steps: covering.map(({ step }) => step),
      ends: covering.filter(({ end }) => end === to).map(({ step }) => step),
    });
  }
  return pieces;
}

function clamp(offset: number, length: number): number {
  return Number.isFinite(offset) ? Math.min(Math.max(Math.trunc(offset), 0), length) : 0;
}

export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** Where the code points with these (rising) numbers stand in the string. */
function offsets(text: string, numbers: number[]): number[] {
  const found: number[] = [];
  let unit = 0;
  let count = 0;
  for (const number of numbers) {
    while (count < number) {
      unit += (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
      count++;
    }
    found.push(unit);
  }
  return found;
}

/** How often each kind occurs. */
export function tallyOf(steps: Step[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { kind } of steps) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}
