import { nextBox } from "./box.ts";

const PAIRS = [
  ["$$", "$$"],
  ["\\(", "\\)"],
  ["\\[", "\\]"],
] as const;
const LONGEST = 2000; // something left open for longer is not math that is still to come

/** The part of a growing answer that can be drawn without flicker: up to a formula or box that is not closed yet. */
export function settled(text: string): string {
  const spans = [...text.matchAll(/```[\s\S]*?(?:```|$)|`[^`\n]*(?:`|$)/g)].map((m) => [m.index, m.index + m[0].length]);
  const inCode = (at: number) => spans.some(([start = 0, end = 0]) => at >= start && at < end);
  const openings = [openBox(text), openDollar(text), ...PAIRS.map(([open, close]) => openPair(text, open, close))];
  const first = Math.min(text.length, ...openings.filter((at) => at >= 0 && !inCode(at)));
  return text.length - first > LONGEST ? text : text.slice(0, first);
}

function openBox(text: string): number {
  const partial = /\\(?:b(?:o(?:x(?:e(?:d)?)?)?)?)?$/.exec(text);
  if (partial) return partial.index;
  const last = text.lastIndexOf("\\boxed{");
  return last >= 0 && !nextBox(text, last) ? last : -1;
}

function openPair(text: string, open: string, close: string): number {
  for (let at = text.indexOf(open); at >= 0; ) {
    const end = text.indexOf(close, at + open.length);
    if (end < 0) return at;
    at = text.indexOf(open, end + close.length);
  }
  return -1;
}

/** A single `$` that may begin a formula: something other than a sum of money follows it on its line. */
function openDollar(text: string): number {
  const line = text.slice(text.lastIndexOf("\n") + 1).replaceAll(/\$\$|\\\$/g, "  ");
  const dollars = [...line.matchAll(/\$/g)];
  const last = dollars.at(-1);
  if (!last || dollars.length % 2 === 0 || /^\$[\s\d]/.test(line.slice(last.index))) return -1;
  return text.length - line.length + last.index;
}
