# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""SoftwareDistribution.log of a simulated host: what WSUS adds to it, and the LOG of an answer."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from .effects import Outcome, startup_lines
from .machine import Machine
from .shapes import Shape, error
from .state import Problem, State

MAX_TEXT = 65536
_COMMUNICATION = "WebServiceCommunicationHelper.ProcessWebServiceProxyException"
_EVENT = "EventLogEventReporter.ReportEvent"
# Threads of each process; any number is one.
_WORKER, _SERVICE = "w3wp.12", "WsusService.15"


def path_of(state: State) -> str:
    """The log's path, as the configuration of WSUS has it."""
    configuration = state.wsus_api.get("configuration") if isinstance(state.wsus_api, Mapping) else None
    path = configuration.get("LogFilePath") if isinstance(configuration, Mapping) else None
    default = f"{state.environment.program_files}\\Update Services\\LogFiles\\SoftwareDistribution.log"
    return path if isinstance(path, str) and path else default


def shape(state: State, offset: int | None) -> Shape:
    """LOG."""
    path = path_of(state)
    found = state.file(path)
    if found is None or found.problem:
        problem = (found.problem if found else None) or Problem("not_found", f"There is no {path}.")
        return {"path": path, "size": None, "from": None, "text": "", **error(problem)}
    if offset is None:
        return {"path": path, "size": found.size, "from": None, "text": "", "error": None}
    start = max(offset if offset <= found.size else 0, found.size - MAX_TEXT)
    text = found.read()[start:].decode("utf-8", "replace")
    return {"path": path, "size": found.size, "from": start, "text": text, "error": None}


def size(state: State) -> int:
    """How long the log is."""
    found = state.file(path_of(state))
    return found.size if found else 0


def startup(machine: Machine, process: str, when: datetime) -> None:
    """What a process of WSUS says at its start."""
    lines = startup_lines(machine.started(process), machine.started("boot"))
    thread = _WORKER if process == "w3wp" else _SERVICE
    _add(machine, when, *(("Info", thread, "SecurityProtocol.LogProtocols", line) for line in lines))


def synchronization_started(machine: Machine, when: datetime) -> None:
    """Two lines: who asked for it, and event 382."""
    _add(
        machine,
        when,
        ("Change", _WORKER, "AdminDataAccess.StartSubscriptionManually", "Synchronization manually started"),
        ("Info", _SERVICE, _EVENT, _event(382, "Information", "A manual synchronization was started.")),
    )


def synchronization_ended(machine: Machine, outcome: Outcome, reason: str, when: datetime) -> None:
    """Event 384, or what failed and event 386."""
    if outcome.good:
        _add(
            machine,
            when,
            ("Info", _SERVICE, _EVENT, _event(384, "Information", "Synchronization completed successfully.")),
        )
        return
    failed(machine, outcome, "WsusService.25", when - timedelta(milliseconds=5))
    _add(machine, when, ("Error", _SERVICE, _EVENT, _event(386, "Error", f"Synchronization failed. Reason: {reason}")))


def import_failed(machine: Machine, outcome: Outcome, when: datetime) -> None:
    """What the worker process says of a failed import."""
    failed(machine, outcome, "w3wp.126", when)


def failed(machine: Machine, outcome: Outcome, process: str, when: datetime) -> None:
    """The records of a connection that failed: retries, then the end of them."""
    if outcome.name == "soap":
        service = f"https://{outcome.endpoint}/v6/ServerSyncWebService/ServerSyncWebService.asmx"
        method = "http://www.microsoft.com/SoftwareDistribution/GetUpdateData"
        text = (
            f'USS ThrowException: Actor = {service}, Method = "{method}", ID={uuid.uuid4()}, '
            "ErrorCode=InternalServerError, Message="
        )
        _add(machine, when, ("Error", process, "SoapUtilities.LogException", text))
        return
    begin = "ProcessWebServiceProxyException found Exception was WebException"
    details = f"Exception Details: {outcome.text('log')}\r\n   at System.Net.HttpWebRequest.GetRequestStream()"
    _add(
        machine,
        when,
        ("Warning", process, _COMMUNICATION, f"{begin}. Action: Retry. {details}"),
        ("Error", process, _COMMUNICATION, f"{begin} but Retry Limit Exceeded. Action: No Retry, Fail. {details}"),
    )


def _event(number: int, kind: str, message: str) -> str:
    return f"EventId={number},Type={kind},Category=Synchronization,Message={message}"


def _add(machine: Machine, when: datetime, *records: tuple[str, str, str, str]) -> None:
    stamp = f"{when:%Y-%m-%d %H:%M:%S}.{when.microsecond // 1000:03} UTC"
    text = "".join("\t".join((stamp, *record)) + "\r\n" for record in records)
    if text:
        with machine.lock:
            machine.append_file(path_of(machine.state), text.encode(), when)
