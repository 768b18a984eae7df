# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads, assesses, plans and applies: all resolutions in one plan, one execution to read and one to write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.utils.display import Display

from ..plugin_utils._action import HostFailure, ended, preload
from ..plugin_utils._change import CHANGE_SPEC, about_audit, add_pending, audit_after, keep_audit
from ..plugin_utils._checks import check_evidence, check_facts, given_list
from ..plugin_utils._package import PackageAction
from ..plugin_utils.apply.outcome import outcome
from ..plugin_utils.apply.words import plan_lines
from ..plugin_utils.assess import PROFILES, assess
from ..plugin_utils.assess.view import Facts
from ..plugin_utils.collect.failure import error
from ..plugin_utils.facts import build_facts
from ..plugin_utils.facts.dotnet import DONT_SYSTEM_DEFAULT
from ..plugin_utils.plan import PackageFile, Plan, Wanted, make_plan, wants_package
from ..plugin_utils.plan.dotnet_strong_crypto import SETS
from ..plugin_utils.plan.monthly_rollup import NAME as MONTHLY_ROLLUP
from ..plugin_utils.plan.w3wp_config import NAME as W3WP_CONFIG
from ..plugin_utils.plan.w3wp_config import has_switch
from ..plugin_utils.report.result import audited, not_audited
from ..plugin_utils.text import clean

preload()

UNCHANGED = "unchanged"
NO_ROLE = "the WSUS role is not installed. Nothing was written. Take this host out of the inventory."
SPEC = {
    **CHANGE_SPEC,
    "apply": {"type": "list", "elements": "str", "default": []},
    "dotnet_strong_crypto_values": {"type": "str", "default": "documented", "choices": list(SETS)},
    "schannel_tls12_client": {"type": "str", "default": "enabled", "choices": ["enabled", "default", UNCHANGED]},
    "schannel_tls12_server": {"type": "str", "default": UNCHANGED, "choices": ["enabled", "default", UNCHANGED]},
    "schannel_protocols": {"type": "dict"},
    "mu_url": {"type": "str"},
    "redirector_change_number": {"type": "int"},
    "accepted_suites": {"type": "list", "elements": "str"},
    "endpoint": {"type": "raw"},
    "monthly_rollup_package": {"type": "path"},
    "profile": {"type": "str", "default": "standard", "choices": list(PROFILES)},
    "evidence": {"type": "dict"},
    "output_dir": {"type": "path"},
    "assess_after": {"type": "bool", "default": True},
    "defer_errors": {"type": "bool", "default": False},
}


def wanted_of(options: Mapping[str, Any], findings: Any, package: PackageFile | None = None) -> Wanted:
    """The options as the plan takes them. ``accepted``: what ``given_list`` said, once, as a file may change.

    Raises:
        AnsibleActionFail: one makes no sense.
    """
    client, server = (options[f"schannel_tls12_{role}"] for role in ("client", "server"))
    accepted = options["accepted"]
    try:
        return Wanted(
            apply=options["apply"],
            findings=findings,
            strong_crypto_set=options["dotnet_strong_crypto_values"],
            tls12_client=None if client == UNCHANGED else client,
            tls12_server=None if server == UNCHANGED else server,
            protocols=options["schannel_protocols"] or {},
            mu_url=options["mu_url"],
            redirector_change_number=options["redirector_change_number"],
            accepted_suites=None if accepted is None else accepted.suites,
            override_unknown_owner=options["override_unknown_owner"],
            package=package,
        )
    except ValueError as problem:
        raise AnsibleActionFail(clean(str(problem), 800)) from None


