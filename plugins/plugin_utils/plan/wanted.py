# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a caller wants: which resolutions, and what each of them is to reach."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..assess.issues import load_issues
from ..facts.schannel import PROTOCOLS, ROLES
from ..table import read_table
from ..text import clean
from .dotnet_strong_crypto import SETS
from .package_file import PackageFile
from .schannel_tls12 import STATES, TLS12
from .sync_endpoint import check_url

TABLES = Path(__file__).parent / "tables"
ALL = "all"


@dataclass(frozen=True)
class Resolution:
    """A row of resolutions.yml; the fields are described in its schema."""

    name: str
    title: str
    findings: tuple[str, ...]
    issues: tuple[str, ...]
    in_all: bool


@lru_cache(maxsize=1)
def load_resolutions() -> dict[str, Resolution]:
    """The rows by name, in the order of the table."""
    rows = read_table(TABLES / "resolutions.yml")["resolutions"]
    return {
        row["name"]: Resolution(row["name"], row["title"], row["findings"], row["issues"], row["in_all"])
        for row in rows
    }


def _check_protocols(protocols: object) -> None:
    """Raises ValueError where it is not ``{protocol: {role: state}}`` of protocols beside TLS 1.2."""
    if not isinstance(protocols, Mapping):
        raise ValueError("protocols must be a dictionary")
    if TLS12 in protocols:
        raise ValueError("protocols are those beside TLS 1.2, which has options of its own")
    for protocol, roles in protocols.items():
        if protocol not in PROTOCOLS or not isinstance(roles, Mapping) or not roles:
            raise ValueError(
                f"protocols: no protocol of SCHANNEL with a state for client or server: {clean(protocol, 60)}. "
                "It is, for instance, {TLS 1.0: {client: disabled}}."
            )
        for role, state in roles.items():
            if role not in ROLES or state not in STATES:
                raise ValueError(
                    f"protocols: {protocol} has {clean(role, 60)}: {clean(state, 60)}, which is none of "
                    f"{', '.join(ROLES)} with one of {', '.join(STATES)}"
                )


@dataclass(frozen=True)
class Wanted:
    """What is asked for.

    ``apply``: resolutions, issues, or ``all``; empty = everything that the findings call for, only to be told.
    ``findings``: of assess(); None = it is asked. ``protocols``: of SCHANNEL beside TLS 1.2, as part of
    schannel_tls12, such as ``{"TLS 1.0": {"client": "disabled"}}``. ``mu_url``, ``redirector_change_number``,
    ``accepted_suites``: None = what the tables say.
    """

    apply: Sequence[str] = ()
    findings: Sequence[Mapping[str, Any]] | None = None
    strong_crypto_set: str = "documented"
    tls12_client: str | None = "enabled"
    tls12_server: str | None = None
    protocols: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    mu_url: str | None = None
    redirector_change_number: int | None = None
    accepted_suites: Collection[str] | None = None
    override_unknown_owner: bool = False
    package: PackageFile | None = None

    def __post_init__(self) -> None:
        known = {ALL, *load_resolutions(), *load_issues()}
        unknown = [name for name in self.apply if name not in known]
        if isinstance(self.apply, str) or unknown:
            raise ValueError(
                f"no resolution or issue: {', '.join(map(str, unknown))}. There are {', '.join(sorted(known))}."
            )
        if self.strong_crypto_set not in SETS:
            raise ValueError(f"strong_crypto_set must be one of {', '.join(SETS)}")
        for state in (self.tls12_client, self.tls12_server):
            if state not in ("enabled", "default", None):
                raise ValueError("TLS 1.2 can be enabled or default here")
        _check_protocols(self.protocols)
        if self.mu_url is not None:
            check_url(self.mu_url)

    def named(self) -> frozenset[str]:
        """The resolutions that are asked for by name, an issue standing for its resolutions."""
        return frozenset(row.name for row in load_resolutions().values() if {row.name, *row.issues} & set(self.apply))

    def issues_without_resolution(self) -> list[str]:
        """Issues that are asked for and that nothing here mends."""
        served = {issue for row in load_resolutions().values() for issue in row.issues}
        return [name for name in self.apply if name in load_issues() and name not in served]

    def protocol_states(self) -> dict[str, dict[str, str]]:
        """What schannel_tls12 is to reach."""
        sides = {"client": self.tls12_client, "server": self.tls12_server}
        tls12 = {role: state for role, state in sides.items() if state is not None}
        return {TLS12: tls12, **{protocol: dict(roles) for protocol, roles in self.protocols.items()}}
