/** The runs there are, looked at again and again. */
import { signal } from "@preact/signals";
import { ApiError } from "../shared/api.ts";
import type { RunRow } from "./contract.ts";
import { ask, isFrozen } from "./source.ts";

const PATIENCE = 5000;

export const runs = signal<RunRow[]>([]);
export const runsState = signal<"loading" | "ready" | "locked" | "lost">("loading");

export async function watchRuns(): Promise<void> {
  if (!document.hidden) {
    try {
      runs.value = (await ask<{ runs: RunRow[] }>("runs")).runs;
      runsState.value = "ready";
    } catch (error) {
      runsState.value = error instanceof ApiError && error.status === 401 ? "locked" : "lost";
    }
  }
  if (!isFrozen && runsState.value !== "locked") setTimeout(() => void watchRuns(), PATIENCE);
}
