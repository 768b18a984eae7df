# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Issues of the import: 1, 2 and 4."""

from __future__ import annotations

from .case import HOLDS, LOG, Case, Situation, proof, why
from .checks.schannel import usable_when_named


def issue_1(situation: Situation) -> Case:
    """The import asks for TLS 1.0, which the endpoint resets."""
    case, settled = _import(situation)
    if settled:
        return case
    usable = {name: usable_when_named(situation.facts, name) for name in ("SSL 3.0", "TLS 1.0")}
    if not any(usable.values()):
        if None in usable.values():
            return case.judge("undetermined", missing=("the SCHANNEL client state of SSL 3.0 and TLS 1.0",))
        return case.judge("excluded", contra="SSL 3.0 and TLS 1.0 are off as client: no Client Hello is sent (issue 2)")
    names = ", ".join(name for name, on in usable.items() if on)
    _import_verdict(
        situation,
        case,
        "likely",
        f"The import asks for old protocols only and {names} can be used: the endpoint resets the connection",
    )
    return case.confirm(proof(situation, "issue_1", "w3wp", "tls_reset"))


def issue_2(situation: Situation) -> Case:
    """The import asks for protocols that are all switched off."""
    case, settled = _import(situation)
    if settled:
        return case
    tls10 = usable_when_named(situation.facts, "TLS 1.0")
    ssl30 = usable_when_named(situation.facts, "SSL 3.0")
    if tls10 is None:
        return case.judge("undetermined", missing=("the SCHANNEL client state of TLS 1.0",))
    if tls10:
        return case.judge("excluded", contra="TLS 1.0 can be used as client")
    if ssl30 is False:
        _import_verdict(
            situation, case, "likely", "The import asks for SSL 3.0 and TLS 1.0, and both are off as client"
        )
    else:
        case.judge(
            "possible",
            pro="TLS 1.0 is off as client",
            contra="SSL 3.0 can be used, or its state is not known",
            missing=(LOG,),
        )
    return case.confirm(proof(situation, "issue_2", "w3wp", "tls_no_common_algorithm"))


def issue_4(situation: Situation, imports: tuple[Case, ...]) -> Case:
    """Configuration Manager synchronizes Surface drivers through the import."""
    case = Case()
    uses = situation.facts.get(bool, "configmgr", "uses_wsus")
    verdicts = {item.verdict for item in imports}
    if uses is False:
        return case.judge("excluded", contra="Configuration Manager does not use this WSUS")
    if verdicts == {"excluded"}:
        return case.judge("excluded", contra="The import can ask for TLS 1.2, or is not made on this server")
    missing = ("Wsyncmgr.log of the site server", "whether Surface drivers are synchronized")
    if uses is None:
        verdict = "possible" if verdicts & {"confirmed", "likely", "possible"} else "undetermined"
        unread = why(situation.facts, "whether Configuration Manager uses this WSUS", "configmgr")
        return case.judge(verdict, missing=(unread, *missing))
    pro = "Configuration Manager uses this WSUS, and its import has the same limitation"
    if verdicts & HOLDS:
        case.judge("likely", pro=pro, missing=missing)
    elif "possible" in verdicts:
        case.judge("possible", pro=pro, missing=missing)
    else:
        return case.judge(
            "undetermined",
            pro="Configuration Manager uses this WSUS",
            missing=("how the import chooses its protocol", *missing),
        )
    logged = [
        event.meaning
        for event in situation.evidence.events
        if event.tls and not event.recovered and "wsyncmgr" in event.source.lower()
    ]
    return case.confirm(logged)


def _import(situation: Situation) -> tuple[Case, bool]:
    """A case settled by how the import chooses its protocol, or one to go on with."""
    case = Case()
    if situation.replica:
        return case.judge("excluded", contra="A replica imports nothing itself"), True
    asks = situation.import_asks
    if asks is None:
        reason = situation.facts.get(str, "dotnet", "import", "reason") or why(
            situation.facts, "how the import chooses its protocol", "dotnet", "import"
        )
        return case.judge("undetermined", missing=(reason,)), True
    if asks != "old_only":
        waiting = situation.pending_for("w3wp")
        if waiting:
            pro = "The settings are right, but the worker process may still run with the old ones: " + "; ".join(
                waiting
            )
            return case.judge("possible", pro=pro, missing=("an iisreset",)), True
        return case.judge("excluded", contra="The import can ask for TLS 1.2"), True
    return case, False


def _import_verdict(situation: Situation, case: Case, verdict: str, pro: str) -> None:
    if situation.downstream:
        case.judge("possible", pro=pro, contra="Updates are seldom imported on a downstream server", missing=(LOG,))
    else:
        case.judge(verdict, pro=pro, missing=(LOG, "a manual import"))
