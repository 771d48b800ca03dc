/** A chat: its questions and answers, and the composer below. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { useStickToEnd } from "../../shared/hooks.ts";
import { Icon } from "../../shared/icons.tsx";
import { t } from "../../shared/settings.ts";
import { type Chat, findChat, full, newChat, type Turn } from "../chats.ts";
import { chatDraft, problemOf } from "../draft.ts";
import { isRunning } from "../reply.ts";
import { replacePlace, toChat } from "../route.ts";
import { stop } from "../run.ts";
import { families } from "../server.ts";
import { ask, edit, retry } from "../talk.ts";
import { Answer } from "./answer.tsx";
import { Composer } from "./composer.tsx";
import { DrawProblem } from "./draw.tsx";
import { DeepThink, ModelPicker } from "./pickers.tsx";

export function ChatView({ id }: { id: string | null }) {
  const chat = useMemo(() => (id ? findChat(id) : null), [id]);
  const turns = chat?.turns.value ?? [];
  const scroll = useRef<HTMLDivElement>(null);
  const last = turns.at(-1);
  const busy = last !== undefined && isRunning(last.reply.value);
  useStickToEnd(scroll, busy);
  useLayoutEffect(() => scroll.current?.scrollTo({ top: scroll.current.scrollHeight }), []); // a chat opens at its end
  useEffect(() => {
    if (id && !chat) replacePlace("#/"); // deleted, or from another browser
  }, [id, chat]);
  const send = (text: string) => {
    const target = chat ?? newChat();
    ask(target, text, problemOf(chatDraft));
    if (!chat) replacePlace(toChat(target.id));
  };
  return (
    <div class={turns.length ? "talk" : "talk empty"}>
      {chat && turns.length ? <Thread chat={chat} turns={turns} busy={busy} scroll={scroll} /> : <Welcome />}
      <div class="dock">
        {full.value && <p class="notice failed">{t.value.storageFull}</p>}
        <Composer draft={chatDraft} busy={busy} onSend={send} onStop={() => last && stop(last.reply)}>
          <DeepThink />
          <ModelPicker />
        </Composer>
      </div>
      {!turns.length && families.value.length > 0 && (
        <section class="welcome-draw" aria-label={t.value.tryOne}>
          <DrawProblem draft={chatDraft} onDrawn={() => document.querySelector<HTMLElement>(".composer textarea")?.focus()} />
        </section>
      )}
    </div>
  );
}

function Welcome() {
  return (
    <div class="welcome">
      <h1>{t.value.hello}</h1>
      <p>{t.value.helloMore}</p>
    </div>
  );
}

interface ThreadProps {
  chat: Chat;
  turns: Turn[];
  busy: boolean;
  scroll: { current: HTMLDivElement | null };
}

function Thread({ chat, turns, busy, scroll }: ThreadProps) {
  return (
    <div class="thread" ref={scroll}>
      <div class="turns">
        {turns.map((turn, i) => (
          <section class="turn" key={i}>
            <Question turn={turn} busy={busy} onEdit={(text) => edit(chat, turn, text)} />
            <Answer reply={turn.reply} onRetry={busy || i < turns.length - 1 ? undefined : () => retry(chat, turn)} />
          </section>
        ))}
      </div>
    </div>
  );
}

function Question({ turn, busy, onEdit }: { turn: Turn; busy: boolean; onEdit: (text: string) => void }) {
  const [editing, setEditing] = useState(false);
  if (editing && !busy) return <Editor text={turn.question} onDone={(text) => (setEditing(false), text && onEdit(text))} />;
  return (
    <div class="question">
      {!busy && (
        <button
          type="button"
          class="quiet"
          onClick={() => setEditing(true)}
          title={t.value.edit}
          aria-label={t.value.edit}
        >
          <Icon name="edit" />
        </button>
      )}
      <p>{turn.question}</p>
    </div>
  );
}

function Editor({ text, onDone }: { text: string; onDone: (text: string | null) => void }) {
  const [draft, setDraft] = useState(text);
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => area.current?.focus(), []);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") onDone(null);
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (draft.trim()) onDone(draft);
  };
  return (
    <form class="editor" onSubmit={(event) => (event.preventDefault(), draft.trim() && onDone(draft))}>
      <textarea
        ref={area}
        aria-label={t.value.editing}
        value={draft}
        onInput={(event) => setDraft(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <div class="editor-row">
        <button type="button" class="pill" onClick={() => onDone(null)}>
          {t.value.cancel}
        </button>
        <button type="submit" class="solid" disabled={!draft.trim()}>
          {t.value.save}
        </button>
      </div>
    </form>
  );
}
