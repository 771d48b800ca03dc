/** Which model, and whether it thinks first. */
import { Choice } from "../../shared/choice.tsx";
import type { Mode, Model } from "../../shared/contract.ts";
import { choose, settings, t } from "../../shared/settings.ts";
import { modeFor, model, models } from "../server.ts";

const ORDER: Mode[] = ["off", "auto", "on"];

/** Shown only for a model that can do both. */
export function DeepThink() {
  const asked = model.value;
  if (!asked || asked.scratchwork.thinking.modes.length < 2) return null;
  return (
    <div class="deep-think">
      <ModeChoice asked={asked} wanted={settings.value.mode} onChoose={(mode) => choose({ mode })} />
    </div>
  );
}

interface ModeProps {
  asked: Model;
  wanted: Mode | null;
  onChoose: (mode: Mode) => void;
}

export function ModeChoice({ asked, wanted, onChoose }: ModeProps) {
  const { modes, modesMeaning, deepThink } = t.value;
  const able = ORDER.filter((mode) => asked.scratchwork.thinking.modes.includes(mode));
  return (
    <Choice
      label={deepThink}
      labelShown
      options={able.map((mode) => ({ value: mode, label: modes[mode], title: modesMeaning[mode] }))}
      value={modeFor(asked, wanted)}
      onChoose={onChoose}
    />
  );
}

export function ModelPicker() {
  const asked = model.value;
  if (!asked) return null;
  return <ModelSelect label={t.value.model} value={asked.id} onChoose={(id) => choose({ model: id })} />;
}

export function ModelSelect({ label, value, onChoose }: { label: string; value: string; onChoose: (id: string) => void }) {
  return (
    <label class="select">
      <span class="unseen">{label}</span>
      <select value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
        {models.value.map(({ id }) => (
          <option key={id} value={id}>
            {nameOf(id)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A model's title; with its id where two have the same. */
function nameOf(id: string): string {
  const titles = models.value.map(({ id, scratchwork }) => t.value.titles[scratchwork.role] ?? (scratchwork.title || id));
  const title = titles[models.value.findIndex((model) => model.id === id)] ?? id;
  return titles.filter((other) => other === title).length > 1 ? `${title} · ${id}` : title;
}
