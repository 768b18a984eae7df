# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action apply of docs/reference/apply.md: compare, journal, write, read back."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace

import pytest

from wsus_simulator.state import Value

V4 = r"HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319"
NEW = r"HKLM\SOFTWARE\Vendor\Product\Deep"
CONFIG = r"C:\Windows\System32\inetsrv\w3wp.exe.config"
ABSENT = {"exists": False}
ONE = {"exists": True, "type": "REG_DWORD", "data": 1}
TWO = {"exists": True, "type": "REG_DWORD", "data": 2}
MU = {"MUUrl": "https://sws.update.microsoft.com", "RedirectorChangeNumber": 4002}
FE2 = {"MUUrl": "https://fe2.update.microsoft.com/v6", "RedirectorChangeNumber": 0}


def value(name="SchUseStrongCrypto", before=None, after=None, path=V4, **more):
    return {
        "id": f"v.{name}",
        "kind": "registry_value",
        "path": path,
        "name": name,
        "before": ABSENT if before is None else before,
        "after": ONE if after is None else after,
    } | more


def state_of(content):
    return {"exists": True, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}


def file(before, after, path=CONFIG):
    """Contents, or None for no file."""
    wanted = ABSENT if after is None else {**state_of(after), "content": base64.b64encode(after).decode()}
    had = ABSENT if before is None else state_of(before)
    return {"id": "f.1", "kind": "file", "path": path, "before": had, "after": wanted}


def statuses(answer):
    return [one["status"] for one in answer["operations"]]


def found(bench, path, name):
    key = bench.machine.state.registry.find(path)
    got = key.value(name) if key else None
    return got and (got.type, got.data)


def test_a_value_is_written_and_read_back(bench):
    host = bench()
    before = host.raw("dotnet")["dotnet"]["native_v4"]["last_write"]
    answer = host.apply(value())
    assert answer["changed"] is True
    assert (answer["contract"], answer["stage"], answer["stopped"]) == (1, "finished", None)
    assert answer["host"] == {"machine_name": "WSUS01", "machine_guid": host.machine.state.environment.machine_guid}
    assert answer["operations"] == [
        {"id": "v.SchUseStrongCrypto", "status": "applied", "found": ABSENT, "after": ONE, "error": None}
    ]
    assert answer["applied_at"] == "2026-11-24T12:00:00.000Z"
    now = host.raw("dotnet")["dotnet"]["native_v4"]
    assert now["values"] == {"SchUseStrongCrypto": {"type": "REG_DWORD", "data": 1}}
    assert before < now["last_write"] == "2026-11-24T12:00:00.000Z"
    assert [(write["kind"], write["written"]) for write in host.writes] == [
        (
            "apply",
            [
                {
                    "id": "v.SchUseStrongCrypto",
                    "kind": "registry_value",
                    "path": V4,
                    "name": "SchUseStrongCrypto",
                    "after": ONE,
                }
            ],
        )
    ]


def test_check_mode_writes_nothing(bench):
    host = bench()
    before = host.machine.state
    answer = host.apply(value(), check=True)
    assert (answer["changed"], answer["stage"], answer["journal"]) == (True, "compared", None)
    assert statuses(answer) == ["pending"]
    assert host.machine.state is before
    assert host.writes == []


def test_what_is_there_already_is_not_written(bench):
    host = bench(registry={V4: {"values": {"schusestrongcrypto": 1}}})
    assert host.apply(value(), check=True)["stage"] == "finished"
    answer = host.apply(value())
    assert (answer["changed"], answer["stage"], answer["journal"]) == (False, "finished", None)
    assert statuses(answer) == ["already"]
    assert host.writes == []
    assert host.raw("journal")["journal"]["files"] == []


