# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An action plugin with a stub in place of the connection and of ``_execute_module``."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

ANSWER = {"changed": False, "contract": 1, "collected_at": "2026-11-24T02:31:04.353Z", "raw": {}}
PASSWORD = "correct-horse-battery"


class TaskTimeoutError(BaseException):
    """As ansible-core's: no Exception."""


class HostVars(dict):
    def raw_get(self, name):
        return self[name]


def action(
    module: Any,
    args: dict[str, Any],
    answer: Any = None,
    *,
    windows: bool = True,
    strategy: str = "linear",
    run_once: bool = True,
    delegate_to: str | None = None,
) -> Any:
    """The action of a module with these task arguments; ``answer`` is what the collector returns or raises."""
    play = SimpleNamespace(strategy=strategy)
    task = MagicMock(
        args=args, async_val=0, check_mode=False, delegate_to=delegate_to, run_once=run_once, get_play=lambda: play
    )
    shell = SimpleNamespace(SHELL_FAMILY="powershell" if windows else "sh", tmpdir=None)
    if windows:
        shell._IS_WINDOWS = True
    options = {"remote_addr": "10.0.0.5", "port": 5986, "remote_password": PASSWORD}
    connection = MagicMock(transport="winrm", _shell=shell, become=None, get_option=options.__getitem__)
    made = module.ActionModule(task, connection, MagicMock(password=None), MagicMock(), MagicMock(), MagicMock())
    made._load_name = "wsus.compliance.test"
    calls: list[dict[str, Any]] = []

    def execute(**arguments):
        calls.append(arguments)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    made._execute_module = execute
    made.calls = calls
    return made


def run(made: Any, host: str = "wsus-1", **variables: Any) -> dict[str, Any]:
    return made.run(task_vars={"inventory_hostname": host, **variables})


def audit(result_outcome: str, **more: Any) -> dict[str, Any]:
    return {
        "host": "wsus-1",
        "audited_at": "2026-11-24T02:31:04.353Z",
        "outcome": result_outcome,
        "issues": {},
        "error": None,
        "reasons": ["fail high a.b: c"],
        "summary": {},
        "path": "/out/wsus-1.json",
        **more,
    }
