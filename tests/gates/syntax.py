# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Gate: the grammar understands the file, and Windows PowerShell 5.1 does too.

What PowerShell 7 added: about_Operators, about_Pipeline_Chain_Operators, about_Functions_Advanced_Methods (clean) and
about_Numeric_Literals of its documentation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from support.powershell import Source, line_of, text_of

from .problem import Problem

LONGEST_LINE = 160

NODES_OF_7 = {
    "null_coalesce_expression": "?? is of PowerShell 7; test for $null with if",
    "ternary_expression": "? : is of PowerShell 7; use if and else",
    "pipeline_chain_tail": "&& and || are of PowerShell 7; use if",
}
# 5.1 has no binary numbers, and of the suffixes only l, d and the multiplier kb to pb.
NUMBER_OF_5 = re.compile(r"^(0x[0-9a-f]+l?|[0-9]+(l|d)?)([kmgtp]b)?$", re.IGNORECASE)


def _problems(source: Source) -> Iterator[tuple[int, str]]:
    for node in source.nodes():
        text = text_of(node)
        if node.type == "ERROR" or node.is_missing:
            yield line_of(node), f"no PowerShell that the grammar knows (?. and ?[] of 7, or a slip): {text[:60]!r}"
        elif node.type in NODES_OF_7:
            yield line_of(node), NODES_OF_7[node.type]
        elif node.type == "assignment_operator" and text == "??=":
            yield line_of(node), "??= is of PowerShell 7; test for $null with if"
        elif node.type == "block_name" and text.lower() == "clean":
            yield line_of(node), "a clean block is of PowerShell 7; use try and finally"
        elif node.type == "foreach_parameter":
            yield line_of(node), "foreach -parallel is for workflows only"
        elif node.type in {"decimal_integer_literal", "hexadecimal_integer_literal"} and not NUMBER_OF_5.match(text):
            yield line_of(node), f"{text}: a suffix of numbers that 5.1 does not know"
    for number, line in enumerate(source.text.splitlines(), 1):
        if len(line) > LONGEST_LINE:
            yield number, f"{len(line)} characters in a line; at most {LONGEST_LINE}"


def check_syntax(source: Source) -> list[Problem]:
    return [Problem(source.name, line, text) for line, text in _problems(source)]
