# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Gate: only attributes of functions and parameters that Windows PowerShell 5.1 has, with arguments that it knows."""

from __future__ import annotations

from collections.abc import Iterator

from support.powershell import Source, child_of, line_of, text_of

from .problem import Problem, Use, as_row, index, not_permitted


def uses(source: Source) -> Iterator[Use]:
    for node in source.nodes("attribute"):
        name = child_of(node, "attribute_name")
        if name is None:
            continue  # the type of a parameter
        written = text_of(name)
        yield Use(line_of(node), "attributes.attributes", written, as_row(name=written, named=[], source="?"))
        arguments = child_of(node, "attribute_arguments")
        for argument in arguments.named_children if arguments is not None else []:
            word = child_of(argument, "simple_name")
            if word is not None:
                yield Use(line_of(node), "attributes.attributes.named", (written, text_of(word)), text_of(word))


def _values_without_name(source: Source) -> Iterator[tuple[int, str]]:
    for node in source.nodes("attribute_argument"):
        attribute = node.parent.parent if node.parent is not None else None
        name = child_of(attribute, "attribute_name") if attribute is not None else None
        row = index("attributes.attributes").get(text_of(name)) if name is not None else None
        if child_of(node, "simple_name") is None and row is not None and not row.get("positional"):
            yield line_of(node), f"[{row['name']}] takes no value without a name"


def check_attributes(source: Source) -> list[Problem]:
    found = [*not_permitted(uses(source)), *_values_without_name(source)]
    return [Problem(source.name, line, text) for line, text in found]
