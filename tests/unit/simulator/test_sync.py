# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The actions synchronize and import, and what they leave in WSUS' history and log."""

from __future__ import annotations

import re

import pytest

LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} UTC\t(Info|Change|Warning|Error)\t(\w+)\.\d+\t[\w.]+\t.+\r")
LAST = "7be2d5a3-90d4-4b0b-8f0e-2f5f7a9c4d11"
UPDATE = "0b5bd7f5-8a29-4c3c-a5e3-0c3a14f0b0b0"
FE2 = {"api": {"configuration": {"MUUrl": "https://fe2.update.microsoft.com/v6"}}}


def lines(answer):
    return [line for line in answer["log"]["text"].split("\n") if line]


def test_one_that_succeeds(bench):
    host = bench()
    answer = host.call("synchronize", start=True, wait_seconds=60)
    assert (answer["changed"], answer["started"], answer["status"], answer["error"]) == (
        True,
        True,
        "NotProcessing",
        None,
    )
    assert (answer["previous_id"], answer["configuration_state"]) == (LAST, "Ready")
    last = answer["last"]
    assert last["Id"] != LAST
    assert last | {"Id": 0} == {
        "Id": 0,
        "StartTime": "2026-11-24T12:00:00.000Z",
        "EndTime": "2026-11-24T12:00:00.500Z",
        "Result": "Succeeded",
        "Error": "NotApplicable",
        "ErrorText": "",
        "StartedManually": True,
    }
    assert [entry["Id"] for entry in answer["history"]] == [last["Id"], LAST]
    assert answer["progress"] is None
    assert all(LINE.fullmatch(line) for line in lines(answer))
    assert [LINE.match(line)[2] for line in lines(answer)] == ["w3wp", "WsusService", "WsusService"]
    assert "EventId=384" in lines(answer)[-1]
    assert [write["kind"] for write in host.writes] == ["synchronize"]
    api = host.raw("wsus")["wsus"]["api"]
    assert api["last_synchronization"] == last
    assert api["subscription"]["Status"] == "NotProcessing"


def test_one_that_fails(bench):
    answer = bench(wsus=FE2).call("synchronize", start=True, wait_seconds=60)
    assert (answer["last"]["Result"], answer["last"]["Error"]) == ("Failed", "UssCommunicationError")
    assert answer["last"]["ErrorText"] == "SoapException: Fault occurred"
    text = answer["log"]["text"]
    assert "Actor = https://fe2.update.microsoft.com/v6/ServerSyncWebService" in text
    assert "EventId=386" in text


def test_retries_and_their_end_are_logged(bench):
    host = bench(wsus={"synchronization": {"outcome": "reset"}})
    text = host.call("synchronize", start=True, wait_seconds=60)["log"]["text"]
    assert text.count("forcibly closed by the remote host") == 4
    assert text.index("Action: Retry.") < text.index("Retry Limit Exceeded. Action: No Retry, Fail.")
    assert "\tWsusService.25\tWebServiceCommunicationHelper.ProcessWebServiceProxyException\t" in text


def test_it_takes_its_time_in_phases(bench):
    host = bench(timing={"synchronization": 100})
    first = host.call("synchronize", start=True, wait_seconds=0)
    assert (first["status"], first["last"]["Id"]) == ("Running", LAST)
    seen = []
    for _turn in range(4):
        answer = host.call("synchronize", start=False, previous_id=LAST, wait_seconds=30)
        how_far = answer["progress"] or {"phase": None, "processed": None}
        seen.append((answer["status"], how_far["phase"], how_far["processed"]))
        assert answer["changed"] is False
    assert seen == [
        ("Running", "Updates", 30),
        ("Running", "Updates", 60),
        ("Running", "Approvals", 90),
        ("NotProcessing", None, None),
    ]
    assert host.call("synchronize", start=True, category_only=True)["started"] is True
    assert host.call("synchronize")["progress"]["phase"] == "Categories"


def test_only_one_at_a_time(bench):
    host = bench(timing={"synchronization": 100})
    host.call("synchronize", start=True)
    answer = host.call("synchronize", start=True)
    assert (answer["started"], answer["changed"], answer["status"]) == (False, False, "Running")
    stuck = bench(wsus={"api": {"subscription": {"Status": "Running"}}})
    answer = stuck.call("synchronize", start=True, wait_seconds=5)
    assert (answer["started"], answer["status"], answer["last"]["Id"]) == (False, "Running", LAST)


def test_the_service_that_synchronizes_is_restarted(bench):
    host = bench(timing={"synchronization": 100})
    host.call("synchronize", start=True)
    host.call("restart", restarts=["WsusService"])
    answer = host.call("synchronize", previous_id=LAST)
    assert (answer["status"], answer["last"]["Result"], answer["last"]["Error"]) == (
        "NotProcessing",
        "Failed",
        "Unknown",
    )
    host.sleep(200)
    assert len(host.call("synchronize")["history"]) == 2


