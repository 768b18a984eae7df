# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The fleet's file, reports in other formats, the summary on the screen, what AWX keeps of a run; on the controller."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail

from ..plugin_utils._action import WsusAction, now
from ..plugin_utils._play import claimed, in_lockstep, registered, results_of, writer_of
from ..plugin_utils._screen import COLUMNS, show
from ..plugin_utils.assess.issues import load_issues
from ..plugin_utils.collect.failure import error
from ..plugin_utils.endpoint.profiles import Profile, built_in, read_profiles, readiness_of
from ..plugin_utils.report.artifact import artifact_name, is_artifact_name, pack
from ..plugin_utils.report.baseline import Earlier, compared_with
from ..plugin_utils.report.documents import Documents, lost
from ..plugin_utils.report.files import FLEET, FileError, plain, write_json
from ..plugin_utils.report.fleet import fleet
from ..plugin_utils.report.formats import FORMATS, Report, write_formats
from ..plugin_utils.report.result import not_audited
from ..plugin_utils.report.screen import Results, report_lines
from ..plugin_utils.report.stored import read_results
from ..plugin_utils.report.version import collection_version
from ..plugin_utils.text import clean

SPEC = {
    "output_dir": {"type": "path", "required": True},
    "src": {"type": "list", "elements": "path"},
    "artifacts": {"type": "bool", "default": False},
    "artifact": {"type": "raw"},
    "expected": {"type": "list", "elements": "str"},
    "baseline": {"type": "list", "elements": "path"},
    "endpoint_profiles": {"type": "raw"},
    "formats": {"type": "list", "elements": "str", "choices": list(FORMATS), "default": []},
    "register": {"type": "str", "default": "audit_result"},
    "hosts": {"type": "list", "elements": "str"},
    "summary": {"type": "bool", "default": True},
    "diagnosis": {"type": "bool", "default": False},
}
JOB_IDS = ("awx_job_id", "tower_job_id")
"""Variables in which AWX and Automation Controller say which job this is."""


def _left(text: str) -> dict[str, Any]:
    """The result where another host's report is this one's too."""
    return {"changed": False, "skipped": True, "skip_reason": text, "msg": text}