@pytest.mark.parametrize("check", [False, True])
def test_one_mismatch_and_nothing_is_written(bench, check):
    host = bench(registry={V4: {"values": {"Other": 2}}})
    answer = host.apply(value(), value("Other"), value("Third", after=ABSENT), check=check)
    assert statuses(answer) == ["not_reached", "mismatch", "already"]
    assert answer["stopped"]["id"] == "v.Other"
    assert (answer["stopped"]["code"], answer["stage"]) == ("mismatch", "refused")
    assert answer["changed"] is False
    assert answer["operations"][1]["found"] == TWO
    assert [one["error"] and one["error"]["code"] for one in answer["operations"]] == [None, "mismatch", None]
    assert answer["journal"] is None
    assert found(host, V4, "SchUseStrongCrypto") is None


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        ({"type": "REG_QWORD", "data": 1}, ONE),
        ("Text", {"exists": True, "type": "REG_SZ", "data": "text"}),
        (["a"], {"exists": True, "type": "REG_MULTI_SZ", "data": ["a", "b"]}),
    ],
)
def test_type_and_data_count_and_text_is_ordinal(bench, there, wanted):
    host = bench(registry={V4: {"values": {"X": there}}})
    assert statuses(host.apply(value("X", before=wanted))) == ["mismatch"]


def test_hex_and_large_numbers(bench):
    host = bench(registry={V4: {"values": {"X": {"type": "REG_BINARY", "data": "AF"}}}})
    big = {"exists": True, "type": "REG_DWORD", "data": 4294967295}
    answer = host.apply(value("X", before={"exists": True, "type": "REG_BINARY", "data": "aF"}, after=big))
    assert statuses(answer) == ["applied"]
    assert found(host, V4, "X") == ("REG_DWORD", 4294967295)


def test_force_writes_over_whatever_is_found(bench):
    host = bench(registry={V4: {"values": {"A": 2, "B": 2}}})
    rollback = {"purpose": "rollback", "rolls_back": "20261124T110000000Z-00000001"}
    answer = host.apply(value("A"), value("B", before=TWO), force=["v.A"], journal=rollback)
    assert statuses(answer) == ["applied", "applied"]
    assert answer["operations"][0]["found"] == TWO
    assert host.apply(value(), force=["v.A"])["msg"] == "force is for a rollback only"


def test_keys_are_made_and_removed_again(bench):
    host = bench()
    answer = host.apply(value("X", path=NEW))
    assert statuses(answer) == ["applied"]
    made = [rf"HKLM\SOFTWARE\Vendor{tail}" for tail in ("", r"\Product", r"\Product\Deep")]
    assert json.loads(answer["journal"]["lines"][1][65:])["missing_keys"] == made
    host.apply(value("Y", path=made[1]))
    rollback = value("X", before=ONE, after=ABSENT, path=NEW, remove_keys=made[::-1])
    assert statuses(host.apply(rollback)) == ["applied"]
    registry = host.machine.state.registry
    assert registry.find(NEW) is None
    assert registry.find(made[1]) is not None, "it holds a value"


def test_a_removed_value_leaves_the_others(bench):
    host = bench(registry={V4: {"values": {"A": 1, "B": 1}}})
    assert statuses(host.apply(value("a", before=ONE, after=ABSENT))) == ["applied"]
    assert (found(host, V4, "A"), found(host, V4, "B")) == (None, ("REG_DWORD", 1))


# -- files -------------------------------------------------------------------------------------------------------------


def test_files_are_made_replaced_and_removed(bench):
    host = bench()
    answer = host.apply(file(None, b"<a/>"))
    assert statuses(answer) == ["applied"]
    assert answer["operations"][0]["after"] == state_of(b"<a/>")
    shape = host.raw("w3wp")["w3wp"]["config"]
    assert (base64.b64decode(shape["content"]), shape["last_write"]) == (b"<a/>", "2026-11-24T12:00:00.000Z")
    answer = host.apply(file(b"<a/>", b"<b/>"))
    assert statuses(answer) == ["applied"]
    (blob,) = [line for line in answer["journal"]["lines"] if '"record":"blob"' in line]
    assert base64.b64encode(b"<a/>").decode() in blob
    assert not any("content" in line for line in answer["journal"]["lines"] if line is not blob)
    assert statuses(host.apply(file(b"<b/>", None))) == ["applied"]
    assert host.raw("w3wp")["w3wp"]["config"]["exists"] is False


def test_variables_in_paths_of_files(bench):
    host = bench()
    assert statuses(host.apply(file(None, b"x", r"%SystemRoot%\System32\inetsrv\w3wp.exe.config"))) == ["applied"]
    assert host.machine.state.file(CONFIG).read() == b"x"


