# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action plugin compare on a stub of Ansible."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.wsus.compliance.plugins.action import compare
from ansible_collections.wsus.compliance.plugins.plugin_utils import _screen
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.files import file_name, write_json
from support.action_stub import action, run
from unit.report.samples import document, finding, lost


@pytest.fixture
def shown(monkeypatch) -> list[str]:
    lines: list[str] = []
    screen = SimpleNamespace(display=lambda text, color=None: lines.append(text))
    monkeypatch.setattr(_screen, "Display", lambda: screen)
    return lines


def folder(path: Path, *documents) -> str:
    for one in documents:
        write_json(path / file_name(one["host"]), one)
    return str(path)


@pytest.fixture
def sides(tmp_path) -> dict[str, list[str]]:
    """One host that became worse, one that became better, one that stayed, one that is gone."""
    good, bad = [finding("a.b", "pass")], [finding("a.b", actual="TLS 1.0\x1b[31m")]
    before = folder(tmp_path / "1", document("w", good), document("b", bad), document("s", bad), document("gone"))
    after = folder(tmp_path / "2", document("w", bad), document("b", good), document("s", bad))
    return {"baseline": [before], "current": [after]}


def test_it_says_what_differs_and_fails_where_it_is_worse(sides, shown, tmp_path):
    result = run(action(compare, {**sides, "dest": str(tmp_path / "drift.json")}))
    assert (result["failed"], result["changed"], result["worse"], result["drift"]) == (True, False, True, True)
    assert list(result["hosts"]) == ["b", "gone", "w"]
    assert result["lines"] == shown
    assert shown == [
        "gone  compliant -> not there",
        "",
        "w  compliant -> noncompliant",
        r"  x new  a.b: TLS 1.0\x1b[31m",
        "",
        "b  noncompliant -> compliant",
        "  + fixed  a.b: found",
        "",
        "3 hosts differ: 1 new, 1 fixed",
    ]
    assert result["msg"] == shown[-1]
    written = json.loads((tmp_path / "drift.json").read_text())
    assert written == {name: result[name] for name in ("hosts", "counts", "drift", "worse")}


@pytest.mark.parametrize(
    ("hosts", "fail_on", "fails"),
    [
        (["b"], "worse", False),
        (["b"], "drift", True),
        (["s"], "drift", False),
        (["gone", "s"], "worse", True),
        (None, "never", False),
    ],
)
def test_when_it_fails(sides, shown, hosts, fail_on, fails):
    result = run(action(compare, {**sides, "fail_on": fail_on, **({"hosts": hosts} if hosts else {})}))
    assert result.get("failed", False) is fails


def test_what_is_no_result_is_named(sides, shown, tmp_path):
    (tmp_path / "2" / "x.json").write_text("{")
    result = run(action(compare, {**sides, "fail_on": "never"}))
    assert result["problems"] == result["warnings"] == [f"{tmp_path / '2' / 'x.json'} is not JSON; it is left out"]


@pytest.mark.parametrize("side", ["baseline", "current"])
def test_a_side_without_results_is_no_drift(sides, shown, tmp_path, side):
    with pytest.raises(AnsibleActionFail, match=f"{side} has no results of these hosts; .*/none can't be read"):
        run(action(compare, {**sides, side: [str(tmp_path / "none")]}))
    with pytest.raises(AnsibleActionFail, match="has no results of these hosts"):
        run(action(compare, {**sides, "hosts": ["nobody"]}))


def test_a_file_that_can_not_be_written(sides, shown, tmp_path):
    with pytest.raises(AnsibleActionFail, match="can't be written: is a folder"):
        run(action(compare, {**sides, "dest": str(tmp_path)}))


def test_a_host_that_was_lost_is_worse(shown, tmp_path):
    sides = [folder(tmp_path / "1", document("a")), folder(tmp_path / "2", lost("a"))]
    result = run(action(compare, {"baseline": sides[:1], "current": sides[1:]}))
    assert result["failed"] and shown == ["a  compliant -> unreachable", "", "1 host differs"]


def test_many_hosts_are_not_all_on_the_screen(shown, tmp_path):
    names = [f"h{number:02}" for number in range(60)]
    before = folder(tmp_path / "1", *(document(name) for name in names))
    after = folder(tmp_path / "2", *(document(name, [finding("a.b")]) for name in names))
    result = run(action(compare, {"baseline": [before], "current": [after], "fail_on": "never"}))
    assert len(result["hosts"]) == 60 and shown[-3] == "and 10 more hosts that differ, in the result"
