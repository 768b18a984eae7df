# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Records of every framing, raw and as pasted text leaves them."""

from __future__ import annotations

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.logs.framings import (
    opens,
    site_server_records,
    softdist_head,
)
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.logs.records import Records
from support.log_samples import CLASSES, STACK, ccm, classes, read, site_server, softdist
from time_limit import at_most

COMPONENT, RESET = CLASSES["tls_reset"]


def records(text):
    made = Records()
    return [*made.feed(text.split("\n")), *made.end()]


def test_softdist_record_with_continuation():
    first, second = records(softdist(COMPONENT, RESET + "\n" + STACK) + softdist("A.B", "next", level="Info"))
    assert (first.framing, first.time, first.level) == ("softdist", "2026-03-04T05:06:07.089Z", "Error")
    assert (first.process, first.thread, first.component) == ("WsusService", "25", COMPONENT)
    assert first.text.startswith("ProcessWebService") and "End of inner exception" in first.text
    assert (second.component, second.text) == ("A.B", "next")


@pytest.mark.parametrize(
    ("line", "time", "level", "process", "component", "text"),
    [
        ("2026-03-04 05:06:07 UTC\tInfo\tw3wp.7\tA.B\tm", "2026-03-04T05:06:07.000Z", "Info", "w3wp", "A.B", "m"),
        ("2026-03-04 05:06:07.1 UTC Info   w3wp.7   A.B   m", "2026-03-04T05:06:07.100Z", "Info", "w3wp", "A.B", "m"),
        ("2026-03-04 05:06:07.123 UTCChangew3wp.7A.B m", "2026-03-04T05:06:07.123Z", "Change", "w3wp", "A.B", "m"),
        ("Error\tw3wp.126\tA.B\tm", None, "Error", "w3wp", "A.B", "m"),
        ("Info WsusService.27A.B", None, "Info", "WsusService", "A.B", ""),
        ("w3wp.126\tA.B\tm n", None, None, "w3wp", "A.B", "m n"),
        ("<Date> <Time> Error WsusService.25 A.B m", None, "Error", "WsusService", "A.B", "m"),
        (
            "> 2026-03-04 05:06:07.123 UTC\tError\tWsusService.25\tA.B\tm",
            "2026-03-04T05:06:07.123Z",
            "Error",
            "WsusService",
            "A.B",
            "m",
        ),
        ("2026-13-44 05:06:07.123 UTC\tError\tWsusService.25\tA.B\tm", None, "Error", "WsusService", "A.B", "m"),
        (
            "2026-03-04 05:06:07.123 UTC\tError\tWsusService.25\tno component here",
            "2026-03-04T05:06:07.123Z",
            "Error",
            "WsusService",
            None,
            "no component here",
        ),
    ],
)
def test_softdist_head(line, time, level, process, component, text):
    head = softdist_head(line)
    assert (head.time, head.level, head.process, head.component, head.text) == (time, level, process, component, text)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "   at System.Net.X()",
        "2026-03-04 was a day",
        "2026-03-04 05:06:07",
        "Error of something",
        "Information is 5",
    ],
)
def test_no_head(line):
    assert softdist_head(line) is None


def test_glued_columns_and_a_component_on_its_own_line():
    text = (
        "Changew3wp.6AdminDataAccess.StartSubscriptionManuallySynchronization manually started\n"
        "InfoWsusService.10EventLogEventReporter.ReportEvent\n"
        "EventId=384,Type=Information,Category=Synchronization,Message=Synchronization completed successfully.\n"
    )
    result = read(text)
    assert [(event["class"], event["process"]) for event in result["events"]] == [
        ("started", "w3wp"),
        ("success", "WsusService"),
    ]
    assert result["records"] == 2


@pytest.mark.parametrize(
    ("bias", "time"),
    [
        (300, "2026-03-04T05:06:07.089Z"),
        (-60, "2026-03-03T23:06:07.089Z"),
        (0, "2026-03-04T00:06:07.089Z"),
        (840, "2026-03-04T14:06:07.089Z"),
        (900, None),
    ],
)
def test_site_server_bias(bias, time):
    (record,) = records(site_server("Starting Sync", bias=bias).strip())
    assert (record.framing, record.time, record.component) == ("site_server", time, "SMS_WSUS_SYNC_MANAGER")
    assert (record.thread, record.text) == ("5120", "Starting Sync")


