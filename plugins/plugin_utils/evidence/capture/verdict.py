# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a connection shows: which documented issue, or what else it can be.

Source of the rules: the article "Troubleshoot WSUS import and synchronization issues", issues 1, 2, 3 and 5, and its
note about proxy servers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...table import read_table
from .connections import Connection
from .endpoints import Attribution
from .hello import ClientHello
from .numbers import group_name, suite_name, version_name
from .outcome import Outcome
from .talk import CLIENT, SERVER

ISSUERS = Path(__file__).parent / "tables" / "issuers.yml"
CURRENT = "current"
_REFUSED = ("reset_after_hello", "closed_after_hello", "alert")
_OLDEST = 0x0300
_TLS12 = 0x0303
_WINDOWS_GROUPS = {"curve25519": "x25519", "NistP256": "secp256r1", "NistP384": "secp384r1", "NistP521": "secp521r1"}


@dataclass(frozen=True)
class Rules:
    """What an endpoint takes; None where it is not known."""

    host: str
    old: bool
    protocols: tuple[str, ...] | None
    suites: Collection[str] | None
    groups: Collection[str] | None


def rules_of(row: Mapping[str, Any], host: str, suites: Collection[str] | None = None) -> Rules:
    """The rules of an endpoint, by its row of endpoints.yml; ``suites`` in place of those of the row."""
    curves = row["accepted_curves"]
    return Rules(
        host,
        row["status"] != CURRENT,
        tuple(row["protocols"]) if row["protocols"] is not None else None,
        suites if suites and row["status"] == CURRENT else row["accepted_suites"],
        [_WINDOWS_GROUPS.get(name, name) for name in curves["names"]] if curves else None,
    )


def offered_versions(hello: ClientHello) -> list[str]:
    """The versions of the extension, in its order; without it the highest one, all that such a hello names."""
    return [version_name(number) for number in (hello.versions or (hello.version,))]


def _all_versions(hello: ClientHello) -> set[str]:
    """All versions that a server may choose: without the extension, all up to the highest one."""
    if hello.versions:
        return set(offered_versions(hello))
    return {version_name(number) for number in range(_OLDEST, min(hello.version, _TLS12) + 1)} | set(
        offered_versions(hello)
    )


def judge(connection: Connection, found: Attribution, end: Outcome, rules: Rules | None) -> tuple[list[str], str]:
    """(names of issues, an explanation of a few sentences).

    Without ``rules`` there are no issues: it is not known whose the connection is, or it is no update endpoint's.
    """
    sentences = [f"{end.how[:1].upper()}{end.how[1:]}."]
    issues: list[str] = []
    if rules is None:
        if found.endpoint is None:
            sentences.append(
                "Whose the connection is can't be told: it has no SNI and no CONNECT, and the capture no DNS answer "
                "with its address. Name the address in endpoints if it is an update endpoint or your proxy."
            )
    else:
        for part in (_old_endpoint, _hello, _silence, _proxy, _session):
            names, text = part(connection, end, rules)
            issues += [name for name in names if name not in issues]
            if text:
                sentences.append(text)
    if not connection.begun and end.word != "undetermined":
        sentences.append("Its begin is not in the capture.")
    return issues, " ".join(sentences)


def _old_endpoint(_connection: Connection, end: Outcome, rules: Rules) -> tuple[list[str], str]:
    if not rules.old:
        return [], ""
    text = f"{rules.host} is an old endpoint that WSUS must not use any more"
    if end.word in ("established", "undetermined"):
        return [], f"{text}; Windows Update of the server itself may."
    return ["endpoint"], f"{text}: see MUUrl. (Windows Update of the server itself may ask it too.)"


