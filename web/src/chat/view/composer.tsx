/** Where a question is written. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { useLeave } from "../../shared/hooks.ts";
import { Icon } from "../../shared/icons.tsx";
import { t } from "../../shared/settings.ts";
import { type Draft, problemOf } from "../draft.ts";
import { families, state } from "../server.ts";
import { DrawProblem, familyTitle } from "./draw.tsx";

interface Props {
  draft: Draft;
  busy: boolean;
  onSend: (text: string) => void;
  onStop: () => void;
  children?: ComponentChildren; // what else can be set before sending
}

export function Composer({ draft, busy, onSend, onStop, children }: Props) {
  const area = useRef<HTMLTextAreaElement>(null);
  const { text } = draft;
  const ready = !busy && state.value === "ready" && text.value.trim() !== "";
  const submit = () => {
    if (!ready) return;
    onSend(text.value);
    text.value = "";
    draft.problem.value = null;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape" && busy) onStop();
    const composing = event.isComposing || event.keyCode === 229; // Enter that ends a Chinese word sends nothing
    if (event.key !== "Enter" || event.shiftKey || composing) return;
    event.preventDefault();
    submit();
  };
  useGrowth(area, text.value);
  return (
    <form class="composer" onSubmit={(event) => (event.preventDefault(), submit())}>
      <textarea
        ref={area}
        rows={1}
        aria-label={t.value.ask}
        placeholder={t.value.placeholder}
        value={text.value}
        onInput={(event) => (text.value = event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <Drawn draft={draft} />
      <div class="composer-row">
        {children}
        <TryOne draft={draft} onDrawn={() => area.current?.focus()} />
        {busy ? (
          <button type="button" class="send" onClick={onStop} title={t.value.stop} aria-label={t.value.stop}>
            <Icon name="stop" />
          </button>
        ) : (
          <button type="submit" class="send" disabled={!ready} title={t.value.send} aria-label={t.value.send}>
            <Icon name="send" />
          </button>
        )}
      </div>
    </form>
  );
}

/** The box is as high as its text, up to what the stylesheet allows; a page that is opened may be typed into at once. */
function useGrowth(area: { current: HTMLTextAreaElement | null }, text: string): void {
  useLayoutEffect(() => {
    if (matchMedia("(hover: hover)").matches) area.current?.focus(); // on a phone the keyboard would cover the page
  }, []);
  useLayoutEffect(() => {
    const { current } = area;
    if (!current) return;
    current.style.height = "auto";
    current.style.height = `${current.scrollHeight}px`;
  }, [text]);
}

/** Says which problem stands in the box. */
function Drawn({ draft }: { draft: Draft }) {
  const problem = problemOf(draft);
  if (!problem) return null;
  const { family, level, index } = problem;
  return (
    <p class="drawn">
      <Icon name="draw" />
      {t.value.drawn(familyTitle(family), level, index)}
      <button type="button" class="quiet" aria-label={t.value.detach} onClick={() => (draft.problem.value = null)}>
        <Icon name="close" />
      </button>
    </p>
  );
}

function TryOne({ draft, onDrawn }: { draft: Draft; onDrawn: () => void }) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useLeave(box, open, () => setOpen(false));
  if (!families.value.length) return null;
  const drawn = () => {
    setOpen(false);
    onDrawn();
  };
  return (
    <div class="popover-place" ref={box}>
      <button type="button" class="pill" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="draw" />
        <span>{t.value.tryOne}</span>
      </button>
      {open && (
        <div class="popover">
          <DrawProblem draft={draft} onDrawn={drawn} />
        </div>
      )}
    </div>
  );
}
