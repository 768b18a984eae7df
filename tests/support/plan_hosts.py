# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The demo hosts of the simulator as raw state, and ways to change them."""

from __future__ import annotations

import base64
import copy
from functools import cache
from typing import Any

from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import build_facts
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.ciphers import POLICY
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.dotnet import KEYS
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.schannel import SCHANNEL
from ansible_collections.wsus.compliance.plugins.plugin_utils.plan import Plan, Wanted, make_plan
from bench.assess_alone import answers
from support.raw_host import RawHost

NATIVE = KEYS["native_v4"]
TLS12 = rf"{SCHANNEL}\Protocols\TLS 1.2\Client"
FAR_SUITES = "TLS_RSA_WITH_AES_256_GCM_SHA384,TLS_RSA_WITH_AES_128_GCM_SHA256"
COLLECTED = "2026-11-25T12:00:00.000Z"


@cache
def _answers() -> dict[str, Any]:
    return answers()


def names() -> list[str]:
    return sorted(_answers())


def host(name: str = "healthy") -> RawHost:
    """A demo host; nobody but tests changes it."""
    return RawHost(copy.deepcopy(_answers()[name]["raw"]))


def put(found: RawHost, path: str, name: str, kind: str | None, data: Any = None) -> RawHost:
    """A registry value by hand; kind None removes it."""
    after = {"exists": False} if kind is None else {"exists": True, "type": kind, "data": data}
    found.write({"kind": "registry_value", "path": path, "name": name, "after": after})
    return found


def local_list(name: str, text: str = FAR_SUITES, kind: str = "REG_SZ") -> RawHost:
    """A host whose cipher suite policy nobody but the host itself sets."""
    found = host(name)
    found.raw["policy"]["rsop"] = {"settings": [], "gpos": []}
    return put(found, POLICY, "Functions", kind, text)


def config(found: RawHost, text: str) -> RawHost:
    """w3wp.exe.config with this text."""
    content = base64.b64encode(text.encode()).decode()
    found.write({"kind": "file", "after": {"exists": True, "content": content, "size": len(text)}})
    return found


def facts(found: RawHost, accepted: Any = None) -> dict[str, Any]:
    return build_facts({"contract": 1, "collected_at": COLLECTED, "raw": found.raw}, accepted=accepted)


def plan(found: RawHost, *apply: str, **wanted: Any) -> Plan:
    return make_plan(facts(found), found.raw, Wanted(apply=apply, **wanted))


def changes(made: Plan) -> list[tuple[str, Any]]:
    """(target, data after) of each operation."""
    return [(operation.target, operation.after.get("data")) for operation in made.operations]
