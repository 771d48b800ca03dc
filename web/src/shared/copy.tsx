import { useState } from "preact/hooks";
import { Icon } from "./icons.tsx";
import { t } from "./settings.ts";

const THANKS = 1600;

/** Copies plain text, and says so for a moment. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    if (!(await toClipboard(text))) return;
    setCopied(true);
    setTimeout(() => setCopied(false), THANKS);
  };
  const says = copied ? t.value.copied : label;
  return (
    <button type="button" class="quiet" onClick={() => void copy()} title={says} aria-label={says}>
      <Icon name={copied ? "done" : "copy"} />
    </button>
  );
}

async function toClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedTheOldWay(text); // outside of localhost and https there is no clipboard object
  }
}

function copiedTheOldWay(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unseen";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
