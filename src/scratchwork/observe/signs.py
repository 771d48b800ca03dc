"""How mathematics is written in any text: its tokens, by what they are, and the signs that mean the same."""

from __future__ import annotations

import re

TOKEN = re.compile(
    r"""
      (?P<bullet> ^[ \t]{0,8}[-*•+][ \t] )
    | (?P<number> (?: [0-9]{1,3}(?:(?:,|\{,\}|,\\!)[0-9]{3}){1,5}(?![0-9]) | [0-9]{1,18} )(?:\.[0-9]{1,12})?(?![0-9])
        | (?<![0-9])\.[0-9]{1,12}(?![0-9]) )
    | (?P<long> [0-9]+ )
    | (?P<skip> [$￥¥€£&] | \\[$,;:!\ ()\[\]] | \\(?:text|mbox|mathrm|textbf)\{[^{}\n]{0,40}\}
        | \\(?:left|right|quad|displaystyle|boxed|big|Big)(?![A-Za-z])
        | (?:\n|\\\\)[ \t\n]{0,8}(?=&?[ ]?[=≈]) )
    | (?P<stop> [<>≤≥]=? | => | → | \\(?:le|ge|leq|geq|implies|to|Rightarrow|rightarrow|pmod|equiv)(?![A-Za-z]) )
    | (?P<relation> == | [=＝≈≠] | != | \\(?:approx|neq?)(?![A-Za-z]) )
    | (?P<power> \^ | (?<=[0-9])\*\*(?=[0-9]) )
    | (?P<square> [²³] )
    | (?P<bold> \*{2,} )
    | (?P<op> [-+*/·•⋅∙×✕÷∕−＋－] | \\(?:cdot|times|div|ast)(?![A-Za-z]) )
    | (?P<percent> \\?% )
    | (?P<frac> \\[dt]?frac(?![A-Za-z]) )
    | (?P<over> \}[ ]?\{ )
    | (?P<left> [({] )
    | (?P<right> [)}] )
    | (?P<command> \\[A-Za-z]+ )
    | (?P<word> [A-Za-zÀ-ɏ]+(?:-[A-Za-zÀ-ɏ]+){0,4} | [^\W\d_A-Za-zÀ-ɏ]+ )
    | (?P<space> [ \t\u00a0]+ )
    | (?P<other> [\s\S] )
    """,
    re.VERBOSE | re.MULTILINE,
)
STRETCH = re.compile(
    r"(?:[^\n;:!?.,。，；：！？、]|[.,](?=[0-9\\!{}])|\n(?=[ \t]{0,8}&?[ ]?[=≈])|!=|\\[,;:!])+"
)  # no sum goes on beyond
RELATED = re.compile(r"[=＝≈≠]|\\(?:approx|neq?)(?![A-Za-z])")
SIGNS = (
    dict.fromkeys("*·•⋅∙×✕", "*") | dict.fromkeys("/÷∕", "/") | dict.fromkeys("-−－", "-") | dict.fromkeys("+＋", "+")
)
SIGNS |= {r"\cdot": "*", r"\times": "*", r"\ast": "*", r"\div": "/"}
RELATIONS = {"≈": "≈", r"\approx": "≈", "≠": "≠", "!=": "≠", r"\ne": "≠", r"\neq": "≠"}  # all others are =
THOUSANDS = re.compile(r"[,{}\\!]")
MULTIPLIER = re.compile(r"[ ]{0,2}\$?[0-9(]")
