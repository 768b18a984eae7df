# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Endpoints with known lists: ``openssl s_server``, servers that are none, and a proxy. All on 127.0.0.1."""

from __future__ import annotations

import base64
import contextlib
import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

OPENSSL = shutil.which("openssl")


def make_certificate(folder: Path) -> Path:
    """A key and its self-signed certificate for localhost, in one file. RSA, as the published suites want."""
    file = folder / "server.pem"
    name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command = [str(OPENSSL), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *name]
    subprocess.run([*command, "-keyout", str(file), "-out", str(folder / "c.pem")], check=True, capture_output=True)
    file.write_text(file.read_text() + (folder / "c.pem").read_text())
    return file


@contextlib.contextmanager
def s_server(certificate: Path, *options: str) -> Iterator[int]:
    """The port of an ``openssl s_server`` with these options, which say what it accepts."""
    command = [str(OPENSSL), "s_server", "-accept", "127.0.0.1:0", "-cert", str(certificate), "-key", str(certificate)]
    # The machine's own settings forbid what is old.
    environment = {**os.environ, "OPENSSL_CONF": os.devnull}
    process = subprocess.Popen(
        [*command, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment
    )
    try:
        assert process.stdout is not None
        port = None
        for line in process.stdout:
            port = re.match(rb"ACCEPT .*:(\d+)", line)
            if port:
                break
        assert port, "openssl s_server did not start"
        threading.Thread(target=_drain, args=(process.stdout,), daemon=True).start()
        yield int(port[1])
    finally:
        process.kill()
        process.wait()


def _drain(stream: object) -> None:
    with contextlib.suppress(ValueError, OSError):
        for _line in stream:  # type: ignore[attr-defined]
            pass


class Listener:
    """A port whose every connection goes to ``handle``."""

    def __init__(self, handle: Callable[[socket.socket], None]) -> None:
        self._handle = handle
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_problem: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(client,), daemon=True).start()

    def _one(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client:
            client.settimeout(60)
            self._handle(client)


def silent(client: socket.socket) -> None:
    """Takes what comes and never answers."""
    while client.recv(4096):
        pass


def no_tls(client: socket.socket) -> None:
    """Answers as a web server to what it does not understand."""
    client.recv(4096)
    client.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")


def closes(client: socket.socket) -> None:
    """Reads a request and closes."""
    client.recv(4096)


class ConnectProxy:
    """A proxy for CONNECT that wants user and password. ``asked``: the places that it was asked for."""

    def __init__(self, user: str, password: str) -> None:
        self._header = b"Basic " + base64.b64encode(f"{user}:{password}".encode())
        self.asked: set[str] = set()
        self.refused = 0

    def __call__(self, client: socket.socket) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            more = client.recv(4096)
            if not more:
                return
            request += more
        if self._header not in request:
            self.refused += 1
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        place = request.split()[1].decode()
        self.asked.add(place)
        with socket.create_connection(("127.0.0.1", int(place.rpartition(":")[2])), timeout=60) as server:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_copy, args=(server, client), daemon=True)
            back.start()
            _copy(client, server)
            back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
