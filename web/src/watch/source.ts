/**
 * Where every number of this page comes from: the answers kept in the file itself, when the page is a frozen report, or
 * else the server. Nothing else of the page asks anything.
 */
import { getJson } from "../shared/api.ts";
import { isRecord } from "../shared/storage.ts";

const ROOT = "v1/watch/";
const USUAL: Record<string, string> = { after: "0", offset: "0", limit: "50" };

/** The file does not hold this answer. */
export class Absent extends Error {}

export class Frozen {
  private readonly answers: Map<string, unknown>;

  constructor(answers: Record<string, unknown>) {
    this.answers = new Map(Object.entries(answers).map(([path, answer]) => [canonical(path), answer]));
  }

  ask(path: string): unknown {
    const answer = this.answers.get(canonical(path));
    if (answer === undefined) throw new Absent(path);
    return answer;
  }

  /** Whether the file has the answer to `path`, or to anything below it. */
  has(path: string): boolean {
    const wanted = canonical(path);
    return [...this.answers.keys()].some((key) => key === wanted || key.startsWith(`${wanted}/`));
  }
}

/** What stands in the slot of a frozen report; null on a page that a server sent, where there is none. */
export function readSlot(place: ParentNode): Frozen | null {
  const slot = place.querySelector("script#frozen");
  if (!slot) return null;
  try {
    const answers: unknown = JSON.parse(slot.textContent || "{}");
    return new Frozen(isRecord(answers) ? answers : {});
  } catch {
    return new Frozen({});
  }
}

/** One form for a request path, however it was encoded: decoded, without empty or usual values, in order. */
export function canonical(path: string): string {
  const [where = "", query = ""] = path.split("?");
  const kept = [...new URLSearchParams(query)].filter(([name, value]) => value !== "" && USUAL[name] !== value);
  const parts = where.replace(/^\/?(?:v1\/watch\/)?/, "").split("/").map(decoded);
  const sorted = kept.map(([name, value]) => `${name}=${value}`).sort();
  return parts.join("/") + (sorted.length ? `?${sorted.join("&")}` : "");
}

function decoded(part: string): string {
  try {
    return encodeURIComponent(decodeURIComponent(part)); // a slash within a name stays within it
  } catch {
    return encodeURIComponent(part);
  }
}

const file = readSlot(document);

export const isFrozen = file !== null;

/** GET below /v1/watch. Throws ApiError, or Absent where a frozen file has no answer. */
export async function ask<T>(path: string): Promise<T> {
  return file ? (file.ask(path) as T) : getJson<T>(ROOT + path);
}

/** Whether there may be an answer. A server is always worth asking. */
export function mayHave(path: string): boolean {
  return file ? file.has(path) : true;
}

/** A path of names, each encoded, and a query without what is empty. */
export function pathOf(names: (string | number)[], query: Record<string, string | number | null | undefined> = {}): string {
  const kept = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const text = new URLSearchParams(kept.map(([name, value]) => [name, String(value)])).toString();
  return names.map((name) => encodeURIComponent(name)).join("/") + (text ? `?${text}` : "");
}
