# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Brings the package of a plan to the host before the plan is carried out.

FOR INTERNAL COLLECTION USE ONLY: it may change in any release.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleError

from ._action import APPLY, HostFailure
from ._change import ChangeAction
from .apply.answer import Failure, check_staged
from .apply.outcome import NEXT_STEPS, outcome
from .collect import CONNECTION_CODES
from .plan import PackageFile, Plan, load_package
from .plan.model import PACKAGE, Operation
from .text import clean

COPY_FAILED = "copy_failed"
_NEXT_STEPS = {**NEXT_STEPS, COPY_FAILED: "Look at the disk of %ProgramData% and at the connection, then run again."}


class PackageAction(ChangeAction):
    """A plan with a package is carried out in two executions and a copy; the second removes the copy."""

    def package(self, path: str) -> PackageFile:
        """The file on the controller, looked for as Ansible looks for files, and read whole.

        Raises:
            AnsibleActionFail: there is none, or it can't be read.
        """
        try:
            return load_package(self._find_needle("files", path))
        except (AnsibleError, OSError) as problem:
            text = clean(str(problem), 600).rstrip(". ")
            raise AnsibleActionFail(
                f"monthly_rollup_package can't be read: {text}. Name a file on the controller."
            ) from None

    def carry_out(
        self, plan: Plan, options: Mapping[str, Any], task_vars: Mapping[str, Any], **more: Any
    ) -> dict[str, Any]:
        """As ``ChangeAction``."""
        package = next((operation for operation in plan.operations if operation.kind == PACKAGE), None)
        if package is None or self._task.check_mode or plan.failures() or not plan.for_host():
            return super().carry_out(plan, options, task_vars, **more)
        local = self._find_needle("files", str(options["monthly_rollup_package"]))
        try:
            place = self._send(local, package, task_vars)
        except HostFailure as failure:
            failure.before = True
            raise
        if isinstance(place, Failure):
            return self._not_copied(plan, package, place)
        operations = tuple(replace(one, path=place) if one is package else one for one in plan.operations)
        try:
            return super().carry_out(replace(plan, operations=operations), options, task_vars, **more)
        except HostFailure as failure:
            self._discard(failure, task_vars)
            raise

    def _send(self, local: str, package: Operation, task_vars: Mapping[str, Any]) -> str | Failure:
        """The path of the copy on the host, or why there is none.

        Raises:
            HostFailure: the host was not reached, or gave no answer.
        """
        size = (package.details or {})["size"]
        arguments = {"action": "stage_package", "package_name": package.name, "package_size": size}
        place = self.checked(check_staged, self.execute(APPLY, arguments, task_vars))
        if isinstance(place, Failure):
            return place
        try:
            self.send(local, place)
        except HostFailure as failure:
            if failure.error["code"] in CONNECTION_CODES:
                raise
            self._discard(failure, task_vars)
            return Failure(COPY_FAILED, failure.error["message"])
        return place

    def _discard(self, failure: HostFailure, task_vars: Mapping[str, Any]) -> None:
        """Removes the copy. After a lost connection the host may still be at work on it, and removes it itself."""
        if failure.error["code"] not in CONNECTION_CODES:
            with contextlib.suppress(HostFailure):
                self.execute(APPLY, {"action": "stage_package"}, task_vars)

    @staticmethod
    def _not_copied(plan: Plan, package: Operation, failure: Failure) -> dict[str, Any]:
        text = f"{failure.code}: {clean(failure.message, 400)}".rstrip(". ")
        return {
            **outcome(plan),
            "journal_copy": None,
            "failed": True,
            "msg": f"{package.id} ({clean(package.name, 120)}) could not be copied to the host: {text}. "
            f"Nothing was written. {_NEXT_STEPS.get(failure.code, NEXT_STEPS['unreadable'])}",
        }