def test_site_server_records_glued_wrapped_and_rotated():
    one, two = site_server("Sync failed: x").strip(), site_server("Sync succeeded").strip()
    assert [record.text for record in records(one + two)] == ["Sync failed: x", "Sync succeeded"]
    wrapped = site_server("Sync failed: " + "word " * 40)
    for width in (30, 60, 79, 120):
        pieces = [wrapped[at : at + width] for at in range(0, len(wrapped), width)]
        (record,) = records("\n".join(pieces))
        assert record.framing == "site_server" and record.time == "2026-03-04T05:06:07.089Z", width
    rotated = read(one + "\r\n<MAXIMUM LOG FILE SIZE REACHED - FILE RENAMED>\r\n", names=["wsyncmgr.lo_"])
    assert rotated["records"] == 1 and classes(rotated) == ["sync_failed"]


def test_cmtrace_view():
    text = (
        "Starting Sync      SMS_WSUS_SYNC_MANAGER\n"
        "Sync failed: UssCommunicationError: WebException: The remote name could not be resolved: 'sws.example.net'. "
        "Source: X::Y\tSMS_WSUS_SYNC_MANAGER\t3/4/2026 5:06:07 AM\t5120 (0x1400)\n"
    )
    first, second = records(text)
    assert (first.framing, first.text, first.time) == ("cmtrace", "Starting Sync", None)
    assert second.component == "SMS_WSUS_SYNC_MANAGER" and second.text.endswith("X::Y")


def test_ccm_on_one_line_on_many_and_cut():
    one, many, plain = records(
        ccm("Sync failed: a").strip()
        + "\n"
        + ccm("Error\nwith\nlines", 1).strip()
        + "\n"
        + softdist("A.B", "c").strip()
    )
    assert (one.framing, one.level, one.time, one.text) == (
        "ccm",
        "Error",
        "2026-03-04T05:06:07.089Z",
        "Sync failed: a",
    )
    assert (many.level, many.text) == ("Info", "Error\nwith\nlines")
    assert plain.framing == "softdist"
    cut, whole = records("<![LOG[Sync failed: cut\n" + ccm("Sync succeeded"))
    assert cut.text == "<![LOG[Sync failed: cut" and whole.text == "Sync succeeded"
    glued = records(ccm("a").strip() + ccm("b").strip())
    assert [record.text for record in glued] == ["a", "b"]


