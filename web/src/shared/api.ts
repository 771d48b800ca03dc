/** Calls to the server: the key goes along, and every failure is an ApiError. */
import { isRecord } from "./storage.ts";
import { askForKey, currentKey } from "./key.ts";

export class ApiError extends Error {
  constructor(
    /** 0 when no answer came at all. */
    readonly status: number,
    message: string,
    readonly code: string | null = null,
  ) {
    super(message);
  }
}

export async function getJson<T>(path: string): Promise<T> {
  return (await (await send(path)).json()) as T;
}

export async function postJson<T>(path: string, body: unknown): Promise<T> {
  return (await (await send(path, body)).json()) as T;
}

/** GET, or POST when there is a body. A 401 asks for the key and tries again. */
export async function send(path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  let key = currentKey();
  for (;;) {
    const response = await attempt(path, body, key, signal);
    if (response.ok) return response;
    if (response.status !== 401) throw await failure(response);
    const newer = currentKey(); // another call may have asked meanwhile
    key = newer !== key ? newer : await askForKey(key !== null);
    if (!key) throw await failure(response);
  }
}

async function attempt(path: string, body: unknown, key: string | null, signal?: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key) headers.Authorization = `Bearer ${key}`;
  const init: RequestInit = { method: body === undefined ? "GET" : "POST", headers };
  if (body !== undefined) init.body = JSON.stringify(body);
  if (signal) init.signal = signal;
  try {
    return await fetch(path, init);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, String(error));
  }
}

async function failure(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  const error = isRecord(body) && isRecord(body.error) ? body.error : {};
  const message = typeof error.message === "string" ? error.message : response.statusText;
  return new ApiError(response.status, message, typeof error.code === "string" ? error.code : null);
}
