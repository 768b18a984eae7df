# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers the module wsus.compliance.wsus_capture as docs/reference/capture_host.md says.

A capture holds one connection for each synchronization that ended while it ran, as packets.py makes them.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from . import modules, packets
from .machine import Machine
from .modules import ModuleFailure, Result
from .times import format_time

NAME = "wsus.compliance.wsus_capture"
FOLDER = r"C:\ProgramData\wsus.compliance\capture"
TRACE = rf"{FOLDER}\trace.etl"
_OPTIONS = ("action", "tool", "max_size", "ports", "offset", "length")
_WRITING = ("start", "stop", "remove")
# Since Windows Server 2022 the program takes pktmon where the tool is left to it.
_PKTMON_BUILD = 20348


@dataclass(frozen=True)
class Trace:
    """The one capture of a host."""

    tool: str
    started: datetime
    max_size: int
    ports: tuple[int, ...]
    stopped: datetime | None = None
    fetched: bytes | None = field(default=None, repr=False)


def run(machine: Machine, options: Mapping[str, Any], check_mode: bool) -> Result:
    """The module's result."""
    try:
        modules.require_powershell(machine.state)
        modules.refuse_unknown(NAME, options, _OPTIONS)
        action = options.get("action")
        if action not in _ACTIONS:
            raise ModuleFailure(f"value of action must be one of: {', '.join(_ACTIONS)}, got: {action}")
        answer: Result = {"contract": machine.state.contract, "error": None}
        if action in machine.state.behaviour.capture.fails:
            answer |= _error("write_failed", f"The scenario lets {action} fail.")
        else:
            answer |= _ACTIONS[action](machine, options, check_mode)
        if action in _WRITING and answer.get("changed") and not check_mode:
            machine.on_write({"kind": "capture", "name": NAME, "check_mode": False, "written": [TRACE]})
    except ModuleFailure as failure:
        answer = {"failed": True, "msg": str(failure)}
    return {"changed": False, **answer, "invocation": {"module_args": dict(options)}}


def _error(code: str, message: str) -> Result:
    return {"error": {"code": code, "message": message}}


def _shape(trace: Trace | None) -> Result | None:
    if trace is None:
        return None
    return {
        "tool": trace.tool,
        "started": format_time(trace.started),
        "max_size": trace.max_size,
        "ports": list(trace.ports),
        "file": TRACE,
        "size": 65536,
        "running": trace.stopped is None,
    }


def _start(machine: Machine, options: Mapping[str, Any], check_mode: bool) -> Result:
    trace: Trace | None = machine.capture
    if trace is not None:
        if trace.stopped is None:
            return {"capture": _shape(trace)}
        return _error("busy", "A capture that does not run any more is there: fetch it, or have it removed.")
    tool = options.get("tool", "auto")
    if tool == "auto":
        tool = "pktmon" if _build(machine) >= _PKTMON_BUILD else "netsh"
    if machine.state.behaviour.capture.taken:
        return _error("busy", f"{tool} captures already, for somebody else: it is left alone.")
    ports = tuple(int(port) for port in options.get("ports") or [443])
    trace = Trace(str(tool), machine.clock(), int(options.get("max_size", 128)), ports)
    if check_mode:
        return {"changed": True, "capture": {**(_shape(trace) or {}), "started": None, "running": False}}
    machine.capture = trace
    machine.write_file(TRACE, b"trace")
    return {"changed": True, "capture": _shape(trace)}


def _stop(machine: Machine, options: Mapping[str, Any], check_mode: bool) -> Result:
    trace: Trace | None = machine.capture
    if trace is None or trace.stopped is not None:
        return {"capture": _shape(trace), "ended_early": False}
    if not check_mode:
        machine.capture = replace(trace, stopped=machine.clock())
    return {"changed": True, "capture": _shape(machine.capture), "ended_early": False}


def _status(machine: Machine, options: Mapping[str, Any], check_mode: bool) -> Result:
    return {"capture": _shape(machine.capture)}


def _convert(machine: Machine, options: Mapping[str, Any], check_mode: bool) -> Result:
    trace: Trace | None = machine.capture
    if trace is None:
        return _error("not_found", "there is no capture of this collection on the host")
    if trace.stopped is None:
        return _error("busy", "the capture still runs: stop it first")
    if check_mode:
        return {"capture": _shape(trace)}
    frames = packets.traffic(machine.state, trace.started, trace.stopped)
    if trace.tool == "pktmon":
        kind, content, told = "pcapng", packets.pcapng(frames), None
    else:
        kind, content, told = "frames", packets.records(frames), len(frames)
    machine.capture = replace(trace, fetched=content)
    left_out = None if told is None else 3
    sizes = {"format": kind, "size": len(content), "packets": told, "left_out": left_out}
    return {"changed": True, "capture": _shape(trace), **sizes}


def _read_file(machine: Machine, options: Mapping[str, Any], check_mode: bool) -> Result:
    trace: Trace | None = machine.capture
    if trace is None or trace.fetched is None:
        return _error("not_found", "there is nothing that was converted")
    offset, length = int(options.get("offset", 0)), int(options.get("length", 8 << 20))
    part = trace.fetched[offset : offset + length]
    return {"offset": offset, "length": len(part), "content": base64.b64encode(gzip.compress(part)).decode()}


def _remove(machine: Machine, options: Mapping[str, Any], check_mode: bool) -> Result:
    there = machine.capture is not None
    if there and not check_mode:
        machine.capture = None
        machine.write_file(TRACE, None)
    return {"changed": there, "capture": _shape(machine.capture)}


def _build(machine: Machine) -> int:
    key = machine.state.registry.find(r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion")
    value = key.values.get("currentbuildnumber") if key else None
    return int(str(value.data)) if value and str(value.data).isdigit() else 0


_ACTIONS: dict[str, Callable[[Machine, Mapping[str, Any], bool], Result]] = {
    "start": _start,
    "stop": _stop,
    "status": _status,
    "convert": _convert,
    "read_file": _read_file,
    "remove": _remove,
}
