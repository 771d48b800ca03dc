// The watch server's contract with runs that never were: finished, growing as one looks, stopped, hostile, unreadable.
import { HOSTILE_AHA, HOSTILE_PROBLEM, HOSTILE_RUN, hostileResponse } from "./hostile.mjs";
import { FOREIGN, MATH } from "./scripts.mjs";
import { dice, FAMILIES, FOLLOWED, LAST, problemAt, publicPart, respond, skill } from "./story.mjs";

const SAMPLES = 8;
const PROBLEMS = 60;
const EVERY = 10; // steps between two looks at the followed problems
const SPEED = Number(process.env.MOCK_STEPS_PER_SECOND ?? "1");
const started = Date.now();

const RUNS = {
  zero: { recipe: "zero", teaches: true, last: () => LAST, state: "finished", description: "Right answers are rewarded, and nothing else." },
  "zero-live": { recipe: "zero", teaches: true, last: liveStep, state: null, description: "The same with another seed, going on now." },
  "zero-random": { recipe: "zero-random", teaches: false, last: () => 62, state: "stopped", description: "Control: the reward is the toss of a coin." },
  [HOSTILE_RUN]: { recipe: "<script>window.hacked=30</script>", teaches: true, last: () => 20, state: "finished", description: "\u202eturned <img src=x>", hostile: true },
  "of-another-model": { recipe: "foreign", teaches: true, last: () => 20, state: "quiet", description: "Completions that another trainer left.", foreign: true },
  "of-another-version": { recipe: null, state: "unreadable", why: "journal.jsonl line 1 has no stage: a run of another version" },
};

function liveStep() {
  return Math.min(LAST, Math.floor(20 + ((Date.now() - started) / 1000) * SPEED));
}

const stateOf = (run) => run.state ?? (run.last() < LAST ? "running" : "finished");

function metrics(name, run, step) {
  const roll = dice(`${name} ${step}`);
  const s = skill(step, run.teaches);
  const noise = (size) => (roll() - 0.5) * size;
  const clip = (value) => Math.min(Math.max(value, 0), 1);
  const length = 22 + 92 * s + noise(14);
  return {
    reward: clip(0.27 + 0.6 * s + noise(0.12)),
    accuracy: clip(0.27 + 0.6 * s + noise(0.12)),
    "accuracy/apples": clip(0.35 + 0.58 * s + noise(0.2)),
    "accuracy/countdown": clip(0.18 + 0.66 * s + noise(0.2)),
    "accuracy/arithmetic": clip(0.28 + 0.5 * s + noise(0.2)),
    "rewards/accuracy/mean": clip(0.27 + 0.6 * s + noise(0.12)),
    "rewards/format/mean": clip(0.9 + 0.08 * s + noise(0.03)),
    "completions/mean_length": length,
    "completions/mean_length/right": length * 0.86,
    "completions/mean_length/wrong": length * 1.3 + noise(20),
    "completions/mean_length/cut_off": s > 0.3 ? 256 : null,
    "completions/clipped_ratio": clip(0.03 * s + noise(0.02)),
    "reflection/rate": clip(0.18 + 0.7 * s + noise(0.06)),
    "reflection/checks": 0.3 + 2.2 * s + noise(0.3),
    "reflection/backtracks": 0.12 + 1.5 * s + noise(0.25),
    "reflection/second_derivations": 0.05 + 0.3 * s + noise(0.04),
    "reflection/equations": 0.04 + 0.2 * s + noise(0.04),
    "reflection/words": 0.2 + 1.6 * s + noise(0.3),
    "reflection/checks_per_100_tokens": 1.4 + 0.9 * s + noise(0.2),
    "reflection/backtracks_per_100_tokens": 0.6 + 0.8 * s + noise(0.2),
    "reflection/gain_within_problem": -0.06 + 0.24 * s + noise(0.08),
    "reflection/repaired": clip(0.1 + 0.6 * s + noise(0.1)),
    "reflection/spoiled": clip(0.06 - 0.03 * s + noise(0.02)),
    "transitions/wrong_right": clip(0.2 + 0.3 * s + noise(0.06)),
    "transitions/right_wrong": clip(0.06 - 0.03 * s + noise(0.02)),
    "transitions/wrong_wrong": clip(0.6 - 0.35 * s + noise(0.08)),
    "transitions/right_right": clip(0.14 + 0.08 * s + noise(0.05)),
    "verification/precision": clip(0.72 + 0.25 * s + noise(0.05)),
    "verification/recall": clip(0.8 + 0.18 * s + noise(0.05)),
    "claims/false": clip(0.16 - 0.11 * s + noise(0.03)),
    frac_reward_zero_std: clip(0.3 - 0.15 * s + 0.4 * s * s + noise(0.1)),
    solved_none: clip(0.28 - 0.24 * s + noise(0.06)),
    solved_some: clip(0.62 - 0.3 * s + noise(0.08)),
    solved_all: clip(0.1 + 0.5 * s + noise(0.08)),
    entropy: 0.92 - 0.55 * s + noise(0.05),
    grad_norm: 0.4 + 0.5 * roll() ** 3 + (step % 37 === 20 ? 2.4 : 0),
    "sampling/sampling_logp_difference/mean": 2e-5 + noise(1e-5),
    step_time: 1.8 + length / 24 + noise(0.3),
    "profiling/rollout_time": 1 + length / 32 + noise(0.2),
    tokens_per_second: 5200 - 900 * s + noise(300),
  };
}

