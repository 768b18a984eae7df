# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the hosts of a play have registered, and which of them writes the report of all.

FOR INTERNAL COLLECTION USE ONLY: it may change in any release.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ansible import constants as C

from .report.files import plain
from .report.fleet import is_result

LOCKSTEP = frozenset({"linear", "ansible.builtin.linear", "debug", "ansible.builtin.debug"})
"""Strategies in which all hosts of a batch are at the same task: when the report runs, every host has been audited."""


def registered(host: str, register: str, task_vars: Mapping[str, Any]) -> Any:
    """What ``host`` has registered. ``raw_get`` takes it as it is: nothing that came from a host is templated."""
    hostvars = task_vars.get("hostvars") or {}
    if host not in hostvars:
        return None
    variables = getattr(hostvars, "raw_get", hostvars.get)(host)
    return variables.get(register) if isinstance(variables, Mapping) else None


def results_of(hosts: Iterable[str], register: str, task_vars: Mapping[str, Any]) -> dict[str, dict[str, Any] | None]:
    """Host -> its registered result of this run, None where it has none."""
    found = {name: registered(name, register, task_vars) for name in hosts}
    return {name: plain(one) if is_result(one) else None for name, one in found.items()}


def writer_of(hosts: list[str], register: str, task_vars: Mapping[str, Any]) -> str | None:
    """The host that writes the report where all run it in lockstep: the first that has a result, else the first.

    Every host comes to the same answer, and mostly looks at one host only.
    """
    with_result = (name for name in hosts if is_result(registered(name, register, task_vars)))
    return next(with_result, hosts[0] if hosts else None)


def in_lockstep(task: Any) -> bool:
    """Whether run_once means anything in the play of this task."""
    try:
        return str(task.get_play().strategy) in LOCKSTEP
    except AttributeError:
        return True


def claimed(what: Any) -> bool:
    """Whether this process of the run is the first to ask for ``what``.

    Ansible's own temporary folder is one for the run and all its workers, and ends with it.
    """
    name = hashlib.sha256(json.dumps(what, sort_keys=True, default=str).encode()).hexdigest()
    try:
        Path(C.DEFAULT_LOCAL_TMP, f"wsus_report_{name}").touch(0o600, exist_ok=False)
    except FileExistsError:
        return False
    return True
