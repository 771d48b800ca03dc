"""What the doctor says, in Chinese: by the English sentence, with the same values (see `observe.sentence`)."""

from __future__ import annotations

from collections.abc import Mapping

PAID: Mapping[str, str] = {
    "{share:.1%} of the answers got no verdict": "{share:.1%} 的回答没有得到判定",
    "the verifier failed, most often on a problem's own answer that it cannot read": (
        "验证器出错，多半是题目自带的答案它读不懂"
    ),
    "correct the file of tasks.path; the first error of each step is in its rollouts, column `error`": (
        "修正 tasks.path 指向的文件；每一步的首个错误记在该步回答表的 `error` 列"
    ),
    "{share:.0%} of the problems are solved by no answer": "{share:.0%} 的题目没有一个回答答对",
    "it was {at_first:.0%} at the first step: training has broken the model": (
        "第一步时为 {at_first:.0%}：训练弄坏了模型"
    ),
    "lower grpo.lr": "降低 grpo.lr",
    "{cut:.0%} of the answers are cut off before they end": "{cut:.0%} 的回答没写完就被截断",
    "raise grpo.max_tokens": "提高 grpo.max_tokens",
    "the problems are too hard for this model": "题目对这个模型太难",
    "lower tasks.levels, raise grpo.group_size, set grpo.dynamic_sampling, or start from a better base": (
        "降低 tasks.levels，提高 grpo.group_size，开启 grpo.dynamic_sampling，或换更好的基座"
    ),
    "of what the model checked and accepted {wrong:.0%} counts as wrong, though {hold:.0%} of its sums hold": (
        "模型验算后接受的答案有 {wrong:.0%} 被判为错，而它的算式有 {hold:.0%} 成立"
    ),
    "the answers that the problems come with are wrong, or it checks without looking": (
        "题目自带的答案有错，或者它的验算只是走过场"
    ),
    "work out some problems of tasks.path by hand; read some answers with a check": (
        "从 tasks.path 中挑几道题手算一遍；读几个带验算的回答"
    ),
    "{share:.0%} of the problems are solved by every answer": "{share:.0%} 的题目所有回答全部答对",
    "they are too easy by now, and move no weight": "它们现在太容易，改变不了任何权重",
    "raise tasks.levels, set grpo.dynamic_sampling, or stop here": (
        "提高 tasks.levels，开启 grpo.dynamic_sampling，或到此为止"
    ),
    "in {equal:.0%} of the groups all answers are paid the same, in {agree:.0%} all are right or all wrong": (
        "{equal:.0%} 的组里所有回答奖励相同，全对或全错的组占 {agree:.0%}"
    ),
    "the reward does not tell right from wrong": "奖励分不清对与错",
    "give reward.accuracy a weight": "给 reward.accuracy 一个权重",
    "in {equal:.0%} of the groups all answers are paid the same: {none:.0%} all wrong, {every:.0%} all right": (
        "{equal:.0%} 的组里所有回答奖励相同：{none:.0%} 全错，{every:.0%} 全对"
    ),
    "the answers of a group hardly differ": "同一组的回答几乎没有差别",
    "raise grpo.temperature towards 1, raise grpo.group_size, or set grpo.dynamic_sampling": (
        "把 grpo.temperature 调高至接近 1，提高 grpo.group_size，或开启 grpo.dynamic_sampling"
    ),
    "right answers are paid {right:.2f} on average, wrong ones {wrong:.2f}": (
        "正确回答的平均奖励为 {right:.2f}，错误回答为 {wrong:.2f}"
    ),
    "the reward pays for being wrong": "奖励在鼓励答错",
    "something other than being right decides the reward": "决定奖励的不是答得对不对，而是别的东西",
    "give reward.accuracy the largest weight in [reward]; a control is meant to look like this": (
        "让 reward.accuracy 在 [reward] 中权重最大；若是对照组，本来就该如此"
    ),
    "the reward went from {before:.2f} to {now:.2f}, the share of right answers from {first:.2f} to {last:.2f}": (
        "奖励从 {before:.2f} 变为 {now:.2f}，正确回答的比例从 {first:.2f} 变为 {last:.2f}"
    ),
    "the model learns to collect {parts} without being right": "模型学会了不答对也能拿到{parts}的分",
    "reward": "奖励",
    "lower that weight in [reward] and raise reward.accuracy": "在 [reward] 中降低该项权重，提高 reward.accuracy",
    "the reward was {before:.2f} and then {after:.2f} in the last {steps} steps, {first:.2f} in the first": (
        "最近 {steps} 步里，奖励前半为 {before:.2f}，后半为 {after:.2f}；训练开始时为 {first:.2f}"
    ),
    "unless another finding says why, what the groups teach is lost in noise or too small a step": (
        "若没有其他诊断说明原因，就是各组带来的信号被噪声淹没，或者步长太小"
    ),
    "raise grpo.lr, or grpo.prompts_per_step against the noise; lower grpo.kl where it is large": (
        "提高 grpo.lr，或提高 grpo.prompts_per_step 以压低噪声；若 grpo.kl 很大则降低它"
    ),
}
ANSWERS: Mapping[str, str] = {
    "accuracy on {where} fell from {before:.2f} to {now:.2f}": "{where}的正确率从 {before:.2f} 降至 {now:.2f}",
    "held-out problems": "留出题",
    "training problems": "训练题",
    "training does harm: the steps are too large, or the reward pays for something else": (
        "训练在帮倒忙：步长太大，或者奖励的是别的东西"
    ),
    "lower grpo.lr; look at the other findings for what is paid": "降低 grpo.lr；从其他诊断里看奖励给了什么",
    "training accuracy went from {before:.2f} to {now:.2f}, held-out accuracy went from {first:.2f} to {last:.2f}": (
        "训练题正确率从 {before:.2f} 变为 {now:.2f}，留出题正确率从 {first:.2f} 变为 {last:.2f}"
    ),
    "the training problems are learnt by heart, or their verifier is laxer than the held-out one": (
        "训练题被背了下来，或者训练用的验证器比留出题的宽松"
    ),
    "ask more and other problems ([[tasks]]); read the best paid answers for what they have in common": (
        "用更多、更多样的题目（[[tasks]]）；读一读奖励最高的回答，看它们有何共同之处"
    ),
    "held-out {many} fell from {before:.2f} to {now:.2f}, {few} went from {first:.2f} to {last:.2f}": (
        "留出题 {many} 从 {before:.2f} 降至 {now:.2f}，{few} 从 {first:.2f} 变为 {last:.2f}"
    ),
    "ways to an answer are being given up for good": "一些能得到答案的解法正被永久放弃",
    "raise grpo.clip_high (0.28) or grpo.kl, lower grpo.lr, or stop earlier": (
        "提高 grpo.clip_high（0.28）或 grpo.kl，降低 grpo.lr，或更早停止"
    ),
    "{share:.0%} of the answers that ended have no answer to read, {at_first:.0%} at first": (
        "写完的回答中有 {share:.0%} 读不出答案，开始时为 {at_first:.0%}"
    ),
    "nothing in the reward asks for the form, and it is being lost": "奖励中没有任何一项要求格式，格式正在丢失",
    "add reward.format; lower grpo.lr": "加上 reward.format；降低 grpo.lr",
    "{share:.0%} of the answers that ended have no answer to read": "写完的回答中有 {share:.0%} 读不出答案",
    "the model has not learnt how an answer is given": "模型还没有学会怎样给出答案",
    "run the stage 'sft' first, or add reward.format": "先运行 'sft' 阶段，或加上 reward.format",
    "the share of well-formed answers fell from {before:.0%} to {now:.0%}": (
        "格式正确的回答比例从 {before:.0%} 降至 {now:.0%}"
    ),
    "the reward does not ask for the form, or other parts of it outweigh the form": (
        "奖励不要求格式，或者其他各项压过了格式"
    ),
    "raise reward.format; lower grpo.lr": "提高 reward.format；降低 grpo.lr",
    "{share:.0%} of the responses use a script that their question does not": (
        "{share:.0%} 的回答用了题目中没有的文字系统"
    ),
    "the base model has read other languages, and nothing in the reward asks to stay with one": (
        "基座模型读过其他语言，而奖励没有要求只用一种"
    ),
    "add a component to [reward] for the share of the question's language, or clean what the base model reads": (
        "在 [reward] 中加一项，奖励所用文字与题目一致的比例；或清理基座模型的语料"
    ),
}
LENGTHS: Mapping[str, str] = {
    "{share:.0%} of the answers run into the cap": "{share:.0%} 的回答顶到了长度上限",
    "it was {at_first:.0%} at the first step: the stop token is not sampled or not heeded, or the cap too low": (
        "第一步时为 {at_first:.0%}：结束词元没有被采样或没有被识别，或者上限太低"
    ),
    "check that the model's answers end in the tokenizer's end token; raise grpo.max_tokens": (
        "检查模型的回答是否以分词器的结束词元收尾；提高 grpo.max_tokens"
    ),
    "lower grpo.lr, and start anew": "降低 grpo.lr，重新开始",
    "{share:.0%} of the answers are cut off": "{share:.0%} 的回答被截断",
    "they do not fit under the cap, so thinking longer is punished": "长度上限容不下它们，想得久反而受罚",
    "raise grpo.max_tokens, or set grpo.mask_truncated": "提高 grpo.max_tokens，或开启 grpo.mask_truncated",
    "{share:.0%} of what the answers say they had said before, word for word": (
        "回答的内容有 {share:.0%} 是一字不差地重复前文"
    ),
    "the model goes round in circles": "模型在原地打转",
    "lower grpo.lr; raise grpo.temperature towards 1 where it is below": (
        "降低 grpo.lr；若 grpo.temperature 偏低，把它调高至接近 1"
    ),
    "the answers' length fell from {before:.0f} to {now:.0f} tokens": (
        "回答长度从 {before:.0f} 个词元降至 {now:.0f} 个"
    ),
    "guessing pays as well as thinking": "猜与想得到的奖励一样多",
    "raise tasks.levels": "提高 tasks.levels",
    "{length}, the share of right ones went from {before:.2f} to {now:.2f}": (
        "{length}，正确的比例从 {before:.2f} 变为 {now:.2f}"
    ),
    "guessing pays: a short answer is right as often as a long one, and cheaper to learn": (
        "猜更划算：短回答和长回答一样常对，而且更容易学会"
    ),
    "ask what cannot be guessed: raise tasks.levels, or drop problems with few possible answers": (
        "用猜不出的题：提高 tasks.levels，或去掉可能答案很少的题目"
    ),
    "thinking is being unlearnt: the reward does not need it, or the steps are too large": (
        "模型正在忘掉思考：奖励用不着它，或者步长太大"
    ),
    "give reward.accuracy the largest weight in [reward]; lower grpo.lr": (
        "让 reward.accuracy 在 [reward] 中权重最大；降低 grpo.lr"
    ),
    "the answers' length rose from {before:.0f} to {now:.0f} tokens": (
        "回答长度从 {before:.0f} 个词元升至 {now:.0f} 个"
    ),
    "they go round in circles": "回答在原地打转",
    "the model finds its stop token less and less, or length pays by itself": (
        "模型越来越少给出结束词元，或者长度本身就能得到奖励"
    ),
    "lower grpo.lr; set grpo.soft_overlong; with an objective that divides by length, grpo.objective dr_grpo": (
        "降低 grpo.lr；设置 grpo.soft_overlong；若目标函数按长度归一，把 grpo.objective 换成 dr_grpo"
    ),
    "wrong answers grew from {before:.0f} to {now:.0f} tokens, right ones have {right:.0f}": (
        "错误回答从 {before:.0f} 个词元增至 {now:.0f} 个，正确回答为 {right:.0f} 个"
    ),
    "the loss divides by each answer's length, so a long wrong one costs least a token": (
        "损失除以每个回答的长度，因此长的错误回答摊到每个词元上代价最小"
    ),
    "set grpo.objective to dr_grpo or dapo": "把 grpo.objective 设为 dr_grpo 或 dapo",
}
UPDATES: Mapping[str, str] = {
    "the run ended: {why}": "训练自行终止：{why}",
    "the steps are too large for this model": "步长对这个模型太大",
    "the gradient's norm is {norm:.3g}, {times:.0f} times the usual {usual:.3g}": (
        "梯度范数为 {norm:.3g}，是平时 {usual:.3g} 的 {times:.0f} 倍"
    ),
    "the weights move into a region where small steps change much": "权重进入了一小步就引起很大变化的区域",
    "lower grpo.lr, or grpo.grad_clip below the usual norm": "降低 grpo.lr，或把 grpo.grad_clip 降到平时的范数以下",
    "the entropy of a token is {now:.3f} nats, from {before:.3f}": (
        "每个词元的熵为 {now:.3f} 奈特，开始时为 {before:.3f}"
    ),
    "the entropy of a token is {now:.3f} nats": "每个词元的熵为 {now:.3f} 奈特",
    "all but one way to go on has been given up, and what is never tried is never learnt": (
        "只剩一种写法，其余都已放弃；从不尝试的，永远学不到"
    ),
    "raise grpo.clip_high (0.28), grpo.temperature towards 1, or grpo.kl; lower grpo.lr": (
        "提高 grpo.clip_high（0.28），把 grpo.temperature 调高至接近 1，或提高 grpo.kl；降低 grpo.lr"
    ),
    "the entropy of a token is {now:.2f} nats, from {before:.2f}": (
        "每个词元的熵为 {now:.2f} 奈特，开始时为 {before:.2f}"
    ),
    "the entropy of a token is {now:.2f} nats from the beginning": "每个词元的熵从一开始就是 {now:.2f} 奈特",
    "sampling is so hot that the model's words are drawn at random": "采样温度太高，模型的用词近乎随机抽取",
    "set grpo.temperature to 1": "把 grpo.temperature 设为 1",
    "training takes the model apart": "训练正在拆散模型",
    "lower grpo.lr; raise grpo.kl": "降低 grpo.lr；提高 grpo.kl",
    "the KL to the reference is {kl:.2g} nats a token": "与参考模型的 KL 为每个词元 {kl:.2g} 奈特",
    "the policy has left the text that it was raised on; what it was good at is being lost": (
        "策略已偏离它学过的文本，原来擅长的正在丢失"
    ),
    "lower grpo.lr, raise grpo.kl, or refresh the reference (grpo.ref_refresh)": (
        "降低 grpo.lr，提高 grpo.kl，或更新参考模型（grpo.ref_refresh）"
    ),
    "within a step the log-prob of a token moved by {gap:.2g} nats on average, "
    "its odds by up to {most:.3g} times, and {clipped:.1%} of the tokens were clipped": (
        "一步之内，词元的对数概率平均变动 {gap:.2g} 奈特，概率比最大 {most:.3g} 倍，{clipped:.1%} 的词元被裁剪"
    ),
    "the last updates of a step learn from answers that the policy would no longer give": (
        "一步中靠后的几次更新，学的是策略已不会再给出的回答"
    ),
    "lower grpo.lr or grpo.minibatches_per_step": "降低 grpo.lr 或 grpo.minibatches_per_step",
    "sampler and trainer differ by {gap:.2g} nats a token, by {first:.2g} at first": (
        "采样器与训练器每个词元相差 {gap:.2g} 奈特，开始时为 {first:.2g}"
    ),
    "the sampler goes on with old weights": "采样器还在用旧权重",
    "check that the engine loads the weights after each step": "检查引擎是否在每一步之后载入权重",
    "the sampler computes in another precision or way": "采样器的计算精度或计算方式不同",
    "sample in the trainer's precision, or hold the ratio with an objective that clips": (
        "用训练器的精度采样，或用带裁剪的目标函数约束概率比"
    ),
}
FINDINGS: Mapping[str, str] = {**PAID, **ANSWERS, **LENGTHS, **UPDATES}