function heldOut(name, run, step) {
  const roll = dice(`${name} held out ${step}`);
  const s = skill(step, run.teaches);
  const clip = (value) => Math.min(value, 1);
  return { "pass@1": clip(0.28 + 0.56 * s + roll() * 0.03), "pass@2": clip(0.42 + 0.48 * s), "pass@4": clip(0.58 + 0.36 * s), "pass@8": clip(0.72 + 0.24 * s) };
}

function journal(name, run, query) {
  const stage = query.get("stage") ?? "grpo";
  const every = stage === "held_out" ? EVERY : 1;
  const all = Array.from({ length: Math.floor(run.last() / every) + 1 }, (_, i) => i * every);
  const after = Number(query.get("after") ?? 0);
  const step = all.slice(after);
  const lines = step.map((n) => (stage === "held_out" ? heldOut(name, run, n) : metrics(name, run, n)));
  const names = [...new Set(lines.flatMap((line) => Object.keys(line)))];
  const series = Object.fromEntries(names.map((metric) => [metric, lines.map((line) => line[metric] ?? null)]));
  return { stage, stages: ["grpo", "held_out"], step, time: step.map((n) => 1790000000 + 4 * n), series, next: all.length, reset: after === 0 };
}

/** A sentence as the Python side has it, in every language of the page. */
const said = (en, zh) => ({ en, zh });

const CLAIMS = (run) => [
  [said("Accuracy on held-out problems climbs", "留出题的正确率上升"), said("pass@1: final above base, and their 95% intervals do not overlap", "pass@1：最终高于基座，且两者的 95% 区间不重叠"), "31% → 86%", "24% → 80%"],
  [said("Responses lengthen by themselves", "回答自己变长"), said("mean length in tokens: final at least 1.2 times base", "平均长度（词元）：最终至少为基座的 1.2 倍"), "22 → 88 (4.0×)", "26 → 131 (5.0×)"],
  [said("Checks multiply", "验算成倍增加"), said("verdicts on an own candidate, per response: at least 2 times base, and 0.05 more", "每个回答中对自己候选的判定：最终至少为基座的 2 倍，且至少多 0.05"), "0.31 → 2.4 (7.7×)", "0.28 → 2.6 (9.3×)"],
  [said("What many tries can solve is kept", "多次尝试能解出的题没有丢"), said("pass@64: final at most 2 points below base", "pass@64：最终至多比基座低 2 个百分点"), "99% → 99%", "97% → 91%"],
  [said("It comes from rewarding right answers only", "只因奖励正确答案而来"), said("a reward for form or for nothing must not do the same", "只奖励格式或什么都不奖励时，不应有同样的结果")],
].map(([text, rule, apples, countdown]) => ({
  text,
  rule,
  elsewhere: apples ? null : said("needs two more runs: scratchwork run zero-random, scratchwork run zero-format", "还需另外两次训练：scratchwork run zero-random, scratchwork run zero-format"),
  cells: apples
    ? {
        apples: { verdict: run.teaches ? "holds" : "does not hold", numbers: apples },
        countdown: { verdict: run.teaches && countdown !== "97% → 91%" ? "holds" : "does not hold", numbers: countdown },
        arithmetic: { verdict: "not tested", numbers: "" },
      }
    : {},
}));

