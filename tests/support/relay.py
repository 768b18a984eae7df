# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A port of its own in front of a simulated host: what happens below HTTP, where all simulated hosts share one port."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import struct
import threading
import time

_AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER with which close() sends RST


def _abort(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    connection.close()


def _relay(client: socket.socket, host: socket.socket) -> None:
    """Both ways until one side ends. One thread: a socket that another one reads can't be closed at once."""
    while True:
        for source in select.select([client, host], [], [])[0]:
            data = source.recv(65536)
            while isinstance(source, ssl.SSLSocket) and source.pending():
                data += source.recv(source.pending())
            if not data:
                return
            (host if source is client else client).sendall(data)


class Relay:
    """Hands on what comes, both ways; a reset comes out as a reset.

    Args:
        port: of 127.0.0.1, where all goes to. None: every connection is reset at its first bytes, as Windows does with
            a TLS version that is disabled.
        tls: the listener speaks TLS, by this.
        away: seconds for which the port refuses connections once the host has reset one, as a host that restarts.
    """

    def __init__(self, port: int | None, *, tls: ssl.SSLContext | None = None, away: float = 0) -> None:
        self._target, self._tls, self._away = port, tls, away
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.is_open = True
        self._ended = False
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> Relay:
        return self

    def __exit__(self, *_problem: object) -> None:
        self._ended = True
        self._stop_listening()

    def _stop_listening(self) -> None:
        # Without the shutdown a thread within accept() keeps the port open.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            listener = self._listener
            try:
                client, _address = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._handle, args=(client,), daemon=True).start()

    def _handle(self, client: socket.socket) -> None:
        if self._target is None:
            client.recv(1)
            _abort(client)
            return
        if self._tls:
            try:
                client = self._tls.wrap_socket(client, server_side=True)
            except OSError:
                client.close()
                return
        host = socket.create_connection(("127.0.0.1", self._target))
        try:
            _relay(client, host)
        except ConnectionResetError:
            if self._away:
                self._go_away()
            _abort(client)
        except OSError:
            pass
        finally:
            client.close()
            host.close()

    def _go_away(self) -> None:
        """Refuse connections, and come back on the same port."""
        seconds, self._away, self.is_open = self._away, 0, False
        self._stop_listening()
        threading.Thread(target=self._come_back, args=(seconds,), daemon=True).start()

    def _come_back(self, seconds: float) -> None:
        time.sleep(seconds)
        if not self._ended:
            self._listener = socket.create_server(("127.0.0.1", self.port))
            self.is_open = True
            self._serve()
