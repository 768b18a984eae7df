# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The fleet's file, reports in other formats, the summary on the screen, what AWX keeps of a run; on the controller."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ansible import constants as C
from ansible.errors import AnsibleActionFail
from ansible.utils.display import Display

from ..plugin_utils._action import WsusAction, now
from ..plugin_utils.assess.issues import load_issues
from ..plugin_utils.collect.failure import error
from ..plugin_utils.report.compare import compare
from ..plugin_utils.report.diagnosis import diagnosis_lines
from ..plugin_utils.report.files import FLEET, FileError, file_name, plain, read_json, write_json
from ..plugin_utils.report.fleet import fleet, is_result
from ..plugin_utils.report.formats import FORMATS, Report, write_formats
from ..plugin_utils.report.result import brief, not_audited
from ..plugin_utils.report.stored import read_results, wrong
from ..plugin_utils.report.summary import FOLD_HOSTS, Line, fleet_lines, host_lines, screen_width
from ..plugin_utils.report.version import collection_version
from ..plugin_utils.text import clean

SPEC = {
    "output_dir": {"type": "path", "required": True},
    "src": {"type": "list", "elements": "path"},
    "baseline": {"type": "list", "elements": "path"},
    "formats": {"type": "list", "elements": "str", "choices": list(FORMATS), "default": []},
    "register": {"type": "str", "default": "audit_result"},
    "hosts": {"type": "list", "elements": "str"},
    "summary": {"type": "bool", "default": True},
    "diagnosis": {"type": "bool", "default": False},
}
COLORS = {
    "good": C.COLOR_OK,
    "bad": C.COLOR_ERROR,
    "warn": C.COLOR_CHANGED,
    "dim": C.COLOR_SKIP,
}
LOCKSTEP = frozenset({"linear", "ansible.builtin.linear", "debug", "ansible.builtin.debug"})
"""Strategies in which all hosts of a batch are at the same task: when the report runs, every host has been audited."""
RETURN_LINES = 1_000
OF_THE_FILE = ("schema_version", "collection_version", "profile", "facts", "findings", "issues")
"""What a result does not have of its document."""
# Read where the plugin is loaded, which is the main process: workers of newer releases have no terminal.
COLUMNS = shutil.get_terminal_size((100, 24)).columns


def _registered(host: str, register: str, task_vars: Mapping[str, Any]) -> Any:
    """What ``host`` has registered. ``raw_get`` takes it as it is: nothing that came from a host is templated."""
    hostvars = task_vars.get("hostvars") or {}
    if host not in hostvars:
        return None
    variables = getattr(hostvars, "raw_get", hostvars.get)(host)
    return variables.get(register) if isinstance(variables, Mapping) else None


def _claimed(what: Any) -> bool:
    """Whether this process of the run is the first to ask for ``what``.

    Ansible's own temporary folder is one for the run and all its workers, and ends with it.
    """
    name = hashlib.sha256(json.dumps(what, sort_keys=True, default=str).encode()).hexdigest()
    try:
        Path(C.DEFAULT_LOCAL_TMP, f"wsus_report_{name}").touch(0o600, exist_ok=False)
    except FileExistsError:
        return False
    return True


def _left(text: str) -> dict[str, Any]:
    """The result where another host's report is this one's too."""
    return {"changed": False, "skipped": True, "skip_reason": text, "msg": text}


@dataclass(frozen=True)
class Results:
    """What is reported. ``hosts``: results of the action ``assess``, or documents, by name. ``shown``: which of them
    the summary has one by one. ``fleet``: the fleet's document.
    """

    hosts: Mapping[str, Mapping[str, Any]]
    shown: Collection[str]
    fleet: Mapping[str, Any]


