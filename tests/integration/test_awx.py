# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Jobs of the patterns, run by ansible-runner as AWX runs them: surveys, slices, check mode, events and artifacts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.enforced import fleet_of as enforced_fleet
from support.enforced import settled
from support.jobs import PATTERNS, Job, answers, run_job, sliced
from support.simulated import Fleet, validate

HOSTS = ["healthy", "hostile", "issue1", "issue5", "blind", "dead"]
FORMATS = ["junit", "sarif", "csv", "markdown"]
FILES = ["junit.xml", "report.sarif", "findings.csv", "report.md"]
AUDIT, REPORT = "audit/playbooks/audit.yml", "audit/playbooks/report.yml"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?")
RRULE = re.compile(r"DTSTART;TZID=[\w/]+:\d{8}T\d{6} RRULE:FREQ=(DAILY|WEEKLY;BYDAY=[A-Z]{2});INTERVAL=1")
RESULT = "Write the fleet's result"


def inventory_of(simulator: Any) -> dict[str, Any]:
    inventory = simulator.inventory()
    group = inventory["all"]["children"]["wsus"]
    group["hosts"]["dead"] = {**group["hosts"]["healthy"], "ansible_port": 1}
    group["hosts"] = {name: group["hosts"][name] for name in HOSTS}
    return inventory


@dataclass
class Jobs:
    """One audit, the same in two slices, and reports of what they left."""

    whole: Job
    slices: list[Job]
    merged: Job
    other_order: Job
    of_whole: Job
    one_lost: Job


@pytest.fixture(scope="module")
def jobs(simulator, tmp_path_factory) -> Jobs:
    folder = tmp_path_factory.mktemp("jobs")
    inventory = inventory_of(simulator)
    given = {**answers("audit"), "audit_formats": FORMATS}
    whole = run_job(folder, 40, AUDIT, inventory, given)
    slices = [
        run_job(folder, number, AUDIT, sliced(inventory, place, 2), given) for place, number in ((1, 1207), (2, 98))
    ]
    left = [(name, value) for job in slices for name, value in job.artifacts.items()]
    merged = run_job(folder, 50, REPORT, inventory, dict(left))
    other = run_job(folder, 51, REPORT, inventory, dict(reversed(left)))
    of_whole = run_job(folder, 52, REPORT, inventory, whole.artifacts)
    return Jobs(whole, slices, merged, other, of_whole, run_job(folder, 53, REPORT, inventory, slices[1].artifacts))


def without_times(text: str) -> str:
    """Markdown has colons and full stops as entities."""
    return TIME.sub("TIME", text.replace("&#58;", ":").replace("&#46;", "."))


def fleet_file(job: Job, folder: str) -> Any:
    return json.loads((job.results / folder / "fleet.json").read_text())


def test_an_audit_from_the_survey_defaults(jobs):
    job = jobs.whole
    assert (job.code, job.status) == (4, "failed"), job.stdout  # one host is dead
    fleet = fleet_file(job, "wsus-audit")
    validate("fleet", fleet)
    assert sorted(fleet["hosts"]) == sorted(HOSTS) and fleet["outcome"] == "unreachable"
    assert all((job.results / "wsus-audit" / name).is_file() for name in FILES)


def test_the_events_tell_each_host_and_the_end(jobs):
    (stats,) = jobs.whole.events("playbook_on_stats")
    recap = stats["event_data"]
    assert recap["changed"] == {} and recap["failures"] == {} and recap["dark"] == {"dead": 1}
    results = {
        one["event_data"]["host"]: one["event_data"]["res"]
        for one in jobs.whole.events("runner_on_ok")
        if one["event_data"]["task"] == "Read and assess the server"
    }
    fleet = fleet_file(jobs.whole, "wsus-audit")
    assert {name: one["outcome"] for name, one in results.items()} == fleet["hosts"]
    (report,) = [one for one in jobs.whole.events("runner_on_ok") if one["event_data"]["task"] == RESULT]
    assert report["event_data"]["res"]["counts"] == fleet["counts"]


def test_artifacts_carry_the_id_of_the_job_and_what_counts(jobs):
    for job in (jobs.whole, *jobs.slices):
        assert list(job.artifacts) == [f"wsus_audit_{job.ident}"]
        (artifact,) = job.artifacts.values()
        fleet = fleet_file(job, "wsus-audit")
        assert (artifact["outcome"], artifact["counts"]) == (fleet["outcome"], fleet["counts"])
        assert (artifact["left_out"], artifact["note"]) == ({"hosts": 0, "findings": 0}, "")
        assert len(json.dumps(artifact)) < artifact["limit"] == 262_144
    assert jobs.merged.artifacts == {}


def test_slices_share_the_hosts(jobs):
    shares = [set(fleet_file(job, "wsus-audit")["hosts"]) for job in jobs.slices]
    assert shares == [{"blind", "healthy", "issue1"}, {"dead", "hostile", "issue5"}]


