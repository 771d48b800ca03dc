/** What the reader chose, remembered. */
import { computed, effect, signal } from "@preact/signals";
import type { Mode } from "./contract.ts";
import { en, type Strings } from "./i18n/en.ts";
import { zh } from "./i18n/zh.ts";
import { isRecord, load, save } from "./storage.ts";

export interface Settings {
  language: "en" | "zh" | null; // null: the browser's
  theme: "light" | "dark" | null; // null: the system's
  block: "auto" | "open" | "closed"; // the thinking block
  mode: Mode | null; // null: the model's own
  model: string | null;
}

const CHOICES: { [Name in keyof Settings]: (value: unknown) => boolean } = {
  language: (value) => value === "en" || value === "zh",
  theme: (value) => value === "light" || value === "dark",
  block: (value) => value === "open" || value === "closed",
  mode: (value) => value === "on" || value === "off" || value === "auto",
  model: (value) => typeof value === "string",
};

function read(): Settings {
  const kept = load("settings");
  const settings: Settings = { language: null, theme: null, block: "auto", mode: null, model: null };
  if (!isRecord(kept)) return settings;
  const known = Object.entries(CHOICES).filter(([name, allows]) => allows(kept[name]));
  return { ...settings, ...Object.fromEntries(known.map(([name]) => [name, kept[name]])) };
}

export const settings = signal(read());

export function choose(change: Partial<Settings>): void {
  settings.value = { ...settings.value, ...change };
  save("settings", settings.value);
}

const browserLanguage = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
export const language = computed(() => settings.value.language ?? browserLanguage);

/** The texts in the reader's language. */
export const t = computed<Strings>(() => (language.value === "zh" ? zh : en));

/** Keeps the document in step with the choices. */
export function applySettings(): void {
  effect(() => {
    const root = document.documentElement;
    root.lang = language.value === "zh" ? "zh-Hans" : "en";
    if (settings.value.theme) root.dataset.theme = settings.value.theme;
    else delete root.dataset.theme;
  });
}
