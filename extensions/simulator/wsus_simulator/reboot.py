# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The commands of a restart of Windows: what ansible.windows.win_reboot runs, and nothing else.

It asks for the time of the last start, plans a restart with shutdown.exe, asks again until the answer is another one,
and waits for the logon screen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from .machine import Machine
from .restart import reboot
from .state import Problem
from .winrm import Outcome

_LOGON = r"HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon\AutoLogonChecked"
# What win_reboot adds to each of its commands, to give their exit code on
_TAIL = re.compile(r"; If \(-not \$\?\) \{ If \(Get-Variable LASTEXITCODE [^{}]*\) \{[^{}]*\} Else \{[^{}]*\} \}\Z")
_BOOT_TIME = "(Get-CimInstance -ClassName Win32_OperatingSystem -Property LastBootUpTime).LastBootUpTime.ToFileTime()"
_SHUTDOWN = re.compile(r"C:\\Windows\\System32\\shutdown\.exe /r /t (\d{1,5}) /c '(?:[^']|'')*' \| Set-Variable stdout")
_ABORT = "C:\\Windows\\System32\\shutdown.exe /a"
_TEST = re.compile(r"Get-Item -LiteralPath '([^']+)' -ErrorAction Stop; '(success-[0-9a-f-]+)'\Z")
_FILETIME_EPOCH = datetime(1601, 1, 1, tzinfo=timezone.utc)
_NOT_FOUND = b"Cannot find path because it does not exist."


def find(script: str) -> tuple[str, Callable[[Machine], Outcome]] | None:
    """The name of a command and what it does, if it is one of these."""
    text = _TAIL.sub("", script.strip())
    if text == _BOOT_TIME:
        return "boot time", _boot_time
    if text == _ABORT:
        return "shutdown /a", _abort
    if planned := _SHUTDOWN.search(text):
        forget = "if ($True)" in text
        return "shutdown /r", lambda machine: _plan(machine, float(planned[1]), forget)
    if (test := _TEST.match(text)) and test[1] == _LOGON:
        return "logon screen", lambda machine: _logon_screen(machine, test[2])
    return None


def _boot_time(machine: Machine) -> Outcome:
    boot = machine.state.boot_time
    if isinstance(boot, Problem):
        return Outcome(b"", boot.message.encode(), 1)
    return Outcome(f"{(boot - _FILETIME_EPOCH) // timedelta(microseconds=1) * 10}\r\n".encode())


def _logon_screen(machine: Machine, words: str) -> Outcome:
    machine.settle()
    return Outcome(f"{words}\r\n".encode()) if machine.logon_screen else Outcome(b"", _NOT_FOUND, 1)


def _plan(machine: Machine, seconds: float, forget: bool) -> Outcome:
    with machine.lock:
        machine.settle()
        if machine.state.behaviour.read_only:
            return _said(5, "Access is denied.(5)")
        if machine.shutdown:
            return _said(1190, "A system shutdown has already been scheduled.(1190)")
        machine.logon_screen = machine.logon_screen and not forget
        machine.on_write({"kind": "reboot", "name": "shutdown.exe", "check_mode": False, "written": ["reboot"]})
        delay = min(seconds, machine.state.behaviour.timing.shutdown)
        machine.shutdown = machine.after(delay, lambda when: go_down(machine, when))
        return _said(0, "")


def _abort(machine: Machine) -> Outcome:
    with machine.lock:
        machine.settle()
        if machine.shutdown is None:
            return Outcome(b"", b"Unable to abort the system shutdown because no shutdown was in progress.(1116)", 92)
        machine.cancel(machine.shutdown)
        machine.shutdown = None
        return Outcome()


def go_down(machine: Machine, when: datetime, seconds: float | None = None) -> None:
    """Windows goes down now, and is back after so many seconds; None: as the scenario says."""
    with machine.lock:
        if machine.shutdown:
            # It went by itself before it came to that.
            machine.cancel(machine.shutdown)
            machine.shutdown = None
        away = machine.state.behaviour.timing.boot if seconds is None else seconds
        machine.back_at = when + timedelta(seconds=away)
        reboot(machine, machine.back_at)
        machine.logon_screen = True
        machine.on_reboot()


def _said(code: int, text: str) -> Outcome:
    answer: dict[str, Any] = {"rc": code, "stdout": "", "stderr": text}
    return Outcome(json.dumps(answer).encode() + b"\r\n")
