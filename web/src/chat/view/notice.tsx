/** What did not go as usual with an answer, in one line. */
import type { Strings } from "../../shared/i18n/en.ts";
import { t } from "../../shared/settings.ts";
import type { Reply } from "../reply.ts";

export function Notice({ said }: { said: Reply }) {
  const text = noticeOf(said, t.value);
  if (!text) return null;
  const failed = said.status === "failed";
  return (
    <p class={`notice ${failed ? "failed" : ""}`} role={failed ? "alert" : undefined}>
      {text}
    </p>
  );
}

export function noticeOf(said: Reply, texts: Strings): string | null {
  if (said.failure) {
    return said.failure.kind === "server" ? texts.failed(said.failure.message) : texts[said.failure.kind];
  }
  if (said.status === "stopped") return texts.stopped;
  if (said.status === "interrupted") return texts.interrupted;
  if (said.finish === "length") return texts.cutOff;
  const closedBy = said.outcome?.closed_by;
  if (closedBy && closedBy !== "model") return texts.closedBy[closedBy];
  return said.answer.trim() ? null : texts.noAnswer;
}
