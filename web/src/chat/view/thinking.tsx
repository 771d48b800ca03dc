/** The thinking of an answer: a block above it that can be opened and closed. */
import type { ReadonlySignal, Signal } from "@preact/signals";
import { useMemo, useRef, useState } from "preact/hooks";
import { duration } from "../../shared/duration.ts";
import { useClock, useStickToEnd } from "../../shared/hooks.ts";
import { Icon } from "../../shared/icons.tsx";
import { memo } from "../../shared/memo.ts";
import { Markdown } from "../../shared/render/markdown.tsx";
import { blocks, type Kind, pieces, tally } from "../../shared/render/marks.ts";
import { settings, t } from "../../shared/settings.ts";
import { isRunning, type Reply, thinkingSeconds } from "../reply.ts";
import { answerNow } from "../run.ts";
import { modelOf } from "../server.ts";

export function Thinking({ reply }: { reply: Signal<Reply> }) {
  const said = reply.value;
  const [chosen, setChosen] = useState<boolean | null>(null); // by the reader, and then never overridden
  const live = said.status === "thinking" || (said.status === "waiting" && said.willThink);
  const hidden = !said.thinking.trim();
  if (hidden && !live && !said.outcome?.cost.thinking_tokens) return null;
  const { block } = settings.value;
  const open = !hidden && (chosen ?? (block === "auto" ? live : block === "open"));
  return (
    <section class={`thinking ${live ? "live" : ""}`} aria-label={t.value.block}>
      <div class="thinking-head">
        <button type="button" aria-expanded={open} disabled={hidden} onClick={() => setChosen(!open)}>
          <Icon name="down" />
          <Label reply={reply} live={live} />
        </button>
        {live && said.id && (
          <button type="button" class="answer-now" disabled={said.ending} onClick={() => void answerNow(reply)}>
            <Icon name="skip" />
            {said.ending ? t.value.ending : t.value.answerNow}
          </button>
        )}
      </div>
      {hidden && !live && <p class="hint">{t.value.hiddenThinking}</p>}
      <div class="fold" data-open={open} inert={!open}>
        <div class="folded">{!hidden && <Paper said={said} live={live} />}</div>
      </div>
    </section>
  );
}

/** "Thinking…", then "Thought for N s · M tokens". A summary's newest title stands for the first. */
function Label({ reply, live }: { reply: ReadonlySignal<Reply>; live: boolean }) {
  const now = useClock(live);
  const said = reply.value;
  const texts = t.value;
  const time = duration(thinkingSeconds(said, now), texts);
  if (live) {
    const title = isSummary(said) && [...said.thinking.matchAll(/^\*\*(.+?)\*\*$/gm)].at(-1)?.[1];
    return (
      <span class="label">
        <span class="shimmer">{title || texts.thinking}</span> <span class="aside">{time}</span>
      </span>
    );
  }
  const tokens = said.outcome?.cost.thinking_tokens;
  return (
    <span class="label">
      {texts.thoughtFor(time)}
      {tokens ? <span class="aside"> · {texts.tokens(tokens)}</span> : null}
    </span>
  );
}

function isSummary(said: Reply): boolean {
  return (said.outcome?.visibility ?? modelOf(said.model)?.scratchwork.visibility) === "summary";
}

function Paper({ said, live }: { said: Reply; live: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  useStickToEnd(box, live);
  if (isSummary(said)) return <div class="summary"><Markdown text={said.thinking} /></div>;
  return (
    <div class="paper">
      <div class="sheet" ref={box} tabIndex={0} role="region" aria-label={t.value.block}>
        <div class="scratch">{blocks(said.thinking).map((text, i) => <Marked key={i} text={text} />)}</div>
      </div>
      <Legend text={said.thinking} settled={!isRunning(said)} />
    </div>
  );
}

const Marked = memo(({ text }: { text: string }) => {
  const words = t.value.marks;
  return (
    <span>
      {pieces(text).map((piece) => (piece.kind ? <mark class={piece.kind} title={words[piece.kind]}>{piece.text}</mark> : piece.text))}
    </span>
  );
});

const KINDS: Kind[] = ["held", "failed", "check", "wait", "second"];

/** What the marks mean, with how often each occurs. */
function Legend({ text, settled }: { text: string; settled: boolean }) {
  const counts = useMemo(() => tally(text), [text]);
  const found = KINDS.filter((kind) => counts[kind]);
  if (!found.length) return null;
  return (
    <ul class="legend" aria-label={t.value.legend} data-settled={settled}>
      {found.map((kind) => (
        <li key={kind}>
          <span class={`swatch ${kind}`} aria-hidden="true" />
          {t.value.marks[kind]} <span class="count">{counts[kind]}</span>
        </li>
      ))}
    </ul>
  );
}
