/** The texts of this page in the reader's language. */
import { computed } from "@preact/signals";
import { language } from "../shared/settings.ts";
import type { Said } from "./contract.ts";
import { en, type Words } from "./i18n/en.ts";
import { zh } from "./i18n/zh.ts";

export const w = computed<Words>(() => (language.value === "zh" ? zh : en));

/** A sentence of the Python side in the reader's language; in English where it has no other. */
export const told = (said: Said | null | undefined) => said?.[language.value] ?? said?.en ?? "";

/** Sentences one after the other: Chinese ones need no space between them. */
export const inARow = (said: Said[]) => said.map(told).join(language.value === "zh" ? "" : " ");

export const familyName = (name: string) => w.value.families[name] ?? name;

/** "40 s" and less is "less than a minute"; then minutes, hours and minutes, days. */
export function roughly(seconds: number): string {
  const { minutes, hours, days, lessThanAMinute } = w.value;
  if (seconds < 60) return lessThanAMinute;
  const whole = Math.round(seconds / 60);
  if (whole < 60) return minutes(whole);
  if (whole < 60 * 48) return `${hours(Math.floor(whole / 60))}${whole % 60 && whole < 600 ? ` ${minutes(whole % 60)}` : ""}`;
  return days(Math.round(whole / 1440));
}

export const since = (epoch: number) => {
  const seconds = Date.now() / 1000 - epoch;
  return seconds < 60 ? w.value.justNow : w.value.ago(roughly(seconds)); // clocks that differ are just now, too
};
