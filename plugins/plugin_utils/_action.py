# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the action plugins have in common. The only module below plugin_utils that knows Ansible.

FOR INTERNAL COLLECTION USE ONLY: it may change in any release.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

from .apply.answer import ANSWER_MEMBERS
from .collect import CONNECTION_CODES, AnswerError, check_answer, from_exception, from_result
from .collect.capture_host import CAPTURE_MEMBERS
from .collect.failure import error
from .collect.log_files import LOG_MEMBERS
from .collect.memory import limited
from .collect.output import TAKEN, read_output, shortened
from .collect.raised import raised
from .facts import BUILDERS, CONTRACT, build_facts, tables

Checked = TypeVar("Checked")
COLLECTOR = "wsus.compliance.wsus_facts"
APPLY = "wsus.compliance.wsus_apply"
LOGS = "wsus.compliance.wsus_logs"
CONNECTION = "wsus.compliance.wsus_connection"
CAPTURE = "wsus.compliance.wsus_capture"
READ_FILE = "ansible.windows.slurp"
MEMBERS = {
    COLLECTOR: TAKEN,
    APPLY: ANSWER_MEMBERS,
    LOGS: LOG_MEMBERS,
    CONNECTION: TAKEN,
    CAPTURE: CAPTURE_MEMBERS,
    READ_FILE: ("content",),
}
"""What is read of each program's answer."""
SUBSETS = tuple(BUILDERS)
_SECRET_OPTIONS = (
    "remote_password",
    "password",
    "certificate_key_password",
    "private_key_passphrase",
    "become_pass",
)


class HostFailure(Exception):
    """A host that can't be audited; ``error`` is ``{code, message}`` of docs/reference/findings.md. ``before``: it
    failed before it was asked to change anything.
    """

    def __init__(self, found: Mapping[str, str]) -> None:
        super().__init__(found["message"])
        self.error = dict(found)
        self.before = False


def ended(result: Mapping[str, Any], found: Mapping[str, str]) -> dict[str, Any]:
    """The result of a task that ends with this error: failed, unless the connection was lost.

    Raises:
        AnsibleConnectionFailure: it was, and so Ansible counts the host as unreachable.
    """
    if found["code"] in CONNECTION_CODES:
        raise AnsibleConnectionFailure(found["message"])
    # Not raised: older releases of ansible-core show a traceback with every exception.
    return {**result, "failed": True, "changed": False, "msg": found["message"]}


def now() -> str:
    """This moment of the controller as a contract TIME."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def preload() -> None:
    """Loads the tables of the facts. Called where an action plugin is loaded, which is Ansible's main process.

    Each host is then worked on in a process forked from it, which would otherwise read the same tables again. Where
    they can't be read, every host says so by itself.

    What is there by then stays: the collector of garbage passes it over, in these processes too. Else each of them
    would look through all of Ansible, and so copy the memory that it shares.
    """
    try:
        for path in Path(tables.__file__).parent.glob("*.yml"):
            tables.load_table(path.stem)
        build_facts({"contract": CONTRACT, "raw": {name: {} for name in BUILDERS}})
    except Exception:
        pass
    if not gc.get_freeze_count():
        gc.collect()
        gc.freeze()


def _is_task_timeout(problem: BaseException) -> bool:
    """Ansible's alarm for the task keyword ``timeout``: no Exception, and its class moved between releases."""
    return any(cls.__name__ == "TaskTimeoutError" for cls in type(problem).__mro__)


