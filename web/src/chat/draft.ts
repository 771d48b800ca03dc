import { type Signal, signal } from "@preact/signals";
import type { Problem } from "../shared/contract.ts";

/** What stands in a composer: text, and the problem of ours that it was drawn as. */
export interface Draft {
  text: Signal<string>;
  problem: Signal<Problem | null>;
}

export const newDraft = (): Draft => ({ text: signal(""), problem: signal(null) });

/** The problem, if the text still is that problem. */
export function problemOf({ text, problem }: Draft): Problem | null {
  return problem.value?.prompt === text.value ? problem.value : null;
}

export const chatDraft = newDraft();
export const compareDraft = newDraft();
