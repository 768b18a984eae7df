# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Starts ``scan.py`` and ends it: no server and no proxy keeps the controller waiting for longer than was said."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ..text import clean
from .model import DECIDES, Measurement
from .result import Asked, measurement, nothing

PROGRAM = Path(__file__).with_name("scan.py")
ANSWER_LIMIT = 4 * 1024**2
"""Most characters of the program's answer. A real one has about 40 kB."""


class NoScanner(Exception):
    """sslyze is not there; the text says where it is to be, and how to get it."""


@dataclass(frozen=True)
class Proxy:
    """A proxy that speaks HTTP. ``shown`` has neither user nor password."""

    host: str
    port: int
    user: str | None = None
    password: str | None = None

    @property
    def shown(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def secrets(self) -> tuple[str, ...]:
        return tuple(text for text in (self.password, self.user) if text)


def read_proxy(url: str | None) -> Proxy | None:
    """``http://[user[:password]@]host[:port]``, percent-encoded where it has to be; without a port 80.

    Raises:
        ValueError: it is none. The text does not have the address, which may hold a password.
    """
    if not url:
        return None
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise ValueError("proxy is not an address such as http://proxy.example.com:3128") from None
    if parts.scheme == "https":
        raise ValueError("proxy is asked by TLS (https://), which sslyze can't: name its port for HTTP, with http://")
    if parts.scheme != "http" or not parts.hostname or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("proxy is not an address such as http://proxy.example.com:3128")
    user, password = (None if text is None else unquote(text) for text in (parts.username, parts.password))
    return Proxy(parts.hostname, 80 if port is None else port, user or None, password)


def run_program(order: Mapping[str, Any], timeout: float) -> Mapping[str, Any]:
    """The answer of ``scan.py``; ``{"first": {"error": ...}}`` where it was ended or broke off."""
    try:
        done = subprocess.run(
            [sys.executable, str(PROGRAM)],
            input=json.dumps(order),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"first": {"error": f"not done within {timeout:g} seconds (option timeout), and ended"}}
    except OSError as problem:
        return {"first": {"error": f"{sys.executable} could not be started: {problem.strerror}"}}
    if len(done.stdout) > ANSWER_LIMIT:
        return {"first": {"error": f"sslyze's answer has more than {ANSWER_LIMIT:,} characters"}}
    try:
        answer = json.loads(done.stdout)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        return {"first": {"error": f"sslyze broke off with exit code {done.returncode}"}}
    return answer


def measure(
    asked: Asked,
    proxy: Proxy | None,
    *,
    timeout: float,
    network_timeout: int,
    now: Callable[[], str],
    program: Callable[[Mapping[str, Any], float], Mapping[str, Any]] = run_program,
) -> Measurement:
    """Measures an endpoint.

    Args:
        asked: endpoint and protocols.
        proxy: None = direct.
        timeout: seconds for all of it.
        network_timeout: seconds for one answer of the network.
        now: this moment, a contract TIME.
        program: what asks the server.

    Raises:
        NoScanner: sslyze can't be imported.
    """
    order = {
        "host": asked.host,
        "port": asked.port,
        "proxy": None
        if proxy is None
        else {"host": proxy.host, "port": proxy.port, "user": proxy.user, "password": proxy.password},
        "protocols": list(asked.protocols),
        "again": [name for name in asked.protocols if name == DECIDES],
        "network_timeout": network_timeout,
    }
    answer = program(order, timeout)
    if "missing" in answer:
        raise NoScanner(
            f"sslyze can't be imported by {clean(answer.get('python'), 300)}: {clean(answer['missing'], 300)}. "
            f"Install it for that Python: {clean(answer.get('python'), 300)} -m pip install sslyze"
        )
    if not isinstance(answer.get("first"), Mapping):
        return nothing(asked, "the scan has no result", measured_at=now())
    return measurement(asked, answer, measured_at=now())
