# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action plugin report on a stub of Ansible."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.wsus.compliance.plugins.action import report
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.files import file_name, write_json
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.result import brief
from support.action_stub import HostVars, action, audit, run
from unit.report.samples import document, finding, lost


@pytest.fixture
def shown(monkeypatch) -> list[str]:
    """What the report shows on the screen."""
    lines: list[str] = []
    screen = SimpleNamespace(display=lambda text, color=None: lines.append(text))
    monkeypatch.setattr(report, "Display", lambda: screen)
    return lines


def play(results: dict[str, Any], *, dead: tuple[str, ...] = (), batch: list[str] | None = None) -> dict[str, Any]:
    """The magic variables of a play on these hosts; ``dead`` ones have dropped out."""
    live = [name for name in results if name not in dead]
    return {
        "hostvars": HostVars({name: {"audit_result": one} if one else {} for name, one in results.items()}),
        "ansible_play_hosts_all": list(results),
        "ansible_play_hosts": live,
        "ansible_play_batch": [name for name in live if batch is None or name in batch],
    }


def test_report(tmp_path, shown):
    results = {"a": audit("compliant"), "b": audit("noncompliant", issues={"issue_1": "likely"})}
    result = run(action(report, {"output_dir": str(tmp_path / "new")}), **play(results))
    fleet = json.loads((tmp_path / "new" / "fleet.json").read_text())
    assert fleet["hosts"] == {"a": "compliant", "b": "noncompliant"} and fleet["issues"]["issue_1"] == ["b"]
    assert result["changed"] is False and result["outcome"] == "noncompliant"
    assert result["lines"] == shown
    stats = result["ansible_stats"]
    assert stats["per_host"] is False and stats["data"]["wsus_audit"]["counts"] == fleet["counts"]


def test_report_counts_no_file_of_an_earlier_run(tmp_path, shown):
    (tmp_path / "b.json").write_text('{"outcome": "compliant"}')
    run(action(report, {"output_dir": str(tmp_path)}), **play({"a": audit("compliant"), "b": None}, dead=("b",)))
    assert json.loads((tmp_path / "fleet.json").read_text())["hosts"] == {"a": "compliant", "b": "unreachable"}
    written = json.loads((tmp_path / "b.json").read_text())
    assert written["unreachable"] is True and "dropped out" in written["error"]["message"]


def test_report_shows_findings_only_of_this_runs_file(tmp_path, shown):
    path = tmp_path / "a.json"
    finding = {"id": "x.y", "result": "fail", "severity": "high", "actual": "old news"}
    path.write_text(json.dumps({"host": "a", "audited_at": "2020-01-01T00:00:00.000Z", "findings": [finding]}))
    run(action(report, {"output_dir": str(tmp_path)}), **play({"a": audit("noncompliant", path=str(path))}))
    assert "old news" not in "\n".join(shown) and "could not be read back" in "\n".join(shown)
    path.write_text(json.dumps({"host": "a", "audited_at": audit("x")["audited_at"], "findings": [finding]}))
    shown.clear()
    run(action(report, {"output_dir": str(tmp_path)}), **play({"a": audit("noncompliant", path=str(path))}))
    assert "old news" in "\n".join(shown)


def test_report_of_a_batch_leaves_later_hosts_open(tmp_path, shown):
    results = {"a": audit("compliant"), "b": audit("compliant"), "c": None}
    run(action(report, {"output_dir": str(tmp_path)}), **play(results, batch=["b"]))
    assert json.loads((tmp_path / "fleet.json").read_text())["hosts"] == {"a": "compliant", "b": "compliant"}
    text = "\n".join(shown)
    assert "to come    1 host" in text
    assert not any(line.startswith("a ") for line in shown), "shown with its own batch"


def test_report_leaves_out_hosts_that_the_audit_was_not_run_on(tmp_path, shown):
    results = {"a": audit("compliant"), "b": {"skipped": True}, "c": None}
    run(action(report, {"output_dir": str(tmp_path)}), **play(results))
    assert json.loads((tmp_path / "fleet.json").read_text())["hosts"] == {"a": "compliant"}
    assert "2 hosts of the play" in "\n".join(shown)


def test_report_waits_for_all_hosts_where_run_once_means_nothing(tmp_path, shown):
    results = {"a": audit("compliant"), "b": None}
    result = run(action(report, {"output_dir": str(tmp_path)}, strategy="free"), **play(results))
    assert result["skipped"] and not (tmp_path / "fleet.json").exists() and not shown
    run(action(report, {"output_dir": str(tmp_path)}, strategy="free"), **play({**results, "b": audit("compliant")}))
    assert (tmp_path / "fleet.json").exists() and shown


