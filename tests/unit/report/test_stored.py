# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Result files of earlier runs: what is no result is named, slices come together in any order."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.files import file_name, write_json
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.stored import read_results

from .samples import document, finding, lost


def write(folder: Path, *documents) -> Path:
    for one in documents:
        write_json(folder / file_name(one["host"]), one)
    return folder


def test_a_folder_with_its_fleet(tmp_path):
    write(tmp_path, document("b"), lost("a"))
    write_json(tmp_path / "fleet.json", {"hosts": {}})
    (tmp_path / "report.md").write_text("x")
    found = read_results([tmp_path])
    assert (list(found.documents), found.problems) == (["a", "b"], [])
    assert found.documents["b"]["findings"] == document("b")["findings"]


def test_slices_in_any_order(tmp_path):
    late = document("both", [finding("a.b")]) | {"audited_at": "2026-11-25T00:00:00.000Z"}
    slices = [
        write(tmp_path / "1", document("a"), document("both")),
        write(tmp_path / "2", late, document("c")),
        write(tmp_path / "3", document("a"), document("d", [finding("x.y")])),
        write(tmp_path / "4", document("d", [finding("x.z")])),
    ]
    found = [read_results(order) for order in itertools.permutations(slices)]
    assert [one for one in found if one != found[0]] == []
    assert list(found[0].documents) == ["a", "both", "c", "d"]
    assert found[0].documents["both"] == late
    older, same_time = found[0].problems
    assert older.startswith(str(tmp_path / "1" / "both.json")) and "older result of both" in older
    assert "d.json" in same_time


BROKEN = {
    "truncated": ("{", "is not JSON"),
    "list": ("[]", "is not a JSON object"),
    "other": ('{"version": "2.1.0", "runs": []}', "is no result of wsus.compliance.audit"),
    "newer": (document("x") | {"schema_version": "2.0"}, "has the schema '2.0', and this collection reads 1.0"),
    "nameless": (document("x") | {"host": ""}, "is no result"),
    "outcome": (document("x") | {"outcome": "good"}, "is damaged: outcome is not what"),
    "findings": (document("x") | {"findings": [1], "issues": []}, "is damaged: findings, issues are not what"),
    "result": (document("x", [finding("a.b", "maybe")]), "is damaged: findings"),
    "error": (lost("x") | {"error": "gone"}, "is damaged: error"),
    "summary": (document("x") | {"summary": {"fail": True}}, "is damaged: summary"),
    "facts": (document("x") | {"facts": None}, "is damaged: facts"),
    "time": (document("x") | {"audited_at": None}, "is damaged: audited_at"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_no_result_is_named_and_the_rest_is_read(tmp_path, case):
    content, said = BROKEN[case]
    write(tmp_path, document("good"))
    bad = tmp_path / "bad.json"
    bad.write_text(content if isinstance(content, str) else json.dumps(content))
    found = read_results([tmp_path])
    assert list(found.documents) == ["good"]
    (problem,) = found.problems
    assert problem.startswith(str(bad)) and said in problem and problem.endswith("it is left out")


def test_folders_without_results(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    found = read_results([tmp_path / name for name in ("empty", "file", "missing")])
    assert found.documents == {}
    assert [problem.removeprefix(str(tmp_path)) for problem in found.problems] == [
        "/empty has no result files",
        "/file can't be read: Not a directory",
        "/missing can't be read: No such file or directory",
    ]


def test_a_newer_minor_version_is_read(tmp_path):
    write(tmp_path, document("x") | {"schema_version": "1.7", "more": {}})
    assert list(read_results([tmp_path]).documents) == ["x"]


def test_what_a_result_holds_is_shown_as_data(tmp_path):
    (tmp_path / "x.json").write_text(json.dumps(document("a\x1b[2J\u202e")))
    assert list(read_results([tmp_path]).documents) == [r"a\x1b[2J\u202e"]
