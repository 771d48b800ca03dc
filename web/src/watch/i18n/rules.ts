/** The rules of the claims (observe/claims.py) in Chinese, their numbers kept. */
const GROWS = "最终至少为基座的 $1 倍，且至少多 $2";

const RULES: [pattern: RegExp, chinese: string][] = [
  [/^pass@1: final above base, and their 95% intervals do not overlap$/, "pass@1：最终高于基座，且两者的 95% 区间不重叠"],
  [/^mean length in tokens: final at least ([\d.]+) times base$/, "平均长度（词元）：最终至少为基座的 $1 倍"],
  [/^rejected candidates followed by another attempt, per response: at least ([\d.]+) times base, and ([\d.]+) more$/, `每个回答中被否定后又另作尝试的候选：${GROWS}`],
  [/^verdicts on an own candidate, per response: at least ([\d.]+) times base, and ([\d.]+) more$/, `每个回答中对自己候选的判定：${GROWS}`],
  [/^pass@(\d+): final at most (\d+) points below base$/, "pass@$1：最终至多比基座低 $2 个百分点"],
  [/^a reward for form or for nothing must not do the same$/, "只奖励格式或什么都不奖励时，不应有同样的结果"],
  [/^needs two more runs: (.+)$/, "还需另外两次训练：$1"],
  [/^with none of it before the answer, accuracy falls: the 95% intervals do not overlap$/, "答案之前完全不思考，正确率就下降：95% 区间不重叠"],
  [/^needs interventions: (.+)$/, "需要干预：$1"],
];

/** As it is where nobody translated it. */
export function ruleInChinese(text: string): string {
  const known = RULES.find(([pattern]) => pattern.test(text));
  return known ? text.replace(known[0], known[1]) : text;
}