@pytest.mark.parametrize(
    ("path", "code"), [(r"D:\nowhere\x.config", "not_found"), (r"C:\Windows\System32\inetsrv", "unreadable")]
)
def test_files_that_can_not_be_are_errors(bench, path, code):
    host = bench(files={rf"{CONFIG}": "x"})
    answer = host.apply(file(None, b"x", path), value())
    assert statuses(answer) == ["failed", "not_reached"]
    assert answer["operations"][0]["error"]["code"] == code
    assert answer["stopped"]["code"] == code


def test_a_file_that_is_too_big(bench):
    answer = bench(files={CONFIG: {"size": (1 << 20) + 1}}).apply(file(b"x", b"y"))
    assert answer["operations"][0]["error"]["code"] == "too_big"


# -- configuration of WSUS ---------------------------------------------------------------------------------------------


def configuration(before=None, after=None):
    return {
        "id": "c.1",
        "kind": "wsus_configuration",
        "before": FE2 if before is None else before,
        "after": MU if after is None else after,
    }


def test_the_configuration_of_wsus(bench):
    host = bench(wsus={"api": {"configuration": FE2}})
    assert statuses(host.apply(configuration())) == ["applied"]
    now = host.raw("wsus")["wsus"]["api"]["configuration"]
    assert {name: now[name] for name in MU} == MU
    assert now["LastConfigChange"] == "2026-11-24T12:00:00.000Z"
    assert statuses(host.apply(configuration())) == ["already"]
    assert statuses(host.apply(configuration({"MUUrl": "x"}, {"MUUrl": "y"}))) == ["mismatch"]


def test_an_api_that_is_not_there(bench):
    host = bench(wsus={"api": {"error": {"code": "connection_failed", "message": "no"}}})
    assert host.apply(configuration())["stopped"]["code"] == "connection_failed"
    host = bench(registry={r"HKLM\SOFTWARE\Microsoft\Update Services\Server\Setup": None})
    assert host.apply(configuration())["stopped"]["code"] == "role_absent"


def test_a_configuration_that_is_being_saved(bench):
    host = bench(wsus={"api": {"configuration": FE2}, "synchronization": {"configuration_state": "ProcessingSave"}})
    answer = host.apply(configuration())
    assert (statuses(answer), answer["stopped"]["code"]) == (["failed"], "write_failed")


def test_an_earlier_change_is_waited_for(bench):
    host = bench(wsus={"api": {"configuration": FE2}, "synchronization": {"configuration_state": "ProcessingSave"}})

    def saved(when):
        behaviour = host.machine.state.behaviour
        done = replace(behaviour.wsus, configuration_state="Ready")
        host.machine.change(behaviour=replace(behaviour, wsus=done))

    host.machine.after(0.2, saved)
    assert statuses(host.apply(configuration())) == ["applied"]


# -- refusals ----------------------------------------------------------------------------------------------------------


def test_another_host_is_refused_before_anything_is_compared(bench):
    host = bench()
    answer = host.apply(value(), expect_host={"machine_name": "WSUS01", "machine_guid": "other"})
    assert (answer["stage"], answer["stopped"]["code"]) == ("refused", "other_host")
    assert answer["operations"][0]["status"] == "not_reached"
    assert statuses(host.apply(value(), expect_host=answer["host"])) == ["applied"]


def test_a_host_that_is_read_only(bench):
    host = bench(read_only=True)
    before = host.machine.state
    answer = host.apply(value())
    assert (answer["stage"], answer["stopped"]["code"], answer["changed"]) == ("refused", "access_denied", False)
    assert statuses(host.apply(value(), check=True)) == ["pending"]
    assert host.machine.state is before
    assert host.writes == []


@pytest.mark.parametrize(
    ("how", "code"), [("access_denied", "access_denied"), ("write_failed", "write_failed"), ("reverts", "not_kept")]
)
def test_the_first_write_that_fails_ends_it(bench, how, code):
    host = bench(resists={V4.lower(): how})
    answer = host.apply(value("X", path=NEW), value(), value("Y", path=NEW))
    assert statuses(answer) == ["applied", "failed", "not_reached"]
    assert answer["stopped"]["id"] == "v.SchUseStrongCrypto"
    assert (answer["stopped"]["code"], answer["stage"], answer["changed"]) == (code, "journaled", True)
    assert answer["operations"][1]["error"]["code"] == code
    kinds = [line.split('"record":"')[1].split('"')[0] for line in answer["journal"]["lines"]]
    assert kinds[-5:] == ["writing", "applied", "writing", "failed", "end"]
    assert '"outcome":"stopped"' in answer["journal"]["lines"][-1]


