# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the collector's process printed -> the members that this collection reads, before Ansible sees any of it.

Ansible acts on what a module returns: it shows ``warnings`` and ``deprecations``, and lines around the JSON, as they
are, and makes objects of what looks like its own. A host may print anything, so Ansible gets its own words only.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from ..text import visible
from .answer import ITEM_LIMIT, TEXT_LIMIT, AnswerError, check_size

TAKEN = ("contract", "collected_at", "raw", "skipped")
"""Members of the collector's answer that are read."""
_SHOWN = 8_000
"""Characters at each end of an output that is no answer: enough to tell what it is."""
_DECODER = json.JSONDecoder()


def shortened(text: str) -> str:
    """Begin and end of a text for a message, without characters that a terminal would act on."""
    return visible(text if len(text) <= 2 * _SHOWN else f"{text[:_SHOWN]}\n{text[-_SHOWN:]}")


def _object(text: str) -> dict[str, Any] | None:
    """The JSON object that begins at the first line that could be one; None where that is none."""
    start = 0 if text.startswith("{") else text.find("\n{") + 1
    if not text.startswith("{", start):
        return None
    try:
        found = _DECODER.raw_decode(text, start)[0]
    except RecursionError:
        raise AnswerError("malformed_answer", "the answer is nested too deeply") from None
    except ValueError:  # also a number with more digits than Python takes
        return None
    return found if isinstance(found, dict) else None


def read_output(stdout: str, taken: Collection[str] = TAKEN) -> tuple[dict[str, Any], str]:
    """(members of the contract, what Ansible may take for the module's output).

    Raises:
        AnswerError: it is too big, or nested too deeply, to be made into objects.
    """
    if len(stdout) > TEXT_LIMIT:
        raise AnswerError("malformed_answer", f"the answer has more than {TEXT_LIMIT:,} characters")
    # Each item takes a hundred bytes, whatever it took in the text: none is made before they are counted. Those within
    # text count as well, of which a real answer has some thousands.
    if sum(map(stdout.count, ",[{")) > ITEM_LIMIT:
        raise AnswerError("malformed_answer", f"the answer has more than {ITEM_LIMIT:,} items")
    found = _object(stdout)
    if found is None:
        return {}, shortened(stdout)
    answer = {name: found[name] for name in taken if name in found}
    check_size(answer)
    said = found.get("msg")
    rest = {
        "changed": False,
        "failed": bool(found.get("failed")),
        "msg": shortened(said) if isinstance(said, str) else "",
    }
    return answer, json.dumps(rest)