def test_slices_merged_in_any_order_give_the_same_report(jobs):
    assert jobs.merged.status == jobs.other_order.status == "successful", jobs.merged.stdout
    for name in ("fleet.json", *FILES):
        one, other = (job.results / "wsus-report" / name for job in (jobs.merged, jobs.other_order))
        assert one.read_bytes() == other.read_bytes(), name


def test_the_report_of_the_slices_is_that_of_one_job(jobs):
    whole, merged = fleet_file(jobs.whole, "wsus-audit"), fleet_file(jobs.merged, "wsus-report")
    validate("fleet", merged)
    assert {**merged, "audited_at": ""} == {**whole, "audited_at": ""}
    for name in FILES:
        one, other = (
            without_times(path.read_text())
            for path in (jobs.whole.results / "wsus-audit" / name, jobs.merged.results / "wsus-report" / name)
        )
        assert one == other, name


def test_a_report_of_an_artifact_has_all_that_the_report_of_the_files_has(jobs):
    """Both are of the same audit, times included; only Markdown tells when the fleet's report was made."""
    for name in FILES:
        texts = [
            path.read_text()
            for path in (jobs.whole.results / "wsus-audit" / name, jobs.of_whole.results / "wsus-report" / name)
        ]
        one, other = map(without_times, texts) if name == "report.md" else texts
        assert one == other, name


def test_hosts_of_a_slice_that_left_nothing_are_not_lost(jobs):
    hosts = fleet_file(jobs.one_lost, "wsus-report")["hosts"]
    there = fleet_file(jobs.slices[1], "wsus-audit")["hosts"]
    assert hosts == {**dict.fromkeys(HOSTS, "undetermined"), **there}
    assert "There is no result" in (jobs.one_lost.results / "wsus-report" / "junit.xml").read_text()


def test_nothing_that_a_host_says_is_templated(jobs):
    """The values of the host `hostile` are templates that would make a file."""
    text = json.dumps([job.artifacts for job in (jobs.whole, *jobs.slices)])
    assert "{{" not in text and "{%" not in text
    for job in (jobs.whole, *jobs.slices, jobs.merged, jobs.other_order):
        assert not list(job.folder.rglob("pwned")), job.folder
        (stats,) = job.events("playbook_on_stats")
        assert stats["event_data"]["failures"] == {}
    assert "touch pwned" in (jobs.merged.results / "wsus-report" / "report.sarif").read_text()
    findings = (jobs.merged.results / "wsus-report" / "findings.csv").read_text()
    assert "{{ lookup('ansible.builtin.pipe', 'touch pwned') }}" in findings


def test_a_report_without_artifacts_and_files_says_so(tmp_path):
    job = run_job(
        tmp_path,
        60,
        REPORT,
        {"all": {"hosts": {}}},
        {"wsus_audit_1": "{{ lookup('ansible.builtin.pipe', 'touch pwned') }}"},
    )
    assert job.status == "failed" and not list(tmp_path.rglob("pwned"))
    assert "no artifact of an earlier job (wsus_audit_<id>) has results of these hosts" in job.stdout
    assert "wsus_audit_1 is no artifact of wsus.compliance" in job.stdout


# --- diagnose and enforce ---------------------------------------------------------------------------------------------


def test_a_diagnosis_from_the_survey_defaults(simulator, tmp_path):
    inventory = inventory_of(simulator)
    hosts = inventory["all"]["children"]["wsus"]["hosts"]
    inventory["all"]["children"]["wsus"]["hosts"] = {"issue1": hosts["issue1"]}
    job = run_job(tmp_path, 61, "diagnose/playbooks/diagnose.yml", inventory, answers("diagnose"))
    assert (job.code, job.status) == (0, "successful"), job.stdout
    assert fleet_file(job, "wsus-audit")["hosts"] == {"issue1": "noncompliant"}
    assert list(job.artifacts) == ["wsus_audit_61"]
    assert (job.results / "wsus-state").is_dir()


@pytest.fixture(scope="module")
def enforced(tmp_path_factory) -> Iterator[Fleet]:
    with enforced_fleet(
        tmp_path_factory.mktemp("enforced"), {"issue1": ("issue1.yml", {}), "healthy": ("healthy.yml", {})}
    ) as fleet:
        yield fleet


def enforce(fleet: Fleet, number: int, cmdline: str = "", **variables: Any) -> Job:
    inventory = yaml.safe_load(fleet.inventory.read_text())
    given = {**answers("enforce"), **variables}
    return run_job(fleet.folder, number, "enforce/playbooks/enforce.yml", inventory, given, cmdline=cmdline)


def planned(job: Job) -> dict[str, Any]:
    return {
        one["event_data"]["host"]: one["event_data"]["res"]
        for one in job.events("runner_on_ok")
        if one["event_data"]["task"] == "Read, assess, plan and apply"
    }


