# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The envelope of an answer, and how much there may be of it."""

from __future__ import annotations

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.collect import answer as module
from ansible_collections.wsus.compliance.plugins.plugin_utils.collect.answer import AnswerError, check_answer

GOOD = {"changed": False, "contract": 1, "collected_at": "2026-11-24T02:31:04.353Z", "raw": {"os": {}}}


def test_only_the_envelope_is_taken_over():
    assert check_answer({**GOOD, "ansible_facts": {"x": 1}, "warnings": ["w"]}) == {
        "contract": 1,
        "collected_at": "2026-11-24T02:31:04.353Z",
        "raw": {"os": {}},
    }


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (None, "not an object"),
        ([], "not an object"),
        ({"skipped": True}, "skipped"),
        ({}, "no contract number"),
        ({**GOOD, "contract": 2}, "contract 2"),
        ({**GOOD, "contract": True}, "contract True"),
        ({**GOOD, "contract": "1"}, "contract 1,"),
        ({**GOOD, "contract": 1.0}, "another type"),
        ({**GOOD, "contract": {"a": 1}}, "another type"),
        ({**GOOD, "raw": None}, "no raw state"),
        ({**GOOD, "raw": [1]}, "no raw state"),
    ],
)
def test_what_has_not_the_shape_is_malformed(result, text):
    with pytest.raises(AnswerError) as caught:
        check_answer(result)
    assert caught.value.code == "malformed_answer"
    assert text in caught.value.message


def test_depth_is_bounded_without_recursion():
    nested: object = 1
    for _time in range(100_000):
        nested = [nested]
    with pytest.raises(AnswerError, match="deeper"):
        check_answer({**GOOD, "raw": {"os": nested}})


def test_items_and_text_are_bounded(monkeypatch):
    monkeypatch.setattr(module, "ITEM_LIMIT", 100)
    monkeypatch.setattr(module, "TEXT_LIMIT", 1_000)
    check_answer({**GOOD, "raw": {"os": list(range(80))}})
    with pytest.raises(AnswerError, match="items"):
        check_answer({**GOOD, "raw": {"os": list(range(200))}})
    with pytest.raises(AnswerError, match="characters"):
        check_answer({**GOOD, "raw": {"os": "x" * 1_001}})
    with pytest.raises(AnswerError, match="characters"):
        check_answer({**GOOD, "raw": {"x" * 1_001: 1}})
