import { useEffect } from "preact/hooks";
import { Icon, Logo } from "../../shared/icons.tsx";
import { KeyDialog } from "../../shared/key-dialog.tsx";
import { closeMenu, MenuButton, SideMenu } from "../../shared/menu.tsx";
import { pages } from "../../shared/pages.ts";
import { LanguageButton, ThemeChoice } from "../../shared/preferences.tsx";
import { t } from "../../shared/settings.ts";
import { addressOf, place } from "../route.ts";
import { runs, runsState, watchRuns } from "../runs.ts";
import { Plain } from "../visible.tsx";
import { w } from "../words.ts";
import { Run } from "./run.tsx";
import { RunsList } from "./runs.tsx";

export function App() {
  const { run } = place.value;
  useEffect(() => {
    document.title = run === null ? `${w.value.title} · Scratchwork` : `${run} · Scratchwork`;
  }, [run, w.value]);
  return (
    <div class="app watch">
      <Sidebar current={run} />
      <div class="topbar">
        <MenuButton />
        <a href="#/">
          <Logo />
          <span>Scratchwork</span>
        </a>
      </div>
      <main>
        <Trouble />
        {run === null ? <RunsList /> : <Run key={run} name={run} />}
      </main>
      <KeyDialog />
    </div>
  );
}

function Sidebar({ current }: { current: string | null }) {
  const words = w.value;
  return (
    <SideMenu>
      {pages.value.includes("chat") && (
        <a class="nav" href="./">
          <Icon name="chat" />
          {words.chat}
        </a>
      )}
      <a class="nav" href="#/" onClick={closeMenu} aria-current={current === null ? "page" : undefined}>
        <Icon name="curve" />
        {words.allRuns}
      </a>
      <h2>{words.runs}</h2>
      <ul class="past">
        {runs.value.map(({ name, state }) => (
          <li key={name}>
            <a href={addressOf(name, "figures")} onClick={closeMenu} aria-current={name === current ? "page" : undefined} title={name}>
              <span class="state-dot" data-state={state} title={words.states[state] ?? state} />
              <Plain text={name} />
            </a>
          </li>
        ))}
      </ul>
      <div class="watch-settings">
        <ThemeChoice labelShown={false} />
        <LanguageButton />
      </div>
    </SideMenu>
  );
}

function Trouble() {
  const state = runsState.value;
  if (state !== "lost" && state !== "locked") return null;
  return (
    <p class="banner failed" role="status">
      {state === "lost" ? w.value.unreachable : t.value.refused}
      {state === "locked" && (
        <button type="button" class="pill" onClick={() => void watchRuns()}>
          {t.value.tryAgain}
        </button>
      )}
    </p>
  );
}