const row = (p, length) => ({ "pass@1": p, "pass@1_ci": [p - 0.03, p + 0.03], "pass@64": Math.min(p + 0.3, 0.99), length });
const table = (p, length) => Object.fromEntries(FAMILIES.map((family, i) => [family, { all: row(p - i * 0.04, length + i * 9), 1: row(p, length), 2: row(p - 0.09, length + 14) }]));

function detail(name, run) {
  if (run.state === "unreadable") return { ...empty(name, run), why: run.why };
  const live = stateOf(run) === "running";
  const findings = run.teaches
    ? []
    : [
        {
          rule: "flat reward",
          severity: "alarm",
          step: 31,
          evidence: said("reward 0.50 and then 0.50 in the last 30 steps; accuracy fell from 0.30 to 0.28", "最近 30 步里，奖励先为 0.50，后为 0.50；正确率从 0.30 降至 0.28"),
          cause: said("the reward does not depend on the answer", "奖励与答案无关"),
          change: said("give reward.accuracy a weight", "给 reward.accuracy 一个权重"),
          page: "docs/instruments.md",
        },
        { rule: "length", severity: "info", step: 20, evidence: said("responses do not lengthen", "回答没有变长"), cause: said("nothing pays for it", "没有奖励与之有关"), change: said("nothing: this is a control", "不必改：这是对照组"), page: null },
      ];
  return {
    ...empty(name, run),
    eta: live ? (LAST - run.last()) / SPEED : null,
    findings,
    headline: live || !run.teaches ? [] : [said("Right on 31% of held-out problems before, and on 86% after 115 steps.", "留出题之前答对 31%，115 步后答对 86%。"), said("Its answers are 4.0 times as long.", "回答长度是原来的 4.0 倍。")],
    notes: run.teaches ? [{ stage: "grpo", step: 3, text: "no signal in 41 of 60 groups" }] : [],
    missing: run.hostile ? ["rollouts/step-000004.parquet <b>is damaged</b>"] : [],
    claims: live ? [] : CLAIMS(run),
    evaluations: live ? { base: table(0.31, 22) } : { base: table(0.31, 22), final: table(run.teaches ? 0.86 : 0.3, run.teaches ? 88 : 21) },
    classic_apple: live ? {} : { base: { share_right: 0.31, samples: 64 }, final: { share_right: 0.98, samples: 64 } },
    cost: { seconds: 742, seconds_rl: 551, peak_memory_mb: 1210, tokens: 4_310_220 },
    manifest: { scratchwork: "0.4.0", commit: "17747b8c2f00aa11", hardware: { cpu: "AMD EPYC 7B13", cores: 2 } },
  };
}

const empty = (name, run) => ({
  name,
  recipe: run.recipe,
  description: run.description ?? null,
  state: stateOf(run),
  ...(run.foreign ? { trainer: "trl", written: Date.now() / 1000 - 1500 } : {}),
  stage: "grpo",
  step: run.last?.() ?? null,
  steps: run.last ? LAST : null,
  eta: null,
  seed: 1,
  toml: `# ${name}\nstages = ["base", "grpo", "evaluate"]\n\n[grpo]\nsteps = ${LAST}\nprompts_per_step = 32\ngroup_size = ${SAMPLES}\nmax_tokens = 256\nlr = 5e-4\n\n[reward]\naccuracy = 1.0\n`,
  notes: [],
  missing: [],
  findings: [],
  claims: [],
  evaluations: {},
  classic_apple: {},
  cost: { seconds: null, seconds_rl: null, peak_memory_mb: null, tokens: null },
  manifest: null,
  pictures: [],
});

