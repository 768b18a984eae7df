# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Journals of a simulated host: their chain, what is in them, and how they are read."""

from __future__ import annotations

import pytest
from support.journals import records

from wsus_simulator.journal import DiedError

KEY = r"HKLM\SOFTWARE\Vendor"
FOLDER = r"C:\ProgramData\wsus.compliance\journal"
ID = "20261124T110000000Z-00000001"
ONE = {"exists": True, "type": "REG_DWORD", "data": 1}


def operation(number=1):
    return {
        "id": f"x.{number}",
        "kind": "registry_value",
        "path": KEY,
        "name": f"V{number}",
        "before": {"exists": False},
        "after": ONE,
    }


def test_what_is_in_it(bench):
    host = bench()
    answer = host.apply(operation(), operation(2), journal={"id": ID, "notes": {"x.2": {"resolution": "y"}}})
    path = rf"{FOLDER}\{ID}.journal"
    assert (answer["journal"]["id"], answer["journal"]["path"]) == (ID, path)
    at = "2026-11-24T12:00:00.000Z"
    first, second = operation(), operation(2)
    assert records(answer["journal"]["lines"]) == [
        {
            "record": "begin",
            "journal": 1,
            "id": ID,
            "purpose": "enforce",
            "rolls_back": None,
            "host": answer["host"],
            "user": "WSUS01\\simulator",
            "at": at,
            "collection_version": "1.2.3",
            "powershell_version": "5.1.17763.1282",
        },
        {"record": "operation", **first, "remove_keys": [], "missing_keys": [KEY], "note": None},
        {"record": "operation", **second, "remove_keys": [], "missing_keys": [KEY], "note": {"resolution": "y"}},
        {"record": "ready", "at": at},
        {"record": "writing", "id": "x.1", "at": at},
        {"record": "applied", "id": "x.1", "at": at},
        {"record": "writing", "id": "x.2", "at": at},
        {"record": "applied", "id": "x.2", "at": at},
        {"record": "end", "at": at, "outcome": "complete"},
    ]
    text = host.machine.state.file(path).read().decode()
    assert text == "".join(f"{line}\n" for line in answer["journal"]["lines"])
    assert host.machine.state.file(rf"{FOLDER}\lock").read() == b""


def test_reading_one_and_the_list(bench):
    host = bench()
    assert host.call("read_journal")["journals"] == []
    lines = host.apply(operation(), journal={"id": ID})["journal"]["lines"]
    answer = host.call("read_journal", journal_id=ID)
    assert answer["journal"] == {"id": ID, "path": rf"{FOLDER}\{ID}.journal", "lines": lines}
    assert (answer["error"], answer["changed"], answer["contract"]) == (None, False, 1)
    (one,) = host.call("read_journal")["journals"]
    assert one == {"id": ID, "size": sum(map(len, lines)) + len(lines), "last_write": "2026-11-24T12:00:00.000Z"}
    for wrong in ("20261124T110000000Z-00000002", r"..\..\secret"):
        assert host.call("read_journal", journal_id=wrong)["error"]["code"] == "not_found"


def test_the_collectors_subset(bench):
    host = bench()
    nothing = {
        "path": FOLDER,
        "exists": False,
        "owner": None,
        "reparse_point": None,
        "trusted": None,
        "files": [],
        "truncated": False,
    }
    assert host.raw("journal")["journal"] == nothing
    lines = host.apply(operation(), journal={"id": ID})["journal"]["lines"]
    shape = host.raw("all")["journal"]
    assert (shape["exists"], shape["owner"], shape["trusted"]) == (True, "S-1-5-32-544", True)
    assert [(file["name"], file["lines"]) for file in shape["files"]] == [(f"{ID}.journal", lines)]


def test_the_subset_is_limited_and_leaves_blobs_out(bench):
    files = {rf"{FOLDER}\{name}": "x" for name in ("lock", "other.journal", "20261124T110000000Z-0000000g.journal")}
    files |= {rf"{FOLDER}\20261124T1100000{number:02}Z-00000001.journal": "x" for number in range(21)}
    blob = f'{"0" * 64} {{"record":"blob"}}\n'
    files[rf"{FOLDER}\20261124T110000050Z-00000001.journal"] = blob + "half of a li"
    files[rf"{FOLDER}\20261124T110000051Z-00000001.journal"] = "y" * (256 << 10)
    shape = bench(files=files).raw("journal")["journal"]
    assert (len(shape["files"]), shape["truncated"]) == (20, True)
    assert shape["files"][-1] == {"name": shape["files"][-1]["name"], "error": shape["files"][-1]["error"]}
    assert shape["files"][-1]["error"]["code"] == "too_big"
    assert shape["files"][-2]["lines"] == ["half of a li"]


@pytest.mark.parametrize(
    ("line", "there", "last"),
    [(1, [], None), (2, [], "begin"), (5, [], "ready"), (6, ["V1"], "writing"), (7, ["V1"], "applied")],
)
def test_the_power_goes_in_the_middle_of_a_line(bench, line, there, last):
    host = bench(dies={"line": line})
    with pytest.raises(DiedError):
        host.apply(operation(), operation(2), journal={"id": ID})
    *whole, half = host.call("read_journal", journal_id=ID)["journal"]["lines"]
    assert len(whole) == line - 1
    assert (records(whole)[-1]["record"] if whole else None) == last
    assert len(half) > 10
    key = host.machine.state.registry.find(KEY)
    assert [value.name for value in (key.values.values() if key else [])] == there
    assert [one["name"] for write in host.writes for one in write["written"]] == there
    assert host.apply(operation(3))["stage"] == "finished", "it happens once, and the lock is free again"
