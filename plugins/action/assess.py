# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts and evidence of one host -> findings and issues, and the host's result file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail

from ..plugin_utils._action import HostFailure, WsusAction, ended, now, preload
from ..plugin_utils._checks import check_evidence, check_facts, given_list
from ..plugin_utils.assess import PROFILES, assess
from ..plugin_utils.assess.findings import load_rules
from ..plugin_utils.assess.issues import load_issues
from ..plugin_utils.collect.failure import error
from ..plugin_utils.facts import build_facts
from ..plugin_utils.facts.endpoint_list import EndpointList
from ..plugin_utils.report.files import FileError, file_name, plain, write_json
from ..plugin_utils.report.result import audited, brief, full, not_audited
from ..plugin_utils.report.version import collection_version

preload()
load_rules()
load_issues()
collection_version()

SPEC = {
    "facts": {"type": "dict"},
    "evidence": {"type": "dict"},
    "profile": {"type": "str", "default": "standard", "choices": list(PROFILES)},
    "accepted_suites": {"type": "list", "elements": "str"},
    "endpoint": {"type": "raw"},
    "dest": {"type": "path"},
    "output_dir": {"type": "path"},
    "defer_errors": {"type": "bool", "default": False},
}


def _path(dest: str | None, folder: str | None, host: str) -> Path | None:
    """The absolute path of the result file. ``dest`` is a folder where it ends with a slash or is one already."""
    if folder is not None:
        return Path(folder).absolute() / file_name(host)
    if dest is None:
        return None
    path = Path(dest).absolute()
    return path / file_name(host) if dest.endswith(os.sep) or path.is_dir() else path


class ActionModule(WsusAction):
    """The user-facing ``wsus.compliance.assess``."""

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(None, task_vars)
        options = self.options(
            SPEC, mutually_exclusive=[["facts", "accepted_suites", "endpoint"], ["dest", "output_dir"]]
        )
        check_evidence(options["evidence"])
        accepted = given_list(options)
        check_facts(options["facts"])
        variables = task_vars or {}
        host = str(variables["inventory_hostname"])
        path = _path(self.place(options, "dest"), self.place(options, "output_dir"), host)
        about = {"profile": options["profile"], "version": collection_version()}
        failure: dict[str, str] | None = None
        try:
            facts, assessed = self._assess(options, accepted, variables)
            document = audited(host, facts, assessed, audited_at=now(), **about)
        except HostFailure as problem:
            failure = problem.error
            document = not_audited(host, failure, audited_at=now(), **about)
        if path is not None:
            try:
                write_json(path, document)
            except FileError as problem:
                raise AnsibleActionFail(str(problem)) from None  # its text says the cause
        if failure is not None and not options["defer_errors"]:
            return ended(result, failure)
        kept = full(document) if path is None else brief(document, str(path))
        return {**result, "changed": False, **plain(kept)}

    def _assess(
        self, options: Mapping[str, Any], accepted: EndpointList | None, task_vars: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Facts, handed in or read from the host, and what ``assess()`` says of them.

        Raises:
            HostFailure: the host could not be read, or its answer not be assessed.
        """
        facts = options["facts"]
        answer = self.collect(["all"], task_vars) if facts is None else None
        try:
            if facts is None:
                facts = build_facts(answer, accepted=accepted)
            return facts, assess(facts, options["evidence"], profile=options["profile"])
        except Exception as problem:
            # Both take any input, so this is a fault of theirs. It costs this host, not the run.
            cause = f"a fault of this collection, {type(problem).__name__}: {problem}"
            raise HostFailure(error("malformed_answer", cause, secrets=self._secrets())) from problem
