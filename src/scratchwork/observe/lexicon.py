"""What people and models say when they check, doubt, drop or start again: English and Chinese phrases by what they do.

Words never count by themselves: `foreign` asks what was computed after them. As bare counts, kept apart, three pools:
DeepSeek-R1's ten words (10.1038/s41586-025-09422-z), those of Understanding R1-Zero (arXiv:2503.20783), Chinese ones.
"""

from __future__ import annotations

import re
from collections import Counter

R1_WORDS = frozenset(("wait", "mistake", "however", "but", "retry", "error", "verify", "wrong", "evaluate", "check"))
DR_GRPO_POOL = (
    *("recheck", "rethink", "reassess", "reevaluate", "re-evaluate", "reevaluation", "re-examine", "reexamine"),
    *("reconsider", "reanalyze", "double-check", "check again", "think again", "verify again", "go over the steps"),
)
CHINESE_POOL = ("等等", "等一下", "验算", "验证", "检验", "重新", "换个角度", "不对", "再想想", "再检查")

_WORD = re.compile("[a-z]+")
_POOLED = re.compile("|".join(map(re.escape, sorted((*DR_GRPO_POOL, *CHINESE_POOL), key=len, reverse=True))))

NUMBER = r"-?(?:[$￥¥]|\\\$)?(?:[0-9]{1,3}(?:,[0-9]{3}){1,5}|[0-9]{1,15})(?:\.[0-9]{1,10})?(?:/[0-9]{1,15})?"
_BOX = r"\\boxed[ ]?\{(?:[^{}\n]|\{[^{}\n]{0,40}\}){1,80}\}"
_VALUE = rf"""(?: {_BOX} | \\[dt]?frac\{{[0-9]{{1,9}}\}}\{{[0-9]{{1,9}}\}}
    | \([-+*/0-9() ]{{1,60}}[0-9)]
    | [0-9]{{1,9}}[ ]?[-+*/][ ]?[-+*/0-9() ]{{0,60}}[0-9)] | {NUMBER} )"""
_IS = (
    r"(?:[ ](?:is|should[ ]be|must[ ]be|would[ ]be|will[ ]be|comes[ ]out[ ]as|becomes)\b|\*{0,2}[ ]?[:：=]|"
    r"应该是|就是|应为|[是为])"
)
_WHOLE = r"(?![ ]?(?:[-=+/×÷^]|\*(?!\*)))"  # no sum that goes on
_FIND = (
    r"(?:find|compute|calculate|convert|determine|figure[ ]out|work[ ]out|factor|get|simplify|express|count|"
    r"isolate|solve)\b"
)
_ORDER = r"(?:first|next|then|second|now|finally)(?:ly)?,?[ ](?:of[ ]all,?[ ])?"
_WHO = r"(?:(?:I|we|let's|let[ ](?:me|us))[ ])"
_MUST = r"(?:(?:need[ ]to|should|must|have[ ]to|want[ ]to|will|can)[ ])"
_LEAD = r"(?:^|(?<=[.\n;!?>][ ])|(?<=[\n>]))[ ]{0,4}"  # at the start of a sentence

_START = r"(?=\b\w|[-$\\#✓✔.!?。！？\n]|[\u4e00-\u9fff])"  # else nothing is tried: most places are inside a word

