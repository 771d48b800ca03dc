"""Sentences about a run in Chinese, by the English ones: its headline, the claims, and what the doctor says."""

from __future__ import annotations

from collections.abc import Mapping

from scratchwork.observe.doctor.chinese import FINDINGS
from scratchwork.observe.sentence import Sentence

HEADLINE: Mapping[str, str] = {
    "right answers": "正确答案",
    "wrong answers": "错误答案",
    "form": "格式",
    "having an answer": "给出答案",
    "the toss of a coin": "掷硬币的结果",
    "{n:,} step": "{n:,} 步",
    "{n:,} steps": "{n:,} 步",
    "{n:,} RL step": "{n:,} 步强化学习",
    "{n:,} RL steps": "{n:,} 步强化学习",
    "learning from its own right answers alone": "只用自己正确回答的学习",
    "reinforcement learning, rewarding nothing but {what}": "强化学习（只奖励{what}）",
    "reinforcement learning, rewarding {what}": "强化学习（奖励{what}）",
    "{steps} of {learning}, raised held-out accuracy from {before:.0%} to {after:.0%}.": (
        "{steps}的{learning}使留出题正确率从 {before:.0%} 升至 {after:.0%}。"
    ),
    "{steps} of {learning}, lowered held-out accuracy from {before:.0%} to {after:.0%}.": (
        "{steps}的{learning}使留出题正确率从 {before:.0%} 降至 {after:.0%}。"
    ),
    "{steps} of {learning}, left held-out accuracy where it was: {before:.0%} before and {after:.0%} after, "
    "with intervals that overlap.": (
        "{steps}的{learning}没有改变留出题正确率：之前 {before:.0%}，之后 {after:.0%}，两者的区间重叠。"
    ),
    "Responses grew from {before} to {after} tokens.": "回答从 {before} 个词元变长到 {after} 个。",
    "Responses shrank from {before} to {after} tokens.": "回答从 {before} 个词元缩短到 {after} 个。",
    "Responses hardly changed: from {before} to {after} tokens.": "回答长度几乎没变：从 {before} 到 {after} 个词元。",
    "Backtracks": "回头重来",
    "Checks": "验算",
    "{what} per response stayed at {before}.": "每个回答的{what}次数保持在 {before}。",
    "{what} per response went from {before} to {after}.": "每个回答的{what}次数从 {before} 变为 {after}。",
    "Given {k} tries, the model solved {before:.0%} of the problems before and {after:.0%} after.": (
        "尝试 {k} 次，模型之前能解出 {before:.0%} 的题目，之后为 {after:.0%}。"
    ),
    "{done} of {planned} so far.": "至今已完成 {done}，计划 {planned} 步。",
    "{done} so far.": "至今已完成 {done}。",
    "base": "基座",
    "final": "最终",
    "There is no evaluation of the {models} model in this run, so nothing is compared here.": (
        "这次训练没有{models}模型的评测，因此这里不作比较。"
    ),
    "Accuracy on the training problems was {first:.0%} in the first step and is {now:.0%} now.": (
        "训练题的正确率在第一步为 {first:.0%}，现在为 {now:.0%}。"
    ),
}
CLAIMS: Mapping[str, str] = {
    "Accuracy on held-out problems climbs": "留出题的正确率上升",
    "pass@1: final above base, and their 95% intervals do not overlap": "pass@1：最终高于基座，且两者的 95% 区间不重叠",
    "Responses lengthen by themselves": "回答自己变长",
    "mean length in tokens: final at least {times:g} times base": "平均长度（词元）：最终至少为基座的 {times:g} 倍",
    "at least {times:g} times base, and {more} more": "最终至少为基座的 {times:g} 倍，且至少多 {more}",
    "Backtracks multiply": "回头重来成倍增加",
    "rejected candidates followed by another attempt, per response: {multiple}": (
        "每个回答中被否定后又另作尝试的候选：{multiple}"
    ),
    "Checks multiply": "验算成倍增加",
    "verdicts on an own candidate, per response: {multiple}": "每个回答中对自己候选的判定：{multiple}",
    "What many tries can solve is kept": "多次尝试能解出的题没有丢",
    "pass@{k}: final at most {points:.0f} points below base": "pass@{k}：最终至多比基座低 {points:.0f} 个百分点",
    "It comes from rewarding right answers only": "只因奖励正确答案而来",
    "a reward for form or for nothing must not do the same": "只奖励格式或什么都不奖励时，不应有同样的结果",
    "needs two more runs: {commands}": "还需另外两次训练：{commands}",
    "The thinking does work": "思考确实起作用",
    "with none of it before the answer, accuracy falls: the 95% intervals do not overlap": (
        "答案之前完全不思考，正确率就下降：95% 区间不重叠"
    ),
    "needs interventions: {commands}": "需要干预：{commands}",
}
CHINESE: Mapping[str, str] = {**HEADLINE, **CLAIMS, **FINDINGS}


def in_both(sentence: Sentence) -> dict[str, str]:
    """The sentence by language, for a reader who has not chosen yet."""
    return {"en": str(sentence), "zh": sentence.told(CHINESE, "、")}
