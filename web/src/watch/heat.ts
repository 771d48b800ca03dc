/** How warm a token is drawn, in eight grades: of what it cost the model to say it, or how undecided it was. */
import type { Num } from "./contract.ts";

export type Measure = "logprob" | "entropy";

const GRADES = 8;
const SURPRISED = 4; // nats: one chance in 55
const UNDECIDED = 2.5; // nats: a dozen equal ways to go on

export function gradeOf(value: Num | undefined, measure: Measure): number {
  if (value === null || value === undefined || !Number.isFinite(value)) return 0;
  const share = measure === "logprob" ? -value / SURPRISED : value / UNDECIDED;
  return Math.min(Math.max(Math.round(share * (GRADES - 1)), 0), GRADES - 1);
}
