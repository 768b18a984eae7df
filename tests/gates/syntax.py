# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Gate: the grammar understands the file, and Windows PowerShell 5.1 does too.

The kinds of syntax and the operators are allow-lists (tables/syntax.yml). What PowerShell 7 added has a message of its
own: about_Operators, about_Pipelines, about_Pipeline_Chain_Operators, about_Functions_Advanced_Methods (clean),
about_Special_Characters and about_Numeric_Literals of its documentation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from support.powershell import Source, line_of, text_of, walk
from tree_sitter import Node

from .problem import Problem, Use, as_row, not_permitted

LONGEST_LINE = 160

NODES_OF_7 = {
    "null_coalesce_expression": "?? is of PowerShell 7; test for $null with if",
    "ternary_expression": "? : is of PowerShell 7; use if and else",
    "pipeline_chain_tail": "&& and || are of PowerShell 7; use if",
}
OPERATORS = {"comparison_operator", "assignment_operator", "format_operator"}
OPERATIONS = {
    "additive_argument_expression",
    "additive_expression",
    "bitwise_expression",
    "expression_with_unary_operator",
    "logical_expression",
    "multiplicative_argument_expression",
    "multiplicative_expression",
}
# 5.1 has no binary numbers, and of the suffixes only l, d and the multiplier kb to pb.
NUMBER_OF_5 = re.compile(r"^(0x[0-9a-f]+l?|[0-9]+(l|d)?)([kmgtp]b)?$", re.IGNORECASE)
ESCAPE_OF_7 = re.compile(r"(?<!`)(?:``)*`(e|u\{)")
BAREWORD = re.compile(r"[\w.*-]+", re.ASCII)


def uses(source: Source) -> Iterator[Use]:
    for node in source.nodes():
        if node.type in OPERATORS:
            operators = [text_of(node)]
        elif node.type in OPERATIONS:
            operators = [child.type for child in node.children if not child.is_named and child.type != ","]
        else:
            operators = []
        for operator in operators:
            yield Use(line_of(node), "syntax.operators", operator.lower(), as_row(name=operator.lower(), source="?"))
        if node.is_named and node.type != "ERROR":
            form = f"{as_row(name=node.type, source='?')}  # {text_of(node)[:60]!r}"
            yield Use(line_of(node), "syntax.kinds", node.type, form)


def _replaces_by_block(node: Node) -> bool:
    operator, value = node.children[1], node.children[2]
    blocks = any(one.type == "script_block_expression" for one in walk(value))
    return blocks and text_of(operator).lower().endswith("replace")


def _is_after_a_line_end(pipe: Node) -> bool:
    before = pipe.prev_sibling
    while before is not None and before.type == "comment":
        before = before.prev_sibling
    return before is not None and before.end_point[0] < pipe.start_point[0]


def _of_7(source: Source) -> Iterator[tuple[int, str]]:
    for node in source.nodes():
        text, line = text_of(node), line_of(node)
        if node.type == "ERROR" or node.is_missing:
            yield line, f"no PowerShell that the grammar knows (?. and ?[] of 7, or a slip): {text[:60]!r}"
        elif node.type in NODES_OF_7:
            yield line, NODES_OF_7[node.type]
        elif node.type == "assignment_operator" and text == "??=":
            yield line, "??= is of PowerShell 7; test for $null with if"
        elif node.type == "block_name" and text.lower() == "clean":
            yield line, "a clean block is of PowerShell 7; use try and finally"
        elif node.type == "foreach_parameter":
            yield line, "foreach -parallel is for workflows only"
        elif node.type in {"decimal_integer_literal", "hexadecimal_integer_literal"} and not NUMBER_OF_5.match(text):
            yield line, f"{text}: a suffix of numbers that 5.1 does not know"
        elif node.type == "|" and _is_after_a_line_end(node):
            yield line, "a pipeline that goes on with | in the next line is of PowerShell 7; end the line before with |"
        elif node.type.startswith("expandable") and (escape := ESCAPE_OF_7.search(text)):
            yield line, f"`{escape[1]} is an escape of PowerShell 7; write [char]0x1B or another number"
        elif node.type == "comparison_expression" and _replaces_by_block(node):
            yield line, "-replace with a script block is of PowerShell 7; 5.1 takes its text"


def _strange(source: Source) -> Iterator[tuple[int, str]]:
    for node in source.nodes("flow_control_statement"):
        if node.children[0].type == "exit":
            yield (
                line_of(node),
                "exit ends the process, and what Ansible does at its end; use ExitJson, FailJson or throw",
            )
    for node in source.nodes("generic_token"):
        if not BAREWORD.fullmatch(text_of(node)):
            yield line_of(node), f"{text_of(node)}: write it in quotes"
    for number, line in enumerate(source.text.split("\n"), 1):
        if not line.isascii():
            yield (
                number,
                "not ASCII: PowerShell takes some quotes and dashes of Unicode for its own, 5.1 guesses the encoding",
            )
        if len(line) > LONGEST_LINE:
            yield number, f"{len(line)} characters in a line; at most {LONGEST_LINE}"


def check_syntax(source: Source) -> list[Problem]:
    found = [*_of_7(source), *_strange(source), *not_permitted(uses(source))]
    return [Problem(source.name, line, text) for line, text in found]
