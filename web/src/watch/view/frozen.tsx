/** The same page as one file: no way to other runs' folders, no server, and the report first. */
import { useEffect } from "preact/hooks";
import { Logo } from "../../shared/icons.tsx";
import { LanguageButton, ThemeChoice } from "../../shared/preferences.tsx";
import { addressOf, place } from "../route.ts";
import { runs } from "../runs.ts";
import { viewsOf } from "../views.ts";
import { Plain } from "../visible.tsx";
import { w } from "../words.ts";
import { Run } from "./run.tsx";

export function FrozenApp() {
  const known = runs.value.filter(({ name }) => viewsOf(name).length > 0);
  const current = place.value.run ?? known[0]?.name ?? null;
  useEffect(() => {
    document.title = current === null ? "Scratchwork" : `${current} · Scratchwork`;
  }, [current]);
  return (
    <div class="frozen watch">
      <div class="frozen-bar">
        <a class="frozen-brand" href="#/">
          <Logo />
          <span>Scratchwork</span>
        </a>
        {known.length > 1 && (
          <nav aria-label={w.value.runs}>
            {known.map(({ name }) => (
              <a key={name} href={addressOf(name, "report")} aria-current={name === current ? "page" : undefined}>
                <Plain text={name} />
              </a>
            ))}
          </nav>
        )}
        <ThemeChoice labelShown={false} />
        <LanguageButton />
      </div>
      <main>{current === null ? <p class="page hint">{w.value.nothing}</p> : <Run key={current} name={current} />}</main>
      <footer class="frozen-foot">
        <p class="hint">{w.value.frozenFrom}</p>
        <Licences />
      </footer>
    </div>
  );
}

function Licences() {
  const text = document.querySelector("script#licences")?.textContent;
  if (!text) return null;
  return (
    <details>
      <summary>{w.value.licences}</summary>
      <pre tabIndex={0}>{text}</pre>
    </details>
  );
}