WEVTUTIL = """Event[0]:
  Log Name: Application
  Source: Windows Server Update Services
  Date: 2026-03-04T05:06:07.089000000Z
  Event ID: 386
  Task: N/A
  Level: Error
  Computer: wsus-7.example.net
  Description:
Synchronization failed. Reason: The remote name could not be resolved: 'sws.example.net'.

Event[1]:
  Log Name: Application
  Source: Windows Server Update Services
  Date: 2026-03-04T06:06:07.089000000Z
  Event ID: 384
  Level: Information
  Description:
Synchronization completed successfully.
"""
EVENT_XML = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
    "<Provider Name='Windows Server Update Services'/>"
    "<EventID Qualifiers='0'>{id}</EventID><Level>2</Level><TimeCreated SystemTime='2026-03-04T05:06:07.0890000Z'/>"
    "<Channel>Application</Channel></System><EventData><Data>{text}</Data></EventData></Event>"
)
GET_WINEVENT = """TimeCreated  : 3/4/2026 5:06:07 AM
ProviderName : Windows Server Update Services
Id           : 386
Message      : Synchronization failed. Reason: The request failed with HTTP status 503: Service
               Unavailable..

TimeCreated  : 3/4/2026 4:00:07 AM
ProviderName : Windows Server Update Services
Id           : 364
Message      : Content file download failed. Reason: x
"""
ROWS = (
    "Level,Date and Time,Source,Event ID,Task Category\n"
    "Error,3/4/2026 5:06:07 AM,Windows Server Update Services,386,Synchronization,Synchronization failed. Reason: x\n"
    "Information,3/4/2026 4:06:07 AM,Windows Server Update Services,384,Synchronization,Synchronization completed.\n"
)
API = """EventCategory   : SynchronizationCompletion
Error           : UssCommunicationError
ErrorText       : WebException: The remote name could not be resolved: 'fe2.example.net'
                  at System.Net.HttpWebRequest.GetRequestStream()
WsusEventId     : SynchronizationCompletedFailure
WsusEventSource : Server
Id              : 0d5b7d59-6cf8-4f71-8c0e-b3a4a3b2a5d1
CreationDate    : 3/4/2026 5:06:07 AM
Message         : Synchronization failed.

EventCategory   : SynchronizationCompletion
Error           : NotApplicable
WsusEventId     : SynchronizationCompletedSuccess
WsusEventSource : Server
CreationDate    : 3/4/2026 4:06:07 AM
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (WEVTUTIL, {("dns", True), ("success", False)}),
        (GET_WINEVENT, {("http_5xx", False), ("content_download", False)}),
        (ROWS, {("sync_failed", False), ("success", False)}),
        (API, {("dns", False), ("success", False)}),
        (EVENT_XML.format(id=386, text="Reason: returned an error: (407) &lt;x&gt;"), {("proxy_407", False)}),
        (
            EVENT_XML.format(id=364, text="Reason: x") + EVENT_XML.format(id=386, text="y"),
            {("content_download", False), ("sync_failed", False)},
        ),
        (EVENT_XML.format(id=386, text="y").replace("Windows Server Update Services", "Another"), set()),
    ],
    ids=["wevtutil", "get-winevent", "event-viewer", "api", "xml", "xml-glued", "other-provider"],
)
def test_windows_events(text, expected):
    result = read(text)
    # Exports begin with the newest: only times tell what came later.
    assert {(event["class"], event["recovered"]) for event in result["events"]} == expected
    assert all(
        event["process"] == "WsusService" for event in result["events"] if event["class"] in ("dns", "sync_failed")
    )
    assert result["sources"][0]["framing"] == "windows_event"


def test_messages_without_any_column():
    text = (
        "SCHANNEL Protocol 'TLS 1.0' disabled\nSCHANNEL Protocol 'TLS 1.1' disabled\n"
        f"{RESET}\n{STACK}\n{CLASSES['tls_no_common_algorithm'][1]}\n"
        "System.Net.WebException: The request failed with HTTP status 502\n"
        "System.Net.WebException: The request failed with HTTP status 500\n"
    )
    result = read(text)
    assert [(event["class"], event["count"]) for event in result["events"]] == [
        ("tls_reset", 1),
        ("tls_no_common_algorithm", 1),
        ("http_5xx", 2),
    ]
    assert result["startups"][0]["protocols"] == {"TLS 1.0": "disabled", "TLS 1.1": "disabled"}
    assert result["sources"][0]["framing"] == "none"


@pytest.mark.parametrize("width", [60, 72, 80, 100, 132])
def test_messages_without_any_column_that_are_wrapped(width):
    import textwrap

    lines = [
        line
        for name in ("tls_reset", "tls_no_common_algorithm", "hmt_web_services")
        for line in textwrap.wrap(" ".join(CLASSES[name]), width)
    ]
    assert classes(read("\n".join(lines))) == ["tls_reset", "tls_no_common_algorithm", "hmt_web_services"]


def test_framings_mixed_in_one_file():
    text = (
        softdist(COMPONENT, RESET, process="w3wp.8")
        + site_server(CLASSES["catalog_import"][1])
        + ccm(CLASSES["dns"][1])
        + "\n"
        + CLASSES["refused"][1]
    )
    assert set(classes(read(text))) == {"tls_reset", "catalog_import", "dns", "refused"}


def test_openers():
    assert opens("SCHANNEL Protocol 'TLS 1.0' disabled") and opens("> Sync failed: x")
    assert not opens("   at System.Net.X()") and not opens("closed by the remote host")


@pytest.mark.parametrize(
    "text",
    [
        "failed $$<{0}<SMS_X><03-04-2026 05:06:07.089+300><thread=5120 (0x1400)>",
        "failed $${0}<SMS_X{0}<03-04-2026",
        "failed $$<{0}SMS_X{0}> 03-04-2026",
        "failed $$<SMS_X><{0}03-04-2026{0}",
        "failed $$<SMS_X><03-04-2026 05:06:07.089{0}+",
        "failed $$<SMS_X><03-04-2026 05:06:07.089+300{0}<thread",
        "failed $$<SMS_X><03-04-2026 05:06:07.089+300>< thread{0}={0}x",
    ],
)
def test_many_blanks_in_a_tail_take_no_time(text):
    with at_most(5):
        assert site_server_records(text.format(" " * 60_000))[0] == []


def test_blanks_in_a_tail_belong_to_nothing():
    text = "failed $$ < SMS_X  ><  03-04-2026 05:06:07.089  +300 >< thread = 5120 (0x1400)>"
    ((record,), rest) = site_server_records(text)
    assert (record.text, record.component, record.thread, rest) == ("failed", "SMS_X", "5120", "")
    assert record.time == "2026-03-04T10:06:07.089Z"
