# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The remote shell (WinRS) of one host: shells, commands and their streams. What a command does is the caller's."""

from __future__ import annotations

import base64
import binascii
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from . import soap
from .payload import script
from .repeated import Repeated
from .soap import NS, Fault, Request

MAX_STDIN = 16 << 20
MAX_SHELLS = 100
IDLE_SECONDS = 600.0
_ENVELOPE_ROOM = 4096  # of the client's MaxEnvelopeSize, for all that is not output


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    stdout: bytes | Repeated = b""
    stderr: bytes = b""
    exit_code: int = 0


@dataclass
class _Command:
    line: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()).upper())
    stdin: list[bytes] = field(default_factory=list)
    size: int = 0
    ended: bool = False
    reads_input: bool = False
    outcome: Outcome | None = None
    done: threading.Event = field(default_factory=threading.Event)
    position: dict[str, int] = field(default_factory=lambda: {"stdout": 0, "stderr": 0})


@dataclass
class _Shell:
    id: str = field(default_factory=lambda: str(uuid.uuid4()).upper())
    commands: dict[str, _Command] = field(default_factory=dict)
    touched: float = field(default_factory=time.monotonic)


class RemoteShell:
    """The WinRS service of one host; `run(command line, stdin)` does the work."""

    def __init__(self, run: Callable[[str, bytes], Outcome]) -> None:
        self._run = run
        self._shells: dict[str, _Shell] = {}
        self._lock = threading.Lock()
        self._operations: dict[str, Callable[[Request], str]] = {
            "Create": self._create,
            "Command": self._command,
            "Send": self._send,
            "Receive": self._receive,
            "Signal": self._signal,
            "Delete": self._delete,
        }

    def answer(self, request: Request) -> str:
        """The SOAP body that answers `request`, or Fault."""
        operation = self._operations.get(request.operation)
        if operation is None or not request.action.startswith((NS["x"], NS["rsp"])):
            raise Fault(soap.ACTION_NOT_SUPPORTED, "The action is not supported.", "a:ActionNotSupported")
        if request.head.findtext("w:ResourceURI", "", NS).strip() != soap.SHELL_URI:
            raise Fault(
                soap.RESOURCE_NOT_FOUND,
                "The resource URI is not known: this host has only cmd shells.",
                "a:DestinationUnreachable",
            )
        return operation(request)

    def _create(self, request: Request) -> str:
        shell = _Shell()
        with self._lock:
            # A client that died leaves its shell behind.
            for old in [s.id for s in self._shells.values() if time.monotonic() - s.touched > IDLE_SECONDS]:
                del self._shells[old]
            if len(self._shells) >= MAX_SHELLS:
                raise Fault(soap.SHELL_QUOTA, "The maximum number of concurrent shells is reached.")
            self._shells[shell.id] = shell
        return (
            f"<x:ResourceCreated><a:Address>{NS['a']}/role/anonymous</a:Address><a:ReferenceParameters>"
            f"<w:ResourceURI>{soap.SHELL_URI}</w:ResourceURI>"
            f'<w:SelectorSet><w:Selector Name="ShellId">{shell.id}</w:Selector></w:SelectorSet></a:ReferenceParameters>'
            f"</x:ResourceCreated><rsp:Shell><rsp:ShellId>{shell.id}</rsp:ShellId>"
            f"<rsp:ResourceUri>{soap.SHELL_URI}</rsp:ResourceUri><rsp:InputStreams>stdin</rsp:InputStreams>"
            "<rsp:OutputStreams>stdout stderr</rsp:OutputStreams></rsp:Shell>"
        )

    def _command(self, request: Request) -> str:
        line = request.body.findtext("rsp:CommandLine/rsp:Command", "", NS)
        arguments = [item.text or "" for item in request.body.iterfind("rsp:CommandLine/rsp:Arguments", NS)]
        # A client that will send input says that it comes from no console, or sends a script that reads some.
        options = {
            item.get("Name", "").upper(): (item.text or "").strip().upper()
            for item in request.head.iterfind("w:OptionSet/w:Option", NS)
        }
        whole = " ".join([line, *arguments]).strip()
        reads_input = options.get("WINRS_CONSOLEMODE_STDIN") == "FALSE" or "$input" in script(whole).lower()
        command = _Command(whole, reads_input=reads_input)
        shell = self._shell(request)
        with self._lock:
            shell.commands[command.id] = command
        if not reads_input:
            self._execute(command)
        return f"<rsp:CommandResponse><rsp:CommandId>{command.id}</rsp:CommandId></rsp:CommandResponse>"

    def _send(self, request: Request) -> str:
        for stream in request.body.iterfind("rsp:Send/rsp:Stream", NS):
            command = self._find(request, stream.get("CommandId"))
            try:
                data = base64.b64decode(stream.text or "")
            except (binascii.Error, ValueError):
                raise Fault(soap.INVALID_XML, "The stream is not base64.", "w:SchemaValidationError") from None
            command.size += len(data)
            if command.ended or not command.reads_input or command.size > MAX_STDIN:
                raise Fault(soap.BROKEN_PIPE, "The pipe has been ended.")
            command.stdin.append(data)
            if stream.get("End", "").lower() in ("true", "1"):
                command.ended = True
                self._execute(command)
        return "<rsp:SendResponse/>"

    def _receive(self, request: Request) -> str:
        wanted = request.body.find("rsp:Receive/rsp:DesiredStream", NS)
        command = self._find(request, None if wanted is None else wanted.get("CommandId"))
        # It waits for the end of its input, or works; the client waits for output, and asks again.
        if not command.done.wait(request.patience):
            raise soap.timed_out()
        outcome = command.outcome
        if outcome is None:
            raise Fault(soap.OPERATION_ABORTED, "The host went down.")
        room = max(1024, (min(request.number("w:MaxEnvelopeSize", 153600), 512000) - _ENVELOPE_ROOM) * 3 // 4)
        parts: list[str] = []
        for name, data in (("stdout", outcome.stdout), ("stderr", outcome.stderr)):
            start = command.position[name]
            piece = data[start : start + room]
            command.position[name] += len(piece)
            room -= len(piece)
            if piece:
                text = base64.b64encode(piece).decode()
                parts.append(f'<rsp:Stream Name="{name}" CommandId="{command.id}">{text}</rsp:Stream>')
        done = sum(command.position.values()) == len(outcome.stdout) + len(outcome.stderr)
        if done:
            parts += [f'<rsp:Stream Name="{name}" CommandId="{command.id}" End="true"/>' for name in command.position]
        state = "Done" if done else "Running"
        code = f"<rsp:ExitCode>{outcome.exit_code}</rsp:ExitCode>" if done else ""
        parts.append(
            f'<rsp:CommandState CommandId="{command.id}" State="{NS["rsp"]}/CommandState/{state}">{code}'
            "</rsp:CommandState>"
        )
        return f"<rsp:ReceiveResponse>{''.join(parts)}</rsp:ReceiveResponse>"

    def _signal(self, request: Request) -> str:
        signal = request.body.find("rsp:Signal", NS)
        command = self._find(request, None if signal is None else signal.get("CommandId"))
        self._shell(request).commands.pop(command.id, None)
        return "<rsp:SignalResponse/>"

    def _delete(self, request: Request) -> str:
        shell = self._shell(request)
        with self._lock:
            self._shells.pop(shell.id, None)
        return ""

    def _execute(self, command: _Command) -> None:
        """Let the command run, as a process does: whoever started it does not wait, nor does it end with them."""

        def work() -> None:
            try:
                command.outcome = self._run(command.line, b"".join(command.stdin))
            except Exception as error:
                text = f"the simulator failed: {type(error).__name__}: {error}"
                command.outcome = Outcome(b"", text.encode(), 1)
            command.stdin.clear()
            command.done.set()

        threading.Thread(target=work, daemon=True).start()

    def forget(self) -> None:
        """The host went down: no shell is left, and nobody waits any longer."""
        with self._lock:
            shells, self._shells = self._shells, {}
            for command in [command for shell in shells.values() for command in list(shell.commands.values())]:
                command.done.set()

    def _shell(self, request: Request) -> _Shell:
        with self._lock:
            shell = self._shells.get(request.shell_id)
        if shell is None:
            raise Fault(soap.SHELL_NOT_FOUND, "The shell was not found on the server.", "w:InvalidSelectors")
        shell.touched = time.monotonic()
        return shell

    def _find(self, request: Request, command_id: str | None) -> _Command:
        command = self._shell(request).commands.get((command_id or "").upper())
        if command is None:
            raise Fault(soap.OPERATION_ABORTED, "The command does not exist in this shell.", "w:InvalidParameter")
        return command