class ActionModule(WsusAction):
    """The user-facing ``wsus.compliance.report``."""

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(None, task_vars)
        options = self.options(SPEC)
        variables = task_vars or {}
        folder = Path(str(self.place(options, "output_dir"))).absolute()
        if options["src"] is not None:
            return self._of_files(result, folder, options)
        order = [str(name) for name in variables.get("ansible_play_batch") or ()]
        batch = set(order)
        live = set(variables.get("ansible_play_hosts") or ())
        hosts = options["hosts"] or variables.get("ansible_play_hosts_all") or []
        if self._lockstep() and not self._task.run_once:
            writer = self._first(order, options["register"], variables)
            if writer is not None and writer != str(variables["inventory_hostname"]):
                return {**result, **_left(f"{writer} writes the report")}
        results = self._results(list(dict.fromkeys(map(str, hosts))), options["register"], variables)
        open_hosts = [name for name, found in results.items() if found is None and name in live]
        waiting = [name for name in open_hosts if name in batch]
        # A task that was skipped registers something too.
        not_yet = [name for name in waiting if _registered(name, options["register"], variables) is None]
        if not_yet and not self._lockstep():
            return {**result, **_left(f"{len(not_yet)} hosts are still being audited; the last one writes the report")}

        about = {"audited_at": now(), "version": collection_version()}
        done = {name: found for name, found in results.items() if found is not None}
        # The last two hosts may be audited at one time: each then sees the other's result.
        if not self._lockstep() and not _claimed([options, str(folder), done]):
            return {**result, **_left("another host, audited at the same time, writes the report")}
        lost = [name for name in results if name not in done and name not in live]
        warnings = {}
        for name in lost:
            done[name], problem = self._lost(folder, name, about)
            if problem is not None:
                warnings[name] = problem
        pending = len(open_hosts) - len(waiting)
        shown = {name for name in done if name in batch or (name in lost and not pending) or not batch}
        return self._report(
            result,
            Results(done, shown, fleet(done, **about)),
            folder,
            options,
            pending=pending,
            left_out=len(waiting),
            unwritten=warnings,
        )

    def _of_files(self, result: Mapping[str, Any], folder: Path, options: Mapping[str, Any]) -> dict[str, Any]:
        """The report of result files that are there already."""
        stored = read_results(Path(str(one)).absolute() for one in options["src"])
        wanted = options["hosts"]
        done = {name: one for name, one in stored.documents.items() if wanted is None or name in map(str, wanted)}
        if not done:
            raise AnsibleActionFail(clean("; ".join(["src has no results of these hosts", *stored.problems]), 2_000))
        latest = max(str(one["audited_at"]) for one in done.values())
        document = fleet(done, audited_at=latest, version=collection_version())
        return self._report(result, Results(done, set(done), document), folder, options, problems=stored.problems)

    def _report(
        self,
        result: Mapping[str, Any],
        results: Results,
        folder: Path,
        options: Mapping[str, Any],
        *,
        pending: int = 0,
        left_out: int = 0,
        unwritten: Mapping[str, str] = MappingProxyType({}),
        problems: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Writes the files and shows the summary."""
        document = results.fleet
        try:
            write_json(folder / FLEET, document)
        except FileError as failure:
            raise AnsibleActionFail(str(failure)) from None  # its text says the cause
        titles = {name: str(row["title"]) for name, row in load_issues().items()}
        files: dict[str, str] = {}
        if options["formats"]:
            documents = [self._document(name, one) for name, one in sorted(results.hosts.items())]
            compared, before_at, unread = self._compared(options, documents)
            report = Report(document, documents, titles, compared, before_at)
            files, bad = write_formats(report, options["formats"], folder)
            problems = [*problems, *unread, *bad]
        lines = self._lines(
            results,
            folder,
            titles,
            pending=pending,
            left_out=left_out,
            unwritten=sorted(unwritten),
            diagnosis=options["diagnosis"],
        )
        if options["summary"] and "json" not in str(C.config.get_config_value("DEFAULT_STDOUT_CALLBACK")).lower():
            for line in lines:
                Display().display(line.text, color=COLORS.get(line.color or ""))
        facts = {name: document[name] for name in ("outcome", "counts", "hosts", "issues")}
        # Not aggregated: the report of a later batch has the hosts of all earlier ones.
        stats = {"data": {"wsus_audit": {**facts, "path": str(folder / FLEET)}}, "per_host": False, "aggregate": False}
        told = [clean(text, 500) for text in [*unwritten.values(), *problems]]
        return {
            **result,
            "changed": False,
            "outcome": document["outcome"],
            "counts": document["counts"],
            "path": str(folder / FLEET),
            "files": files,
            "problems": told,
            "lines": [line.text for line in lines[:RETURN_LINES]],
            "ansible_stats": plain(stats),
            **({"warnings": [*result.get("warnings", ()), *told]} if told else {}),
        }

    @staticmethod
    def _compared(
        options: Mapping[str, Any], documents: Sequence[Mapping[str, Any]]
    ) -> tuple[dict[str, Any] | None, str, list[str]]:
        """What differs from the earlier audit, when that was, and what of it could not be read.

        Hosts of the play that this report is not about (of later batches, left out) are no difference.
        """
        if options["baseline"] is None:
            return None, "", []
        stored = read_results(Path(str(one)).absolute() for one in options["baseline"])
        current = {str(one["host"]): one for one in documents}
        whole = options["src"] is not None and options["hosts"] is None
        before = {name: one for name, one in stored.documents.items() if whole or name in current}
        if not before:
            return (
                None,
                "",
                ["baseline has no results of these hosts: there is nothing to compare with", *stored.problems],
            )
        known = {name: one for name, one in current.items() if not wrong(one)}
        lost = [name for name in current if name not in known]
        compared = compare({name: one for name, one in before.items() if name not in lost}, known)
        return compared, max(str(one["audited_at"]) for one in before.values()), stored.problems

    def _lockstep(self) -> bool:
        """Whether run_once means anything in this play."""
        try:
            return str(self._task.get_play().strategy) in LOCKSTEP
        except AttributeError:
            return True

    @staticmethod
    def _results(hosts: list[str], register: str, task_vars: Mapping[str, Any]) -> dict[str, dict[str, Any] | None]:
        """Host -> its registered result of this run, None where it has none."""
        found = {name: _registered(name, register, task_vars) for name in hosts}
        return {name: plain(one) if is_result(one) else None for name, one in found.items()}

    @staticmethod
    def _first(hosts: list[str], register: str, task_vars: Mapping[str, Any]) -> str | None:
        """The host that writes the report where all run it in lockstep: the first that has a result, else the first.

        Every host comes to the same answer, and mostly looks at one host only.
        """
        with_result = (name for name in hosts if is_result(_registered(name, register, task_vars)))
        return next(with_result, hosts[0] if hosts else None)

    @staticmethod
    def _lost(folder: Path, name: str, about: Mapping[str, Any]) -> tuple[dict[str, Any], str | None]:
        """The result of a host lost before its audit, and why its file could not be written.

        The file replaces one of an earlier run.
        """
        cause = f"{name} dropped out of the play before it was audited, see the tasks before"
        found = not_audited(name, error("unreachable", cause), profile="standard", **about)
        path = folder / file_name(name)
        try:
            write_json(path, found)
        except FileError as problem:  # this host alone; fleet.json says of it what can be said
            return {**brief(found, ""), "path": None}, str(problem)
        return brief(found, str(path)), None

    @staticmethod
    def _document(name: str, result: Mapping[str, Any]) -> Mapping[str, Any]:
        """The document of a host's file, or what its result says where the file is not the one that this run wrote."""
        parts = {"findings": result.get("findings") or [], "facts": result.get("facts") or {}}
        stub = {**result, "host": name, **parts}
        if not result.get("path"):
            return stub
        try:
            found = read_json(result["path"])
        except FileError:
            return stub
        same = found.get("host") == plain(name) and found.get("audited_at") == result.get("audited_at")
        return {**stub, **{part: found.get(part) for part in OF_THE_FILE}} if same else stub

    @staticmethod
    def _folded(done: Mapping[str, Mapping[str, Any]]) -> Counter[str]:
        """How many findings of each result the compliant hosts have, which share a line."""
        counts: Counter[str] = Counter()
        for one in done.values():
            if one["outcome"] == "compliant" and isinstance(one.get("summary"), Mapping):
                counts.update({str(result): int(number) for result, number in one["summary"].items()})
        return counts

    def _lines(
        self,
        results: Results,
        folder: Path,
        titles: Mapping[str, str],
        *,
        pending: int,
        left_out: int,
        unwritten: list[str],
        diagnosis: bool,
    ) -> list[Line]:
        """The summary: the hosts of this batch (earlier ones have been shown), then the fleet."""
        columns = screen_width(COLUMNS)
        done = results.hosts
        shown = [name for name in done if name in results.shown]
        fold = len(shown) > FOLD_HOSTS and not diagnosis
        documents = {
            name: self._document(name, done[name])
            for name in shown
            if not (fold and done[name]["outcome"] == "compliant")
        }
        errors = {name: str(one["error"]["code"]) for name, one in done.items() if one.get("error")}
        here = Path.cwd()
        place = f"./{folder.relative_to(here)}" if folder.is_relative_to(here) else str(folder)
        rest = fleet_lines(
            results.fleet,
            columns,
            folder=place,
            pending=pending,
            left_out=left_out,
            folded=self._folded(done) if fold else None,
            titles=titles,
            errors=errors,
            unwritten=unwritten,
        )
        hosts = (
            host_lines(documents, columns, lambda one: diagnosis_lines(one, columns, titles))
            if diagnosis
            else host_lines(documents, columns)
        )
        return [Line(""), *hosts, *([Line("")] if hosts else []), *rest, Line("")]
