r"""The one grammar of a response: `{thinking}</think>{presentation}`, the answer in the presentation's last box.

Reward, evaluation, observation and serving all read a completion through `parse`, so they cannot disagree on
where the thinking ends. The rules:

1. Whether a block is open is known from the prompt (`opened`), never guessed from the tags. If the prompt opened
   none, the text may do so itself, by starting with `<think>`; else all of it is presentation.
2. An opening tag that repeats the prompt's is dropped. The first `</think>` closes the block, whatever was opened
   inside it: nesting is not counted, so a reader of a stream decides on the same character as a reader of the whole.
3. After that no tag has a meaning: it stays in the presentation as text.
4. A block never closed leaves no presentation and so no answer. A box in the thinking is a note, not an answer.
5. The answer is the content of the `\boxed{...}` that opens last among those whose braces balance; of nested boxes
   it is the innermost, as in the field's graders. `\{` and `\}` are text, not braces.

Left out: `<answer>` tags, `#### n`, `\boxed 5`, `\fbox`, and tags spelt otherwise. One form, taught by the prompt.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

THINK_OPEN = "<think>"
THINK_CLOSE = "</think>"

_BRACE = re.compile(r"\\boxed\s*\{|\\[{}]|[{}]")


@dataclass(frozen=True, slots=True)
class Response:
    """A completion taken apart. `thinking` and `presentation` are verbatim, spaces included.

    `thinking` is None when no block was opened. `closed` is False only for a block that was opened and not closed.
    `problems` names what is not as it should be, among: `opened_twice`, `unclosed`, `stray_tag` (a tag inside
    thinking or presentation), `no_box`, `unclosed_box`, `several_boxes` (nested ones are several).
    """

    thinking: str | None
    presentation: str
    answer: str | None
    closed: bool
    problems: tuple[str, ...]


def parse(text: str, opened: bool = True) -> Response:
    r"""Take a completion apart, in time linear in its length. Any text is accepted; nothing is raised.

    `text` is the decoded completion without its stop token; `opened` says whether the prompt ended inside a
    thinking block.

    >>> parse(r"3*3=9, 9+4=13. 13 against 13: yes.</think>Each apple costs \boxed{3} dollars.").answer
    '3'
    >>> parse(r"So \boxed{3}, I think").problems
    ('unclosed',)
    >>> parse(r"The answer is \boxed{3}.", opened=False).thinking is None
    True
    """
    head = text.lstrip()
    opens_itself = head.startswith(THINK_OPEN)
    thinking: str | None = None
    presentation, closed = text, True
    if opened or opens_itself:
        body = head.removeprefix(THINK_OPEN) if opens_itself else text
        thinking, close_tag, presentation = body.partition(THINK_CLOSE)
        closed = bool(close_tag)

    problems = []
    if opened and opens_itself:
        problems.append("opened_twice")
    if any(tag in part for tag in (THINK_OPEN, THINK_CLOSE) for part in (thinking or "", presentation)):
        problems.append("stray_tag")
    if not closed:
        return Response(thinking, "", None, False, (*problems, "unclosed"))

    boxes = _boxes(presentation)
    complete = [(start, end) for start, end in boxes if end is not None]
    if not boxes:
        problems.append("no_box")
    if len(complete) < len(boxes):
        problems.append("unclosed_box")
    if len(boxes) > 1:
        problems.append("several_boxes")
    answer = presentation[slice(*complete[-1])].strip() if complete else None
    return Response(thinking, presentation, answer, True, tuple(problems))


def _boxes(text: str) -> list[tuple[int, int | None]]:
    """Where the content of every box starts and ends, in order of opening; no end if its braces never balance.

    Positions, not strings: the contents of n nested boxes together are quadratic in n.
    """
    boxes: list[tuple[int, int | None]] = []
    open_braces: list[int | None] = []  # for each brace still open: the index of its box, None for a plain brace
    for match in _BRACE.finditer(text):
        token = match.group()
        if token.startswith("\\boxed"):
            open_braces.append(len(boxes))
            boxes.append((match.end(), None))
        elif token == "{":
            open_braces.append(None)
        elif token == "}" and open_braces:
            box = open_braces.pop()
            if box is not None:
                boxes[box] = (boxes[box][0], match.start())
    return boxes
