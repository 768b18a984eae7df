# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One HTTP listener on 127.0.0.1 for all hosts: the first part of the URL's path is the host's name."""

from __future__ import annotations

import base64
import binascii
import hmac
import http.server
import re
import socket
import socketserver
import struct
import threading
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from . import control, soap
from .host import Host
from .state import ConnectionFault

MAX_BODY = 1 << 20
_PATH = re.compile(r"/([A-Za-z0-9][A-Za-z0-9._-]{0,63})/(wsman|change|state|asked)/?\Z")
_IDLE_SECONDS = 300
_AT_ONCE = struct.pack("ii", 1, 0)
"""Value of SO_LINGER with which close() sends RST."""


class Listener(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """A thread per connection, none per host."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def __init__(self, hosts: Mapping[str, Host], user: str, password: str, port: int) -> None:
        self.hosts = {name.lower(): host for name, host in hosts.items()}
        self.credentials = f"{user}:{password}".encode()
        self.stopping = threading.Event()
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        """Bind without HTTPServer's look-up of the name in DNS."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def shutdown_request(self, request: Any) -> None:
        """A connection that is to be reset must not be shut down before it is closed."""
        if request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, len(_AT_ONCE)) == _AT_ONCE:
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class _Refused(Exception):
    """A request that gets a status and no body."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status)
        self.status = status


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Listener
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "Microsoft-HTTPAPI/2.0", ""
    disable_nagle_algorithm = True
    wbufsize = -1  # a reply is one write
    timeout = _IDLE_SECONDS

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged per request."""

    def do_POST(self) -> None:
        """Answer one request."""
        try:
            body = self._body()
            match = _PATH.match(self.path)
            host = self.server.hosts.get(match[1].lower()) if match else None
            if match is None or host is None or match[2] in control.READ:
                raise _Refused(HTTPStatus.NOT_FOUND)
            if match[2] == "change":
                self._control(host, match[2], body)
                return
            if host.is_down:
                self._reset()
                return
        except _Refused as refused:
            self._reply(refused.status, b"", None)
            return
        host.count(requests=1, bytes_in=len(body))
        if not self._authorized():
            host.count(unauthorized=1)
            self._unauthorized(host)
            return
        self._answer(host, body)

    def do_GET(self) -> None:
        """Say what a host is, or what it was asked."""
        match = _PATH.match(self.path)
        host = self.server.hosts.get(match[1].lower()) if match else None
        if match is None or host is None or match[2] not in control.READ:
            self._reply(HTTPStatus.NOT_FOUND, b"", None)
            return
        self._control(host, match[2], None)

    def _control(self, host: Host, what: str, body: bytes | None) -> None:
        """What is no part of a host, but of the simulator: counted nowhere, answered for a host that is down too."""
        if not self._authorized():
            self._unauthorized(None)
            return
        status, data = control.answer(host, what, body)
        self._reply(status, data, None, kind="application/json")

    def _body(self) -> bytes:
        text = self.headers.get("Content-Length", "")
        if not (text.isascii() and text.isdigit()) or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            raise _Refused(HTTPStatus.LENGTH_REQUIRED)
        if len(text) > 9 or int(text) > MAX_BODY:
            self.close_connection = True
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return self.rfile.read(int(text))

    def _answer(self, host: Host, body: bytes) -> None:
        request = None
        status = HTTPStatus.OK
        try:
            request = soap.parse(body)
            fault = host.fault(request.operation)
            if fault and not (fault.kind in ("cut", "reset") and fault.at != "start"):
                self._misbehave(host, fault, request)
                return
            answer = soap.reply(request, host.shell.answer(request))
        except soap.Fault as error:
            fault, status = None, HTTPStatus.INTERNAL_SERVER_ERROR
            answer = soap.fault_reply(error, request)
        if host.is_down:
            self._reset()
            return
        self._reply(status, answer, host, fault=fault)

    def _misbehave(self, host: Host, fault: ConnectionFault, request: soap.Request) -> None:
        if fault.kind == "refuse_auth":
            host.count(unauthorized=1)
            self._unauthorized(host)
            return
        if fault.kind == "http":
            self._reply(HTTPStatus(fault.code), b"", host)
            return
        if fault.kind == "stall":
            self.server.stopping.wait(request.patience)
            raise soap.timed_out()
        if fault.kind == "wsman":
            raise soap.Fault(fault.code, fault.message, "w:AccessDenied" if fault.code == 5 else "w:InternalError")
        if fault.kind == "reboot":
            host.go_down(fault.seconds)
        if fault.kind in ("reset", "reboot"):
            self._reset()
            return
        if fault.kind == "hang":
            # Ends with the simulator at the latest: a test must not wait for it.
            self.server.stopping.wait(fault.seconds)
        self.close_connection = True

    def _break_off(self, fault: ConnectionFault) -> None:
        """End the connection within an answer."""
        self.close_connection = True
        if fault.kind == "reset":
            self._reset()

    def _reset(self) -> None:
        """End the connection as a host does that is gone: by RST, also in the middle of an answer."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self.close_connection = True

    def _authorized(self) -> bool:
        kind, _sep, text = self.headers.get("Authorization", "").partition(" ")
        try:
            given = base64.b64decode(text)
        except (binascii.Error, ValueError):
            return False
        return kind.lower() == "basic" and hmac.compare_digest(given, self.server.credentials)

    def _unauthorized(self, host: Host | None) -> None:
        self._reply(HTTPStatus.UNAUTHORIZED, b"", host, header=("WWW-Authenticate", 'Basic realm="WSMAN"'))

    def _reply(
        self,
        status: HTTPStatus,
        data: bytes,
        host: Host | None,
        *,
        header: tuple[str, str] | None = None,
        fault: ConnectionFault | None = None,
        kind: str = soap.CONTENT_TYPE,
    ) -> None:
        if fault and fault.at == "status":
            self.wfile.write(f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode())
            self.wfile.flush()
            self._break_off(fault)
            return
        self.send_response(status)
        if header:
            self.send_header(*header)
        if data:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if fault else data)
        self.wfile.flush()
        if fault:
            self._break_off(fault)
        if host:
            host.count(bytes_out=len(data))