class WsusAction(ActionBase):
    """Options in, data of plugin_utils out. Only those that stand on ``_change.py`` change anything on a host."""

    _supports_check_mode = True
    _supports_async = False
    _answer: Mapping[str, Any] = MappingProxyType({})
    _taken: Collection[str] = TAKEN

    def options(self, spec: Mapping[str, Any], **rules: Any) -> dict[str, Any]:
        """The task's options, checked and converted; an unknown option or value ends the task with a clear text."""
        _result, options = self.validate_argument_spec(dict(spec), **rules)
        return {name: options.get(name) for name in spec}

    def place(self, options: Mapping[str, Any], name: str) -> str | None:
        """The option ``name``, a file or folder; None where it is not given. Empty is refused: it would mean ``/``."""
        if name not in self._task.args:
            return None
        given = self._task.args[name]
        if not isinstance(given, (str, os.PathLike)) or not str(given).strip():
            raise AnsibleActionFail(f"{name} must be the name of a file or folder, not empty and no other type")
        return str(options[name])

    def execute(
        self, module: str, arguments: Mapping[str, Any], task_vars: Mapping[str, Any], *, delegated: bool = False
    ) -> dict[str, Any]:
        """What a PowerShell program of the collection answers, by one module execution.

        Args:
            delegated: whether the answer may be of another host, to which the task is delegated.

        Raises:
            HostFailure: there is no answer, or the program failed.
            AnsibleActionFail: the task is delegated.
        """
        if self._task.delegate_to and not delegated:
            raise AnsibleActionFail(
                "delegate_to can't be used here: the state of the host that the task is delegated to would be recorded "
                "as that of this one. Run the task on that host instead."
            )
        where, secrets = self._where(), self._secrets()
        shell = getattr(self._connection, "_shell", None)
        if not getattr(shell, "_IS_WINDOWS", False):
            # Sent there, the module would fail with a text about a missing interpreter.
            family = getattr(shell, "SHELL_FAMILY", "unknown")
            raise HostFailure(error("not_windows", f"its shell is {family}, not PowerShell", where=where))
        self._taken = MEMBERS[module]
        try:
            with limited():
                result = self._execute_module(module_name=module, module_args=dict(arguments), task_vars=task_vars)
        except AnswerError as problem:
            raise HostFailure(error(problem.code, problem.message, where=where, secrets=secrets)) from problem
        except MemoryError as problem:
            cause = f"the answer takes {problem}" if problem.args else "there is no memory left"
            raise HostFailure(error("malformed_answer", cause, where=where)) from None
        except BaseException as problem:
            raise self._raised(problem) from problem
        failed = from_result(result, where=where, secrets=secrets)
        if failed is not None:
            raise HostFailure(failed)
        return {**result, **self._answer}

    def send(self, local: str, remote: str) -> None:
        """Copies a file of the controller to this path of the host, over the connection.

        Raises:
            HostFailure: it can't be.
        """
        try:
            self._transfer_file(local, remote)
        except BaseException as problem:
            raise self._raised(problem) from problem

    def _raised(self, problem: BaseException) -> HostFailure:
        """What the connection raised, as a failure of the host; anything that ends Ansible itself is raised again."""
        if not isinstance(problem, Exception) and not _is_task_timeout(problem):
            raise problem
        first, last = raised(problem)
        return HostFailure(
            from_exception(
                *(first.names, first.text),
                then=last,
                limit=getattr(self._task, "timeout", None),
                where=self._where(),
                secrets=self._secrets(),
            )
        )

    def checked(self, check: Callable[[object], Checked], answer: object) -> Checked:
        """The answer as ``check`` returns it.

        Raises:
            HostFailure: it can't be used.
        """
        try:
            return check(answer)
        except AnswerError as problem:
            found = error(problem.code, problem.message, where=self._where(), secrets=self._secrets())
            raise HostFailure(found) from problem

    def collect(self, subset: Sequence[str], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """The collector's checked answer, by one module execution.

        Raises:
            HostFailure: there is no answer that can be used.
            AnsibleActionFail: the task is delegated.
        """
        return self.checked(check_answer, self.execute(COLLECTOR, {"gather_subset": list(subset)}, task_vars))

    def _parse_returned_data(self, res: Mapping[str, Any], *rest: Any, **more: Any) -> Any:
        """What the module printed, which Ansible would take at its word (collect/output.py)."""
        self._answer, output = read_output(res.get("stdout") or "", self._taken)
        errors = shortened(res.get("stderr") or "")
        return super()._parse_returned_data({**res, "stdout": output, "stderr": errors}, *rest, **more)

    def _option(self, name: str) -> Any:
        """An option of the connection plugin, or None: not every plugin has every option."""
        try:
            return self._connection.get_option(name)
        except Exception:
            return None

    def _where(self) -> str:
        """Connection and address for messages, such as ``winrm, 10.0.0.5:5986``."""
        connection = str(getattr(self._connection, "transport", "") or "unknown connection")
        address = self._option("remote_addr") or self._option("host")
        if not address or connection == "local":
            return connection
        port = self._option("port")
        return f"{connection}, {address}:{port}" if port else f"{connection}, {address}"

    def _secrets(self) -> list[str]:
        """What must not be in a message."""
        found = [self._option(name) for name in _SECRET_OPTIONS]
        become = getattr(self._connection, "become", None)
        if become is not None:
            found.append(self.get_become_option("become_pass"))
        found.append(getattr(self._play_context, "password", None))
        return [one for one in found if isinstance(one, str) and one]
