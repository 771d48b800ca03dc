/** Where the reader is: the part of the address behind the #. */
import { computed, signal } from "@preact/signals";

export type Place = { view: "chat"; id: string | null } | { view: "compare" };

const hash = signal(location.hash);
addEventListener("hashchange", () => {
  hash.value = location.hash;
});

export const place = computed<Place>(() => {
  if (hash.value === "#/compare") return { view: "compare" };
  return { view: "chat", id: /^#\/c\/([\w-]+)$/.exec(hash.value)?.[1] ?? null };
});

export const toChat = (id: string) => `#/c/${id}`;

/** Changes the address without a step in the browser's history. */
export function replacePlace(address: string): void {
  history.replaceState(null, "", address);
  hash.value = address;
}
