# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a simulated host behaves when it is written to, as how long things take, and what it meets when it connects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

ADMINISTRATORS = "S-1-5-32-544"
# The account that modules run as here
ACCOUNT = "S-1-5-21-2903177452-1718283640-3141592653-1104"


@dataclass(frozen=True)
class Timing:
    """Seconds. They are short so that tests are, and waits for a lock or a saved configuration too."""

    restart: float = 0.05
    synchronization: float = 0.5
    imports: float = 0.05
    # From shutdown.exe to the host's going, at most: what was asked for is kept where it is shorter.
    shutdown: float = 0.3
    boot: float = 0.7
    wait: float = 0.5


@dataclass(frozen=True)
class JournalFolder:
    """The folder of the journals before anything was written: who owns it, and whether another process has its lock."""

    exists: bool = False
    owner: str = ADMINISTRATORS
    reparse_point: bool = False
    locked: bool = False


@dataclass(frozen=True)
class Wsus:
    """What the WSUS server does besides what its state makes it do. Outcomes None: as the state has it."""

    outcome: str | None = None
    import_outcome: str | None = None
    configuration_state: str = "Ready"
    history: tuple[Mapping[str, Any], ...] = ()
    updates: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Endpoint:
    """What any endpoint does that the host connects to, and the proxy before it."""

    outcome: str = "established"
    accepts: tuple[str, ...] = ("TLS 1.2",)
    issuer: str = "CN=Update Secure Server CA, O=Microsoft Corporation, C=US"
    trusted: bool = True
    proxy_status: int = 200


@dataclass(frozen=True)
class Capture:
    """How capturing ends. `fails`: the actions that end with an error; `taken`: somebody else captures."""

    taken: bool = False
    fails: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Behaviour:
    """All of it. `resists`: how writes to a key, a file or "wsus" end, by lower-case path."""

    read_only: bool = False
    resists: Mapping[str, str] = field(default_factory=dict)
    dies: Mapping[str, Any] | None = None
    timing: Timing = field(default_factory=Timing)
    journal: JournalFolder = field(default_factory=JournalFolder)
    wsus: Wsus = field(default_factory=Wsus)
    endpoint: Endpoint = field(default_factory=Endpoint)
    capture: Capture = field(default_factory=Capture)


def behaviour_of(
    scenario: Mapping[str, Any], objects: Callable[[str, list[dict[str, Any]]], tuple[Mapping[str, Any], ...]]
) -> Behaviour:
    """What a scenario says of it; `objects` makes entries of the API of the scenario's."""
    timing = {_NAMES.get(name, name): float(value) for name, value in (scenario.get("timing") or {}).items()}
    wsus = scenario.get("wsus") or {}
    run = wsus.get("synchronization") or {}
    capture = scenario.get("capture") or {}
    return Behaviour(
        read_only=bool(scenario.get("read_only")),
        resists={path.lower(): how for path, how in (scenario.get("resists") or {}).items()},
        dies=scenario.get("dies"),
        timing=Timing(**timing),
        journal=JournalFolder(**(scenario.get("journal") or {})),
        wsus=Wsus(
            outcome=run.get("outcome"),
            import_outcome=run.get("import_outcome"),
            configuration_state=run.get("configuration_state", "Ready"),
            history=objects("wsus.synchronization.history", run.get("history") or []),
            updates=frozenset(update.lower() for update in wsus.get("updates") or []),
        ),
        endpoint=_endpoint(scenario.get("endpoint") or {}),
        capture=Capture(bool(capture.get("taken")), frozenset(capture.get("fails") or [])),
    )


def _endpoint(body: Mapping[str, Any]) -> Endpoint:
    given: dict[str, Any] = {name: value for name, value in body.items() if value is not None}
    if "accepts" in given:
        given["accepts"] = tuple(given["accepts"])
    return Endpoint(**given)


_NAMES = {"import": "imports"}
