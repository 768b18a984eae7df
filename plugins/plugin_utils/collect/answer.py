# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks the envelope of the collector's answer (docs/reference/collector.md) and how much there is of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CONTRACT = 1
"""The number of the contract between the collector and this code."""
TEXT_LIMIT = 64 * 1024 * 1024
"""Most characters of all text in an answer. A real one has less than 1 MB; w3wp.exe.config may add 1.4 MB."""
ITEM_LIMIT = 2_000_000
"""Most members, items and scalars in an answer."""
DEPTH_LIMIT = 60
"""Deepest nesting; the contract needs less than 12."""


class AnswerError(ValueError):
    """An answer that can't be used. ``code`` is one of the error codes of docs/reference/findings.md."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def _malformed(what: str) -> AnswerError:
    return AnswerError("malformed_answer", what)


def check_size(answer: object) -> None:
    """Walks the answer without recursion and without copies; AnswerError where it is over a limit."""
    items = 0
    characters = 0
    todo: list[tuple[object, int]] = [(answer, 0)]
    while todo:
        obj, depth = todo.pop()
        items += 1
        if depth > DEPTH_LIMIT:
            raise _malformed(f"the answer is nested deeper than {DEPTH_LIMIT} levels")
        if isinstance(obj, str):
            characters += len(obj)
        elif isinstance(obj, Mapping):
            characters += sum(len(name) for name in obj if isinstance(name, str))
            todo.extend((item, depth + 1) for item in obj.values())
        elif isinstance(obj, (list, tuple)):
            todo.extend((item, depth + 1) for item in obj)
        if characters > TEXT_LIMIT:
            raise _malformed(f"the answer has more than {TEXT_LIMIT:,} characters")
        if items + len(todo) > ITEM_LIMIT:
            raise _malformed(f"the answer has more than {ITEM_LIMIT:,} items")


def check_envelope(result: object) -> Mapping[str, Any]:
    """A module result that did not fail, of this contract and not too big; its members are as they came.

    Raises:
        AnswerError: it is none.
    """
    if not isinstance(result, Mapping):
        raise _malformed("the answer is not an object")
    if result.get("skipped"):
        raise _malformed("the collector was skipped instead of run")
    if "contract" not in result:
        raise _malformed("the answer has no contract number: it does not come from this collection's collector")
    contract = result["contract"]
    if isinstance(contract, bool) or not isinstance(contract, int) or contract != CONTRACT:
        shown = str(contract)[:20] if isinstance(contract, (int, str)) else "of another type"
        raise _malformed(f"the answer is of contract {shown}, this version of the collection reads contract {CONTRACT}")
    check_size(result)
    return result


def check_answer(result: object) -> dict[str, Any]:
    """The envelope ``{contract, collected_at, raw}`` of a module result that did not fail.

    Only these three are taken over: what else the host put into its answer (``ansible_facts``, ...) ends here.

    Raises:
        AnswerError: it has not the contract's shape, is of another contract, or is too big.
    """
    found = check_envelope(result)
    if not isinstance(found.get("raw"), Mapping):
        raise _malformed("the answer has no raw state")
    return {"contract": CONTRACT, "collected_at": found.get("collected_at"), "raw": found["raw"]}
