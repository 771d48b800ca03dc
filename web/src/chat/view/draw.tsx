/** Draws a held-out problem of a kind and level into a composer. */
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { Choice } from "../../shared/choice.tsx";
import type { Family } from "../../shared/contract.ts";
import { t } from "../../shared/settings.ts";
import type { Draft } from "../draft.ts";
import { drawProblem, families } from "../server.ts";

const wanted = signal<{ family: string | null; level: number }>({ family: null, level: 1 });

/** The page's word for a family it knows, else the server's. */
export function familyTitle(name: string): string {
  return t.value.families[name] ?? families.value.find((family) => family.name === name)?.title ?? name;
}

function chosen(): { family: Family; level: number } | null {
  const family = families.value.find(({ name }) => name === wanted.value.family) ?? families.value[0];
  if (!family) return null;
  const level = family.levels.includes(wanted.value.level) ? wanted.value.level : (family.levels[0] ?? 1);
  return { family, level };
}

export function DrawProblem({ draft, onDrawn }: { draft: Draft; onDrawn?: () => void }) {
  const [failed, setFailed] = useState(false);
  const now = chosen();
  if (!now) return null;
  const { family, level } = now;
  const draw = async () => {
    const problem = await drawProblem(family.name, level).catch(() => null);
    setFailed(!problem);
    if (!problem) return;
    draft.text.value = problem.prompt;
    draft.problem.value = problem;
    onDrawn?.();
  };
  return (
    <div class="draw">
      <p class="hint">{t.value.tryOneMore}</p>
      <Choice
        label={t.value.family}
        labelShown
        options={families.value.map(({ name }) => ({ value: name, label: familyTitle(name) }))}
        value={family.name}
        onChoose={(name) => (wanted.value = { ...wanted.value, family: name })}
      />
      <div class="draw-row">
        <Choice
          label={t.value.level}
          labelShown
          options={family.levels.map((value) => ({ value, label: String(value) }))}
          value={level}
          onChoose={(value) => (wanted.value = { family: family.name, level: value })}
        />
        <button type="button" class="solid" onClick={() => void draw()}>
          {t.value.draw}
        </button>
      </div>
      {failed && <p class="notice failed" role="alert">{t.value.unreachable}</p>}
    </div>
  );
}
