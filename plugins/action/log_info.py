# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Logs of WSUS and of Configuration Manager -> classified events, start-ups, and how far each log was read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail

from ..plugin_utils._action import LOGS, HostFailure, WsusAction, ended
from ..plugin_utils.collect.log_files import check_logs
from ..plugin_utils.evidence.logs import iso_time, read_logs
from ..plugin_utils.evidence.logs.files import Reading, read_files
from ..plugin_utils.evidence.logs.host import host_reading, known_files, last_event
from ..plugin_utils.evidence.logs.keep import combined
from ..plugin_utils.evidence.logs.signatures import load_signatures
from ..plugin_utils.report.files import FileError, file_name, plain, read_json, write_json
from ..plugin_utils.text import clean

load_signatures()

SPEC = {
    "src": {"type": "list", "elements": "path"},
    "remote_src": {"type": "bool", "default": True},
    "windows_events": {"type": "bool", "default": False},
    "max_bytes": {"type": "int", "default": 64 * 1024 * 1024},
    "since": {"type": "str"},
    "offsets": {"type": "dict"},
    "state_dir": {"type": "path"},
}
LEAST, MOST = 65_536, 268_435_456
STATE_MODE = 0o600


def _since(text: str | None) -> str | None:
    """The option as the parser takes it.

    Raises:
        AnsibleActionFail: it is no time.
    """
    if text is None:
        return None
    time = iso_time(text, utc=True)
    if time is None:
        raise AnsibleActionFail(
            f"since is not a time: {clean(text, 60)}. Give it as 2026-03-04T05:06:07Z (without a time zone: UTC)."
        )
    return time


class ActionModule(WsusAction):
    """The user-facing ``wsus.compliance.log_info``."""

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(None, task_vars)
        options = self.options(SPEC, mutually_exclusive=[["offsets", "state_dir"]])
        self._check(options)
        since = _since(options["since"])
        state = self._state(options, task_vars or {})
        before = _read_state(state)
        offsets = options["offsets"] if state is None else before.get("offsets")
        try:
            reading = self._reading(options, offsets, task_vars or {})
        except HostFailure as failure:
            return ended(result, failure.error)
        found = read_logs(reading.sources, since)
        answer = found.as_dict()
        if state is not None:
            answer = {**answer, **combined(before, answer)}
        answer = plain({**answer, "offsets": reading.offsets()})
        if state is not None and found.readable and not self._task.check_mode:
            try:
                write_json(state, {name: answer[name] for name in ("offsets", "events", "startups")}, STATE_MODE)
            except FileError as failure:
                raise AnsibleActionFail(str(failure)) from None
        if not found.readable:
            errors = "; ".join(f"{one['path']}: {one['error']['message']}" for one in found.sources)
            return {
                **result,
                "changed": False,
                **answer,
                "failed": True,
                "msg": f"No log could be read. {clean(errors, 1_000)}",
            }
        return {**result, "changed": False, **answer}

    @staticmethod
    def _check(options: Mapping[str, Any]) -> None:
        """Raises AnsibleActionFail where options make no sense together."""
        given = options["src"]
        if given is not None and not all(name.strip() for name in given):
            raise AnsibleActionFail("src must name logs, and none of its entries may be empty")
        if not options["remote_src"] and not given:
            raise AnsibleActionFail("src must name at least one log of the controller")
        if options["windows_events"] and not options["remote_src"]:
            raise AnsibleActionFail("windows_events are read on the managed host, which remote_src=false leaves alone")
        if not LEAST <= options["max_bytes"] <= MOST:
            raise AnsibleActionFail(f"max_bytes must be {LEAST} to {MOST}")

    def _state(self, options: Mapping[str, Any], task_vars: Mapping[str, Any]) -> Path | None:
        """The file that keeps what earlier runs found of this host."""
        folder = self.place(options, "state_dir")
        if folder is None:
            return None
        return Path(folder).absolute() / file_name(str(task_vars["inventory_hostname"]))

    def _reading(self, options: Mapping[str, Any], offsets: Any, task_vars: Mapping[str, Any]) -> Reading:
        """Sources of the controller, or of the host.

        Raises:
            HostFailure: the host could not be read.
        """
        if not options["remote_src"]:
            return read_files(options["src"], offsets)
        arguments: dict[str, Any] = {
            "src": options["src"] or [],
            "known": known_files(offsets),
            "maximum": options["max_bytes"],
        }
        if options["windows_events"]:
            arguments["windows_events"] = {"after": last_event(offsets)}
        # Logs are evidence of where they come from, which each event names; another host may have those of the site.
        answer = self.execute(LOGS, arguments, task_vars, delegated=True)
        return host_reading(self.checked(check_logs, answer), offsets)


def _read_state(path: Path | None) -> dict[str, Any]:
    """What earlier runs kept; nothing where there was none.

    Raises:
        AnsibleActionFail: the file is there and can't be read.
    """
    if path is None or not path.exists():
        return {}
    try:
        return read_json(path)
    except FileError as failure:
        text = (
            f"{failure}. It keeps how far the logs of this host were read; without it they are read from their begin."
        )
        raise AnsibleActionFail(text) from None
