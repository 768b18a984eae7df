# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""wsus_apply on hosts of the lab: each kind of operation and each way to end, read back by another path.

The stories are in apply_stories.py; what docs/reference/apply.md promises of them is here.
"""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from lab.apply_stories import DATA, FE2, KEY, NEW, OLD, SWS
from support import lab
from support.journals import records
from support.operations import ABSENT, digest, statuses, value

pytestmark = pytest.mark.skipif(bool(lab.hindrance()), reason=lab.hindrance())

TYPES = {
    "String": "REG_SZ",
    "ExpandString": "REG_EXPAND_SZ",
    "DWord": "REG_DWORD",
    "QWord": "REG_QWORD",
    "MultiString": "REG_MULTI_SZ",
    "Binary": "REG_BINARY",
    "None": "REG_NONE",
}


def dumped(answer: dict[str, Any]) -> dict[str, Any]:
    """What the raw script of apply_stories found, its values as VALUE."""
    found = json.loads(answer["stdout"])
    found["values"] = {name[1:]: _as_value(*typed) for name, typed in found["values"].items()}
    return found


def _as_value(kind: str, data: list[Any]) -> dict[str, Any]:
    name = TYPES[kind]
    if name in {"REG_BINARY", "REG_NONE"}:
        return value(name, bytes(data).hex())
    bits = {"REG_DWORD": 32, "REG_QWORD": 64}.get(name)
    if bits:
        return value(name, data[0] % 2**bits)
    return value(name, data if name == "REG_MULTI_SZ" else data[0])


def error(answer: dict[str, Any], number: str) -> str | None:
    (operation,) = [one for one in answer["operations"] if one["id"] == number]
    return operation["error"] and operation["error"]["code"]


# --- Kinds of operations ----------------------------------------------------------------------------------------------


def test_created(told):
    answer, found = told["kinds"]["create"], dumped(told["kinds"]["created"])
    assert answer["changed"] is True
    assert (answer["stage"], answer["stopped"]) == ("finished", None)
    assert set(statuses(answer).values()) == {"applied"}
    assert found["values"] == {name: made for name, (made, _then) in DATA.items()}
    assert base64.b64decode(found["config"]) == OLD
    assert (found["url"], found["number"]) == (SWS, 4002)
    assert found["left"] == []
    for operation in answer["operations"][: len(DATA)]:
        assert operation["found"] == ABSENT
    assert [one["after"] for one in answer["operations"]] == [
        *[made for made, _then in DATA.values()],
        digest(OLD),
        {"MUUrl": SWS, "RedirectorChangeNumber": 4002},
    ]
    assert told["kinds"]["stat"]["raw_value"] == 1


def test_again_is_already(told):
    answer = told["kinds"]["again"]
    assert (answer["changed"], answer["stage"], answer["journal"]) == (False, "finished", None)
    assert set(statuses(answer).values()) == {"already"}


def test_changed(told):
    answer, found = told["kinds"]["change"], dumped(told["kinds"]["changed"])
    assert set(statuses(answer).values()) == {"applied"}
    assert found["values"] == {name: then for name, (_made, then) in DATA.items()}
    assert base64.b64decode(found["config"]) == NEW
    assert (found["url"], found["number"]) == (FE2, 2**33)
    assert found["left"] == []
    # The attributes of the file before stay (Wine keeps no others than these).
    assert "System" in found["attributes"] or found["attributes"] == "Archive"


@pytest.mark.parametrize("step", ["refused", "refused_in_check"])
def test_one_that_does_not_fit_and_nothing_is_written(told, step):
    answer = told["kinds"][step]
    assert (answer["changed"], answer["stage"], answer["journal"]) == (False, "refused", None)
    assert statuses(answer) == {
        "already": "already",
        "would": "not_reached",
        "other_data": "mismatch",
        "other_type": "mismatch",
        "other_case": "mismatch",
        "gone": "mismatch",
        "other_file": "mismatch",
        "folder": "failed",
        "linked": "failed",
        "read_only": "failed",
        "no_folder": "failed",
        "big": "failed",
        "other_url": "mismatch",
    }
    assert answer["stopped"]["id"] == "other_data" and answer["stopped"]["code"] == "mismatch"
    codes = {number: error(answer, number) for number in ("folder", "linked", "read_only", "no_folder", "big")}
    assert codes == {
        "folder": "unreadable",
        "linked": "unreadable",
        "read_only": "access_denied",
        "no_folder": "not_found",
        "big": "too_big",
    }
    found = {one["id"]: one["found"] for one in answer["operations"]}
    assert found["other_case"] == value("REG_SZ", "Word")
    assert found["other_file"] == digest(b"")
    assert found["other_url"] == {"MUUrl": FE2}
    assert found["gone"] == ABSENT
    assert "reparse point" in found["linked"]["error"]["message"]
    assert found["big"]["error"]["code"] == "too_big"


def test_forced_writes_over_what_is_found_and_keeps_it(told):
    answer = told["kinds"]["forced"]
    assert statuses(answer) == {"r.1": "applied", "f.1": "applied"}
    begin, key, file, blob, *_steps = records(answer["journal"]["lines"])
    assert (begin["purpose"], begin["rolls_back"]) == ("rollback", "20261124T000000000Z-00000000")
    assert key["before"] == value("REG_DWORD", 1)
    assert file["before"] == digest(b"whatever")
    assert base64.b64decode(blob["content"]) == b"whatever"


def test_removed_with_the_keys_that_were_made(told):
    answer, found = told["kinds"]["remove"], dumped(told["kinds"]["removed"])
    assert set(statuses(answer).values()) == {"applied"}
    assert {json.dumps(one["after"]) for one in answer["operations"]} == {json.dumps(ABSENT)}
    assert found["config"] is None
    # The outermost one holds another subkey.
    assert found["keys"] == ["Apply"]
    assert found["left"] == []


# --- Journals ---------------------------------------------------------------------------------------------------------


def test_journal_of_a_run(told):
    lines = told["kinds"]["create"]["journal"]["lines"]
    found = records(lines)
    begin = found[0]
    assert {name: begin[name] for name in ("record", "journal", "id", "purpose", "rolls_back")} == {
        "record": "begin",
        "journal": 1,
        "id": told["kinds"]["create"]["journal"]["id"],
        "purpose": "enforce",
        "rolls_back": None,
    }
    assert begin["host"] == told["kinds"]["create"]["host"]
    assert begin["user"] and begin["powershell_version"].startswith("5.1") and begin["collection_version"] == "1.1.0"
    count = len(DATA) + 2
    kinds = [record["record"] for record in found]
    assert kinds == ["begin", *["operation"] * count, "ready", *["writing", "applied"] * count, "end"]
    assert found[-1]["outcome"] == "complete"
    first, file = found[1], found[len(DATA) + 1]
    assert first["missing_keys"] == [r"HKLM\SOFTWARE\Apply\a/b", KEY]
    assert first["note"] == {"a": "ü", "z": [1, {"x": None}]}
    assert first["after"] == DATA["text"][0]
    assert file["after"] == digest(OLD)
    assert file["missing_keys"] == [] and file["note"] is None
    order = [record["id"] for record in found if record["record"] == "writing"]
    assert order == [one["id"] for one in told["kinds"]["create"]["operations"]]


def test_journal_keeps_the_file_before(told):
    found = records(told["kinds"]["change"]["journal"]["lines"])
    blobs = {record["sha256"]: base64.b64decode(record["content"]) for record in found if record["record"] == "blob"}
    assert blobs == {digest(OLD)["sha256"]: OLD, digest(b"old")["sha256"]: b"old"}
    before = [record["before"] for record in found if record["record"] == "operation"][: len(DATA)]
    assert before == [made for made, _then in DATA.values()]


def test_journals_are_listed_and_told_by_the_collector(told):
    steps = ("create", "change", "forced", "remove")
    ids = [told["kinds"][step]["journal"]["id"] for step in steps]
    listed = told["kinds"]["journals"]
    assert [one["id"] for one in listed["journals"]] == ids and listed["error"] is None
    subset = told["kinds"]["facts"]["raw"]["journal"]
    assert told["kinds"]["facts"]["changed"] is False
    assert (subset["exists"], subset["reparse_point"], subset["trusted"], subset["truncated"]) == (
        True,
        False,
        True,
        False,
    )
    assert [file["name"] for file in subset["files"]] == [f"{one}.journal" for one in ids]
    for file, step, one in zip(subset["files"], steps, listed["journals"], strict=True):
        lines = told["kinds"][step]["journal"]["lines"]
        assert file["lines"] == [line for line in lines if json.loads(line[65:])["record"] != "blob"]
        assert file["size"] == one["size"] == sum(len(line.encode()) + 1 for line in lines)


# --- What can't be read or written ------------------------------------------------------------------------------------


def test_denied_to_read_and_nothing_is_written(told):
    answer = told["failing"]["unreadable"]
    assert (answer["changed"], answer["stage"]) == (False, "refused")
    assert statuses(answer) == {"r.1": "not_reached", "r.2": "failed"}
    assert answer["operations"][1]["found"]["error"]["code"] == "access_denied" == answer["stopped"]["code"]


def test_denied_to_write_ends_the_run(told):
    answer = told["failing"]["unwritable"]
    assert (answer["changed"], answer["stage"]) == (True, "journaled")
    assert statuses(answer) == {"r.0": "already", "r.1": "applied", "r.2": "failed", "r.3": "not_reached"}
    assert (answer["stopped"]["id"], answer["stopped"]["code"]) == ("r.2", "access_denied")
    assert answer["operations"][2]["after"] == value("REG_DWORD", 1)
    found = records(answer["journal"]["lines"])
    assert [record["record"] for record in found if record["record"] == "operation"] == ["operation"] * 3
    assert [(record["record"], record.get("id"), record.get("code")) for record in found[5:]] == [
        ("writing", "r.1", None),
        ("applied", "r.1", None),
        ("writing", "r.2", None),
        ("failed", "r.2", "access_denied"),
        ("end", None, None),
    ]
    assert found[-1]["outcome"] == "stopped"


def test_locked_file(told):
    locked, shared, removed = (told["failing"][step] for step in ("locked", "shared", "shared_removed"))
    assert (locked["changed"], locked["stage"], error(locked, "f.1")) == (False, "refused", "unreadable")
    for answer in (shared, removed):
        assert (answer["changed"], answer["stage"], error(answer, "f.1")) == (True, "journaled", "write_failed")
        assert answer["operations"][0]["after"] == digest(b"shared")
    assert told["left_behind"] == []


def test_another_host(told):
    answer = told["failing"]["other_host"]
    assert (answer["changed"], answer["stage"], answer["stopped"]["code"]) == (False, "refused", "other_host")
    assert answer["operations"][0]["found"] is None


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("malformed", "malformed operation 'r.1': 'HKCU\\x' is no path"),
        ("twice", "malformed operations: two have the id 'r.1'"),
        ("no_id", "malformed option journal"),
        ("no_guid", "malformed option update_id"),
        ("long_wait", "malformed option wait_seconds"),
    ],
)
def test_malformed(told, step, message):
    answer = told["failing"][step]
    assert answer["failed"] is True and answer["changed"] is False
    assert message in answer["msg"]


# --- The folder of the journals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "stage", "code"),
    [
        ("in_the_way", "refused", "journal_failed"),
        ("of_another", "refused", "journal_untrusted"),
        ("outer_of_another", "refused", "journal_untrusted"),
        ("elsewhere", "refused", "journal_untrusted"),
        ("no_lock", "refused", "journal_failed"),
        ("id_taken", "compared", "journal_failed"),
    ],
)
def test_without_a_journal_nothing_is_written(told, step, stage, code):
    answer = told["folder"][step]
    assert (answer["changed"], answer["stage"], answer["journal"]) == (False, stage, None)
    assert answer["stopped"]["code"] == code and answer["stopped"]["id"] is None
    assert statuses(answer) == {"r.1": "not_reached"}


def test_a_folder_that_fits(told):
    answer = told["folder"]["fit"]
    # What the steps before did not write is still to be written.
    assert statuses(answer) == {"r.1": "applied"}
    assert answer["operations"][0]["found"] == value("REG_DWORD", 1)


def test_the_collector_tells_whose_the_folder_is(told):
    subsets = {name: told["folder"][name]["raw"]["journal"] for name in told["folder"] if "raw" in told["folder"][name]}
    nothing = {"exists": False, "owner": None, "reparse_point": None, "trusted": None, "files": [], "truncated": False}
    assert subsets["nothing"] == {"path": r"C:\ProgramData\wsus.compliance\journal", **nothing}
    assert subsets["in_the_way_facts"]["error"]["code"] == "unreadable"
    another = subsets["of_another_facts"]
    assert (another["exists"], another["trusted"], another["files"]) == (True, False, [])
    assert another["owner"] == "S-1-5-7"
    elsewhere = subsets["elsewhere_facts"]
    assert (elsewhere["reparse_point"], elsewhere["trusted"], elsewhere["files"]) == (True, False, [])
    planted, own = subsets["fit_facts"]["files"]
    assert planted["error"]["code"] == "journal_untrusted"
    assert records(own["lines"])[0]["id"] == told["folder"]["fit"]["journal"]["id"]


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ("in_the_way_listed", "unreadable"),
        ("of_another_listed", "journal_untrusted"),
        ("planted_read", "journal_untrusted"),
        ("missing", "not_found"),
        ("no_id", "not_found"),
    ],
)
def test_journal_not_read(told, step, code):
    answer = told["folder"][step]
    assert answer["error"]["code"] == code
    assert not answer.get("journals") and not answer.get("journal")


# --- Packages ---------------------------------------------------------------------------------------------------------


def test_a_package_without_its_copy_is_not_installed(told):
    assert told["package"]["bad_name"]["failed"] and "package_name" in told["package"]["bad_name"]["msg"]
    answer = told["package"]["no_copy"]
    assert (answer["changed"], error(answer, "m.1")) == (False, "not_found")


def test_what_dism_does_not_install_is_told_and_its_copy_removed(told):
    assert statuses(told["package"]["predicted"]) == {"m.1": "pending"}
    answer = told["package"]["no_dism"]
    assert statuses(answer) == {"m.1": "failed"} and answer["stopped"]["code"] == "install_failed"
    assert told["package"]["left"]["stdout"] == ""
