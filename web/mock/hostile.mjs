// What a model that means harm might write: markup, escape sequences, marks that turn lines around, lies about offsets.
import { HOSTILE, HOSTILE_THINKING } from "./scripts.mjs";

const TURNED = "\u202eevil \u2066mark\u2069 \x1b[31mred\x07 zero\u200bwidth \u0000 null. שלום 3+4=7. 𝟛 apples 🍎🍏 cost 3. ";

export const HOSTILE_RUN = "hostile <b>run</b>";

export const HOSTILE_PROBLEM = {
  problem_id: "evil/../<img src=x>/1",
  family: "<i>family</i>",
  level: 1,
  prompt: "<script>window.hacked=20</script> \u202eHow many?\u202c {{7*7}} 🍎",
  gold: "<b>3</b>",
};

export function hostileResponse() {
  const thinking = `${TURNED}${HOSTILE_THINKING} ${"long".repeat(60)}`;
  const at = [...thinking].join("").length; // in UTF-16 units: beyond the last code point
  const apple = [...thinking].indexOf("🍎");
  return {
    answer: "<img src=x onerror=window.hacked=21>",
    reward: null,
    correct: null,
    length: 99,
    finish_reason: "stop",
    components: { "<u>odd</u>": 1, accuracy: null },
    mean_logprob: null,
    thinking,
    answer_text: HOSTILE,
    steps: [
      { kind: "candidate", start: apple, end: apple + 2, holds: false, text: "<b>", accepted: null },
      { kind: "<svg onload=window.hacked=22>", start: apple + 1, end: apple + 9, holds: null, text: "", accepted: null },
      { kind: "check", start: -5, end: 4, holds: true, text: "", accepted: true },
      { kind: "backtrack", start: at + 5, end: at + 9, holds: null, text: "", accepted: null },
    ],
    cut: true,
  };
}

export const HOSTILE_AHA = {
  kind: "slip",
  step: 3,
  family: "<i>family</i>",
  prompt: HOSTILE_PROBLEM.prompt,
  before: TURNED,
  during: "<script>window.hacked=23</script> Wait.",
  dropped: "\u202e<b>4</b>",
  kept: "<img src=x onerror=window.hacked=24>",
};
