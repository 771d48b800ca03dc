/** What the watch server says: the types of its JSON. A number that is not there is null. */

export type Num = number | null;
export type State = "running" | "quiet" | "finished" | "stopped" | "unreadable";

/** A sentence that the Python side has in every language of the page. */
export interface Said {
  en: string;
  zh: string;
}

export interface RunRow {
  name: string;
  recipe: string | null;
  state: State;
  stage: string | null;
  step: Num;
  steps: Num;
  accuracy: Num;
  written: Num;
  why?: string;
}

export interface Finding {
  rule: string;
  severity: "info" | "warn" | "alarm";
  step: Num;
  evidence: Said;
  cause: Said;
  change: Said;
  page: string | null;
}

export interface Cell {
  verdict: "holds" | "does not hold" | "not tested";
  numbers: string;
}

export interface Claim {
  text: Said;
  rule: Said;
  elsewhere: Said | null; // what would test it
  cells: Record<string, Cell>;
}

/** The numbers of one family at one level ("all": the levels compared together). */
export type Measured = Record<string, Num | [number, number] | undefined>;
export type Evaluation = Record<string, Record<string, Measured>>;

export interface RunDetail {
  name: string;
  recipe: string | null;
  description: string | null;
  state: State;
  stage: string | null;
  step: Num;
  steps: Num;
  eta: Num;
  written?: Num; // when a line, or a file of another trainer's, was last written
  trainer?: string; // whose run was taken over; it runs or is quiet by when it last wrote
  seed: Num;
  toml: string | null;
  why?: string;
  notes: { stage: string; step: Num; text: string }[];
  headline?: Said[];
  failed?: string | null; // why the last step failed
  examining?: number; // lines that the doctor has not seen yet
  missing: string[];
  findings: Finding[];
  claims: Claim[];
  evaluations: Record<string, Evaluation>;
  classic_apple: Record<string, { share_right: Num; samples: number }>;
  cost: { seconds: Num; seconds_rl: Num; peak_memory_mb: Num; tokens: Num };
  manifest: Record<string, unknown> | null;
}

export interface JournalPart {
  stage: string;
  stages: string[];
  step: number[];
  time: Num[];
  series: Record<string, Num[]>;
  next: number; // opaque: what `after` wants to hear the next time
  reset?: boolean; // these are all lines: forget those known before
}

export interface Problem {
  problem_id: string;
  family: string;
  level: Num;
  prompt: string;
  gold: string | null;
}

export interface Group extends Problem {
  rewards: Num[];
  correct: (boolean | null)[];
  lengths: number[];
  finish: string[];
  signal: boolean;
}

/** A rollout in a list. */
export interface RolloutRow {
  sample: number;
  answer: string | null;
  reward: Num;
  correct: boolean | null;
  length: number;
  finish_reason: string;
  components: Record<string, Num>;
  mean_logprob: Num;
}

/** Offsets count code points of the thinking. */
export interface Step {
  kind: string;
  start: number;
  end: number;
  holds: boolean | null;
  text: string;
  accepted: boolean | null;
}

export interface Rollout extends RolloutRow {
  thinking: string;
  answer_text: string;
  steps: Step[];
  cut: boolean;
}

export interface Tokens {
  pieces: string[];
  logprob: Num[];
  entropy: Num[];
  checkpoint: number;
}

export interface Followed {
  problem: Problem;
  steps: { step: number; rollouts: Rollout[] }[];
}

/** The same question to the model before and after. */
export interface Transcript {
  problem: Problem;
  base: Rollout | null;
  final: Rollout | null;
}

export type AhaKind = "slip" | "search" | "false";

export interface Aha {
  kind: AhaKind;
  step: number;
  family: string;
  prompt: string;
  before: string;
  during: string;
  dropped: string;
  kept: string;
}

export interface Ahas {
  examples: Aha[];
  shares: ({ step: number } & Record<AhaKind, Num>)[];
  common_from: Record<string, Num>;
  unread: number;
  waiting?: number; // steps that are still to be read
}

export interface Hit {
  step: number;
  problem_id: string;
  sample: number;
  family: string;
  level: Num;
  length: number;
  correct: boolean | null;
  finish_reason?: string;
  reward: Num;
  excerpt: string;
}
