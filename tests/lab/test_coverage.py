# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How many statements of the PowerShell that ships the lab's tests run, and why each of the others does not.

On a copy that notes what it runs. Run again on it: of the matrix, the cells that add statements; the hosts of
test_special that answer in part. What other tests ask of the copy counts too: the stories of wsus_apply, of the reader
of logs and of the program that captures; functions.ps1, functions_apply.ps1 and functions_capture.ps1; connections.ps1
and what ansible connects to beside it.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from lab.test_special import hosts_that_answer_in_part
from support import lab, powershell_coverage
from support.lab import Cell, Hosts
from support.powershell_coverage import Name, names

MINIMUM = 0.95
CELLS = [
    Cell("2019", "owned-by-files"),
    Cell("2012R2", "issue4"),
    Cell("2016", "w3wp-malformed"),
    Cell("2019", "configmgr-registry"),
    Cell("2012R2", "service-stopped"),
    Cell("2012R2", "wrong-types"),
    Cell("2022", "many-protocols"),
    Cell("2012R2", "no-role"),
    Cell("2012R2", "ssl-only"),
]
ROWS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "coverage.yml").read_text("utf-8"))["not_run"]
REASONS = {Name(*(row[part] for part in ("file", "function", "text")), row.get("nth", 0)): row["why"] for row in ROWS}


def make_folders(hosts: Hosts) -> None:
    for name in hosts.prefixes:
        (hosts.drive(name) / powershell_coverage.FOLDER).mkdir()


@pytest.fixture(scope="module")
def hits(
    instrumented,
    functions,
    apply_functions,
    capture_functions,
    connected,
    apply_told,
    logs_told,
    capture_told,
    tmp_path_factory: pytest.TempPathFactory,
) -> set[int]:
    functions_of = functions.hits | apply_functions.hits | capture_functions.hits | connected.hits
    found = functions_of | apply_told.hits | logs_told.hits | capture_told.hits
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WSUS_COLLECTIONS", str(instrumented.path))
        cells = Hosts({cell.id: cell for cell in CELLS}, collapse=True).make()
        make_folders(cells)
        with cells:
            assert len(lab.audit(cells, tmp_path_factory.mktemp("cells")).recap) == len(CELLS) + 1
            facts = ["ansible", "all", "-m", "wsus.compliance.wsus_facts", "-a", "gather_subset=os"]
            assert lab.run_ansible([*facts, "-i", str(cells.inventory())], tmp_path_factory.mktemp("facts")).code == 0
            found |= set().union(*(powershell_coverage.hits(cells.drive(name)) for name in cells.prefixes))
        with hosts_that_answer_in_part(make_folders) as partly:
            lab.audit(partly, tmp_path_factory.mktemp("partly"))
            found |= set().union(*(powershell_coverage.hits(partly.drive(name)) for name in partly.prefixes))
    return found


def row(file: str, total: int, missed: int) -> str:
    return f"{file:44}{total:5} statements{missed:4} not run{1 - missed / total:8.1%}"


def test_each_reason_is_for_one_statement(instrumented):
    assert len(REASONS) == len(ROWS)
    assert sorted(REASONS.keys() - names(instrumented.statements)) == [], "function or nth is missing, or it is gone"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("continue\ncontinue", [("", "continue", 1), ("", "continue", 2)]),
        ("function A { continue }\nfunction B { continue }", [("A", "continue", 0), ("B", "continue", 0)]),
        ("function A { $x | ForEach-Object { $_ } }", [("A", "$_", 0), ("A", "$x | ForEach-Object { $_ }", 0)]),
    ],
)
def test_names_of_statements(text, wanted, tmp_path):
    (tmp_path / "copy").mkdir()
    (tmp_path / "a.ps1").write_text(text)
    statements = powershell_coverage.instrument(tmp_path / "copy", [tmp_path / "a.ps1"], tmp_path)
    found = sorted(name for name in names(statements) if not name.text.startswith("function"))
    assert [(name.function, name.text, name.nth) for name in found] == wanted


@pytest.mark.skipif(bool(lab.hindrance()), reason=lab.hindrance())
def test_enough_statements_run_and_the_others_have_a_reason(instrumented, hits, record_property):
    statements = instrumented.statements
    missed = [statement for statement in statements if statement.number not in hits]
    share = 1 - len(missed) / len(statements)

    lines: list[str] = []
    totals, misses = Counter(one.file for one in statements), Counter(one.file for one in missed)
    for file in sorted(totals):
        lines.append(row(file, totals[file], misses[file]))
    lines.append(row("all", len(statements), len(missed)))
    named = {name: one for name, one in names(statements).items() if one.number not in hits}
    lines += [f"{one}\n    {REASONS.get(name, 'NO REASON')}" for name, one in named.items()]
    record_property(powershell_coverage.TITLE, "\n".join(lines))

    assert [name for name in named if name not in REASONS] == []
    assert sorted(REASONS.keys() - named) == [], "coverage.yml has reasons for statements that run"
    assert share >= MINIMUM