const full = (name, run, step, problem, sample) => ({
  sample,
  ...(run.hostile ? hostileResponse() : run.foreign ? foreignResponse() : respond(problem, `${name} ${step} ${problem.problem_id} ${sample}`, skill(step, run.teaches))),
});
const foreignResponse = () => ({
  answer: String.raw`72\ \text{m}^2`,
  reward: 1,
  correct: true,
  length: 163,
  finish_reason: "stop",
  components: { accuracy: 1 },
  mean_logprob: null,
  thinking: FOREIGN,
  answer_text: MATH,
  steps: [{ kind: "equation", start: 26, end: 68, holds: null, text: "", accepted: null }],
  cut: false,
});
const samples = (name, run, step, problem) => Array.from({ length: SAMPLES }, (_, i) => full(name, run, step, problem, i));
const problems = (run) => (run.hostile ? [HOSTILE_PROBLEM] : Array.from({ length: PROBLEMS }, (_, i) => problemAt(i)));
const brief = ({ thinking, answer_text, steps, cut, ...rest }) => ({ ...rest, chars: thinking.length });

function group(name, run, step, problem) {
  const all = samples(name, run, step, problem);
  const rewards = all.map(({ reward }) => reward);
  return {
    ...publicPart(problem),
    rewards,
    correct: all.map(({ correct }) => correct),
    lengths: all.map(({ length }) => length),
    finish: all.map(({ finish_reason }) => finish_reason),
    signal: new Set(rewards).size > 1,
  };
}

function groups(name, run, step, query) {
  const family = query.get("family");
  const own = problems(run).filter((problem) => !family || problem.family === family);
  const offset = Number(query.get("offset") ?? 0);
  const page = own.slice(offset, offset + Number(query.get("limit") ?? 50));
  return { total: own.length, groups: page.map((problem) => group(name, run, step, problem)) };
}

const kept = (run, every) => Array.from({ length: Math.floor(run.last() / every) + 1 }, (_, i) => i * every);

function followed(name, run, id) {
  const problem = (run.hostile ? [HOSTILE_PROBLEM] : FOLLOWED).find(({ problem_id }) => problem_id === id);
  return problem && { problem: publicPart(problem), steps: kept(run, EVERY).map((step) => ({ step, rollouts: samples(name, run, step, problem) })) };
}

function transcripts(name, run) {
  if (run.last() < LAST) return [];
  return FOLLOWED.map((problem) => ({ problem: publicPart(problem), base: full(name, run, 0, problem, 1), final: full(name, run, LAST, problem, 1) }));
}

function ahas(name, run) {
  if (run.hostile) return { examples: [HOSTILE_AHA], shares: [{ step: 0, slip: 0, search: 0, false: 0 }, { step: 20, slip: 0.1, search: 0.2, false: null }], common_from: { slip: null, search: 4 }, unread: 7 };
  const shares = kept(run, 5).map((step) => ({ step, slip: 0.02 + 0.22 * skill(step, run.teaches), search: 0.05 + 0.45 * skill(step, run.teaches), false: 0.03 - 0.01 * skill(step) }));
  const slip = "2*2=4, 13-4=8, 8/3=2. Check: 3*2=6, 6+4=10, 10 against 13: no. Wait. 2*2=4, 13-4=9, 9/3=3.";
  const search = "10*2=20, 20+3=23. 23 against 26: no. Wait. 10*3=30, 30-2=28. 28 against 26: no. Wait. 3+10=13, 13*2=26.";
  const wrong = "13-4=9, 9/3=3. Check: 3*3=9, 9+4=12, 12 against 13: no. Wait. 13-4=8, 8/3=2.";
  const [apple, countdown] = FOLLOWED;
  const one = (kind, step, { family, prompt }, during, dropped, value) => ({ kind, step, family, prompt, before: "", during, dropped, kept: value });
  const examples = run.teaches
    ? [one("slip", 41, apple, slip, "2", "3"), { ...one("slip", 52, apple, slip, "2", "3"), before: "Need 13. 3 apples and 2 oranges. " }, one("search", 60, countdown, search, "10*3-2", "(3+10)*2"), one("false", 18, apple, wrong, "3", "2")]
    : [];
  return { examples, shares, common_from: { slip: run.teaches ? 31 : null, search: run.teaches ? 27 : null, false: null }, unread: 0 };
}

