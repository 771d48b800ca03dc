/** Where the reader is: the part of the address behind the #. */
import { computed, signal } from "@preact/signals";

export const VIEWS = ["report", "figures", "followed", "groups", "ahas", "search"] as const;
export type View = (typeof VIEWS)[number];
export type Query = Record<string, string | number | null | undefined>;

export interface Place {
  run: string | null; // null: the list of runs
  view: View | null; // null: the first one that a run has
  query: URLSearchParams;
}

const hash = signal(location.hash);
addEventListener("hashchange", () => {
  hash.value = location.hash;
});

export const place = computed<Place>(() => readPlace(hash.value));

export function readPlace(text: string): Place {
  const [where = "", query = ""] = text.replace(/^#\/?/, "").split("?");
  const [run = "", view = ""] = where.split("/").map(decoded);
  const known = VIEWS.find((one) => one === view) ?? null;
  return { run: run || null, view: known, query: new URLSearchParams(query) };
}

export function addressOf(run: string, view: View, query: Query = {}): string {
  const kept = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const text = new URLSearchParams(kept.map(([name, value]) => [name, String(value)])).toString();
  return `#/${encodeURIComponent(run)}/${view}${text ? `?${text}` : ""}`;
}

/** Changes a part of the query, without a step in the browser's history. */
export function refine(change: Query): void {
  const { run, view, query } = place.value;
  if (run === null) return;
  const all = { ...Object.fromEntries(query), ...change };
  replacePlace(addressOf(run, view ?? "figures", all));
}

export function replacePlace(address: string): void {
  history.replaceState(null, "", address);
  hash.value = address;
}

/** A whole number of the query; null when it has none. */
export function numberOf(query: URLSearchParams, name: string): number | null {
  const text = query.get(name);
  return text !== null && /^\d{1,12}$/.test(text) ? Number(text) : null;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
