# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What if an endpoint accepted something else: which hosts of stored results would get through. No host is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ..assess.view import Facts
from ..facts.cipher_lists import base_name, is_suite
from ..facts.tables import load_table
from ..text import clean
from .breaks import judge
from .model import ANSWERS, DECIDES, NEWER, PROTOCOLS, Offer, suite_names
from .tables import profile_rows

ACCEPTED, REJECTED, _UNDETERMINED = ANSWERS
MEMBERS = ("title", "protocols", "accepted_suites", "date")
PROFILE_LIMIT = 20
"""Most profiles of one report."""
_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class Profile:
    """A question: ``protocols`` and ``suites`` (base names) are all that is accepted, from ``date`` on (YYYY-MM-DD;
    None: no date is known).
    """

    id: str
    title: str
    protocols: tuple[str, ...]
    suites: tuple[str, ...]
    date: str | None = None

    @property
    def offer(self) -> Offer:
        """The same as what an endpoint accepts."""
        rows = load_table("cipher_suites")["suites"]
        versions = {str(row["name"]): tuple(row["protocols"]) for row in rows}
        return Offer(
            {name: ACCEPTED if name in self.protocols else REJECTED for name in (DECIDES, NEWER)},
            {
                version: tuple(name for name in self.suites if version in versions.get(base_name(name), ()))
                for version in self.protocols
            },
        )


@dataclass
class Readiness:
    """What a profile would mean: hosts by answer, with the reason where they would not, or perhaps not, get through.
    ``already``: those of ``not_ready`` that have nothing in common with what their audit went by either.
    ``not_concerned``: downstream servers and hosts without WSUS. ``old``: hosts whose Windows is no longer supported on
    the profile's date, with the date on which its support ends.
    """

    profile: Profile
    ready: list[str] = field(default_factory=list)
    not_ready: dict[str, str] = field(default_factory=dict)
    already: list[str] = field(default_factory=list)
    undetermined: dict[str, str] = field(default_factory=dict)
    not_concerned: list[str] = field(default_factory=list)
    old: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """As fleet.json has it."""
        profile = self.profile
        return {
            "title": profile.title,
            "protocols": list(profile.protocols),
            "accepted_suites": list(profile.suites),
            "date": profile.date,
            "ready": list(self.ready),
            "not_ready": dict(self.not_ready),
            "already": list(self.already),
            "undetermined": dict(self.undetermined),
            "not_concerned": list(self.not_concerned),
            "out_of_support": dict(self.old),
        }


def built_in() -> dict[str, Profile]:
    """The profiles of profiles.yml, by id."""
    return {
        str(row["id"]): Profile(
            row["id"], row["title"], tuple(row["protocols"]), tuple(row["accepted_suites"]), row["date"]
        )
        for row in profile_rows()
    }


def read_profiles(given: object) -> list[Profile]:
    """What an option names: ids of built-in profiles, or a mapping of ids to profiles of one's own (MEMBERS; null takes
    the built-in one of that id).

    Raises:
        ValueError: it makes no sense; the text says where.
    """
    known = built_in()
    if isinstance(given, str):
        given = [part.strip() for part in given.split(",") if part.strip()]
    if isinstance(given, (list, tuple)):
        given = dict.fromkeys(given) if all(isinstance(name, str) for name in given) else None
    if not isinstance(given, Mapping):
        raise ValueError("it must be a list of names, or a mapping of names to profiles")
    if len(given) > PROFILE_LIMIT:
        raise ValueError(f"it has {len(given)} profiles, {PROFILE_LIMIT} are the most")
    found = []
    for name, members in given.items():
        if not isinstance(name, str) or not _ID.fullmatch(name):
            raise ValueError(f"{clean(name, 60)!r} is no name of a profile: small letters, digits and _, at most 40")
        if members is None and name not in known:
            raise ValueError(f"there is no built-in profile {name}. There are {', '.join(known)}")
        try:
            found.append(known[name] if members is None else _own(name, members))
        except ValueError as problem:
            raise ValueError(f"{name}: {problem}") from None
    return found


def _own(name: str, members: object) -> Profile:
    if not isinstance(members, Mapping):
        raise ValueError(f"it must have the members {', '.join(MEMBERS)}")
    unknown = [clean(member, 40) for member in members if member not in MEMBERS]
    if unknown:
        raise ValueError(f"unknown members: {', '.join(unknown)}. There are {', '.join(MEMBERS)}")
    protocols = members.get("protocols", [DECIDES])
    if not isinstance(protocols, (list, tuple)) or not protocols or any(one not in PROTOCOLS for one in protocols):
        raise ValueError(f"protocols must be a list of some of {', '.join(PROTOCOLS)}")
    if not {DECIDES, NEWER} & set(protocols):
        raise ValueError(
            f"protocols must have {DECIDES} or {NEWER}: of servers that use older ones nothing is told here"
        )
    suites = suite_names(members.get("accepted_suites"))
    if not suites:
        raise ValueError("accepted_suites names no cipher suite")
    wrong = [suite for suite in suites if not is_suite(suite)]
    if wrong:
        raise ValueError(f"no Windows has the cipher suite {', '.join(wrong[:4])}")
    profile = Profile(
        name,
        clean(members.get("title") or name, 100),
        tuple(one for one in PROTOCOLS if one in protocols),
        suites,
        _date(members.get("date")),
    )
    bare = [version for version in (DECIDES, NEWER) if version in protocols and not profile.offer.suites[version]]
    if bare:
        raise ValueError(f"accepted_suites has none of {', '.join(bare)}")
    return profile


def _date(given: object) -> str | None:
    if given is None:
        return None
    try:
        return date.fromisoformat(str(given)).isoformat()
    except ValueError:
        raise ValueError("date must be a day such as 2027-06-30") from None


def readiness(documents: Mapping[str, Mapping[str, Any]], profile: Profile) -> Readiness:
    """The hosts of stored results, by name, against a profile."""
    found, offer = Readiness(profile), profile.offer
    for host in sorted(documents):
        document = documents[host]
        one = judge(host, document, offer)
        if one is None:
            found.not_concerned.append(host)
            continue
        if one.breaks is None:
            found.undetermined[host] = one.reason
        elif one.breaks:
            found.not_ready[host] = one.reason
            if one.already:
                found.already.append(host)
        else:
            found.ready.append(host)
        ends = _support_ends(document)
        if profile.date is not None and ends is not None and ends < profile.date:
            found.old[host] = ends
    return found


def readiness_of(documents: Mapping[str, Mapping[str, Any]], profiles: Iterable[Profile]) -> dict[str, dict[str, Any]]:
    """The member ``readiness`` of fleet.json: profile id -> ``Readiness.as_dict``."""
    return {profile.id: readiness(documents, profile).as_dict() for profile in profiles}


def _support_ends(document: Mapping[str, Any]) -> str | None:
    """The day on which the support of the host's Windows ends, without extended security updates."""
    ends = Facts(document.get("facts")).get(str, "os", "support_ends")
    try:
        return None if ends is None else date.fromisoformat(ends).isoformat()
    except ValueError:
        return None
