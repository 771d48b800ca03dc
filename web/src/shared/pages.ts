/** Which pages this server has, so that each can lead to the other. */
import { signal } from "@preact/signals";
import { getJson } from "./api.ts";

export const pages = signal<string[]>([]);

export async function findPages(): Promise<void> {
  const said = await getJson<{ pages?: string[] }>("version").catch(() => null);
  pages.value = Array.isArray(said?.pages) ? said.pages : [];
}