class ActionModule(WsusAction):
    """The user-facing ``wsus.compliance.report``."""

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        # A fleet's results are millions of objects in trees, which need no collector: it would only go through all of
        # them again and again, which is a fifth of the time of a report.
        collected = gc.isenabled()
        gc.disable()
        try:
            return self._made(task_vars)
        finally:
            if collected:
                gc.enable()

    def _made(self, task_vars: dict[str, Any] | None) -> dict[str, Any]:
        result = super().run(None, task_vars)
        options = self.options(SPEC)
        variables = task_vars or {}
        folder = Path(str(self.place(options, "output_dir"))).absolute()
        profiles = _profiles(options["endpoint_profiles"])
        artifact = self._artifact_name(options["artifact"], variables)
        if options["src"] is not None or options["artifacts"]:
            # A report of reports is published only where that is asked for: its parts are already.
            artifact = artifact if options["artifact"] is not None else None
            results, document, problems = self._of_files(options, variables)
        else:
            found = self._of_play(folder, options, variables)
            if isinstance(found, str):
                return {**result, **_left(found)}
            results, document, problems = found
        documents = Documents(results.hosts)
        # Unless it is asked for by name, only where the files are read anyhow.
        if profiles is not None or options["formats"] or options["src"] is not None:
            asked = list(built_in().values()) if profiles is None else profiles
            document = {**document, **({"readiness": readiness_of(documents.all, asked)} if asked else {})}
        return self._report(result, results, documents, document, folder, options, problems, artifact)

    def _of_play(
        self, folder: Path, options: Mapping[str, Any], task_vars: Mapping[str, Any]
    ) -> tuple[Results, dict[str, Any], list[str]] | str:
        """What the hosts of the play have registered, the fleet's document, problems; or why another host reports."""
        order = [str(name) for name in task_vars.get("ansible_play_batch") or ()]
        batch = set(order)
        live = set(task_vars.get("ansible_play_hosts") or ())
        hosts = options["hosts"] or task_vars.get("ansible_play_hosts_all") or []
        lockstep = in_lockstep(self._task)
        if lockstep and not self._task.run_once:
            writer = writer_of(order, options["register"], task_vars)
            if writer is not None and writer != str(task_vars["inventory_hostname"]):
                return f"{writer} writes the report"
        results = results_of(list(dict.fromkeys(map(str, hosts))), options["register"], task_vars)
        open_hosts = [name for name, found in results.items() if found is None and name in live]
        waiting = [name for name in open_hosts if name in batch]
        # A task that was skipped registers something too.
        not_yet = [name for name in waiting if registered(name, options["register"], task_vars) is None]
        if not_yet and not lockstep:
            return f"{len(not_yet)} hosts are still being audited; the last one writes the report"

        about = {"audited_at": now(), "version": collection_version()}
        done = {name: found for name, found in results.items() if found is not None}
        # The last two hosts may be audited at one time: each then sees the other's result.
        if not lockstep and not claimed([options, str(folder), done]):
            return "another host, audited at the same time, writes the report"
        gone = [name for name in results if name not in done and name not in live]
        unwritten = {}
        for name in gone:
            done[name], problem = lost(folder, name, about)
            if problem is not None:
                unwritten[name] = problem
        pending = len(open_hosts) - len(waiting)
        shown = {name for name in done if name in batch or (name in gone and not pending) or not batch}
        found = Results(done, shown, pending=pending, left_out=len(waiting), unwritten=unwritten)
        return found, fleet(done, **about), list(unwritten.values())

    @staticmethod
    def _artifact_name(given: Any, task_vars: Mapping[str, Any]) -> str | None:
        """The name of what this job leaves to later ones; None where that is nothing."""
        job = next((task_vars[name] for name in JOB_IDS if task_vars.get(name) is not None), None)
        if given is None:
            return artifact_name(job)
        name = artifact_name(given)
        if name is None and given != "":
            text = "artifact must be the id of a job (1 to 64 letters, digits and underscores) or empty"
            raise AnsibleActionFail(text)
        return name

    @staticmethod
    def _of_files(
        options: Mapping[str, Any], task_vars: Mapping[str, Any]
    ) -> tuple[Results, dict[str, Any], list[str]]:
        """Results that are there already, the fleet's document, and what of them could not be read."""
        # As they are, and not templated: nothing that came from a host is.
        given = {name: plain(task_vars[name]) for name in task_vars if is_artifact_name(name)}
        folders = [Path(str(one)).absolute() for one in options["src"] or ()]
        stored = read_results(folders, given if options["artifacts"] else {})
        wanted = options["hosts"]
        done = {name: one for name, one in stored.documents.items() if wanted is None or name in map(str, wanted)}
        if not done:
            where = "src has" if options["src"] is not None else "no artifact of an earlier job (wsus_audit_<id>) has"
            none = "no results of these hosts" if options["src"] is not None else "results of these hosts"
            raise AnsibleActionFail(clean("; ".join([f"{where} {none}", *stored.problems]), 2_000))
        about = {"audited_at": max(str(one["audited_at"]) for one in done.values()), "version": collection_version()}
        missing = sorted(set(map(str, options["expected"] or ())) - set(done))
        for name in missing:
            done[name] = not_audited(name, error("no_result", f"{name} is not among them"), profile="standard", **about)
        problems = [*stored.problems, *(f"there is no result of {name}" for name in missing)]
        return Results(done, set(done)), fleet(done, **about), problems

    @staticmethod
    def _report(
        result: Mapping[str, Any],
        results: Results,
        documents: Documents,
        document: Mapping[str, Any],
        folder: Path,
        options: Mapping[str, Any],
        problems: Sequence[str],
        artifact: str | None,
    ) -> dict[str, Any]:
        """Writes the files and shows the summary."""
        try:
            write_json(folder / FLEET, document)
        except FileError as failure:
            raise AnsibleActionFail(str(failure)) from None  # its text says the cause
        titles = {name: str(row["title"]) for name, row in load_issues().items()}
        files: dict[str, str] = {}
        if options["formats"]:
            earlier = Earlier()
            if options["baseline"] is not None:
                folders = [Path(str(one)).absolute() for one in options["baseline"]]
                whole = options["src"] is not None and options["hosts"] is None
                earlier = compared_with(folders, documents.all, whole=whole)
            report = Report(document, list(documents.all.values()), titles, earlier.compared, earlier.at)
            files, bad = write_formats(report, options["formats"], folder)
            problems = [*problems, *earlier.problems, *bad]
        about = {"columns": COLUMNS, "folder": folder, "titles": titles, "diagnosis": options["diagnosis"]}
        lines = show(report_lines(results, documents, document, **about), options["summary"])
        published = pack(list(documents.all.values())) if artifact else None
        if published and published["note"]:
            problems = [*problems, f"{artifact}: {published['note']}"]
        # Not aggregated: the report of a later batch has the hosts of all earlier ones.
        stats = {"data": {artifact: published}, "per_host": False, "aggregate": False}
        told = [clean(text, 500) for text in problems]
        return {
            **result,
            "changed": False,
            "outcome": document["outcome"],
            "counts": document["counts"],
            "path": str(folder / FLEET),
            "files": files,
            "problems": told,
            "lines": lines,
            "artifact": artifact,
            **({"ansible_stats": plain(stats)} if published else {}),
            **({"warnings": [*result.get("warnings", ()), *told]} if told else {}),
        }


def _profiles(given: Any) -> list[Profile] | None:
    """The endpoint profiles that are asked for; None where none are named, [] where none are wanted.

    Raises:
        AnsibleActionFail: they make no sense.
    """
    if given is None:
        return None
    try:
        return read_profiles(given) if given else []
    except ValueError as problem:
        raise AnsibleActionFail(f"endpoint_profiles: {clean(str(problem), 500)}") from None
