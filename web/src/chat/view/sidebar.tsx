/** The way around: new chat, compare, the chats so far, settings. */
import { useRef } from "preact/hooks";
import { Icon } from "../../shared/icons.tsx";
import { closeMenu, SideMenu } from "../../shared/menu.tsx";
import { pages } from "../../shared/pages.ts";
import { t } from "../../shared/settings.ts";
import { deleteChat, type Entry, findChat, history } from "../chats.ts";
import { place, replacePlace, toChat } from "../route.ts";
import { stop } from "../run.ts";
import { SettingsMenu } from "./settings.tsx";

export function Sidebar() {
  const texts = t.value;
  const here = place.value;
  return (
    <SideMenu>
      <a class="nav" href="#/" onClick={closeMenu} aria-current={here.view === "chat" && !here.id ? "page" : undefined}>
        <Icon name="plus" />
        {texts.newChat}
      </a>
      <a class="nav" href="#/compare" onClick={closeMenu} aria-current={here.view === "compare" ? "page" : undefined}>
        <Icon name="columns" />
        {texts.compare}
      </a>
      {pages.value.includes("watch") && (
        <a class="nav" href="watch">
          <Icon name="curve" />
          {texts.watch}
        </a>
      )}
      <h2>{texts.history}</h2>
      <Past current={here.view === "chat" ? here.id : null} />
      <SettingsMenu />
    </SideMenu>
  );
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
      <a href={toChat(entry.id)} onClick={closeMenu} aria-current={current ? "page" : undefined} title={entry.title}>
        {entry.title}
      </a>
      <button type="button" class="quiet" aria-label={t.value.deleteChat(entry.title)} onClick={remove}>
        <Icon name="bin" />
      </button>
    </li>
  );
}
