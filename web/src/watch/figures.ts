/** Which metrics of the journal make a figure. Their meaning stands in docs/metrics.md. */
import type { Unit } from "./format.ts";

export type Tone = "main" | "held" | "failed" | "wait" | "second" | "sixth" | "seventh";

export interface LineSpec {
  metric: string;
  /** Within the words' `lines`; a family or a component goes by its own name. */
  label: string;
  tone: Tone;
}

export interface FigureSpec {
  id: string;
  stage: "grpo" | "held_out";
  unit: Unit;
  lines: (names: string[]) => LineSpec[];
  log?: boolean; // may be looked at on a logarithmic scale
}

const TONES: Tone[] = ["sixth", "wait", "seventh", "second", "failed", "held"];

const fixed =
  (...lines: [metric: string, label: string, tone: Tone][]) =>
  (): LineSpec[] =>
    lines.map(([metric, label, tone]) => ({ metric, label, tone }));

/** A line for each metric that the pattern finds; what it catches is the line's name. */
function found(names: string[], pattern: RegExp): LineSpec[] {
  const own = names.filter((name) => pattern.test(name));
  return own.map((metric, i) => ({
    metric,
    label: pattern.exec(metric)?.[1] ?? metric,
    tone: TONES[i % TONES.length] as Tone,
  }));
}

const accuracy: FigureSpec = {
  id: "accuracy",
  stage: "grpo",
  unit: "share",
  lines: (names) => [{ metric: "accuracy", label: "all", tone: "main" }, ...found(names, /^accuracy\/(.+)$/)],
};

const length: FigureSpec = {
  id: "length",
  stage: "grpo",
  unit: "tokens",
  log: true,
  lines: fixed(
    ["completions/mean_length", "all", "main"],
    ["completions/mean_length/right", "right", "held"],
    ["completions/mean_length/wrong", "wrong", "failed"],
    ["completions/mean_length/cut_off", "cut", "wait"],
  ),
};

const reflection: FigureSpec = {
  id: "reflection",
  stage: "grpo",
  unit: "count",
  lines: fixed(
    ["reflection/checks", "checks", "held"],
    ["reflection/backtracks", "backtracks", "wait"],
    ["reflection/second_derivations", "second", "second"],
    ["reflection/equations", "equations", "sixth"],
    ["reflection/words", "words", "seventh"],
  ),
};

const transitions: FigureSpec = {
  id: "transitions",
  stage: "grpo",
  unit: "share",
  lines: fixed(
    ["transitions/wrong_right", "wrongRight", "held"],
    ["transitions/right_wrong", "rightWrong", "failed"],
    ["transitions/wrong_wrong", "wrongWrong", "wait"],
    ["transitions/right_right", "rightRight", "main"],
  ),
};

const heldOut: FigureSpec = {
  id: "heldOut",
  stage: "held_out",
  unit: "share",
  lines: (names) =>
    names
      .filter((name) => /^pass@\d+$/.test(name))
      .sort((a, b) => Number(a.slice(5)) - Number(b.slice(5)))
      .map((metric, i) => ({ metric, label: metric, tone: (["main", "sixth", "wait", "seventh"] as const)[i % 4] as Tone })),
};

const density: FigureSpec = {
  id: "density",
  stage: "grpo",
  unit: "count",
  lines: fixed(
    ["reflection/checks_per_100_tokens", "checks", "held"],
    ["reflection/backtracks_per_100_tokens", "backtracks", "wait"],
  ),
};

const verification: FigureSpec = {
  id: "verification",
  stage: "grpo",
  unit: "share",
  lines: fixed(
    ["verification/precision", "precision", "main"],
    ["verification/recall", "recall", "second"],
    ["claims/false", "false", "failed"],
  ),
};

const gain: FigureSpec = {
  id: "gain",
  stage: "grpo",
  unit: "share",
  lines: fixed(
    ["reflection/gain_within_problem", "gain", "main"],
    ["reflection/repaired", "repaired", "held"],
    ["reflection/spoiled", "spoiled", "failed"],
  ),
};

const rewards: FigureSpec = {
  id: "rewards",
  stage: "grpo",
  unit: "number",
  lines: (names) => [{ metric: "reward", label: "all", tone: "main" }, ...found(names, /^rewards\/(.+)\/mean$/)],
};

const signal: FigureSpec = {
  id: "signal",
  stage: "grpo",
  unit: "share",
  lines: fixed(
    ["frac_reward_zero_std", "noSignal", "main"],
    ["solved_none", "solvedNone", "failed"],
    ["solved_some", "solvedSome", "second"],
    ["solved_all", "solvedAll", "held"],
    ["completions/clipped_ratio", "cut", "wait"],
  ),
};

const entropy: FigureSpec = { id: "entropy", stage: "grpo", unit: "number", log: true, lines: fixed(["entropy", "entropy", "main"]) };

const update: FigureSpec = {
  id: "update",
  stage: "grpo",
  unit: "number",
  log: true,
  lines: fixed(
    ["grad_norm", "gradient", "main"],
    ["kl", "kl", "second"],
    ["sampling/sampling_logp_difference/mean", "mismatch", "failed"],
  ),
};

const timing: FigureSpec = {
  id: "timing",
  stage: "grpo",
  unit: "seconds",
  log: true,
  lines: fixed(["step_time", "step", "main"], ["profiling/rollout_time", "rollout", "sixth"]),
};

const speed: FigureSpec = {
  id: "speed",
  stage: "grpo",
  unit: "tokens",
  log: true,
  lines: fixed(["tokens_per_second", "speed", "main"]),
};

/** The two figures of the chapter. */
export const CHAPTER = [accuracy, length];
/** What became of the thinking. */
export const STRATEGIES = [reflection, transitions];

export const SECTIONS: { id: "better" | "thinking" | "worth" | "healthy" | "time"; figures: FigureSpec[] }[] = [
  { id: "better", figures: [accuracy, length, heldOut, rewards] },
  { id: "thinking", figures: [reflection, density, transitions] },
  { id: "worth", figures: [gain, verification] },
  { id: "healthy", figures: [signal, entropy, update] },
  { id: "time", figures: [timing, speed] },
];
