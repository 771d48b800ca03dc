import type { Strings } from "./i18n/en.ts";

/** 0.42 → "0.4 s", 12.3 → "12 s", 75 → "1 min 15 s". */
export function duration(seconds: number, texts: Strings): string {
  if (seconds < 9.95) return texts.seconds(seconds.toFixed(1));
  const whole = Math.round(seconds);
  return whole < 60 ? texts.seconds(String(whole)) : texts.minutes(Math.floor(whole / 60), whole % 60);
}