@pytest.mark.parametrize(("meanwhile", "status", "code"), [(2, "mismatch", "mismatch"), (1, "already", None)])
def test_what_changes_after_the_comparison_is_noticed(bench, monkeypatch, meanwhile, status, code):
    host = bench()
    append = host.machine.append_file

    def interfere(path, data, when=None):
        append(path, data, when)
        if b'"record":"ready"' in data:
            registry = host.machine.state.registry
            key = replace(
                registry.find(V4), values={"schusestrongcrypto": Value("SchUseStrongCrypto", "REG_DWORD", meanwhile)}
            )
            host.machine.change(registry=registry.changed([key]))

    monkeypatch.setattr(host.machine, "append_file", interfere)
    answer = host.apply(value(), value("Other"))
    assert statuses(answer) == [status, "not_reached" if code else "applied"]
    assert (answer["stopped"] and answer["stopped"]["code"]) == code
    assert answer["changed"] is (code is None)
    assert found(host, V4, "SchUseStrongCrypto") == ("REG_DWORD", meanwhile)


def test_one_lock_for_each_host(bench):
    host = bench()
    with host.machine.journal_lock:
        answer = host.apply(value())
        assert (answer["stage"], answer["stopped"]["code"]) == ("refused", "busy")
        assert statuses(host.apply(value(), check=True)) == ["pending"]
    assert statuses(host.apply(value())) == ["applied"]
    assert bench(journal={"locked": True}).apply(value())["stopped"]["code"] == "busy"


@pytest.mark.parametrize(
    "folder", [{"exists": True, "owner": "S-1-5-21-1-2-3-1001"}, {"exists": True, "reparse_point": True}]
)
def test_a_folder_that_is_not_to_be_trusted(bench, folder):
    host = bench(journal=folder)
    assert host.apply(value())["stopped"]["code"] == "journal_untrusted"
    shape = host.raw("journal")["journal"]
    assert (shape["exists"], shape["trusted"], shape["files"]) == (True, False, [])
    assert host.call("read_journal")["error"]["code"] == "journal_untrusted"
    assert host.writes == []


def test_a_journal_that_is_there_already(bench):
    host = bench()
    name = {"id": "20261124T120000000Z-00000001"}
    assert statuses(host.apply(value(), journal=name)) == ["applied"]
    assert host.apply(value("X"), journal=name)["stopped"]["code"] == "journal_failed"
    assert found(host, V4, "X") is None


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        ({}, "an id is"),
        (value() | {"id": "a b"}, "an id is"),
        (value() | {"kind": "command"}, "is not known"),
        (value() | {"more": 1}, "unknown members: more"),
        (value(path=r"HKCU\Software"), "is not one"),
        (value(after={"exists": True, "type": "REG_DWORD", "data": "x"}), "does not fit"),
        (value(after={}), "whether it exists"),
        (value(remove_keys=["x"]), "remove_keys"),
        (file(None, b"x") | {"after": {**state_of(b"y"), "content": "eA=="}}, "not what sha256"),
        (file(None, b"x") | {"after": {**state_of(b"y"), "content": "!"}}, "not base64"),
        (configuration({"MUUrl": "x"}), "other members"),
        (configuration(after={"MUUrl": 1, "RedirectorChangeNumber": 1}), "not a configuration"),
    ],
)
def test_malformed_operations_fail_the_module(bench, operation, words):
    answer = bench().apply(operation)
    assert answer["failed"] is True
    assert words in answer["msg"]


def test_malformed_options_fail_the_module(bench):
    host = bench()
    assert "must be one of: apply" in host.call("delete")["msg"]
    assert "Unsupported parameters" in host.call("apply", what=1)["msg"]
    assert "not an id of a journal" in host.apply(value(), journal={"id": "../x"})["msg"]
    assert "journal.purpose" in host.apply(value(), journal={"purpose": "x"})["msg"]
    assert "two operations have one id" in host.apply(value(), value())["msg"]
    assert "powershell_too_old" in bench(powershell_version="4.0").apply(value())["msg"]
