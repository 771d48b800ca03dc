/** Numbers as a person reads them. */
import type { Num } from "./contract.ts";

export type Unit = "share" | "tokens" | "count" | "number" | "seconds";

const NONE = "–";

export function amount(value: Num | undefined, unit: Unit): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  if (unit === "share") return percent(value);
  if (unit === "seconds") return `${short(value)} s`;
  return short(value);
}

/** 0.834 → "83%", 0.004 → "0.4%". */
export function percent(value: Num | undefined): string {
  if (value === null || value === undefined) return NONE;
  const hundred = value * 100;
  return `${hundred !== 0 && Math.abs(hundred) < 1 ? hundred.toFixed(1) : Math.round(hundred)}%`;
}

function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 100_000) return `${Number((value / 1e6).toPrecision(3))} M`;
  if (size >= 10) return Math.round(value).toLocaleString("en");
  if (size >= 1 || value === 0) return String(Number(value.toFixed(2)));
  return size >= 0.001 ? String(Number(value.toPrecision(2))) : value.toExponential(1).replace("-", "−");
}

/** Of a tick: as short as it can be. */
export function tickText(value: number, unit: Unit): string {
  if (unit === "share") return `${Number((value * 100).toFixed(1))}%`;
  const text = short(value);
  return unit === "seconds" ? `${text} s` : text;
}
