# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What was read on a host becomes sources, and each line is read by one run, whatever was written meanwhile."""

from __future__ import annotations

import base64
import gzip
import hashlib
from typing import Any

from ansible_collections.wsus.compliance.plugins.plugin_utils.collect.log_files import check_logs
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.logs import read_logs
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.logs.host import (
    WINDOWS_EVENTS,
    host_reading,
    known_files,
    last_event,
)
from support.log_samples import of_class

PATH = r"C:\Logs\SoftwareDistribution.log"
RESET = of_class("tls_reset", process="w3wp.4").encode()


def file(whole: bytes, start: int = 0, path: str = PATH, **more: Any) -> dict[str, Any]:
    head, new = whole[:1024], whole[start:]
    return {
        "path": path,
        "size": len(whole),
        "created": "2026-11-01T00:00:00.000Z",
        "last_write": "2026-11-02T00:00:00.000Z",
        "head": hashlib.sha256(head).hexdigest(),
        "head_length": len(head),
        "known": start or None,
        "from": start,
        "to": len(whole),
        "left_out": 0,
        "content": base64.b64encode(gzip.compress(new)).decode() if new else None,
        **more,
    }


def read(*files: Any, offsets: Any = None, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    reading = host_reading(check_logs({"contract": 1, "files": list(files), **more}), offsets)
    found = read_logs(reading.sources).as_dict()
    return found, reading.offsets()


def test_events_of_a_host_and_where_the_next_run_begins() -> None:
    found, offsets = read(file(RESET))
    assert [event["class"] for event in found["events"]] == ["tls_reset"]
    assert found["events"][0]["source"] == PATH
    (known,) = known_files(offsets)
    assert (known["path"], known["offset"], known["head_length"]) == (PATH, len(RESET), min(1024, len(RESET)))


def test_a_line_that_is_still_written_is_for_the_next_run() -> None:
    _found, offsets = read(file(RESET + b"2026-03-04 05:06"))
    assert offsets[PATH]["offset"] == len(RESET)
    _found, offsets = read(file(b"no end"))
    assert offsets[PATH]["offset"] == 0


def test_the_rest_of_a_line_that_was_cut_is_no_record() -> None:
    found, _offsets = read(file(b"x" + RESET, left_out=1, start=1, **{"from": 1}))
    assert found["records"] == 0 or not found["events"]
    found, _offsets = read(file(b"rest of a line\n" + RESET, left_out=5, start=0))
    assert [event["class"] for event in found["events"]] == ["tls_reset"]


def test_the_log_that_was_rolled_over_comes_first() -> None:
    success = of_class("success", process="WsusService.4").encode()
    failure = of_class("tls_reset", process="WsusService.4").encode()
    old = file(failure, path=r"C:\Logs\SoftwareDistribution.log.old", last_write="2026-11-01T00:00:00.000Z")
    found, _offsets = read(file(success), old)
    assert [source["path"] for source in found["sources"]] == [old["path"], PATH]


def test_an_error_is_one_of_its_source_and_keeps_what_was_known() -> None:
    before = {PATH: {"offset": 7, "head": "a", "head_size": 3, "created": None}}
    denied = {"path": PATH, "error": {"code": "access_denied", "message": "no"}}
    found, offsets = read(denied, offsets=before)
    assert found["sources"][0]["error"] == {"code": "access_denied", "message": "no"}
    assert offsets == before
    found, offsets = read(file(RESET, to=len(RESET) + 1))
    assert found["sources"][0]["error"]["code"] == "malformed_answer" and PATH not in offsets
    assert found["events"], "what came before the error is kept"


def test_events_of_windows_are_a_source() -> None:
    event = {
        "record_id": 9,
        "id": 386,
        "level": 2,
        "time": "2026-11-25T01:02:03.000Z",
        "message": "Synchronization failed: The remote name could not be resolved: 'sws.update.microsoft.com' <&>",
    }
    found, offsets = read(windows_events={"last": 9, "truncated": False, "events": [event]})
    assert found["records"] == 1
    assert [(one["class"], one["source"], one["last"]) for one in found["events"]] == [
        ("dns", WINDOWS_EVENTS, "2026-11-25T01:02:03.000Z")
    ]
    assert last_event(offsets) == 9 and known_files(offsets) == []
    denied = {"error": {"code": "access_denied", "message": "no"}}
    found, offsets = read(windows_events=denied, offsets=offsets)
    assert found["sources"][0]["error"] is not None and last_event(offsets) == 9


def test_offsets_of_another_form_are_left_out() -> None:
    for offsets in (None, [], "x", {PATH: 3}, {PATH: {"offset": "1"}}, {WINDOWS_EVENTS: {"record_id": True}}):
        assert known_files(offsets) == [] and last_event(offsets) == 0