# By what a phrase does; what comes first in the list wins.
_DOES = {
    "answer": rf"(?:answer|result|答案|结果){_IS}[ :$\\(*]{{0,6}}(?P<stated>(?>{_VALUE})){_WHOLE}"
    rf" | (?P<boxed>{_BOX}) | \#\#\#\#[ ]?(?P<hashed>{NUMBER})"
    rf" | (?P<named>{NUMBER})[ ]is[ ](?:the|my|our)[ ](?:final[ ])?answer",
    "another": r"""\b(?:(?:another|second|(?:a[ ])?different)[ ](?:way|approach|method|route|angle) | alternatively
        | or[ ]by[ ]the)\b | 换个角度 | 换一种 | 换个方法 | 另一种(?:方法|思路|解法) | 另外一种 | 再试试另一""",
    "differs": r"""\b(?:(?:still[ ])?too[ ](?:small|big|large|high|low|much|many|few|little)
        | (?:is|that's|it's|are|'s)?[ ]?(?:also[ ])?(?:not|isn't)[ ](?:equal|the[ ]same|a[ ]match|\$?[0-9])
        | (?:does|did)(?:n't|[ ]not)[ ](?:work|match|fit|agree|hold|add[ ]up|check[ ]out|satisfy|give|equal|reach))
        | 不等于 | 不符合? | 不成立 | 不行 | 太大 | 太小""",
    "reject": r"""\b(?:(?:is|was|were|that's|looks?|be|seems?|am)[ ](?:wrong|incorrect|mistaken|off)\b
        | (?:isn't|not|doesn't[ ]look|can't[ ]be|cannot[ ]be)[ ](?:quite[ ])?(?:right|correct)\b
        | (?:made[ ]an?|my)[ ](?:\w{1,12}[ ])?(?:mistake|error|slip)\b | wait,?[ ]no\b | (?:scratch|scrap)[ ]that\b
        | start[ ](?:over|again|afresh)\b | \w{3,12}[ ]incorrectly\b | miscalculat\w{1,4}\b
        | (?:let[ ]me|let's|I'll)[ ](?:redo|try[ ]again)\b | contradict\w{1,6}\b) | 不对(?!吗) | 错了 | 算错 | 有误""",
    "doubt": r"\b(?:wait|hold[ ]on|hmm|hang[ ]on|actually)\b | 等等 | 等一下 | 咦",
    "open": r"""\b(?:(?:double|sanity|cross)?[- ]?check(?:ing)?(?![ ]out)(?:[ ]again)? | verify(?:ing)?
        | make[ ]sure | to[ ]confirm | confirming | plug(?:ging)?[ ](?:it|this|that|them|back|in|values)
        | substitut(?:e|ing)[ ](?:it[ ])?back | re-?(?:check|compute|calculate)\w{0,3})\b
        | 验算 | 验证 | 检验 | 检查 | 核对 | 复核 | 代入 | 重新算""",
    "accept": r"""\b(?:yes | correct | matche?s? | checks[ ]out | works | agrees? | consistent
        | as[ ](?:required|expected) | same | both[ ](?:give|agree|methods) | good
        | great | perfect | right | ok(?:ay)? | indeed | holds | exactly
        | that[ ]equals | makes[ ]sense)\b | [✓✔] | 正确 | 没错 | 没问题 | 吻合 | 一致 | 符合 | 成立 | 正好 | 相同""",
    "case": r"""\bcase[ ](?:(?:[0-9]{1,2}|[ivx]{1,4}|[a-d])[ ]?[:.)(] | (?:one|two|three)\b)
        | 情况[一二三四五1-9] | 第[一二三四五]种情况""",
    "trial": rf"""(?:\b(?:try(?:ing)?|suppose|assume|guess)[ ]|试试?|假设|假如)
        (?:\$|(?!the\b)\w{{1,8}}[ ](?:has|have|is|are|were|was)[ ]|with[ ])?[ ]?(?:[a-z][ ]?=[ ]?)?
        (?P<tried>(?>{NUMBER})){_WHOLE}
        | \btry(?:ing)?[ ](?:another|a[ ]different|other|the[ ]other)\b""",
    "goal": rf"""{_LEAD}(?:(?:\*\*)?step[ ][0-9]{{1,2}}\b | {_ORDER}{_WHO}?{_MUST}?{_FIND}
        | (?:first|next),?[ ]the\b | (?:now,?[ ])?(?:I|we)[ ]need[ ]the\b
        | (?:(?:so|okay|now),?[ ])?(?:I|we)[ ](?:first[ ])?(?:need|want|have)[ ]to[ ](?:first[ ])?{_FIND})
        | \b(?:I|we)[ ](?:first[ ])?need[ ]to[ ]{_FIND}[^.\n]{{0,40}}\bfirst\b
        | 首先 | 第[一二三四五六]步 | 接下来 | 然后(?=[求算计减加]) | 先(?=[求算计])""",
    "listing": r"(?:[0-9]{1,9},[ ]){4}",
    "conclude": r"\b(?:so|therefore|thus|hence|altogether|consequently)\b | 所以 | 因此 | 答[:：]",
    "stop": r"[.!?](?![0-9]) | [。！？\n]",
}
PHRASES = re.compile(
    _START + f"(?:{'|'.join(rf'(?P<{name}>{pattern})' for name, pattern in _DOES.items())})",
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)
INNER = ("stated", "boxed", "hashed", "named")  # where an answer stands in its phrase


def r1_words(text: str) -> Counter[str]:
    """DeepSeek-R1's ten words in a text, those that occur.

    >>> r1_words("Wait, wait. Butter is no but.")
    Counter({'wait': 2, 'but': 1})
    """
    return Counter(word for word in _WORD.findall(text.lower()) if word in R1_WORDS)


def pooled_words(text: str) -> Counter[str]:
    """All three pools.

    >>> sorted(pooled_words("Wait, let me re-evaluate. 等等,不对。"))
    ['evaluate', 're-evaluate', 'wait', '不对', '等等']
    """
    return r1_words(text) + Counter(_POOLED.findall(text.lower()))
