# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Start-ups, and what WSUS says of the protocols then."""

from __future__ import annotations

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.logs.startups import LIMIT
from support.log_samples import read, site_server, softdist

DISABLED = "SCHANNEL Protocol '{}' disabled"
DEFAULT = "SCHANNEL Protocols subkey for '{}' not found. Protocol is enabled"
STARTED = "EventId=501,Type=Information,Category=Update Services Service,Message=Update Services Service Started"


def line(message: str, time: str = "2026-03-04 05:06:07.000", process: str = "WsusService.4") -> str:
    component = "EventLogEventReporter.ReportEvent" if "EventId" in message else "SecurityProtocol.LogProtocols"
    return softdist(component, message, time, "Info", process)


def test_state_of_each_protocol():
    text = line(DISABLED.format("TLS 1.0")) + line(DISABLED.format("TLS 1.1")) + line(DEFAULT.format("TLS 1.2"))
    result = read(text + line("SCHANNEL Protocol 'TLS 1.3' enabled"))
    (startup,) = result["startups"]
    assert startup["time"] == "2026-03-04T05:06:07.000Z" and startup["process"] == "WsusService"
    assert startup["protocols"] == {
        "TLS 1.0": "disabled",
        "TLS 1.1": "disabled",
        "TLS 1.2": "enabled",
        "TLS 1.3": "enabled",
    }
    assert result["events"] == []


def test_each_process_and_each_start_is_one_of_its_own():
    block = [DISABLED.format("TLS 1.0"), DEFAULT.format("TLS 1.2")]
    text = "".join(line(one) for one in block)
    text += "".join(line(one, process="w3wp.4") for one in block)
    text += "".join(line(one, "2026-03-04 05:06:17.000") for one in block)  # again within seconds
    text += "".join(line(one, "2026-03-05 05:06:17.000") for one in block)
    startups = read(text)["startups"]
    assert [(one["process"], len(one["protocols"])) for one in startups] == [
        ("WsusService", 2),
        ("w3wp", 2),
        ("WsusService", 2),
        ("WsusService", 2),
    ]


def test_a_start_without_lines_is_a_start():
    assert read(line(STARTED))["startups"] == [
        {"time": "2026-03-04T05:06:07.000Z", "process": "WsusService", "source": "log-0", "protocols": {}}
    ]
    assert read(line("Nothing of the kind"))["startups"] == []


@pytest.mark.parametrize("first", [True, False])
def test_lines_near_a_start_belong_to_it(first):
    lines = [line(DISABLED.format("TLS 1.0"), "2026-03-04 05:06:09.000")]
    lines.insert(0 if first else 1, line(STARTED))
    assert [one["protocols"] for one in read("".join(lines))["startups"]] == [{"TLS 1.0": "disabled"}]
    assert len(read(line(STARTED) + line(DISABLED.format("TLS 1.0"), "2026-03-04 05:26:09.000"))["startups"]) == 2


@pytest.mark.parametrize(
    ("text", "protocols"),
    [
        (
            "SCHANNEL Protocol 'TLS 1.0' disabledSCHANNEL Protocol 'TLS 1.1' disabled",
            {"TLS 1.0": "disabled", "TLS 1.1": "disabled"},
        ),
        ("SCHANNEL Protocols subkey for 'TLS\n1.2' not found. Protocol is\nenabled", {"TLS 1.2": "enabled"}),
        ("schannel protocol \u2018DTLS 1.2\u2019 Disabled", {"DTLS 1.2": "disabled"}),
        ("SCHANNEL Protocol TLS 1.0 disabled", {"TLS 1.0": "disabled"}),
        ("SCHANNEL Protocols subkey for 'TLS 1.2' not found. Pro", {"TLS 1.2": "unknown"}),
        ("SCHANNEL Protocol 'PCT 1.0' is Enabled", {"PCT 1.0": "enabled"}),
        ("SCHANNEL Protocol", {}),
    ],
)
def test_forms_of_the_lines(text, protocols):
    assert ({} if not (found := read(text)["startups"]) else found[0]["protocols"]) == protocols


def test_pasted_lines_without_times_are_one_start():
    text = "\n".join([DISABLED.format("TLS 1.0"), DISABLED.format("TLS 1.1"), DEFAULT.format("TLS 1.2")])
    assert [len(one["protocols"]) for one in read(text)["startups"]] == [3]
    assert [len(one["protocols"]) for one in read(text + "\n" + text)["startups"]] == [3, 3]
    assert read(text)["startups"][0]["time"] is None


def test_configuration_manager_has_no_start_of_wsus():
    assert read(site_server("SCHANNEL Protocol 'TLS 1.0' disabled"))["startups"] == []


def test_bounded():
    text = "".join(line(STARTED, f"2026-{1 + n // 28:02}-{1 + n % 28:02} 05:00:00.000") for n in range(LIMIT + 9))
    result = read(text)
    assert len(result["startups"]) == LIMIT and result["left_out"]["startups"] == 9
    assert result["startups"][-1]["time"].startswith("2026-08-")
