# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts journal: trust, what broke off, which restarts are outstanding."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.assess import assess
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import build_facts, journal
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.context import Context
from hypothesis import given
from hypothesis import strategies as st
from support.journal_records import (
    ABSENT,
    CONFIG,
    ID,
    NEW,
    NEXT,
    OLD,
    ONE,
    applied,
    at,
    begin,
    end,
    file,
    ready,
    restart,
    state,
    value,
    whole,
    writing,
)
from support.plan_hosts import config, host, put
from support.raw_host import chain

FOLDER = r"C:\ProgramData\wsus.compliance\journal"
LATER = "20261125T140000000Z-0a1b2c3d"
V, F = "dotnet_strong_crypto.1", "w3wp_config.1"
SCHANNEL = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client"
SUITES = r"HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002"
CONFIGURATION = {
    "record": "operation",
    "id": "sync_endpoint.1",
    "kind": "wsus_configuration",
    "before": {"MUUrl": "https://fe2.update.microsoft.com/v6", "RedirectorChangeNumber": 0},
    "after": {"MUUrl": "https://sws.update.microsoft.com", "RedirectorChangeNumber": 4002},
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)


def shown(records: Any, identity: str = ID) -> dict[str, Any]:
    """A file of the subset, without blobs."""
    lines = [line for line in chain(*records) if '"record": "blob"' not in line]
    return {"name": f"{identity}.journal", "size": 1, "last_write": at(9), "lines": lines}


def raw(*files: Any, **members: Any) -> dict[str, Any]:
    base = {"path": FOLDER, "exists": True, "owner": "S-1-5-32-544", "reparse_point": False, "trusted": True}
    return {**base, "files": list(files), "truncated": False, **members}


def facts(*files: Any, found: Any = None, **members: Any) -> dict[str, Any]:
    """Facts of the subset on a host that started at 12:01; its processes too, unless ``found`` says otherwise."""
    found = host() if found is None else found
    return build_facts(
        {"contract": 1, "collected_at": at(59), "raw": {**found.raw, "journal": raw(*files, **members)}}
    )["journal"]


def started(w3wp: Any = 1, service: Any = 1, boot: Any = 1) -> Any:
    """A host whose processes and Windows started at these minutes; None = not running, or not known of Windows."""
    found = host()
    minutes = {"w3wp.exe": w3wp, "WsusService.exe": service}
    found.raw["services"]["processes"] = [
        {"name": name, "process_id": 7, "started": None if minute == "?" else at(minute),
         "app_pool": "WsusPool" if name == "w3wp.exe" else None}
        for name, minute in minutes.items() if minute is not None
    ]  # fmt: skip
    found.raw["restart"]["boot_time"] = {"error": {"code": "cim_failed", "message": ""}} if boot is None else at(boot)
    return found


def pending(*files: Any, found: Any = None) -> dict[tuple[str, str], str]:
    made = facts(*files, found=found or started())
    return {(item["journal"], item["what"]): item["need"] for item in made["pending"]}


# --- trust -----------------------------------------------------------------------------------------------------------


def test_no_folder():
    assert facts(exists=False, owner=None, reparse_point=None, trusted=None) == {
        "path": FOLDER, "exists": False, "trusted": None, "truncated": False, "entries": [], "interrupted": [],
        "pending": [], "undetermined": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("members", "believed"),
    [
        ({}, True),
        ({"trusted": None}, True),
        ({"trusted": None, "owner": "S-1-5-18"}, True),
        ({"owner": "S-1-5-21-1-2-3-1001"}, True),  # the account that runs there, as the host says
        ({"trusted": None, "owner": "S-1-5-21-1-2-3-1001"}, False),
        ({"trusted": None, "owner": None}, False),
        ({"trusted": False}, False),
        ({"reparse_point": True}, False),
        ({"reparse_point": None}, False),
        ({"exists": None}, False),
        ({"files": None}, False),
        ({"error": {"code": "access_denied", "message": "no"}}, False),
    ],
)
def test_what_is_believed(members, believed):
    made = facts(shown(whole(value())), **members)
    assert ("error" not in made) is believed
    if believed:
        assert made["trusted"] is True and len(made["entries"]) == 1


def test_an_old_answer_without_the_subset():
    found = copy.deepcopy(host().raw)
    del found["journal"]
    made = build_facts({"contract": 1, "collected_at": at(0), "raw": found})
    assert made["journal"]["error"]["code"] == "not_collected"
    assessed = assess(made)
    assert {item["id"]: item["result"] for item in assessed["findings"]}["journal.interrupted"] == "notchecked"
    assert assessed["compliant"] is True


