# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Endpoints of each kind on 127.0.0.1: `openssl s_server`, servers that end a handshake otherwise, CONNECT proxies."""

from __future__ import annotations

import contextlib
import shutil
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

LOOPBACK = "127.0.0.1"
OPENSSL = shutil.which("openssl")
SUITES = "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-SHA384:ECDHE-RSA-AES128-SHA256"
"""Those of the article, by OpenSSL's names."""
Serve = Callable[[socket.socket], None]


def make_certificates(folder: Path, organization: str = "Example Root", name: str = "localhost") -> Path:
    """A CA (ca.pem) and a certificate of it (server.pem) with its key (server.key) in the folder."""
    if OPENSSL is None:
        raise OSError("no openssl in PATH")

    def openssl(*arguments: str) -> None:
        subprocess.run([str(OPENSSL), *arguments], cwd=folder, check=True, capture_output=True)

    new = ("-newkey", "rsa:2048", "-nodes", "-days", "30")
    openssl(
        "req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.pem", "-subj", f"/O={organization}/CN={organization} CA"
    )
    openssl("req", *new, "-keyout", "server.key", "-out", "server.csr", "-subj", f"/O=Example/CN={name}")
    (folder / "names").write_text(f"subjectAltName=DNS:{name}\n")
    sign = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30", "-extfile", "names")
    openssl("x509", "-req", "-in", "server.csr", *sign, "-out", "server.pem")
    return folder


def free_port() -> int:
    """A port on which nothing listens just now."""
    with socket.create_server((LOOPBACK, 0)) as server:
        return int(server.getsockname()[1])


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
        return True
    return False


@contextlib.contextmanager
def s_server(certificates: Path, *arguments: str) -> Iterator[int]:
    """A running `openssl s_server` with the folder's certificate; its port."""
    port = free_port()
    command = [str(OPENSSL), "s_server", "-accept", f"{LOOPBACK}:{port}", "-quiet", "-cert", "server.pem"]
    running = subprocess.Popen(
        [*command, "-key", "server.key", *arguments],
        cwd=certificates,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + 20
        while not _listens(port):
            if running.poll() is not None or time.monotonic() > end:
                raise OSError(f"openssl s_server {' '.join(arguments)} did not start")
            time.sleep(0.05)
        yield port
    finally:
        running.kill()
        running.communicate()


@contextlib.contextmanager
def serving(serve: Serve) -> Iterator[int]:
    """A server that does that with each connection, on a thread of its own; its port."""
    listener = socket.create_server((LOOPBACK, 0))

    def one(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(60)
            serve(connection)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _address = listener.accept()
                threading.Thread(target=one, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.close()


# --- what a server may do with a connection ---------------------------------------------------------------------------


def resets(connection: socket.socket, wait: float = 0) -> None:
    """Reads the ClientHello, then RST, after so many seconds."""
    connection.recv(4096)
    time.sleep(wait)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def closes(connection: socket.socket) -> None:
    """Reads the ClientHello, then FIN."""
    connection.recv(4096)


def keeps_silent(connection: socket.socket) -> None:
    """Reads everything and never answers."""
    while connection.recv(4096):
        pass


def speaks_plain_text(connection: socket.socket) -> None:
    """Answers as a web server without TLS."""
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")


def sends(data: bytes) -> Serve:
    """Reads the ClientHello, answers with this, and keeps the connection."""

    def serve(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(data)
        keeps_silent(connection)

    return serve


# --- a proxy ----------------------------------------------------------------------------------------------------------


def _head(connection: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head and (data := connection.recv(4096)):
        head += data
    return head


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(4096):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def tunnels(asked: list[str]) -> Serve:
    """A proxy that connects to any port of this machine; `asked` gets the first line of each request."""

    def serve(connection: socket.socket) -> None:
        line = _head(connection).split(b"\r\n")[0].decode("ascii")
        if not line:  # only whether it can be connected to
            return
        asked.append(line)
        port = int(line.split()[1].rpartition(":")[2])
        with socket.create_connection((LOOPBACK, port), timeout=60) as server:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\nVia: 1.1 test\r\n\r\n")
            threading.Thread(target=_pump, args=(server, connection), daemon=True).start()
            _pump(connection, server)

    return serve


def refuses(status: str, asked: list[bytes], more: Sequence[str] = ()) -> Serve:
    """A proxy that answers CONNECT with this status; `asked` gets each whole request."""

    def serve(connection: socket.socket) -> None:
        head = _head(connection)
        if head:  # else only whether it can be connected to
            asked.append(head)
        lines = [f"HTTP/1.1 {status}", *more, "Content-Length: 0", "", ""]
        connection.sendall("\r\n".join(lines).encode("ascii"))

    return serve
