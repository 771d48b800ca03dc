"""What a user should read when something they gave cannot work: a sentence, not a traceback.

Every layer may raise a UserError; the command line prints its message and exits with status 2. An error that is
not a UserError is a bug of ours and keeps its traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class UserError(ValueError):
    """The message names the field, the value and the fix."""


def suggestion(word: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown name: the nearest known one, or all of them when none is near.

    >>> suggestion("grop_size", ["group_size", "steps"])
    "did you mean 'group_size'?"
    >>> suggestion("zzz", ["group_size", "steps"])
    'known: group_size, steps'
    """
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(names) or 'none'}"