# --- entries ---------------------------------------------------------------------------------------------------------


def test_an_entry():
    (entry,) = facts(shown([*whole(value(), file()), restart("iisreset", 20)]))["entries"]
    assert (entry["id"], entry["state"], entry["purpose"], entry["user"]) == (ID, "complete", "enforce", "CORP\\admin")
    assert entry["started"] == at(0) and entry["restarts"] == [{"what": "iisreset", "at": at(20)}]
    first, second = entry["operations"]
    assert first == {
        "id": V,
        "kind": "registry_value",
        "target": r"HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319\SchUseStrongCrypto",
        "resolution": "dotnet_strong_crypto",
        "state": "applied",
        "at": at(3),
        "restarts": [{"what": "iisreset", "need": "required"}, {"what": "reboot", "need": "recommended"}],
    }
    assert (second["target"], second["restarts"]) == (CONFIG, [{"what": "iisreset", "need": "required"}])


def test_journals_that_are_not_readable():
    files = [
        shown(whole(value())),
        {"name": f"{NEXT}.journal", "error": {"code": "too_big", "message": "x"}},
        {**shown(whole(value(), identity=LATER), LATER), "lines": ["x", "y"]},
        {"name": "notes.txt", "lines": []},
        None,
    ]
    made = facts(*files)
    assert [(entry["id"], entry["state"]) for entry in made["entries"]] == [
        (ID, "complete"), (NEXT, "unreadable"), (LATER, "damaged")
    ]  # fmt: skip
    assert len(made["undetermined"]) == 2 and "too_big" in made["undetermined"][0]
    assert made["interrupted"] == []


# --- runs that broke off ---------------------------------------------------------------------------------------------

BROKEN = [begin(), value(), value("x.1", "SystemDefaultTlsVersions"), ready(), writing(V), applied(V)]


def issue1(*, second: Any = None) -> Any:
    found = put(host("issue1"), value()["path"], "SchUseStrongCrypto", "REG_DWORD", 1)
    return found if second is None else put(found, value()["path"], "SystemDefaultTlsVersions", "REG_DWORD", second)


def test_a_run_that_broke_off():
    assert facts(shown(BROKEN), found=issue1())["interrupted"] == [ID]
    assert facts(shown(BROKEN), found=issue1(second=0))["interrupted"] == [ID]


def test_what_is_there_now_completes_it():
    assert facts(shown(BROKEN), found=issue1(second=1))["interrupted"] == []


def test_a_later_run_completes_it():
    later = shown(whole(value("x.1", "SystemDefaultTlsVersions", after={**ONE, "data": 7}), identity=NEXT), NEXT)
    assert facts(shown(BROKEN), later, found=issue1(second=7))["interrupted"] == []
    other = shown(whole(value("y.1", "Other"), identity=NEXT), NEXT)
    assert facts(shown(BROKEN), other, found=issue1())["interrupted"] == [ID]


@pytest.mark.parametrize(("whole_journal", "expected"), [(True, []), (False, [])])
def test_a_rollback_ends_it(whole_journal, expected):
    taken = value(note={"rolls_back": V, "whole": whole_journal}, before=ONE, after=ABSENT)
    later = shown(whole(taken, identity=NEXT, purpose="rollback", rolls_back=ID), NEXT)
    assert facts(shown(BROKEN), later, found=host("issue1"))["interrupted"] == expected


def test_files_and_wsus_that_broke_off():
    records = [begin(), file(after=state(NEW)), CONFIGURATION, ready()]
    assert facts(shown(records), found=host("endpoint-fe2"))["interrupted"] == [ID]
    assert facts(shown(records), found=config(host(), NEW.decode()))["interrupted"] == []
    assert facts(shown(records), found=config(host(), OLD.decode()))["interrupted"] == [ID]
    made = facts(shown([begin(), file(before=ABSENT, after=ABSENT, path=r"C:\a.exe.config"), ready()]))
    assert made["interrupted"] == [ID]  # a file that was not read


def test_a_run_that_never_began_to_write_is_none():
    assert facts(shown([begin(), value()]))["interrupted"] == []
    assert facts(shown([begin(), value(), ready(), end("stopped")]))["interrupted"] == []


# --- restarts --------------------------------------------------------------------------------------------------------

NET = shown(whole(value()))
TLS = shown(whole(value("schannel_tls12.1", "Enabled", path=SCHANNEL)))
ORDER = shown(whole(value("cipher_suite_order.1", "Functions", path=SUITES)))


