/** What the server says: the types of its JSON. */

export type Mode = "on" | "off" | "auto";
export type Visibility = "full" | "summary" | "hidden";
export type Role = "base" | "sft" | "thinking" | "checkpoint" | "foreign" | "auto";

export interface Model {
  id: string;
  max_model_len?: number;
  scratchwork: {
    role: Role;
    run: string | null;
    thinking: { modes: Mode[]; default: Mode };
    visibility: Visibility;
    max_tokens: number;
    title: string;
  };
}

export interface Family {
  name: string;
  title: string;
  levels: number[];
}

export interface Problem {
  family: string;
  level: number;
  index: number;
  prompt: string;
}

export interface Verdict {
  correct: boolean;
  expected: string;
}

export interface Cost {
  prompt_tokens: number;
  thinking_tokens: number;
  answer_tokens: number;
  router_tokens: number;
  seconds: number;
  thinking_seconds: number;
  tokens_per_second: number;
}

export interface Route {
  reason: string;
  score: number | null;
}

export type ClosedBy = "model" | "budget" | "request" | "cap";

/** Comes with the last chunk of an answer. */
export interface Outcome {
  model: string;
  mode: "on" | "off";
  visibility: Visibility;
  route: Route | null;
  answer: string | null;
  closed_by: ClosedBy | null;
  cost: Cost;
}

export interface Chunk {
  id: string;
  model: string;
  choices: {
    delta: { role?: string; content?: string | null; reasoning_content?: string | null; reasoning?: string | null };
    finish_reason: "stop" | "length" | null;
  }[];
  scratchwork?: Outcome;
  error?: { message: string; type: string; code: string | null };
}

export interface Message {
  role: "user" | "assistant";
  content: string;
}
