# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts ``policy``: who sets a registry value: Group Policy (RSOP, or a Registry.pol alone), preferences, or this host.

Fail-closed: ``local`` needs that every source that could name the value was read completely and that none does.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .context import Context, OwnerLookup
from .raw import as_bool, as_int, as_list, as_mapping, as_text, dword, read_error, read_key

NAME_LIMIT = 256
"""Most characters of a GPO's name, which whoever may create GPOs can choose freely."""
RSOP_LIMIT = 2_000
"""Settings that the collector returns at most; a list as long as that may be cut."""
RSOP_KEY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\System"
LOCAL_POLICY = "local policy"

_HIVE = re.compile(r"\\*(?:HKLM:?|HKEY_LOCAL_MACHINE|MACHINE)\\+", re.IGNORECASE)
_OTHER_HIVE = re.compile(r"\\*(?:HKCU|HKCR|HKU|HKCC|HKEY_[A-Z_]+):?(?:\\|\Z)", re.IGNORECASE)
_GUID = re.compile(r"\{[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}")
# Registry.pol knows commands in the place of value names ([MS-GPREG] 2.2.1.1): "**soft.x" sets x where it is absent,
# all others delete.
_SOFT = "**soft."
_WRITING_ACTIONS = ("C", "R", "U")

_Place = tuple[str, str]
"""(key without hive, value name), both case-folded."""


@dataclass(frozen=True)
class Owned:
    """A value that a policy sets; ``source``: rsop, preferences, registry_pol."""

    path: str
    name: str
    owner: str
    source: str

    def as_fact(self) -> dict[str, str]:
        """The facts' shape."""
        return {"path": self.path, "name": self.name, "owner": self.owner, "source": self.source}


@dataclass(frozen=True)
class Source:
    """What one source says. ``reason``: why it could not be read completely, None if it could."""

    owned: tuple[Owned, ...] = ()
    reason: str | None = None

    def as_fact(self) -> dict[str, Any]:
        """The facts' shape."""
        return {"readable": self.reason is None, "reason": self.reason}


@dataclass(frozen=True)
class Policy:
    """The three sources, the strongest first."""

    rsop: Source
    preferences: Source
    registry_pol: Source

    def owned(self) -> list[Owned]:
        """Everything that a policy sets; of a Registry.pol only what no other source names."""
        stronger = [*self.rsop.owned, *self.preferences.owned]
        named = {place_of(item.path, item.name) for item in stronger}
        return stronger + [item for item in self.registry_pol.owned if place_of(item.path, item.name) not in named]


def key_of(path: str) -> str | None:
    """The key in one form whatever its spelling: no hive, single backslashes, case-folded; None if not below HKLM."""
    if _OTHER_HIVE.match(path) and not _HIVE.match(path):
        return None
    bare = _HIVE.sub("", path, count=1) if _HIVE.match(path) else path
    return "\\".join(part for part in bare.split("\\") if part).casefold()


def place_of(path: str, name: str) -> _Place | None:
    """The comparable form of a value's place. The default value's name is empty."""
    key = key_of(path)
    return None if key is None else (key, name.casefold())


def clean_name(name: str) -> str:
    """``name`` without control, format and unassigned characters (line breaks, terminal escapes, bidi marks), cut."""
    return "".join(char for char in name if unicodedata.category(char)[0] != "C").strip()[:NAME_LIMIT].rstrip()


def _value_name(name: str) -> str | None:
    """The value that a name of a Registry.pol writes, None for a command that deletes."""
    if not name.startswith("**"):
        return name
    return name[len(_SOFT) :] if name.casefold().startswith(_SOFT) else None


def _owned(key: str | None, name: str | None, owner: str, source: str) -> Owned | None:
    """An entry, None if it has not what it takes."""
    if not key or name is None or key_of(key) is None:
        return None
    bare = _HIVE.sub("", key, count=1) if _HIVE.match(key) else key
    return Owned(f"HKLM\\{bare}"[:2_048], name, owner, source)


# --- RSOP ------------------------------------------------------------------------------------------------------------


