// What the mock's models say. A word of the question picks the script.

const SEARCH =
  "6+3=9, 9+3=12. 12 against 15: no. Wait. 6*3=18, 18-3=15. 15 against 15: yes. " +
  "Another way: 3*3=9, 9+6=15. 15 against 15: yes.";
const BILL = "4*8=32. 100-32=68. 68/4=17. Check: 4*17=68, 4*8=32, 68+32=100. 100 against 100: yes.";
const BACKWARDS = "Try 10*2=20, 20+3=23. 23 against 26: no. Wait. Need 26. 26/2=13, 3+10=13. 13 against 13: yes.";

export const FOREIGN = String.raw`Let me set up the equation. The perimeter is 2(w + l) = 36, with l = 2w.

So 6w = 36 and w = 5. Wait, 6*5 = 30, that is not 36. So w = 6 and l = 12.

Let me verify: 2*(6+12) = 36. That works.

Alternatively, the half perimeter is 18, shared as one part to two parts: 6 and 12.`;

export const MATH = String.raw`Let the width be \(w\). The length is $l = 2w$, so that

\[
2(w + l) = 6w = 36 \quad\Longrightarrow\quad w = \frac{36}{6} = 6 .
\]

| side | length |
|:--|--:|
| width | 6 |
| length | 12 |

- The **area** is $6 \times 12 = 72$, and it costs $5 to $6 per square metre to seed.
- In code: ${"`w, l = 6, 12`"} and *nothing* more.

${"```python"}
area = 6 * 12  # $not math$
${"```"}

So the area is \(\boxed{72\ \text{m}^2}\).`;

const CHINESE = "设苹果每个 x 元。4*8=32，100-32=68，68/4=17。等等，先验算：4*17=68，68+32=100。100 against 100: yes. 换个角度：(100-32)/4=17。";

export const HOSTILE_THINKING =
  "A tag </think> in the text, <script>window.hacked=1</script> and <img src=x onerror=window.hacked=2>. 3 against 3: yes. " +
  "\\boxed{<b>5</b>}";

export const HOSTILE = String.raw`<script>window.hacked = 3</script>

<img src="http://tracker.invalid/a.png" onerror="window.hacked = 4"> ![pixel](http://tracker.invalid/b.png)

[script](javascript:window.hacked=5) [data](data:text/html,<script>window.hacked=6</script>) [vb](vbscript:x)
[fine](https://example.org/?q=1) <https://example.org/auto> <a href="javascript:window.hacked=7">a</a>

</think> stays text, and so do <|im_end|> and <iframe src="//evil.invalid"></iframe>.

Broken: $\frac{1}{$ and \(\notacommand{x}\) and $$\href{javascript:window.hacked=8}{x}$$ and
$\includegraphics{http://tracker.invalid/c.png}$ and $\htmlData{x=y}{z}$ and $\def\a{\a\a}\a$.

<svg onload="window.hacked=9"><style>body{display:none}</style></svg>

\boxed{<img src=x onerror=window.hacked=10>}`;

const LONG = Array.from({ length: 150 }, (_, i) => {
  const [a, b] = [(i * 7) % 23, (i * 5) % 19];
  return `${a}+${b}=${a + b}. ${a + b} against 26: no. Wait.`;
}).join(" ");

const SUMMARY =
  "**Reading the bill**\n\nI note the total and what the pears cost.\n\n" +
  "**Finding the rest**\n\nTaking the pears away leaves what the apples cost.\n\n" +
  "**Checking**\n\nThe two parts add up to the bill again.\n\n";

const apples = { thinking: BILL, answer: "Each apple costs \\boxed{17} dollars.", value: "17" };

/** [word in the question, script]; the first that fits is said. */
const SCRIPTS = [
  ["hostile", { thinking: HOSTILE_THINKING, answer: HOSTILE, value: "<img src=x onerror=window.hacked=10>" }],
  ["long", { thinking: LONG, answer: "The answer is \\boxed{26}.", value: "26", delay: 1 }],
  ["slow", { ...apples, holdAfter: 30 }], // until it is stopped, or told to answer
  ["drop", { ...apples, dropAfter: 25 }],
  ["broken", { ...apples, errorAfter: 25 }],
  ["cut", { thinking: SEARCH, answer: "", value: null, finish: "length" }],
  ["garden", { thinking: FOREIGN, answer: MATH, value: "72\\ \\text{m}^2" }],
  ["苹果", { thinking: CHINESE, answer: "每个苹果 \\boxed{17} 元。", value: "17" }],
  ["26", { thinking: BACKWARDS, answer: "The answer is \\boxed{(3+10)*2}.", value: "(3+10)*2" }],
  ["15", { thinking: SEARCH, answer: "The answer is \\boxed{6*3-3}.", value: "6*3-3" }],
  ["", apples],
];

export function scriptFor(question, model, mode) {
  const said = SCRIPTS.find(([word]) => question.toLowerCase().includes(word))[1];
  if (model === "base") return { ...said, thinking: "", answer: "\\boxed{12}", value: "12" };
  if (mode === "off") return { ...said, thinking: "" };
  return model === "summed" ? { ...said, thinking: SUMMARY } : said;
}

const capabilities = (modes, chosen) => ({ modes, default: chosen });
const model = (id, role, title, thinking, more = {}) => ({
  id,
  object: "model",
  created: 1790000000,
  owned_by: "scratchwork",
  max_model_len: 2048,
  scratchwork: { role, run: null, thinking, visibility: "full", max_tokens: 400, title, ...more },
});

export const MODELS = [
  model("zero", "thinking", "Thinking model", capabilities(["on", "off"], "on")),
  model("sft", "sft", "Instruct model", capabilities(["off"], "off")),
  model("base", "base", "Base model", capabilities(["off"], "off")),
  model("auto", "auto", "Auto", capabilities(["on", "off", "auto"], "auto")),
  model("summed", "foreign", "Summaries only", capabilities(["on", "off"], "on"), { visibility: "summary" }),
  model("veiled", "foreign", "Thinking hidden", capabilities(["on", "off"], "on"), { visibility: "hidden" }),
];

export const FAMILIES = [
  { name: "apples", title: "Word problems", levels: [1, 2, 3, 4, 5] },
  { name: "countdown", title: "Countdown", levels: [1, 2, 3] },
  { name: "arithmetic", title: "Sums", levels: [1, 2, 3, 4] },
  { name: "facts", title: "Facts", levels: [1] },
];

const PROMPTS = {
  apples: "Emily buys 4 apples and 4 pears for 100 dollars. Each pear costs 8 dollars. What does one apple cost?",
  countdown: "Use the numbers 2, 3 and 10, each once, to make 26.",
  arithmetic: "What is 15 written with 6, 3 and 3?",
  facts: "Which number comes after 16?",
};

export const problem = (family, level, index) => ({ family, level, index, prompt: PROMPTS[family] ?? "?" });
export const EXPECTED = { apples: "17", countdown: "(3+10)*2", arithmetic: "6*3-3", facts: "17" };
