"""Words that start a reflection, and the tokens that would say them.

The little world's writers say "Wait", "Another way:", "Again:" and "Check:"; the rest of the list is public: the words
counted for DeepSeek-R1 (10.1038/s41586-025-09422-z, Extended Data Fig. 1) and for R1-Zero-like models (Liu et al. 2025,
arXiv:2503.20783), less those that mostly do other work in a text, such as "but" and "wrong".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from scratchwork.model.tokenizer import Tokenizer

DOUBT = ("wait",)
REFLECTION = (
    *(*DOUBT, "another", "again", "check", "recheck", "verify", "retry", "mistake", "however", "alternatively", "hmm"),
    *("rethink", "reassess", "reevaluate", "re-evaluate", "reexamine", "re-examine", "reconsider", "double-check"),
    *("等等", "重新", "验算", "不对"),
)
REJECTION = ("no",)  # the verdict of a check that fails: without it every check is passed
AROUND = " \t\n\r.,:;!?-*\"'()。，：！？"


def first_ids(tokenizer: Tokenizer, words: Iterable[str]) -> tuple[int, ...]:
    """The tokens without which none of the words begins: those that say it whole, in any case, with what stands around.

    Of a word that no token says whole, a spelling's first token is taken where it holds more than half of it; where it
    holds less, other words begin with it too, and it is left alone.
    """
    wanted = {word.casefold() for word in words}
    said = [tokenizer.decode([i]).strip(AROUND).casefold() for i in range(tokenizer.vocab_size)]
    found = {i for i, text in enumerate(said) if text in wanted}
    for word in wanted:
        for spelling in (word, word.capitalize(), f" {word}", f" {word.capitalize()}"):
            ids = [i for i in tokenizer.encode(spelling) if said[i]]
            if ids and not found & set(ids) and word.startswith(said[ids[0]]) and 2 * len(said[ids[0]]) > len(word):
                found.add(ids[0])
    return tuple(sorted(found))


def says(text: str, words: Sequence[str]) -> bool:
    """Whether one of the words is in the text, in any case.

    >>> says("3+4=7. Wait.", DOUBT), says("Ask the waiter", DOUBT), says("结果是7,等等", REFLECTION)
    (True, False, True)
    """
    plain = "|".join(re.escape(word) for word in words if word.isascii())
    if plain and re.search(rf"\b(?:{plain})\b", text, re.IGNORECASE):
        return True
    return any(word in text for word in words if not word.isascii())
