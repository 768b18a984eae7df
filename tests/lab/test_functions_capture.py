# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Functions of wsus_capture's modules with programs and events that the lab does not have (functions_capture.ps1)."""

from __future__ import annotations

import pytest
from support import lab

pytestmark = pytest.mark.skipif(bool(lab.hindrance()), reason=lab.hindrance())

TIME = 17_955_685_234_560_007
"""2026-11-25T01:02:03.4560007Z in 10^-7 seconds since 1970."""
NETSH = (
    "netsh.exe trace start capture=yes persistent=no overwrite=yes correlation=no maxSize=64 fileMode=circular "
    'traceFile="C:\\t.etl" report='
)
PKTMON = [
    "pktmon.exe filter remove",
    "pktmon.exe filter add wsus-compliance-443 -t TCP -p 443",
    "pktmon.exe filter add wsus-compliance-8080 -t TCP -p 8080",
    "pktmon.exe filter add wsus-compliance-dns -t UDP -p 53",
    'pktmon.exe start --capture --comp nics --pkt-size 0 --file-name "C:\\t.etl" --file-size 64 --log-mode circular',
]


@pytest.fixture
def told(capture_functions):
    return capture_functions.answers


@pytest.mark.parametrize("case", ["one_frame", "parts"])
def test_a_frame_of_one_event_or_more_is_written_with_time_and_interface(told, case):
    found = told[case]
    assert (found["packets"], found["left_out"]) == (1, 0)
    assert found["frames"] == [[TIME, 12, 54]]
    assert found["closed"] is True and found["open"] == 0


def test_what_is_no_whole_frame_or_not_wanted_is_counted(told):
    found = told["broken"]
    assert (found["packets"], found["left_out"], found["frames"]) == (0, 8, [])
    assert found["open"] == 0


def test_frames_of_the_ports_and_of_dns_are_wanted(told):
    names = ["answer", "proxy", "dns", "v6", "tag", "tags", "options", "first_part", "v6_dns"]
    assert told["wanted"] == names


def test_no_other_frame_is(told):
    names = ["port", "dns_of_tcp", "udp", "icmp", "later_part", "arp", "empty", "cut", "only_tags", "high"]
    assert told["not_wanted"] == names


def test_netsh_is_asked_for_a_trace_without_report(told):
    assert told["netsh"] == {"told": [NETSH + "disabled"], "code": None, "message": None}
    assert told["netsh_older"] is True


def test_a_trace_that_netsh_refuses_is_told_and_nothing_is_stopped(told):
    found = told["netsh_taken"]
    assert found["told"] == [NETSH + "disabled", NETSH + "no"] and found["code"] == "write_failed"
    assert "left alone" in found["message"] and "laeuft schon" in found["message"]


def test_a_program_that_does_not_end_is_an_error(told):
    assert told["netsh_hangs"]["told"] == ["netsh.exe trace stop"] and "did not end" in told["netsh_hangs"]["message"]


def test_pktmon_is_given_filters_and_whole_packets(told):
    assert told["pktmon"] == {"told": PKTMON, "code": None, "message": None}
    assert told["pktmon_stop"]["told"] == ["pktmon.exe stop", "pktmon.exe filter remove"]


def test_filters_are_taken_away_where_pktmon_does_not_start(told):
    found = told["pktmon_refuses"]
    assert found["told"][-1] == "pktmon.exe filter remove" and len(found["told"]) == 5
    assert found["code"] == "write_failed" and "nein" in found["message"]


def test_pktmon_of_somebody_else_is_not_touched(told):
    look = ["logman.exe query PktMon -ets"]
    assert told["pktmon_taken"]["told"] == look and told["pktmon_taken"]["code"] == "busy"
    look.append("pktmon.exe filter list")
    assert told["pktmon_filters"]["told"] == look and told["pktmon_filters"]["code"] == "busy"
    assert told["pktmon_free"] == {"told": look, "code": None, "message": None}
    assert told["pktmon_broken"]["code"] == "write_failed"
    assert told["pktmon_clear_others"]["told"] == look
    assert told["netsh_is_free"] is True


def test_filters_of_ours_that_are_left_are_taken_away(told):
    assert told["pktmon_ours"]["code"] is None
    assert told["pktmon_clear"]["told"][-1] == "pktmon.exe filter remove" and told["pktmon_clear"]["code"] is None
    assert told["netsh_clear"]["told"] == []


def test_without_pktmon_netsh_is_taken(told):
    assert told["pktmon_missing"] == ["not_found", "netsh", "not_found"]


def test_what_is_missing_is_an_error(told):
    assert told["pcapng_missing"]["code"] == "write_failed" and told["no_space"] == "too_big"


def test_a_folder_of_somebody_else_is_not_used(told):
    assert told["untrusted"] == ["journal_untrusted"] * 5
    assert "S-1-5-21-1" in told["other_owner"]


def test_a_start_that_writes_nothing_is_stopped_and_leaves_nothing(told):
    found = told["not_written"]
    assert "wrote to no file" in found["message"] and found["stopped"] is True and found["left"] is False
    assert told["start_throws"] == {"code": "write_failed", "left": False}
    assert told["waits"] is False


def test_what_is_converted_is_counted(told):
    assert told["counts"] == ["frames", 6, 7, 8]
    assert (told["no_trace"], told["no_pcapng"], told["stop_fails"]) == ("not_found", "write_failed", "write_failed")


def test_what_if_runs_nothing(told):
    assert told["what_if"] == "nothing"


def test_every_case_is_asserted(told):
    assert set(told) == {
        *("one_frame", "parts", "broken", "wanted", "not_wanted", "netsh", "netsh_older", "netsh_taken", "netsh_hangs"),
        *("pktmon", "pktmon_refuses", "pktmon_stop", "pktmon_free", "pktmon_taken", "pktmon_filters", "pktmon_broken"),
        *("pktmon_ours", "pktmon_clear", "pktmon_clear_others", "netsh_clear"),
        *("untrusted", "other_owner", "not_written", "start_throws", "waits", "counts"),
        *("no_trace", "no_pcapng", "stop_fails"),
        *("pktmon_missing", "netsh_is_free", "pcapng_missing", "no_space", "what_if"),
    }