def test_two_hosts_that_both_see_all_results_write_one_report(tmp_path, shown):
    variables = play({"a": audit("compliant"), "b": audit("compliant")})
    args = {"output_dir": str(tmp_path)}
    first, second = (run(action(report, args, strategy="free"), name, **variables) for name in ("b", "a"))
    assert "skipped" not in first and second["skipped"] and "at the same time" in second["msg"]
    assert len([line for line in shown if line.startswith("2 hosts")]) == 1
    # Audited again, and shown again.
    again = play({"a": audit("compliant", audited_at="2026-11-25T00:00:00.000Z"), "b": audit("compliant")})
    assert "skipped" not in run(action(report, args, strategy="free"), "a", **again)


def test_report_does_not_wait_for_hosts_that_skipped_the_audit(tmp_path, shown):
    results = {"a": audit("compliant"), "b": {"skipped": True}}
    run(action(report, {"output_dir": str(tmp_path)}, strategy="free"), **play(results))
    assert json.loads((tmp_path / "fleet.json").read_text())["hosts"] == {"a": "compliant"}


def test_without_run_once_the_first_host_with_a_result_writes_the_report(tmp_path, shown):
    results = {"a": None, "b": audit("compliant"), "c": audit("noncompliant")}
    for name in ("a", "c"):
        result = run(action(report, {"output_dir": str(tmp_path)}, run_once=False), name, **play(results))
        assert result["skipped"] and not (tmp_path / "fleet.json").exists() and not shown
    run(action(report, {"output_dir": str(tmp_path)}, run_once=False), "b", **play(results))
    found = json.loads((tmp_path / "fleet.json").read_text())
    assert found["hosts"] == {"b": "compliant", "c": "noncompliant"}
    assert "1 host of the play" in "\n".join(shown)


def test_without_any_result_the_first_host_writes_the_report(tmp_path, shown):
    variables = play({"a": None, "b": None, "c": None}, dead=("a",))
    assert run(action(report, {"output_dir": str(tmp_path)}, run_once=False), "c", **variables)["skipped"]
    run(action(report, {"output_dir": str(tmp_path)}, run_once=False), "b", **variables)
    assert json.loads((tmp_path / "fleet.json").read_text())["hosts"] == {"a": "unreachable"}


def test_a_lost_host_whose_file_cannot_be_written_costs_no_other(tmp_path, shown):
    (tmp_path / "b.json").mkdir()
    variables = play({"a": audit("compliant"), "b": None, "c": None}, dead=("b", "c"))
    result = run(action(report, {"output_dir": str(tmp_path)}), **variables)
    fleet = json.loads((tmp_path / "fleet.json").read_text())
    assert fleet["hosts"] == {"a": "compliant", "b": "unreachable", "c": "unreachable"}
    assert (tmp_path / "c.json").exists()
    assert [text for text in result["warnings"] if "b.json can't be written: is a folder" in text]
    assert "  unwritten  b: the result file can't be written" in shown


@pytest.mark.parametrize("folder", ["", " ", None, ["x"]])
def test_report_refuses_an_empty_folder(folder, shown):
    with pytest.raises(AnsibleActionFail, match="output_dir"):
        run(action(report, {"output_dir": folder}), **play({"a": audit("compliant")}))


def test_report_is_silent_where_asked(tmp_path, shown, monkeypatch):
    args = {"output_dir": str(tmp_path)}
    assert run(action(report, {**args, "summary": False}), **play({"a": audit("compliant")}))["lines"]
    monkeypatch.setattr(report.C.config, "get_config_value", lambda _name: "ansible.posix.jsonl")
    run(action(report, args), **play({"a": audit("compliant")}))
    assert shown == []


def test_report_says_what_it_could_not_write(tmp_path, shown):
    (tmp_path / "file").write_text("")
    with pytest.raises(AnsibleActionFail, match="can't be written") as caught:
        run(action(report, {"output_dir": f"{tmp_path}/file"}), **play({"a": audit("compliant")}))
    assert caught.value.__cause__ is None and caught.value.__suppress_context__, "ansible-core would say it twice"


def test_report_folds_many_hosts(tmp_path, shown):
    results = {f"h{number:04}": audit("compliant", summary={"fail": 1}) for number in range(1_000)}
    run(action(report, {"output_dir": str(tmp_path)}), **play(results))
    assert len(shown) < 10
    assert "with 1000 minor failed in all" in "\n".join(shown)


FORMATS = {"junit": "junit.xml", "sarif": "report.sarif", "csv": "findings.csv", "markdown": "report.md"}


def stored(folder, *documents):
    for one in documents:
        write_json(folder / file_name(one["host"]), one)
    return str(folder)