def test_without_any_before(bench):
    never = {"api": {"last_synchronization": {"Id": None, "Result": None}}}
    answer = bench(wsus=never).call("synchronize")
    assert answer["last"]["Result"] == "NeverRun"
    assert (answer["last"]["EndTime"], answer["history"]) == ("0001-01-01T00:00:00.000Z", [])


def test_a_history_of_the_scenario(bench):
    entries = [{"Id": f"id{number}", "StartTime": f"-{number}h", "Result": "Succeeded"} for number in range(1, 8)]
    old = [{"Id": "new", "StartTime": "-30d"}, {"Id": "old", "StartTime": "-32d"}]
    answer = bench(wsus={"synchronization": {"history": old}}).call("synchronize")
    assert [entry["Id"] for entry in answer["history"]] == ["new"]
    answer = bench(wsus={"synchronization": {"history": entries}}).call("synchronize")
    assert [entry["Id"] for entry in answer["history"]] == ["id1", "id2", "id3", "id4", "id5"]
    assert answer["history"][0]["StartTime"] == "2026-11-24T11:00:00.000Z"


def test_offsets_of_the_log(bench):
    host = bench()
    first = host.call("synchronize")
    assert first["log"] | {"path": 0} == {"path": 0, "size": 0, "from": None, "text": "", "error": None}
    answer = host.call("synchronize", start=True, wait_seconds=9)
    size = answer["log"]["size"]
    assert (answer["log"]["from"], len(answer["log"]["text"])) == (0, size)
    assert host.call("synchronize", log_offset=size)["log"]["text"] == ""
    assert host.call("synchronize", log_offset=size - 2)["log"]["text"] == "\r\n"
    rolled = host.call("synchronize", log_offset=size + 1)["log"]
    assert (rolled["from"], len(rolled["text"])) == (0, size)
    path = answer["log"]["path"]
    long = bench(files={path: {"size": 100_000}}).call("synchronize", log_offset=0)["log"]
    assert (long["size"], long["from"], len(long["text"])) == (100_000, 34_464, 65_536)
    missing = bench(files={path: None}).call("synchronize")["log"]
    assert (missing["size"], missing["error"]["code"]) == (None, "not_found")


def test_an_api_that_is_not_there(bench):
    host = bench(wsus={"api": {"error": {"code": "service_unavailable", "message": "503"}}})
    answer = host.call("synchronize", start=True)
    assert (answer["error"]["code"], answer["status"], answer["changed"]) == ("service_unavailable", None, False)
    answer = host.call("import", update_id=UPDATE)
    assert (answer["error"]["code"], answer["was_there"]) == ("service_unavailable", None)
    assert host.writes == []


def test_refusals(bench):
    host = bench(read_only=True)
    assert host.call("synchronize", start=True)["error"]["code"] == "access_denied"
    assert host.call("import", update_id=UPDATE)["error"]["code"] == "access_denied"
    saving = bench(wsus={"synchronization": {"configuration_state": "ProcessingSave"}})
    assert saving.call("synchronize", start=True)["error"]["code"] == "unreadable"
    assert host.writes == saving.writes == []


@pytest.mark.parametrize(
    "action", [{"action": "synchronize", "start": True}, {"action": "import", "update_id": UPDATE}]
)
def test_check_mode_starts_nothing(bench, action):
    host = bench()
    before = host.machine.state
    answer = host.call(check=True, **action)
    assert (answer["changed"], answer["skipped_in_check_mode"], answer["contract"]) == (True, True, 1)
    assert host.machine.state is before
    assert host.call("synchronize", check=True)["status"] == "NotProcessing"


def test_an_import(bench):
    host = bench(extends="healthy.yml", wsus={"updates": [UPDATE.upper()]})
    answer = host.call("import", update_id=UPDATE.upper())
    assert (answer["imported"], answer["was_there"], answer["error"]) == (True, True, None)
    assert answer["seconds"] == 0.05
    other = UPDATE.replace("0b", "1b")
    assert host.call("import", update_id=other)["was_there"] is False
    assert host.call("import", update_id=other)["was_there"] is True
    assert [write["written"] for write in host.writes] == [[UPDATE], [other], [other]]
    assert "GUID" in host.call("import", update_id="x")["msg"]


def test_an_import_that_fails(bench):
    host = bench(extends="issue2.yml")
    answer = host.call("import", update_id=UPDATE)
    assert (answer["changed"], answer["imported"], answer["was_there"]) == (False, False, False)
    assert answer["error"]["code"] == "unreadable"
    assert answer["error"]["message"].endswith("An unexpected error occurred on a receive.")
    assert "do not possess a common algorithm" in answer["log"]["text"]
    assert "\tw3wp.126\t" in answer["log"]["text"]
    assert host.writes == []


def test_options(bench):
    host = bench()
    assert "wait_seconds is not a number" in host.call("synchronize", wait_seconds="x")["msg"]
    assert "more than 60" in host.call("synchronize", wait_seconds=61)["msg"]
    begun = host.now
    host.call("synchronize", start=False, previous_id=LAST, wait_seconds=60)
    assert (host.now - begun).total_seconds() == pytest.approx(60)
