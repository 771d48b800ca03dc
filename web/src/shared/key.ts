/** The server's key: asked for once, kept for the session of this tab, never in an address. */
import { signal } from "@preact/signals";

const NAME = "scratchwork.key";

/** Set while the dialog is open; the dialog answers with a key, or null to give up. */
export const asking = signal<((key: string | null) => void) | null>(null);
/** Whether the key given last was refused. */
export const wasWrong = signal(false);
let question: Promise<string | null> | null = null;

export function currentKey(): string | null {
  try {
    return sessionStorage.getItem(NAME);
  } catch {
    return null;
  }
}

/** Several calls that fail together ask once. */
export function askForKey(wrong: boolean): Promise<string | null> {
  wasWrong.value = wrong;
  question ??= new Promise<string | null>((resolve) => {
    asking.value = resolve;
  }).then((key) => {
    asking.value = question = null;
    if (key) keep(key);
    return key;
  });
  return question;
}

function keep(key: string): void {
  try {
    sessionStorage.setItem(NAME, key);
  } catch {
    // Without storage the key is asked for again.
  }
}