def test_what_each_change_waits_for():
    assert pending(NET) == {(ID, "iisreset"): "required", (ID, "reboot"): "recommended"}
    assert pending(TLS) == {
        (ID, "iisreset"): "required", (ID, "WsusService"): "required", (ID, "reboot"): "recommended"
    }  # fmt: skip
    assert pending(ORDER) == {(ID, "reboot"): "required"}
    assert pending(shown(whole(file()))) == {(ID, "iisreset"): "required"}
    assert pending(shown(whole(CONFIGURATION))) == {(ID, "iisreset"): "required", (ID, "WsusService"): "required"}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (started(w3wp=4), {"WsusService", "reboot"}),
        (started(service=4), {"iisreset", "reboot"}),
        (started(w3wp=None, service=None), {"reboot"}),  # they read all of it when they start
        (started(w3wp=4, service=4, boot=4), set()),
        (started(boot=4), set()),
        (started(w3wp=3), {"iisreset", "WsusService", "reboot"}),  # at the same moment: not after it
    ],
)
def test_what_started_since(found, expected):
    assert {what for _journal, what in pending(TLS, found=found)} == expected


@pytest.mark.parametrize(
    ("notes", "expected"),
    [
        ([restart("iisreset", 20)], {"WsusService", "reboot"}),
        ([restart("WsusService", 20), restart("iisreset", 21)], {"reboot"}),
        ([restart("reboot", 20)], set()),
        ([restart("iisreset", 2)], {"iisreset", "WsusService", "reboot"}),  # before the change
    ],
)
def test_what_was_noted_since(notes, expected):
    records = [*whole(value("schannel_tls12.1", "Enabled", path=SCHANNEL)), *notes]
    assert {what for _journal, what in pending(shown(records))} == expected


def test_a_note_in_one_journal_counts_for_all():
    later = shown([*whole(value("x.1", "A"), identity=NEXT), restart("reboot", 30)], NEXT)
    assert pending(TLS, later) == {}


def test_what_may_have_been_done_counts_and_what_was_not_does_not():
    assert pending(shown([begin(), value(), ready(), writing(V)])) == {
        (ID, "iisreset"): "required",
        (ID, "reboot"): "recommended",
    }
    assert pending(shown([begin(), value(), ready()])) == {}


def test_a_change_that_was_taken_back_in_time_waits_for_nothing():
    taken = value(note={"rolls_back": V, "whole": True}, before=ONE, after=ABSENT)
    back = shown(whole(taken, identity=NEXT, minute=8, purpose="rollback", rolls_back=ID), NEXT)
    assert pending(NET, back) == {}
    # the worker saw the change, so it must see that it is gone
    assert pending(NET, back, found=started(w3wp=5)) == {(NEXT, "iisreset"): "required"}


def test_what_can_not_be_told_is_not_guessed():
    made = facts(NET, found=started(w3wp="?", boot=None))
    assert made["pending"] == [] and len(made["undetermined"]) == 2
    found = started()
    found.raw["services"] = {"error": {"code": "cim_failed", "message": ""}}
    made = facts(TLS, found=found)
    assert {item["what"] for item in made["pending"]} == {"reboot"} and len(made["undetermined"]) == 2


def test_a_pending_restart_says_why():
    (item, _recommended) = facts(NET, found=started())["pending"]
    assert item == {
        "what": "iisreset",
        "need": "required",
        "journal": ID,
        "operations": [V],
        "at": at(3),
        "reason": ".NET strong cryptography values: w3wp reads it when it starts",
    }


# --- anything --------------------------------------------------------------------------------------------------------


@given(JSON)
def test_never_raises(answer):
    for ctx in (
        Context(),
        Context(dict.fromkeys(("dotnet", "schannel", "ciphers", "w3wp", "wsus", "services"), answer)),
    ):
        for members in ({"files": answer}, {"files": [answer]}, {"files": [{**shown(BROKEN), "lines": answer}]}):
            made = journal.build(raw(**members), ctx)
            assert made.get("interrupted", []) == []
    build_facts({"contract": 1, "collected_at": at(0), "raw": {"journal": answer}})


@given(JSON)
def test_never_raises_for_what_is_there_now(answer):
    ctx = Context(dict.fromkeys(("dotnet", "schannel", "ciphers", "w3wp", "wsus", "services", "restart"), answer))
    assert journal.build(raw(shown(BROKEN)), ctx)["interrupted"] == [ID]
