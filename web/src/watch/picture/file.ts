/** Hands a file that was made here to the browser's downloads; no address is asked for it. */
const KEPT = 60_000; // milliseconds: a download that waits for its reader's answer still finds it

export function hand(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT);
}

/** "zero-1", "Response length" -> "zero-1-response-length.svg"; letters of any script stay. */
export function fileName(run: string, title: string, kind: string): string {
  const plain = `${run} ${title}`.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "-").replaceAll(/^-+|-+$/g, "");
  return `${plain.slice(0, 80) || "figure"}.${kind}`;
}
