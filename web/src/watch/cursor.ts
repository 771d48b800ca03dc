/** The step that is pointed at, in all figures at once. */
import { signal } from "@preact/signals";

export const cursor = signal<number | null>(null);

const KEYS: Record<string, (at: number, last: number) => number> = {
  ArrowLeft: (at) => at - 1,
  ArrowRight: (at) => at + 1,
  PageUp: (at, last) => at - Math.max(Math.round(last / 10), 1),
  PageDown: (at, last) => at + Math.max(Math.round(last / 10), 1),
  Home: () => 0,
  End: (_, last) => last,
};

/** Moves the cursor among `steps` as a key says; Escape takes it away. */
export function onCursorKey(event: KeyboardEvent, steps: number[]): void {
  if (event.key === "Escape") cursor.value = null;
  const move = KEYS[event.key];
  if (!move || !steps.length) return;
  event.preventDefault();
  const last = steps.length - 1;
  const found = cursor.value === null ? -1 : steps.findLastIndex((step) => step <= (cursor.value as number));
  const at = cursor.value === null ? (event.key === "ArrowLeft" ? last + 1 : found) : Math.max(found, 0);
  cursor.value = steps[Math.min(Math.max(move(at, last), 0), last)] ?? null;
}
