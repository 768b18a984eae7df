# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Issues of the import: 1, 2 and 4."""

from __future__ import annotations

from dataclasses import dataclass

from .case import HOLDS, LOG, Case, Situation, why
from .checks.schannel import usable_when_named


def issue_1(situation: Situation) -> Case:
    """The import asks for TLS 1.0, which the endpoint resets."""
    case, cause = _old_protocols(situation)
    if cause is None:
        return case
    usable = {name: usable_when_named(situation.facts, name) for name in ("SSL 3.0", "TLS 1.0")}
    names = ", ".join(name for name, on in usable.items() if on)
    if names:
        cause.blame(case, f"{cause.text}, and {names} can be used as client: the endpoint resets the connection")
        return case
    if None in usable.values():
        return case.judge("undetermined", missing=("the SCHANNEL client state of SSL 3.0 and TLS 1.0",))
    return case.judge("excluded", contra="SSL 3.0 and TLS 1.0 are off as client: no Client Hello is sent (issue 2)")


def issue_2(situation: Situation) -> Case:
    """The import asks for protocols that are all switched off."""
    case, cause = _old_protocols(situation)
    if cause is None:
        return case
    tls10 = usable_when_named(situation.facts, "TLS 1.0")
    if tls10 is None:
        return case.judge("undetermined", missing=("the SCHANNEL client state of TLS 1.0",))
    if tls10:
        return case.judge("excluded", contra="TLS 1.0 can be used as client")
    if usable_when_named(situation.facts, "SSL 3.0") is False or cause.verdict == "undetermined":
        cause.blame(case, f"{cause.text}, and SSL 3.0 and TLS 1.0 are both off as client")
    else:
        contra = "SSL 3.0 can be used, or its state is not known"
        case.judge("possible", pro=f"{cause.text}, and TLS 1.0 is off as client", contra=contra, missing=(LOG,))
    return case


def issue_4(situation: Situation, imports: tuple[Case, ...]) -> Case:
    """Configuration Manager synchronizes Surface drivers through the import."""
    case = Case()
    uses = situation.facts.get(bool, "configmgr", "uses_wsus")
    verdicts = {item.verdict for item in imports}
    if uses is False:
        return case.rule_out("Configuration Manager does not use this WSUS")
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
    tls = {event.event_class for event in situation.evidence.events if event.tls}
    logged = situation.current_events(*tls, process=None)
    return case.confirm([event.told for event in logged if "wsyncmgr" in event.source.lower()])


@dataclass(frozen=True)
class _Cause:
    """Why the import may ask for old protocols only, how sure that is, and what would settle it."""

    verdict: str
    text: str
    contra: str = ""
    missing: tuple[str, ...] = (LOG, "a manual import")

    def blame(self, case: Case, pro: str) -> None:
        case.judge(self.verdict, pro=pro, contra=self.contra, missing=self.missing)


def _old_protocols(situation: Situation) -> tuple[Case, _Cause | None]:
    """A case to go on with and its cause; without a cause the case is settled."""
    case = Case()
    if situation.replica:
        return case.rule_out("A replica imports nothing itself"), None
    asks = situation.import_asks
    if asks is None:
        reason = situation.facts.get(str, "dotnet", "import", "reason")
        unread = why(situation.facts, "how the import chooses its protocol", "dotnet", "import")
        return case, _Cause("undetermined", "It is not known what the import asks for", missing=(reason or unread,))
    waiting = situation.import_settings_pending
    if asks != "old_only" and not waiting:
        return case.judge("excluded", contra="The import can ask for TLS 1.2"), None
    if asks != "old_only":
        text = "The worker process is older than the settings and may still ask for old protocols only"
        return case, _Cause("possible", text, "; ".join(waiting) + " are right now", ("an iisreset",))
    text = "The import asks for old protocols only"
    if situation.downstream:
        return case, _Cause("possible", text, "Updates are seldom imported on a downstream server", (LOG,))
    return case, _Cause("likely", text)
