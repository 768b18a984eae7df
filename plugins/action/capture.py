# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Starts, stops, fetches and removes the one capture that the collection has on a host."""

from __future__ import annotations

import filecmp
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail

from ..plugin_utils._action import CAPTURE, HostFailure, WsusAction, ended
from ..plugin_utils.collect.capture_frames import write_pcapng
from ..plugin_utils.collect.capture_host import (
    CaptureAnswer,
    Converted,
    check_capture,
    check_converted,
    check_part,
)
from ..plugin_utils.report.files import plain
from ..plugin_utils.text import clean

SPEC = {
    "state": {
        "type": "str",
        "required": True,
        "choices": ["started", "stopped", "fetched", "absent"],
    },
    "tool": {"type": "str", "default": "auto", "choices": ["auto", "netsh", "pktmon"]},
    "max_size": {"type": "int", "default": 128},
    "ports": {"type": "list", "elements": "int", "default": [443]},
    "dest": {"type": "path"},
}
ACTIONS = {"started": "start", "stopped": "stop", "absent": "remove"}
PART = 8 << 20
"""Bytes of the capture that one execution hands out."""
MODE = 0o600
"""A capture has what others wrote and read."""
EARLY = "The capture did not run any more: it has what was captured until then. Nothing was stopped."


class ActionModule(WsusAction):
    """The user-facing ``wsus.compliance.capture``."""

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(None, task_vars)
        options = self.options(SPEC, required_if=[["state", "fetched", ["dest"]]])
        _check(options)
        dest = self.place(options, "dest")
        variables = task_vars or {}
        try:
            if options["state"] == "fetched":
                return {**result, **self._fetch(Path(str(dest)).absolute(), variables)}
            found = self._ask(variables, action=ACTIONS[options["state"]], **_start_options(options))
        except HostFailure as failure:
            return ended(result, failure.error)
        if found.failure is not None:
            return {**result, "failed": True, "changed": False, **plain(found.told()), "msg": found.failure}
        told = {"changed": found.changed, **plain(found.told())}
        if found.ended_early and options["state"] == "stopped":
            told["warnings"] = [EARLY]
        return {**result, **told}

    def _ask(self, task_vars: Mapping[str, Any], **arguments: Any) -> CaptureAnswer:
        return self.checked(check_capture, self.execute(CAPTURE, arguments, task_vars))

    def _fetch(self, dest: Path, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        if dest.is_dir():
            raise AnsibleActionFail(f"dest is a folder: {clean(dest, 500)}; name the file that the capture becomes")
        answer = self.execute(CAPTURE, {"action": "convert"}, task_vars)
        found = self.checked(check_capture, answer)
        if found.failure is not None:
            return {"failed": True, "changed": False, **plain(found.told()), "msg": found.failure}
        if self._task.check_mode:
            return {"changed": True, **plain({**found.told(), "dest": str(dest)})}
        converted = self.checked(check_converted, answer)
        try:
            packets, changed = self._write(dest, converted, task_vars)
        except OSError as problem:
            raise AnsibleActionFail(clean(f"{dest} can't be written: {problem.strerror or problem}", 1_000)) from None
        about = {"dest": str(dest), "packets": packets, "left_out": converted.left_out}
        return {"changed": changed, **plain({**found.told(), **about})}

    def _write(self, dest: Path, converted: Converted, task_vars: Mapping[str, Any]) -> tuple[int | None, bool]:
        """(packets, whether the file is another now). Nobody but the user can read it, at no time."""
        dest.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=dest.parent, prefix=".wsus-") as folder:
            fetched, made = Path(folder, "fetched"), Path(folder, "made")
            with fetched.open("wb") as stream:
                while (offset := stream.tell()) < converted.size:
                    length = min(PART, converted.size - offset)
                    part = self._part(offset, length, task_vars)
                    stream.write(part)
            packets = converted.packets
            if converted.format == "frames":
                with fetched.open("rb") as frames, made.open("wb") as target:
                    packets = self.checked(lambda _answer: write_pcapng(frames, target), None)
            else:
                made = fetched
            made.chmod(MODE)
            if dest.is_file() and filecmp.cmp(made, dest, shallow=False):
                changed = dest.stat().st_mode & 0o777 != MODE
                dest.chmod(MODE)
                return packets, changed
            made.replace(dest)
            return packets, True

    def _part(self, offset: int, length: int, task_vars: Mapping[str, Any]) -> bytes:
        answer = self.execute(CAPTURE, {"action": "read_file", "offset": offset, "length": length}, task_vars)
        found = self.checked(check_capture, answer)
        if found.failure is not None:
            raise HostFailure({"code": "module_failed", "message": found.failure})
        return self.checked(lambda one: check_part(one, offset, length), answer)


def _start_options(options: Mapping[str, Any]) -> dict[str, Any]:
    if options["state"] != "started":
        return {}
    return {"tool": options["tool"], "max_size": options["max_size"], "ports": sorted(set(options["ports"]))}


def _check(options: Mapping[str, Any]) -> None:
    if not 16 <= options["max_size"] <= 1024:
        raise AnsibleActionFail("max_size must be 16 to 1024 (megabytes)")
    ports = options["ports"]
    if not 1 <= len(set(ports)) <= 16 or not all(1 <= port <= 65_535 for port in ports):
        raise AnsibleActionFail("ports must be 1 to 16 numbers of 1 to 65535")
