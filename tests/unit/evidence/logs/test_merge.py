# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Events: duplicates, retries, recovered failures, import or synchronization, what is bounded."""

from __future__ import annotations

from ansible_collections.wsus.compliance.plugins.plugin_utils.assess.checks.evidence import logs
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence import read_evidence
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.logs.merge import EVENT_LIMIT, MESSAGE_LIMIT
from support.log_samples import CLASSES, classes, read, site_server, softdist

COMPONENT, RESET = CLASSES["tls_reset"]
FINAL = RESET.replace(". Action: Retry.", " but Retry Limit Exceeded. Action: No Retry, Fail.")
SUCCESS = CLASSES["success"]


def at(hour: int, day: int = 4) -> str:
    return f"2026-03-{day:02} {hour:02}:00:00.000"


def reset(hour: int, process: str = "WsusService.9", message: str = RESET) -> str:
    return softdist(COMPONENT, message, at(hour), "Warning", process)


def success(hour: int) -> str:
    return softdist(*SUCCESS, at(hour), "Info", "WsusService.3")


def test_duplicates_are_counted_and_retries_are_no_final_failures():
    result = read(reset(1) + reset(2, message=FINAL) + reset(3) + reset(4))
    assert [(event["final"], event["count"], event["first"], event["last"]) for event in result["events"]] == [
        (False, 3, "2026-03-04T01:00:00.000Z", "2026-03-04T04:00:00.000Z"),
        (True, 1, "2026-03-04T02:00:00.000Z", "2026-03-04T02:00:00.000Z"),
    ]
    assert result["records"] == 4


def test_a_later_success_recovers_only_what_was_before_it():
    result = read(reset(1) + reset(2) + success(3) + reset(4))
    found = {(event["class"], event["recovered"], event["count"]) for event in result["events"]}
    assert found == {("tls_reset", True, 2), ("success", False, 1), ("tls_reset", False, 1)}


def test_a_synchronization_says_nothing_of_the_import():
    result = read(reset(1, "w3wp.126") + success(2))
    assert [(event["class"], event["process"], event["recovered"]) for event in result["events"]] == [
        ("tls_reset", "w3wp", False),
        ("success", "WsusService", False),
    ]


def test_without_a_process_tls_stays_open_and_other_failures_recover():
    text = f"{RESET}\n\n{CLASSES['dns'][1]}\n\n{SUCCESS[1]}\n"
    assert {(event["class"], event["recovered"]) for event in read(text)["events"]} == {
        ("tls_reset", False),
        ("dns", True),
        ("success", False),
    }


def test_the_database_works_if_a_synchronization_does():
    text = softdist(*CLASSES["db"], at(1), process="w3wp.3") + success(2)
    assert [event["recovered"] for event in read(text)["events"]] == [True, False]


def test_records_out_of_order():
    late = softdist(COMPONENT, RESET, "2026-03-04 05:00:00.900", process="WsusService.9")
    early = softdist(*SUCCESS, "2026-03-04 05:00:00.100", "Info", "WsusService.3")
    assert [event["recovered"] for event in read(late + early)["events"] if event["class"] == "tls_reset"] == [False]


def test_rotated_logs_in_any_order():
    new, old = success(5) + reset(6), reset(1) + success(2) + reset(3)
    for texts in ((old, new), (new, old)):
        events = [event for event in read(*texts, names=["a", "b"])["events"] if event["class"] == "tls_reset"]
        assert sorted((event["last"], event["recovered"]) for event in events) == [
            ("2026-03-04T03:00:00.000Z", True),
            ("2026-03-04T06:00:00.000Z", False),
        ]
        assert sum(event["count"] for event in events) == 3


def test_configuration_manager_and_wsus_do_not_vouch_for_each_other():
    done = site_server("Sync succeeded. Setting sync alert to canceled state on site X", "03-04-2026 05:00:00.000", 0)
    result = read(reset(1), done, names=["SoftwareDistribution.log", "wsyncmgr.log"])
    assert [(event["class"], event["recovered"]) for event in result["events"]] == [
        ("tls_reset", False),
        ("success", False),
    ]
    failed = site_server(CLASSES["sync_failed"][1], "03-04-2026 01:00:00.000", 0)
    assert [event["recovered"] for event in read(failed + done)["events"]] == [True, False]


def test_a_failed_catalog_import_is_over_only_after_another_synchronization():
    def line(message: str, hour: int) -> str:
        return site_server(message, f"03-04-2026 {hour:02}:00:00.000", 0)

    started = line("STATMSG: ID=6701 SEV=I", 1)
    failed = line(CLASSES["catalog_import"][1], 2)
    done = line("STATMSG: ID=6702 SEV=I", 3)
    again = line("STATMSG: ID=6701 SEV=I", 4) + line("STATMSG: ID=6702 SEV=I", 5)

    def recovered(text: str) -> list[bool]:
        return [event["recovered"] for event in read(text)["events"] if event["class"] == "catalog_import"]

    assert recovered(started + failed + done) == [False]
    assert recovered(started + failed + done + again) == [True]


def test_since():
    text = reset(1) + success(2) + softdist(COMPONENT, RESET, at(3), process="w3wp.5")
    result = read(text, since="2026-03-04T02:30:00.000Z")
    assert [(event["class"], event["process"]) for event in result["events"]] == [("tls_reset", "w3wp")]
    assert result["records"] == 3 and result["sources"][0]["first"] == "2026-03-04T01:00:00.000Z"
    assert classes(read("Sync failed: no time at all", since="2026-03-04T02:30:00.000Z")) == ["sync_failed"]


def test_messages_are_bounded_shown_safely_and_hold_no_password():
    text = softdist(
        "A.B", "HTTP status 503 by http://joe:correct-horse@proxy.example.net/ \x1b[31m\u202e " + "x" * 50_000
    )
    (event,) = read(text)["events"]
    assert len(event["message"]) <= MESSAGE_LIMIT
    assert (
        "correct-horse" not in event["message"] and "\x1b" not in event["message"] and "\u202e" not in event["message"]
    )


def test_different_events_are_bounded_and_the_others_counted():
    text = "".join(
        softdist("A.B", f"The remote name could not be resolved: 'h{n}.example.net'") for n in range(EVENT_LIMIT + 7)
    )
    result = read(text)
    assert len(result["events"]) == EVENT_LIMIT and result["left_out"] == {"events": 7, "startups": 0}


def test_errors_without_a_class_are_counted_with_samples():
    text = "".join(softdist("A.B", f"Odd thing {n % 8}") for n in range(80)) + softdist("A.B", "fine", level="Info")
    result = read(text)
    assert result["unclassified"]["count"] == 80 and result["events"] == []
    assert [(one["message"], one["count"]) for one in result["unclassified"]["samples"]] == [
        (f"Odd thing {n}", 10) for n in range(5)
    ]


def test_assess_reads_the_result():
    result = read(
        reset(1) + success(2) + reset(3, "w3wp.126") + softdist("X.Y", "SCHANNEL Protocol 'TLS 1.0' disabled")
    )
    evidence = read_evidence({name: result[name] for name in ("events", "startups")})
    assert evidence.dropped == 0 and len(evidence.events) == 3
    assert len(evidence.startups) == 1
    assert [event.count for event in evidence.open_events("tls_reset", process="w3wp")] == [1]
    assert evidence.open_events("tls_reset", process="WsusService") == []
    assert "w3wp, last 2026-03-04T03:00:00.000Z" in str(logs(evidence).actual)
