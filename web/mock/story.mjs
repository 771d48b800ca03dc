// A run that never was: journals and responses as a model might write them while it learns. Deterministic.

export const FAMILIES = ["apples", "countdown", "arithmetic"];
export const LAST = 115;

/** Pseudo-random numbers in [0, 1) from a name. */
export function dice(name) {
  let state = 2166136261;
  for (const letter of String(name)) state = Math.imul(state ^ letter.charCodeAt(0), 16777619);
  return () => {
    state = (state + 0x6d2b79f5) | 0; // mulberry32
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** How far the model has learnt at a step, from 0 to 1. */
export const skill = (step, teaches = true) => (teaches ? 1 / (1 + Math.exp(-(step - 34) / 13)) : 0.07);

/** A response as it is written: its text, and the steps that a parser would find. Offsets count code points. */
class Draft {
  text = "";
  steps = [];
  say(text) {
    this.text += text;
    return this;
  }
  step(kind, text, holds = null, more = {}) {
    const start = [...this.text].length;
    this.text += text;
    this.steps.push({ kind, start, end: start + [...text].length, holds, text: more.about ?? "", accepted: more.accepted ?? null });
    return this;
  }
}

const APPLE = {
  problem_id: "apples/1/classic",
  family: "apples",
  level: 1,
  prompt: "Emily buys 3 apples and 2 oranges. Each orange costs $2. The total cost is $13. What is the cost of each apple?",
  gold: "3",
  goal: 13,
  right: { sums: ["2*2=4", "13-4=9", "9/3=3"], value: "3", check: ["3*3=9", "9+4=13"], comes: 13 },
  wrong: [
    { sums: ["2*2=4", "13-4=8", "8/3=2"], bad: 1, value: "2", check: ["3*2=6", "6+4=10"], comes: 10 },
    { sums: ["13-2=11", "11/3=4"], bad: 1, value: "4", check: ["3*4=12", "12+4=16"], comes: 16 },
    { sums: ["13/3=5"], bad: 0, value: "5", check: ["3*5=15", "15+4=19"], comes: 19 },
  ],
  equation: "3*x+2*2=13",
};
const SEARCH = {
  problem_id: "countdown/2/17",
  family: "countdown",
  level: 2,
  prompt: "Use the numbers 2, 3 and 10, each once, with + - * and /, to make 26.",
  gold: "(3+10)*2",
  goal: 26,
  right: { sums: ["3+10=13", "13*2=26"], value: "(3+10)*2", check: [], comes: 26 },
  wrong: [
    { sums: ["10*2=20", "20+3=23"], value: "10*2+3", check: [], comes: 23 },
    { sums: ["10*3=30", "30-2=28"], value: "10*3-2", check: [], comes: 28 },
    { sums: ["2*3=6", "6+10=16"], value: "2*3+10", check: [], comes: 16 },
  ],
  equation: "13*2=26",
};
const PRODUCT = {
  problem_id: "arithmetic/3/8",
  family: "arithmetic",
  level: 3,
  prompt: "What is 47 * 36?",
  gold: "1692",
  goal: 1692,
  right: { sums: ["47*30=1410", "47*6=282", "1410+282=1692"], value: "1692", check: ["1692/36=47"], comes: 1692 },
  wrong: [
    { sums: ["47*30=1410", "47*6=272", "1410+272=1682"], bad: 1, value: "1682", check: ["1682/36=46"], comes: 1682 },
    { sums: ["40*36=1440", "7*36=242", "1440+242=1682"], bad: 1, value: "1682", check: [], comes: 1682 },
    { sums: ["47*36=1592"], bad: 0, value: "1592", check: [], comes: 1592 },
  ],
  equation: "36*(50-3)=1692",
};
export const FOLLOWED = [APPLE, SEARCH, PRODUCT];

export const publicPart = ({ problem_id, family, level, prompt, gold }) => ({ problem_id, family, level, prompt, gold });

/** Many problems out of the three, each under its own number. */
export function problemAt(index) {
  const kind = FOLLOWED[index % 3];
  return index < 3 ? kind : { ...kind, problem_id: `${kind.family}/${kind.level}/${100 + index}` };
}

function attempt(draft, { sums, bad, value }, holds) {
  sums.forEach((sum, i) => {
    if (i) draft.say(", ");
    draft.step("claim", sum, i !== bad);
  });
  const at = draft.text.lastIndexOf("=") + 1;
  const tail = draft.text.slice(at);
  draft.text = draft.text.slice(0, at);
  draft.step("candidate", tail, holds, { about: value }).say(". ");
}

function check(draft, { check: sums, comes, value }, goal) {
  if (sums.length) draft.say("Check: ");
  for (const sum of sums) draft.step("claim", sum, true).say(", ");
  const accepted = comes === goal;
  draft.step("check", `${comes} against ${goal}: ${accepted ? "yes" : "no"}`, true, { about: value, accepted }).say(". ");
}

/** A response to `problem` by a model with so much skill. */
export function respond(problem, name, able) {
  const roll = dice(name);
  const draft = new Draft();
  if (roll() > able * 1.4 + 0.35) return finish(problem, draft, roll() < 0.3 ? problem.right : problem.wrong[2], roll);
  const looks = roll() < able; // whether it looks back at what it wrote
  const left = Math.floor(roll() * (looks ? 3.6 : 1.4) + (1 - able) * 0.6);
  let last = problem.right;
  if (looks && roll() < 0.25) draft.step("sub-goal", `Need ${problem.goal}.`).say(" ");
  for (const wrong of problem.wrong.slice(0, left)) {
    attempt(draft, wrong, false);
    last = wrong;
    if (!looks) return finish(problem, draft, wrong, roll);
    check(draft, wrong, problem.goal);
    draft.step("backtrack", "Wait").say(". ");
    last = problem.right;
  }
  attempt(draft, problem.right, true);
  if (looks) check(draft, problem.right, problem.goal);
  if (looks && roll() < able * 0.45) {
    draft.step("second derivation", "Another way:").say(" let x be it. ").step("equation", problem.equation, true).say(", so x is the same. ");
  }
  return finish(problem, draft, last, roll);
}

function finish(problem, draft, { value }, roll) {
  const correct = value === problem.gold;
  const cut = draft.text.length > 330 && roll() < 0.12;
  const thinking = draft.text.trim();
  const length = Math.max(5, Math.round([...thinking].length / 2.1) + 7);
  return {
    answer: cut ? null : value,
    reward: !cut && correct ? 1 : 0,
    correct: !cut && correct,
    length,
    finish_reason: cut ? "length" : "stop",
    components: { accuracy: !cut && correct ? 1 : 0, format: cut ? 0 : 1 },
    mean_logprob: -0.2 - roll() * 0.6,
    thinking,
    answer_text: cut ? "" : `The answer is \\boxed{${value}}.`,
    steps: draft.steps,
    cut: false,
  };
}
