# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The way of the roles enforce and rollback as bare tasks of their modules, for many hosts at once.

A task of a role costs the controller more than a simulated host does, and a fifth of what a host of the lab does: here
are those that reach a host. Hosts do not wait for each other, and what they left is written once, for all.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RESTARTS = {"restart_ok": True, "reboot_ok": True, "reboot_timeout": 120}
_WAITS = "(enforce.restart_required + enforce.reboot_required + enforce.from_times) | length > 0"
_CHANGED = "enforce is changed or service_restart is changed or synchronize | default(false)"
# Host variable `synchronize`: prove a synchronization though nothing is to be changed.
STEPS: dict[str, list[dict[str, Any]]] = {
    "predicted": [{"enforce": {"apply": "all"}, "check_mode": True}],
    "done": [
        {"enforce": {"apply": "all"}},
        {"service_restart": {**RESTARTS, "from_times": True}, "when": ["enforce is not failed", _WAITS]},
        {"synchronization": {"assess": False}, "when": ["enforce is not failed", _CHANGED]},
        {"assess": {}, "when": f"{_CHANGED} or enforce is failed"},
    ],
    "again": [{"enforce": {"apply": "all"}}],
    "back": [{"rollback": {}}, {"assess": {}, "when": "rollback is changed"}],
}
PREDICTED = ("applied", "changed", "diff", "plan", "refused", "restarts", "unresolved")
"""What of a result check mode predicts."""


def play_text(step: str, path: Path) -> str:
    """The tasks of a step on all hosts, and a file with what they left: by host and module."""
    names = [next(iter(task)) for task in STEPS[step]]
    tasks = [
        {f"wsus.compliance.{name}": task[name], "register": name, "ignore_errors": True, "diff": True}
        | {key: item for key, item in task.items() if key != name}
        for name, task in zip(names, STEPS[step], strict=True)
    ]
    left = ", ".join(f"'{name}': hostvars[host].{name} | default(none)" for name in names)
    each = f"{{% for host in groups.all %}}{{% set _ = found.update({{host: {{{left}}}}}) %}}{{% endfor %}}"
    keep = {
        "ansible.builtin.copy": {
            "content": f"{{% set found = {{}} %}}{each}{{{{ found | to_json }}}}",
            "dest": str(path),
            "mode": "0600",
        }
    }
    way = {"hosts": "all", "gather_facts": False, "strategy": "ansible.builtin.free", "tasks": tasks}
    last = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": [keep]}
    return json.dumps([way, last], indent=1)


def outcome_after(left: dict[str, Any]) -> str:
    """How a host is after step `done`: as before, where nothing was changed."""
    audit = left["assess"] if left["assess"].get("outcome") else left["enforce"]["audit"]
    return str(audit["outcome"])


def restarted(left: dict[str, Any]) -> list[dict[str, Any]]:
    """The restarts of step `done`."""
    return list((left["service_restart"] or {}).get("restarts", ()))
