# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lets a host connect to an endpoint, by one module execution, and returns how that went and what it means."""

from __future__ import annotations

import re
from typing import Any

from ansible.errors import AnsibleActionFail

from ..plugin_utils._action import CONNECTION, HostFailure, WsusAction, ended, preload
from ..plugin_utils.evidence.connection import check_connection, describe, endpoints
from ..plugin_utils.report.files import plain
from ..plugin_utils.text import clean

preload()

PROTOCOLS = ("default", "SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3")
SPEC = {
    "host": {"type": "str", "default": endpoints()[0]},
    "port": {"type": "int", "default": 443},
    "proxy": {"type": "str", "default": "wsus"},
    "protocols": {
        "type": "list",
        "elements": "str",
        "choices": list(PROTOCOLS),
        "default": ["default", "TLS 1.0", "TLS 1.1", "TLS 1.2"],
    },
    "timeout": {"type": "int", "default": 10},
}
TIMEOUTS = (1, 60)
PORTS = (1, 65_535)
_NAME = re.compile(r"[A-Za-z0-9._:-]{1,255}")
_ADDRESS = re.compile(r"(?:[a-z]+://)?(?P<host>[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\]):(?P<port>[0-9]{1,5})/?")


def _range(options: dict[str, Any], name: str, bounds: tuple[int, int]) -> None:
    low, high = bounds
    if not low <= options[name] <= high:
        raise AnsibleActionFail(f"{name} must be {low} to {high}, not {options[name]}")


def _proxy(given: str) -> dict[str, Any]:
    """The program's options for ``proxy``.

    Raises:
        AnsibleActionFail: it is none of the forms; what is shown of it can be no password.
    """
    if given in ("wsus", "none"):
        return {"proxy_from": given}
    if "@" in given:
        raise AnsibleActionFail("proxy must not have a user or a password: none is ever sent. Write host:port.")
    found = _ADDRESS.fullmatch(given)
    if found is None or not PORTS[0] <= int(found["port"]) <= PORTS[1]:
        raise AnsibleActionFail(f"proxy must be wsus, none, or host:port such as proxy:8080, not {clean(given, 60)}")
    return {"proxy_from": "given", "proxy_name": found["host"].strip("[]"), "proxy_port": int(found["port"])}


class ActionModule(WsusAction):
    """The user-facing ``wsus.compliance.connection_info``."""

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(None, task_vars)
        options = self.options(SPEC)
        if not _NAME.fullmatch(options["host"]):
            raise AnsibleActionFail("host must be a host name (in ASCII) or an address, without scheme, port and path")
        if not options["protocols"]:
            raise AnsibleActionFail("protocols names none")
        _range(options, "port", PORTS)
        _range(options, "timeout", TIMEOUTS)
        arguments = {
            "target": options["host"],
            "port": options["port"],
            "protocols": list(dict.fromkeys(options["protocols"])),
            "timeout": options["timeout"],
            **_proxy(options["proxy"]),
        }
        try:
            answer = self.checked(check_connection, self.execute(CONNECTION, arguments, task_vars or {}))
        except HostFailure as failure:
            return ended(result, failure.error)
        return {**result, "changed": False, **plain(describe(answer))}