def _hello(connection: Connection, end: Outcome, rules: Rules) -> tuple[list[str], str]:
    """Why the other side would not go on after the hello; or why there was none."""
    talk = connection.talk
    hello = talk.hello
    if rules.old:
        return [], ""
    if end.word == "closed_without_hello":
        return _no_hello(connection, end)
    if hello is None or end.word not in _REFUSED or end.by != SERVER:
        if end.word in _REFUSED and end.by == CLIENT:
            return ["other"], (
                "The client did not go on: often it does not trust the certificate, or wants a stronger one."
            )
        return [], ""
    through = ""
    if talk.tunnel and not end.reset and end.word != "alert":
        through = " A proxy stands between; proxies tend to pass on a reset as a FIN."
    versions = ", ".join(offered_versions(hello))
    if rules.protocols is not None and not _all_versions(hello) & set(rules.protocols):
        return ["issue_1", "issue_3"], (
            f"The client offered {versions} at most, and {rules.host} takes {', '.join(rules.protocols)} only."
            f"{through} The capture can't tell an import (issue 1) from a synchronization on Windows Server 2012 "
            "or 2012 R2 without a Monthly Rollup (issue 3): the process beside the error in SoftwareDistribution.log "
            "does, w3wp for the import and WsusService for the synchronization."
        )
    offered = [suite_name(number) for number in hello.suites]
    if rules.suites is not None and not set(offered) & set(rules.suites):
        return ["issue_5"], (
            f"The client offered {versions}, but none of the {len(offered)} cipher suites is one that "
            f"{rules.host} accepts."
            f"{through} See the policy SSL Cipher Suite Order and the SCHANNEL algorithms of the server."
        )
    return ["other"], _good_hello(connection, end, rules, versions) + through


def _good_hello(connection: Connection, end: Outcome, rules: Rules, versions: str) -> str:
    """The hello was good, and yet it was refused."""
    hello = connection.talk.hello
    if hello is not None and hello.groups is not None and rules.groups is not None:
        groups = [group_name(number) for number in hello.groups]
        if not set(groups) & set(rules.groups):
            return (
                f"The client offered {versions} with accepted cipher suites, but only the groups {', '.join(groups)}: "
                "see the policy ECC Curve Order."
            )
    who = "the proxy" if connection.talk.tunnel else "a firewall, a TLS inspection"
    return (
        f"The client offered {versions} and cipher suites that {rules.host} accepts, so it is none of the documented "
        f"issues: {who} or the endpoint itself refused it, for the name it asked for or for the address it came from. "
        f"Is the frame that ended it from as far away as the others (TTL)?"
    )


def _no_hello(connection: Connection, end: Outcome) -> tuple[list[str], str]:
    if end.by == SERVER:
        return ["other"], "The other side did not wait for a hello: a firewall or a proxy does not let it pass."
    if end.reset:
        return [], "It gave up by RST, as programs do that only test the port."
    return ["issue_2"], (
        "WSUS closes so when all protocols that it knows for the import are disabled and it can't use TLS 1.2 (issue "
        "2; with Configuration Manager, issue 4). A program that only tests the port closes so too."
    )


def _silence(connection: Connection, end: Outcome, rules: Rules) -> tuple[list[str], str]:
    if rules.old or end.word not in ("no_answer", "refused"):
        return [], ""
    if connection.talk.target is not None:
        return ["proxy"], "See the proxy, and what it may reach."
    return ["other"], (
        f"A firewall on the way, or no route to {rules.host}; a server that needs a proxy has none in the WSUS options."
    )


def _proxy(connection: Connection, end: Outcome, _rules: Rules) -> tuple[list[str], str]:
    if end.word != "proxy_refused":
        return [], ""
    answers = connection.talk.answers
    if answers and answers[-1].status == 407:
        return ["proxy"], "It wants other credentials than WSUS has, or has none."
    return ["proxy"], "It must let CONNECT to the endpoint pass."


def _session(connection: Connection, _end: Outcome, rules: Rules) -> tuple[list[str], str]:
    """What was agreed upon, and with whom."""
    talk = connection.talk
    issues, texts = [], []
    chosen = talk.server_hello
    if chosen is not None:
        texts.append(f"Agreed upon: {version_name(chosen.version)}, {suite_name(chosen.suite)}.")
        if rules.protocols is not None and version_name(chosen.version) not in rules.protocols and not rules.old:
            texts.append(f"{rules.host} is documented to take {', '.join(rules.protocols)} only.")
    if talk.certificates and talk.certificates[0].issuer_organization not in _issuers():
        issues.append("proxy")
        texts.append(
            f"The certificate is issued by {talk.certificates[0].issuer!r}, not by Microsoft: the connection is "
            "inspected, which a proxy or a firewall does."
        )
    return issues, " ".join(texts)


def _issuers() -> set[str]:
    return {row["organization"] for row in read_table(ISSUERS)["issuers"]}