function search(query) {
  const name = query.get("run");
  const run = RUNS[name];
  const text = (query.get("text") ?? "").toLowerCase();
  const rows = kept(run, 10).flatMap((step) =>
    problems(run).slice(0, 9).flatMap((problem) =>
      samples(name, run, step, problem).map((one) => ({ step, problem_id: problem.problem_id, family: problem.family, level: problem.level, ...one, excerpt: one.thinking || one.answer_text })),
    ),
  );
  const wanted = rows
    .filter((one) => !query.get("family") || one.family === query.get("family"))
    .filter((one) => !query.get("correct") || String(one.correct) === query.get("correct"))
    .filter((one) => !query.get("finish") || one.finish_reason === query.get("finish"))
    .filter((one) => one.length >= Number(query.get("min_length") ?? 0))
    .filter((one) => one.excerpt.toLowerCase().includes(text));
  const order = query.get("order");
  if (order?.endsWith("length")) wanted.sort((a, b) => (order.startsWith("-") ? b.length - a.length : a.length - b.length));
  const offset = Number(query.get("offset") ?? 0);
  const cut = (one) => [...one.excerpt].slice(Math.max(0, one.excerpt.toLowerCase().indexOf(text) - 60)).slice(0, 240).join("");
  const page = wanted.slice(offset, offset + Number(query.get("limit") ?? 50));
  return { total: wanted.length, rows: page.map(({ thinking, answer_text, steps, ...one }) => ({ ...one, excerpt: cut(one) })) };
}

function tokens(name, run, step, problem, sample) {
  if (run.state === "stopped") return null;
  const { thinking, answer_text } = full(name, run, step, problem, sample);
  const pieces = `${thinking}</think>${answer_text}`.match(/\s*[\p{L}]+|\s*\d|\s*[^\p{L}\d]/gu) ?? [];
  const roll = dice(`${name} ${step} ${sample} tokens`);
  return { pieces, logprob: pieces.map(() => -(roll() ** 4) * 4), entropy: pieces.map(() => roll() ** 3 * 2.5), checkpoint: Math.floor(step / 20) * 20 };
}

/** The answer to a request path below /v1/watch; undefined where there is none. */
export function watch(path, query) {
  const [, name, what, ...rest] = path.split("/").map(decodeURIComponent);
  if (path === "runs") return { runs: Object.entries(RUNS).map(([key, run]) => ({ ...empty(key, run), accuracy: run.last ? metrics(key, run, run.last()).accuracy : null, written: started / 1000 - 600 * !!run.state, why: run.why })) };
  if (path === "search") return search(query);
  const run = RUNS[name];
  if (!run || (what && !run.last)) return undefined;
  if (!what) return detail(name, run);
  if (what === "journal") return journal(name, run, query);
  if (what === "transcripts") return { transcripts: transcripts(name, run) };
  if (what === "ahas") return ahas(name, run);
  if (what === "followed") return rest.length ? followed(name, run, rest[0]) : { problems: (run.hostile ? [HOSTILE_PROBLEM] : FOLLOWED).map(publicPart), steps: kept(run, EVERY) };
  if (what !== "steps") return undefined;
  if (!rest.length) return { steps: kept(run, 1) };
  const [step, , id, sample, last] = rest;
  if (id === undefined) return groups(name, run, Number(step), query);
  const problem = problems(run).find(({ problem_id }) => problem_id === id);
  if (!problem) return undefined;
  if (sample === undefined) return { problem: publicPart(problem), rollouts: samples(name, run, Number(step), problem).map(brief) };
  if (last === "tokens") return tokens(name, run, Number(step), problem, Number(sample)) ?? undefined;
  return full(name, run, Number(step), problem, Number(sample));
}
