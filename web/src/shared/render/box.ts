/** `\boxed{...}`: finding it, and reading text without it. */

export interface Box {
  start: number;
  end: number;
  value: string;
}

const OPENING = "\\boxed{";

/** The box that begins at or after `from`; null when there is none or it is not closed. */
export function nextBox(text: string, from = 0): Box | null {
  const start = text.indexOf(OPENING, from);
  if (start < 0) return null;
  let depth = 1;
  for (let i = start + OPENING.length; i < text.length; i++) {
    const character = text[i];
    if (character === "\\") i++;
    else if (character === "{") depth++;
    else if (character === "}" && --depth === 0) {
      return { start, end: i + 1, value: text.slice(start + OPENING.length, i).trim() };
    }
  }
  return null;
}

export function boxes(text: string): Box[] {
  const found: Box[] = [];
  for (let box = nextBox(text); box; box = nextBox(text, box.end)) found.push(box);
  return found;
}

/** What the answer comes to: the value of its last box. */
export function boxedValue(text: string): string | null {
  return boxes(text).at(-1)?.value ?? null;
}

/** The text as one would paste it: boxes replaced by their values. */
export function withoutBoxes(text: string): string {
  let out = "";
  let at = 0;
  for (const box of boxes(text)) {
    out += text.slice(at, box.start) + box.value;
    at = box.end;
  }
  return (out + text.slice(at)).trim();
}

const FRAME = /^(?:(?:so |thus |therefore |hence )?,?\s*the (?:final )?answer is|answer|答案是|答案为|最终答案是|答案)?\s*[:：]?\s*[.。]?$/i;

/** Whether the text says nothing but its box ("The answer is ..."), so that the card alone will do. */
export function isBareAnswer(text: string): boolean {
  const [box, ...more] = boxes(text);
  if (!box || more.length) return false;
  const rest = text.slice(0, box.start) + text.slice(box.end);
  return FRAME.test(rest.replace(/\$|\\[()[\]]|\*\*/g, "").trim());
}