def test_enforce_from_the_survey_defaults_changes_nothing(enforced):
    before = settled(enforced)
    job = enforce(enforced, 70)
    assert (job.code, job.status) == (0, "successful"), job.stdout
    found = planned(job)
    assert found["issue1"]["plan"] and not any(one["changed"] for one in found.values())
    assert settled(enforced) == before and not any(one["writes"] for one in enforced.simulator.counters().values())
    assert list(job.artifacts) == ["wsus_audit_70"] and job.artifacts["wsus_audit_70"]["outcome"] == "noncompliant"


def test_a_check_mode_job_predicts_and_changes_nothing(enforced):
    before = settled(enforced)
    job = enforce(enforced, 71, "--check --diff", enforce_apply=["all"], enforce_restart_ok="true")
    assert (job.code, job.status) == (0, "successful"), job.stdout
    assert {name: one["changed"] for name, one in planned(job).items()} == {"issue1": True, "healthy": False}
    (stats,) = job.events("playbook_on_stats")
    assert list(stats["event_data"]["changed"]) == ["issue1"]
    assert settled(enforced) == before and not any(one["writes"] for one in enforced.simulator.counters().values())
    assert job.artifacts["wsus_audit_71"]["outcome"] == "noncompliant", "as it is, not as it would be"


def test_a_job_that_enforces(enforced):
    job = enforce(enforced, 72, enforce_apply=["issue_1"], enforce_restart_ok="true")
    assert (job.code, job.status) == (0, "successful"), job.stdout
    assert planned(job)["issue1"]["changed"] and job.artifacts["wsus_audit_72"]["counts"]["compliant"] == 2
    assert list((job.results / "wsus-journal").rglob("*")), "copies of the journals"


# --- the objects in AWX -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def setups(tmp_path_factory) -> dict[str, Any]:
    """The variables of each setup.yml, as a playbook that includes them sees them."""
    folder: Path = tmp_path_factory.mktemp("setups")
    (folder / "none.yml").write_text("all:\n")
    fleet = Fleet(None, folder / "none.yml", folder)  # type: ignore[arg-type]
    names = ["labels", "execution_environments", "projects", "templates", "workflows", "schedules"]
    shown = ", ".join(f"'{name}': controller_{name} | default([])" for name in names)
    found = {}
    for pattern in PATTERNS.iterdir():
        path = folder / f"{pattern.name}.json"
        tasks = [
            {"ansible.builtin.include_vars": f"{{{{ wsus_patterns }}}}/{pattern.name}/setup.yml"},
            {"ansible.builtin.copy": {"content": f"{{{{ {{{shown}}} | to_json }}}}", "dest": str(path)}},
        ]
        play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}
        given = json.dumps({"wsus_patterns": str(PATTERNS), "wsus_slices": "3"})
        run = fleet.run("-e", given, playbook=fleet.play(yaml.safe_dump([play], width=1_000)))
        assert run.code == 0, run.text
        found[pattern.name] = json.loads(path.read_text())
    return found


@pytest.fixture(params=["audit", "diagnose", "enforce"])
def name(request) -> str:
    return request.param


def test_the_objects_of_setup_are_those_of_the_pattern(setups, name):
    made = setups[name]
    resources = json.loads((PATTERNS / name / "meta" / "pattern.json").read_text())["aap_resources"]
    environment = resources["controller_execution_environment"]
    assert [(one["name"], one["image"]) for one in made["execution_environments"]] == [
        (environment["name"], environment["image_name"])
    ]
    assert [one["name"] for one in made["projects"]] == [resources["controller_project"]["name"]]
    assert [one["name"] for one in made["labels"]] == resources["controller_labels"]
    for template, one in zip(made["templates"], resources["controller_job_templates"], strict=True):
        for member in ("name", "description", "execution_environment", "labels"):
            assert template[member] == one[member]
        assert template["playbook"] == f"extensions/patterns/{name}/playbooks/{one['playbook']}"
        assert template.get("survey_spec") == one.get("survey")
        assert template["project"] == resources["controller_project"]["name"]
    assert made["templates"][0].get("job_slice_count") == (3 if name == "audit" else None)


def test_schedules_and_workflows_start_what_there_is(setups, name):
    made = setups[name]
    there = {one["name"] for one in made["templates"]}
    for flow in made["workflows"]:
        nodes = {one["identifier"]: one for one in flow["simplified_workflow_nodes"]}
        assert {one["unified_job_template"] for one in nodes.values()} <= there
        assert {after for one in nodes.values() for after in one.get("always_nodes", ())} <= set(nodes)
    for one in made["schedules"]:
        assert one["unified_job_template"] in there | {flow["name"] for flow in made["workflows"]}
        assert RRULE.fullmatch(one["rrule"]), one["rrule"]
    assert [one["enabled"] for one in made["schedules"]] == [name == "audit"]
    assert bool(made["workflows"]) is (name == "audit")
