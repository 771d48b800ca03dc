/** The way around: new chat, compare, the chats so far, settings. On a phone it slides in. */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Icon, Logo } from "../../shared/icons.tsx";
import { t } from "../../shared/settings.ts";
import { deleteChat, type Entry, findChat, history } from "../chats.ts";
import { place, replacePlace, toChat } from "../route.ts";
import { stop } from "../run.ts";
import { SettingsMenu } from "./settings.tsx";

export const menuOpen = signal(false); // matters on narrow screens only

const close = () => (menuOpen.value = false);

export function MenuButton() {
  return (
    <button
      type="button"
      class="quiet menu-button"
      aria-expanded={menuOpen.value}
      aria-label={t.value.openMenu}
      onClick={() => (menuOpen.value = true)}
    >
      <Icon name="menu" />
    </button>
  );
}

export function Sidebar() {
  const texts = t.value;
  const here = place.value;
  useEscape();
  return (
    <>
      <div class="shade" data-open={menuOpen.value} onClick={close} />
      <nav class="sidebar" data-open={menuOpen.value} aria-label="Scratchwork">
        <div class="brand">
          <a href="#/" onClick={close}>
            <Logo />
            <span>Scratchwork</span>
          </a>
          <button type="button" class="quiet menu-close" aria-label={texts.closeMenu} onClick={close}>
            <Icon name="close" />
          </button>
        </div>
        <a class="nav" href="#/" onClick={close} aria-current={here.view === "chat" && !here.id ? "page" : undefined}>
          <Icon name="plus" />
          {texts.newChat}
        </a>
        <a class="nav" href="#/compare" onClick={close} aria-current={here.view === "compare" ? "page" : undefined}>
          <Icon name="columns" />
          {texts.compare}
        </a>
        <h2>{texts.history}</h2>
        <Past current={here.view === "chat" ? here.id : null} />
        <SettingsMenu />
      </nav>
    </>
  );
}

function useEscape(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => event.key === "Escape" && close();
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}

function Past({ current }: { current: string | null }) {
  if (!history.value.length) return <p class="hint past-none">{t.value.noHistory}</p>;
  return (
    <ul class="past">
      {history.value.map((entry) => (
        <PastChat key={entry.id} entry={entry} current={entry.id === current} />
      ))}
    </ul>
  );
}

function PastChat({ entry, current }: { entry: Entry; current: boolean }) {
  const item = useRef<HTMLLIElement>(null);
  const remove = () => {
    for (const { reply } of findChat(entry.id)?.turns.value ?? []) stop(reply);
    const next = item.current?.nextElementSibling ?? item.current?.previousElementSibling;
    next?.querySelector("a")?.focus(); // else the keyboard would start again from the top
    deleteChat(entry.id);
    if (current) replacePlace("#/");
  };
  return (
    <li ref={item}>
      <a href={toChat(entry.id)} onClick={close} aria-current={current ? "page" : undefined} title={entry.title}>
        {entry.title}
      </a>
      <button type="button" class="quiet" aria-label={t.value.deleteChat(entry.title)} onClick={remove}>
        <Icon name="bin" />
      </button>
    </li>
  );
}
