# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of the operating system: version, updates, restarts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..model import Answer, failed, informational, notapplicable, passed, unknown
from ..view import Facts

Options = Mapping[str, Any]


def os_supported(facts: Facts, options: Options) -> Answer:
    """A server version that the tables know."""
    name = facts.get(str, "os", "name") or "This system"
    if not facts.need(bool, "os", "is_server"):
        return failed(f"{name} is not a server operating system")
    build = facts.need(int, "os", "build")
    if facts.get(str, "os", "id") is None:
        return unknown(f"{name} (build {build}) is not in the table of operating systems")
    return passed(f"{name} (build {build})")


def monthly_rollup(facts: Facts, options: Options) -> Answer:
    """Three states; only 2012 and 2012 R2 need one."""
    state = facts.need(str, "updates", "monthly_rollup", "state")
    found = "; ".join(
        item for item in facts.get(list, "updates", "monthly_rollup", "evidence", default=[]) if isinstance(item, str)
    )
    if state == "not_required":
        return notapplicable("This version of Windows brings TLS 1.2 for WSUS")
    if state == "installed":
        return passed(found or "Installed")
    if state == "not_installed":
        waits = facts.get(bool, "updates", "monthly_rollup", "pending") is True
        return failed(f"{found or 'Not installed'}{'; Windows installs it when it restarts' if waits else ''}")
    return unknown(found or "It could not be determined whether one is installed")


def support(facts: Facts, options: Options) -> Answer:
    """Support dates of the table against the time of the collection."""
    ends = facts.need(str, "os", "support_ends")
    if not facts.need(bool, "os", "support_ended"):
        return passed(f"In support until {ends}")
    esu = facts.get(str, "os", "esu_ends")
    if esu is None:
        return failed(f"Support ended on {ends}")
    if facts.need(bool, "os", "esu_ended"):
        return failed(f"Support ended on {ends}, Extended Security Updates ended on {esu}")
    return informational(f"Support ended on {ends}; Extended Security Updates run until {esu}")


def restart_pending(facts: Facts, options: Options) -> Answer:
    """Settings that changed later than the process that must read them started."""
    pending = facts.records("restart", "pending")
    undetermined = facts.texts("restart", "undetermined")
    if pending:
        text = "; ".join(
            f"{item.get('what')} changed {item.get('changed')}, {item.get('reader')} runs since {item.get('since')}"
            for item in pending
        )
        return failed(text, [{"text": str(item.get("path"))} for item in pending], needs=strongest(pending))
    if undetermined:
        return unknown("; ".join(undetermined))
    return passed("No change is newer than the processes that read it")


def strongest(pending: list[Mapping[str, Any]]) -> str | None:
    """The restart that covers all pending ones: a reboot includes the others, iisreset comes before a service."""
    wanted = {needs for item in pending if isinstance(needs := item.get("needs"), str)}
    return next((name for name in ("reboot", "iisreset", "service_restart") if name in wanted), None)


def os_pending(facts: Facts, options: Options) -> Answer:
    """Windows' own marks."""
    marks = {
        "component_servicing": "Component Based Servicing",
        "windows_update": "Windows Update",
        "file_rename": "pending file renames",
    }
    waiting = [text for name, text in marks.items() if facts.need(bool, "restart", "os_pending", name)]
    if waiting:
        return informational("Asked for by " + ", ".join(waiting))
    return passed("No")


def journal_interrupted(facts: Facts, options: Options) -> Answer:
    """Runs of this collection that neither ended nor were completed or taken back."""
    if "journal" not in facts.data or (facts.why("journal") or "").endswith("(not_collected)"):
        return Answer("notchecked", "The journals of this collection were not read")
    interrupted = facts.texts("journal", "interrupted")
    states = {str(entry.get("id")): entry.get("state") for entry in facts.records("journal", "entries")}
    if interrupted:
        return failed("Broke off: " + ", ".join(interrupted), [{"text": f"journal {name}"} for name in interrupted])
    unread = [name for name, state in states.items() if state not in ENDED]
    if unread:
        return unknown("Not readable: " + ", ".join(unread))
    return passed("None did")


ENDED = ("complete", "stopped", "never_started", "interrupted")
"""States of journals that say what was done; a run that broke off and was mended since is among them."""

CHECKS = {
    function.__name__: function
    for function in (os_supported, monthly_rollup, support, restart_pending, os_pending, journal_interrupted)
}