def test_formats_of_a_run_have_all_hosts(tmp_path, shown):
    bad = document("b", [finding("a.b")])
    path = tmp_path / "b.json"
    write_json(path, bad)
    results = {"a": audit("compliant"), "b": brief(bad, str(path)), "c": None}
    result = run(action(report, {"output_dir": str(tmp_path), "formats": list(FORMATS)}), **play(results, dead=("c",)))
    assert result["files"] == {name: str(tmp_path / file) for name, file in FORMATS.items()}
    assert result["problems"] == []
    rows = (tmp_path / "findings.csv").read_text("utf-8-sig").splitlines()[1:]
    assert [row.split(",")[:2] for row in rows] == [
        ['"a"', '"compliant"'],
        ['"b"', '"noncompliant"'],
        ['"c"', '"unreachable"'],
    ]
    assert "A rule" in (tmp_path / "report.md").read_text() and "a.b" in (tmp_path / "junit.xml").read_text()


def test_a_format_that_can_not_be_written_costs_no_other(tmp_path, shown):
    (tmp_path / "junit.xml").mkdir()
    given = {"output_dir": str(tmp_path), "formats": ["junit", "csv"]}
    result = run(action(report, given), **play({"a": audit("compliant")}))
    assert list(result["files"]) == ["csv"]
    assert result["problems"] == result["warnings"] == [f"{tmp_path / 'junit.xml'} can't be written: is a folder"]


def test_slices_give_one_report(tmp_path, shown):
    first = stored(tmp_path / "1", document("a"), document("b", [finding("a.b")], issue_1="likely"))
    second = stored(tmp_path / "2", lost("c"))
    (tmp_path / "2" / "broken.json").write_text("[]")
    texts = []
    for number, order in enumerate(([first, second], [second, first])):
        out = tmp_path / f"out{number}"
        shown.clear()
        result = run(action(report, {"output_dir": str(out), "src": order, "formats": list(FORMATS)}))
        assert result["outcome"] == "unreachable"
        assert result["counts"] == {"compliant": 1, "noncompliant": 1, "undetermined": 0, "unreachable": 1}
        assert result["problems"] == [f"{tmp_path / '2' / 'broken.json'} is not a JSON object; it is left out"]
        assert any(line.startswith("b ") and "NOT COMPLIANT" in line for line in shown)
        texts.append({path.name: path.read_text() for path in out.iterdir()})
    assert texts[0] == texts[1] and len(texts[0]) == 1 + len(FORMATS)
    assert json.loads(texts[0]["fleet.json"])["issues"]["issue_1"] == ["b"]


def test_an_earlier_audit_beside_this_one(tmp_path, shown):
    src = [stored(tmp_path / "1", document("a", [finding("x.y")]), document("b"))]
    old = [stored(tmp_path / "0", document("a"), document("b"), document("gone"))]
    args = {"output_dir": str(tmp_path / "out"), "src": src, "baseline": old, "formats": ["html"]}
    page = tmp_path / "out" / "report.html"
    assert run(action(report, args))["problems"] == []
    text = page.read_text()
    assert "Before and after" in text and "1 new" in text and ">gone<" in text
    run(action(report, {**args, "hosts": ["a"]}))
    assert "1 new" in page.read_text() and ">gone<" not in page.read_text(), "nobody asked for that host"
    result = run(action(report, {**args, "hosts": ["b"], "baseline": [str(tmp_path / "none")]}))
    assert [text.partition(":")[0] for text in result["problems"]][:1] == ["baseline has no results of these hosts"]
    assert "can't be read" in result["problems"][1] and "Before and after" not in page.read_text()


def test_of_a_play_only_its_hosts_are_compared(tmp_path, shown):
    new, old = document("a", [finding("x.y")]), [stored(tmp_path / "0", document("a"), document("later"))]
    path = tmp_path / "a.json"
    write_json(path, new)
    args = {"output_dir": str(tmp_path), "baseline": old, "formats": ["html"]}
    run(action(report, args), **play({"a": brief(new, str(path)), "later": None}, batch=["a"]))
    text = (tmp_path / "report.html").read_text()
    assert "1 new" in text and ">later<" not in text


def test_some_hosts_of_the_files(tmp_path, shown):
    src = [stored(tmp_path / "1", document("a"), document("b"))]
    result = run(action(report, {"output_dir": str(tmp_path / "out"), "src": src, "hosts": ["b"]}))
    assert result["counts"]["compliant"] == 1
    with pytest.raises(AnsibleActionFail, match="src has no results of these hosts"):
        run(action(report, {"output_dir": str(tmp_path / "out"), "src": src, "hosts": ["c"]}))
    with pytest.raises(AnsibleActionFail, match="none can't be read: No such file"):
        run(action(report, {"output_dir": str(tmp_path / "out"), "src": [str(tmp_path / "none")]}))