def _gpo_names(raw: object) -> dict[str, str]:
    """Name by id; an id is ``CN={guid},CN=Policies,...`` or ``LocalGPO``."""
    names: dict[str, str] = {}
    for item in as_list(raw) or []:
        gpo = as_mapping(item) or {}
        identity, name = as_text(gpo.get("id"), 2_048), clean_name(as_text(gpo.get("name"), 1_024) or "")
        if identity and name:
            names.setdefault(identity.casefold(), name)
    return names


def _gpo_owner(gpo_id: str | None, names: Mapping[str, str]) -> str:
    """``gpo:<name>``; the guid in the id, or the id, where the name is not known."""
    identity = gpo_id or ""
    guid = _GUID.search(identity)
    return f"gpo:{names.get(identity.casefold()) or (guid.group() if guid else clean_name(identity)) or 'unknown'}"


def _logging_problem(raw: object) -> str | None:
    """Why RSOP may be out of date: its logging is off ("Turn off Resultant Set of Policy logging"), or not known."""
    value = read_key(raw, RSOP_KEY).value("RSoPLogging")
    if value.error is not None:
        return f"whether RSOP logging is on could not be read ({value.error.code})"
    if dword(value) == 0:
        return "RSOP logging is off (RSoPLogging=0)"
    return None


def _read_rsop(raw: object, logging: object) -> Source:
    error = read_error(raw)
    if error is not None:
        return Source(reason=f"{error.code}: {error.message}")
    members = as_mapping(raw) or {}
    settings = as_list(members.get("settings"))
    if settings is None:
        return Source(reason="malformed: there is no list of settings")
    problem = _logging_problem(logging)
    if problem is not None:
        return Source(reason=problem)  # what is there may be from a time when logging was on
    names = _gpo_names(members.get("gpos"))
    owned: list[Owned] = []
    for item in settings:
        setting = as_mapping(item) or {}
        precedence, deleted = as_int(setting.get("precedence")), as_bool(setting.get("deleted"))
        name = as_text(setting.get("value_name"), 16_383)
        if precedence is None or deleted is None or name is None:
            problem = "malformed: a setting is incomplete"
        elif precedence == 1 and not deleted and (written := _value_name(name)) is not None:
            owner = _gpo_owner(as_text(setting.get("gpo_id"), 2_048), names)
            entry = _owned(as_text(setting.get("key"), 2_048), written, owner, "rsop")
            if entry is None:
                problem = "malformed: a setting is incomplete"
            else:
                owned.append(entry)
    if len(settings) >= RSOP_LIMIT:
        problem = f"the list of settings is cut at {RSOP_LIMIT}"
    return Source(tuple(owned), problem)


# --- preferences -----------------------------------------------------------------------------------------------------


def _read_preferences(raw: object) -> Source:
    error = read_error(raw)
    members = as_mapping(raw)
    if error is not None or members is None:
        return Source(reason=f"{error.code}: {error.message}" if error is not None else "malformed: missing")
    exists, files = as_bool(members.get("exists")), as_list(members.get("files", []))
    if exists is None or files is None:
        return Source(reason="malformed: neither a list of files nor its absence")
    owned: list[Owned] = []
    problem = None
    for item in files:
        file = as_mapping(item) or {}
        path, items = as_text(file.get("path"), 4_096) or "", as_list(file.get("items"))
        if "error" in file or items is None:
            problem = f"{clean_name(path)} could not be read"
            continue
        guid = _GUID.search(path)
        for entry in items:
            found, understood = _preference(entry, guid.group() if guid else None)
            if not understood:
                problem = f"malformed: an item of {clean_name(path)} is incomplete"
            elif found is not None:
                owned.append(found)
    return Source(tuple(owned), problem)


def _preference(raw: object, guid: str | None) -> tuple[Owned | None, bool]:
    """(what the item sets, whether it was understood). Without an action an item updates ([MS-GPPREF])."""
    item = as_mapping(raw) or {}
    hive, key = as_text(item.get("hive"), 100), as_text(item.get("key"), 2_048)
    action = (as_text(item.get("action"), 10) or "U").upper()
    if not hive or not key or action not in (*_WRITING_ACTIONS, "D"):
        return None, False
    if action == "D" or key_of(f"{hive}\\{key}") is None or not _HIVE.match(f"{hive}\\"):
        return None, True
    who = guid or clean_name(as_text(item.get("uid"), 100) or "") or "unknown"
    return _owned(key, as_text(item.get("name"), 16_383) or "", f"preference:{who}", "preferences"), True