class ActionModule(PackageAction):
    """The user-facing ``wsus.compliance.enforce``."""

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(None, task_vars)
        options = self.options(SPEC, mutually_exclusive=[["facts", "accepted_suites", "endpoint"]])
        self.place(options, "journal_dir")
        folder = self.place(options, "output_dir")
        self.place(options, "monthly_rollup_package")
        # A wrong option is told before any host is read.
        check_evidence(options["evidence"])
        options["accepted"] = given_list(options)
        check_facts(options["facts"])
        wanted_of(options, [])
        variables = task_vars or {}
        host = str(variables.get("inventory_hostname"))
        failure: HostFailure | None = None
        plan = Plan()
        try:
            facts, raw = self._read(options, variables)
            document = self._assessed(host, facts, options)
            audit = keep_audit(document, folder)
            try:
                plan = self._plan(facts, raw, document, options)
            except AnsibleActionFail as problem:
                # What was read is told all the same: else the report would say that the server was not reached.
                told = {"failed": True, "msg": str(problem), "audit": audit, "audit_after": None, "error": None}
                return self.changed(result, {**_nothing_done(plan), **told, "topmost": _topmost(facts)})
            if options["apply"] and _has_no_role(facts):
                # Findings and plan are about WSUS: whatever they say of another host, it is not to be changed.
                plan = replace(plan, report_only=True)
                found = {**self.carry_out(plan, options, variables), "failed": True, "msg": NO_ROLE, "plan": []}
            else:
                found = self.carry_out(plan, options, variables, read_after=options["assess_after"])
            add_pending(found, facts)
            # Without the evidence, which is of the time before the change.
            by = {"profile": options["profile"], "accepted": options["accepted"]}
            after = audit_after(found.get("read_after"), host, folder, **by)
            about = {"topmost": _topmost(facts), "audit_after": after}
        except HostFailure as problem:
            failure = problem
            document = not_audited(host, failure.error, **about_audit(options["profile"]))
            audit = keep_audit(document, folder)
            if not options["defer_errors"]:
                return ended(result, failure.error)
            found = _nothing_done(plan)
            about = {"topmost": False, "audit_after": None}
            # Of what was sent and got no answer nobody knows but the journal on the host.
            asked = bool(plan.for_host()) and not plan.failures() and not self._task.check_mode
            found["changed"] = asked and not problem.before
        for line in plan_lines(host, found):
            Display().display(line)
        return self.changed(
            result, {**found, "audit": audit, **about, "error": None if failure is None else failure.error}
        )

    def _read(
        self, options: Mapping[str, Any], task_vars: Mapping[str, Any]
    ) -> tuple[dict[str, Any], Mapping[str, Any] | None]:
        """Facts, and the raw state where the host was read."""
        given = options["facts"]
        # Facts have what w3wp.exe.config means, not its text, which is needed to edit it.
        edits = W3WP_CONFIG in wanted_of(options, []).named()
        if given is not None and not (edits and not has_switch(given, DONT_SYSTEM_DEFAULT, False, "present")):
            return dict(given), None
        answer = self.collect(["all"], task_vars)
        return build_facts(answer, accepted=options["accepted"]), answer["raw"]

    def _assessed(self, host: str, facts: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
        """The document of the assessment.

        Raises:
            HostFailure: it could not be made.
        """
        with self._our_faults():
            assessed = assess(facts, options["evidence"], profile=options["profile"])
            return audited(host, facts, assessed, **about_audit(options["profile"]))

    def _plan(
        self,
        facts: Mapping[str, Any],
        raw: Mapping[str, Any] | None,
        document: Mapping[str, Any],
        options: Mapping[str, Any],
    ) -> Plan:
        """The plan for a server of which the document tells.

        Raises:
            AnsibleActionFail: an option makes no sense.
            HostFailure: it could not be made.
        """
        with self._our_faults():
            package = self._package(facts, options)
            return make_plan(facts, raw, wanted_of(options, document["findings"], package))

    @contextmanager
    def _our_faults(self) -> Iterator[None]:
        """What takes any input and fails all the same costs this host, not the run."""
        try:
            yield
        except AnsibleActionFail:
            raise
        except ValueError as problem:
            raise AnsibleActionFail(clean(str(problem), 800)) from None
        except Exception as problem:
            cause = f"a fault of this collection, {type(problem).__name__}: {problem}"
            raise HostFailure(error("malformed_answer", cause, secrets=self._secrets())) from problem

    def _package(self, facts: Mapping[str, Any], options: Mapping[str, Any]) -> PackageFile | None:
        """The package, where one is named and the plan needs it: reading it takes a while."""
        path = options["monthly_rollup_package"]
        if path is None or MONTHLY_ROLLUP not in wanted_of(options, []).named() or not wants_package(facts):
            return None
        return self.package(path)


def _nothing_done(plan: Plan) -> dict[str, Any]:
    """The result of a plan of which nothing came back from the host."""
    return {**outcome(plan), "journal_copy": None, "from_times": []}


def _has_no_role(facts: Mapping[str, Any]) -> bool:
    """Whether it is known that this is no WSUS server."""
    return Facts(facts).get(bool, "wsus", "role", "installed") is False


def _topmost(facts: Mapping[str, Any]) -> bool:
    """Whether it is known to synchronize with Microsoft Update itself."""
    return Facts(facts).get(str, "wsus", "hierarchy", "position") == "topmost"
