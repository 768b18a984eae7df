# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers of the reader of logs: unpacked in parts and within limits, and never taken at their word."""

from __future__ import annotations

import base64
import gzip
import hashlib
from typing import Any

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.collect import AnswerError
from ansible_collections.wsus.compliance.plugins.plugin_utils.collect.log_files import PART, check_logs
from hypothesis import given, settings
from hypothesis import strategies as st

PATH = r"C:\Logs\SoftwareDistribution.log"


def file(data: bytes = b"line\n", **more: Any) -> dict[str, Any]:
    head = data[:1024]
    return {
        "path": PATH,
        "size": 100 + len(data),
        "created": "2026-11-01T00:00:00.000Z",
        "last_write": "2026-11-02T00:00:00.000Z",
        "head": hashlib.sha256(head).hexdigest(),
        "head_length": len(head),
        "known": None,
        "from": 100,
        "to": 100 + len(data),
        "left_out": 100,
        "content": base64.b64encode(gzip.compress(data)).decode() if data else None,
        **more,
    }


def answer(*files: Any, **more: Any) -> dict[str, Any]:
    return {"contract": 1, "changed": False, "collected_at": "2026-11-25T00:00:00.000Z", "files": list(files), **more}


def test_what_was_read_comes_back_in_parts() -> None:
    content = bytes(range(256)) * (PART // 64)
    (read,) = check_logs(answer(file(content))).files
    parts = list(read.parts())
    assert b"".join(parts) == content and len(parts) > 1 and max(map(len, parts)) <= PART
    assert (read.start, read.end, read.left_out) == (100, 100 + len(content), 100)


def test_nothing_new_is_nothing() -> None:
    (read,) = check_logs(answer(file(b"", head_length=0, head=None))).files
    assert list(read.parts()) == []


def test_an_error_stays_with_its_file() -> None:
    failed = {"path": PATH, "error": {"code": "access_denied", "message": "no\x1b[2J way"}}
    first, second = check_logs(answer(failed, file())).files
    assert first.error is not None and first.error["code"] == "access_denied" and "\x1b" not in first.error["message"]
    assert list(first.parts()) == []
    assert second.error is None


@pytest.mark.parametrize(
    "broken",
    [
        file(content="no base64!"),
        file(to=99),
        file(size=-1),
        file(head="abc"),
        file(head_length=2000),
        {"path": 3},
        "text",
    ],
)
def test_a_file_of_another_form_is_malformed(broken: Any) -> None:
    with pytest.raises(AnswerError):
        check_logs(answer(broken))


@pytest.mark.parametrize("to", [104, 106, 100])
def test_more_or_less_than_was_said_is_malformed(to: int) -> None:
    (read,) = check_logs(answer(file(to=to))).files
    with pytest.raises(AnswerError):
        list(read.parts())


def test_a_bomb_is_not_unpacked() -> None:
    bomb = base64.b64encode(gzip.compress(bytes(50 * PART))).decode()
    (read,) = check_logs(answer(file(content=bomb))).files
    taken = 0
    with pytest.raises(AnswerError, match="too many"):
        for part in read.parts():
            taken += len(part)
    assert taken == 0


def test_events_of_windows() -> None:
    event = {"record_id": 7, "id": 364, "level": 2, "time": "2026-11-25T00:00:00.000Z", "message": "Content failed"}
    found = check_logs(answer(windows_events={"last": 7, "truncated": False, "events": [event, 3]})).windows_events
    assert found is not None and found.events == (event,) and found.last == 7
    denied = check_logs(answer(windows_events={"error": {"code": "access_denied", "message": "no"}})).windows_events
    assert denied is not None and denied.error is not None
    assert check_logs(answer()).windows_events is None
    with pytest.raises(AnswerError):
        check_logs(answer(windows_events=[]))


VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.lists(st.none(), max_size=2)


@given(st.dictionaries(st.sampled_from(sorted(file())), VALUES), VALUES)
@settings(max_examples=200, deadline=None)
def test_any_answer_is_read_or_malformed(changes: dict[str, Any], events: Any) -> None:
    try:
        for read in check_logs(answer({**file(), **changes}, windows_events=events)).files:
            list(read.parts())
    except AnswerError:
        pass
