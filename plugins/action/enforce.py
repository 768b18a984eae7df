# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads, assesses, plans and applies: all resolutions in one plan, one execution to read and one to write."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.utils.display import Display

from ..plugin_utils._action import HostFailure, ended, now, preload
from ..plugin_utils._change import CHANGE_SPEC, ChangeAction
from ..plugin_utils.apply.words import plan_lines
from ..plugin_utils.assess import PROFILES, assess
from ..plugin_utils.facts import build_facts
from ..plugin_utils.plan import Wanted, make_plan
from ..plugin_utils.plan.dotnet_strong_crypto import SETS
from ..plugin_utils.report.files import FileError, file_name, write_json
from ..plugin_utils.report.result import audited, brief
from ..plugin_utils.text import clean
from ..plugin_utils.report.version import collection_version

preload()

SPEC = {
    **CHANGE_SPEC,
    "apply": {"type": "list", "elements": "str", "default": []},
    "dotnet_strong_crypto_values": {"type": "str", "default": "documented", "choices": list(SETS)},
    "schannel_tls12_client": {"type": "str", "default": "enabled", "choices": ["enabled", "default"]},
    "schannel_tls12_server": {"type": "str", "choices": ["enabled", "default"]},
    "schannel_protocols": {"type": "dict"},
    "mu_url": {"type": "str"},
    "redirector_change_number": {"type": "int"},
    "accepted_suites": {"type": "list", "elements": "str"},
    "profile": {"type": "str", "default": "standard", "choices": list(PROFILES)},
    "evidence": {"type": "dict"},
    "output_dir": {"type": "path"},
}


def wanted_of(options: Mapping[str, Any], findings: Any) -> Wanted:
    """The options as the plan takes them.

    Raises:
        AnsibleActionFail: one makes no sense.
    """
    try:
        return Wanted(
            apply=options["apply"],
            findings=findings,
            strong_crypto_set=options["dotnet_strong_crypto_values"],
            tls12_client=options["schannel_tls12_client"],
            tls12_server=options["schannel_tls12_server"],
            protocols=options["schannel_protocols"] or {},
            mu_url=options["mu_url"],
            redirector_change_number=options["redirector_change_number"],
            accepted_suites=options["accepted_suites"],
            override_unknown_owner=options["override_unknown_owner"],
        )
    except ValueError as problem:
        raise AnsibleActionFail(clean(str(problem), 800)) from None


class ActionModule(ChangeAction):
    """The user-facing ``wsus.compliance.enforce``."""

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(None, task_vars)
        options = self.options(SPEC, mutually_exclusive=[["facts", "accepted_suites"]])
        self.place(options, "journal_dir")
        folder = self.place(options, "output_dir")
        wanted_of(options, [])  # a wrong option is told before any host is read
        variables = task_vars or {}
        try:
            facts, raw = self._read(options, variables)
            assessed = assess(facts, options["evidence"], profile=options["profile"])
            audit = self._audit(str(variables.get("inventory_hostname")), facts, assessed, options, folder)
            try:
                plan = make_plan(facts, raw, wanted_of(options, assessed["findings"]))
            except ValueError as problem:
                raise AnsibleActionFail(clean(str(problem), 800)) from None
            found = self.carry_out(plan, options, variables)
        except HostFailure as failure:
            return ended(result, failure.error)
        pending = _pending(facts)
        for name, reasons in pending.items():
            found[name] = list(dict.fromkeys([*found[name], *reasons]))
        for line in plan_lines(str(variables.get("inventory_hostname")), found):
            Display().display(line)
        return self.changed(result, {**found, "audit": audit, "topmost": _topmost(facts)})

    def _read(
        self, options: Mapping[str, Any], task_vars: Mapping[str, Any]
    ) -> tuple[dict[str, Any], Mapping[str, Any] | None]:
        """Facts, and the raw state where the host was read."""
        if options["facts"] is not None:
            return self.known(options, (), task_vars), None
        answer = self.collect(["all"], task_vars)
        return build_facts(answer, accepted=options["accepted_suites"]), answer["raw"]

    def _audit(
        self, host: str, facts: Mapping[str, Any], assessed: Mapping[str, Any], options: Mapping[str, Any], folder: Any
    ) -> dict[str, Any]:
        """The assessment as module ``assess`` returns it; its file, where a folder is named."""
        about = {"profile": options["profile"], "version": collection_version(), "audited_at": now()}
        document = audited(host, facts, assessed, **about)
        if folder is None:
            return brief(document, "")
        path = Path(folder).absolute() / file_name(host)
        try:
            write_json(path, document)
        except FileError as problem:
            raise AnsibleActionFail(str(problem)) from None  # its text says the cause
        return brief(document, str(path))


def _pending(facts: Mapping[str, Any]) -> dict[str, list[str]]:
    """Restarts that changes of earlier runs still need, by the result's member."""
    journal = facts.get("journal")
    found: dict[str, list[str]] = {"restart_required": [], "reboot_required": []}
    for item in journal.get("pending") or [] if isinstance(journal, Mapping) else []:
        if item["need"] == "required":
            member = "reboot_required" if item["what"] == "reboot" else "restart_required"
            found[member].append(f"{item['what']}: {item['reason']}")
    return found


def _topmost(facts: Mapping[str, Any]) -> bool:
    """Whether it is known to synchronize with Microsoft Update itself."""
    wsus = facts.get("wsus")
    hierarchy = wsus.get("hierarchy") if isinstance(wsus, Mapping) else None
    return isinstance(hierarchy, Mapping) and hierarchy.get("position") == "topmost"