# --- Registry.pol ----------------------------------------------------------------------------------------------------


def _read_pol(raw: object, local: bool) -> Source:
    error = read_error(raw)
    members = as_mapping(raw)
    if error is not None or members is None:
        return Source(reason=f"{error.code}: {error.message}" if error is not None else "malformed: missing")
    path = as_text(members.get("path"), 4_096) or ""
    exists, entries = as_bool(members.get("exists")), as_list(members.get("entries", []), 100_000)
    if exists is None or entries is None:
        return Source(reason=f"malformed: {clean_name(path)} has no entries")
    guid = _GUID.search(path)
    who = LOCAL_POLICY if local else guid.group() if guid else "unknown"
    owned: list[Owned] = []
    problem = None
    for item in entries:
        entry = as_mapping(item) or {}
        name = as_text(entry.get("value_name"), 16_383)
        written = None if name is None else _value_name(name)
        found = _owned(as_text(entry.get("key"), 2_048), written, f"gpo:{who}", "registry_pol")
        if found is not None:
            owned.append(found)
        elif name is None or written is not None:
            problem = f"malformed: an entry of {clean_name(path)} is incomplete"
    return Source(tuple(owned), problem)


def _read_registry_pol(raw: object) -> Source:
    """The local policy's file and the cached ones of the domain; the domain's come first, as they win."""
    error = read_error(raw)
    members = as_mapping(raw) or {}
    domain = as_mapping(members.get("domain")) or {}
    domain_error = error or read_error(domain)
    files = as_list(domain.get("files", []))
    if domain_error is not None or files is None or as_bool(domain.get("exists")) is None:
        problem = (
            f"{domain_error.code}: {domain_error.message}" if domain_error else "malformed: no files of the domain"
        )
        parts = [Source(reason=problem)]
    else:
        parts = [_read_pol(file, local=False) for file in files]
    parts.append(_read_pol(members.get("local"), local=True))
    reasons = [part.reason for part in parts if part.reason is not None]
    return Source(tuple(item for part in parts for item in part.owned), reasons[0] if reasons else None)


# --- entry points ----------------------------------------------------------------------------------------------------


def read_policy(raw: Mapping[str, object]) -> Policy:
    """The three sources of the raw subset ``policy``."""
    return Policy(
        _read_rsop(raw.get("rsop"), raw.get("rsop_logging")),
        _read_preferences(raw.get("preferences")),
        _read_registry_pol(raw.get("registry_pol")),
    )


def _first_owners(owned: Iterable[Owned]) -> dict[_Place, str]:
    owners: dict[_Place, str] = {}
    for item in owned:
        place = place_of(item.path, item.name)
        if place is not None:
            owners.setdefault(place, item.owner)
    return owners


SECURITY_SETTINGS = "system\\currentcontrolset\\control\\lsa"
"""Comparable form of the key whose values Group Policy's Security Settings write."""


def owner_lookup(raw: Mapping[str, object]) -> OwnerLookup:
    """(path, name) -> owner, of the raw ``policy``; ``unknown`` where a source that could name it is not read."""
    policy = read_policy(raw)
    owners = _first_owners(policy.owned())
    elsewhere = policy.rsop.reason is None and policy.preferences.reason is None
    below_policies = elsewhere and policy.registry_pol.reason is None

    def owner(path: str, name: str) -> str | None:
        place = place_of(path, name)
        if place is None:
            return "unknown"
        sure = below_policies if "policies" in place[0].split("\\") else elsewhere
        # Security Settings set FIPS mode, and neither RSOP's registry class nor Registry.pol shows them.
        sure = sure and not place[0].startswith(SECURITY_SETTINGS)
        return owners.get(place) or ("local" if sure else "unknown")

    return owner


def build(raw: Mapping[str, object], ctx: Context) -> dict[str, Any]:
    """Facts of the subset."""
    del ctx
    policy = read_policy(raw)
    return {
        "rsop": policy.rsop.as_fact(),
        "preferences": policy.preferences.as_fact(),
        "registry_pol": policy.registry_pol.as_fact(),
        "owned": [item.as_fact() for item in policy.owned()],
    }
