/** What stands in the place of an answer that is not there: not yet, not in this file, or not at all. */
import { ApiError } from "../../shared/api.ts";
import { Absent } from "../source.ts";
import { visible } from "../visible.tsx";
import { w } from "../words.ts";

export function Waiting({ error }: { error: unknown }) {
  if (!error) return <p class="hint waiting" role="status">{w.value.loading}</p>;
  return <p class={`notice ${error instanceof Absent ? "" : "failed"}`} role="status">{sentence(error)}</p>;
}

export function sentence(error: unknown): string {
  if (error instanceof Absent) return w.value.absent;
  if (error instanceof ApiError && error.status === 0) return w.value.unreachable;
  return w.value.failed(visible(error instanceof Error ? error.message : String(error)));
}
