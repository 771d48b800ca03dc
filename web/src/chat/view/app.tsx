import { useEffect } from "preact/hooks";
import { asking } from "../../shared/key.ts";
import { Logo } from "../../shared/icons.tsx";
import { KeyDialog } from "../../shared/key-dialog.tsx";
import { MenuButton } from "../../shared/menu.tsx";
import { t } from "../../shared/settings.ts";
import { findChat, history } from "../chats.ts";
import { isBusy } from "../comparison.ts";
import { isRunning, valueOf } from "../reply.ts";
import { place } from "../route.ts";
import { loadServer, state } from "../server.ts";
import { ChatView } from "./chat.tsx";
import { Compare } from "./compare.tsx";
import { noticeOf } from "./notice.tsx";
import { ModelPicker } from "./pickers.tsx";
import { Sidebar } from "./sidebar.tsx";

export function App() {
  const here = place.value;
  const entry = here.view === "chat" && history.value.find(({ id }) => id === here.id);
  useEffect(() => {
    document.title = entry ? `${entry.title} · Scratchwork` : "Scratchwork";
  }, [entry]);
  return (
    <div class="app">
      <Sidebar />
      <div class="topbar">
        <MenuButton />
        <a href="#/">
          <Logo />
          <span>Scratchwork</span>
        </a>
        {here.view === "chat" && <ModelPicker />}
      </div>
      <main>
        <ServerState />
        {here.view === "compare" ? <Compare /> : <ChatView key={here.id ?? "new"} id={here.id} />}
      </main>
      <KeyDialog />
      <Announcer />
    </div>
  );
}

function ServerState() {
  if (state.value === "ready" || asking.value) return null;
  const lost = state.value !== "loading";
  return (
    <p class={`banner ${lost ? "failed" : ""}`} role="status">
      {{ loading: t.value.loadingModels, locked: t.value.refused, unreachable: t.value.unreachable }[state.value]}
      {lost && (
        <button type="button" class="pill" onClick={() => void loadServer()}>
          {t.value.tryAgain}
        </button>
      )}
    </p>
  );
}

/** Tells a screen reader what happens, without reading out every word of the thinking. */
function Announcer() {
  return (
    <p class="unseen" role="status">
      {news()}
    </p>
  );
}

function news(): string {
  const here = place.value;
  if (here.view === "compare") return isBusy() ? t.value.thinking : "";
  const said = here.id ? findChat(here.id)?.turns.value.at(-1)?.reply.value : null;
  if (!said) return "";
  if (isRunning(said)) return said.status === "answering" ? "" : t.value.thinking;
  const value = valueOf(said);
  return value === null ? (noticeOf(said, t.value) ?? "") : `${t.value.answer}: ${value}`;
}
