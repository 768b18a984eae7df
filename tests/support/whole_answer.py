# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whole answers of the collector with something in every place, and ways to damage any place of them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from wsus_simulator import Simulator, modules
from wsus_simulator.simulator import HOSTS_FOLDER, hosts_of_folder

Path = tuple[Any, ...]
COLLECTOR = "wsus.compliance.wsus_facts"
SSL = r"SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002"
SCHANNEL = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL"
PACKAGES = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages"
ROLLUP = "Package_for_RollupFix~31bf3856ad364e35~amd64~~9600.19747.1.5"
SWITCH = "Switch.System.Net.DontEnableSystemDefaultTlsVersions"
GPO = {"id": "CN={31B2F340-016D-11D2-945F-00C04FB984F9},CN=Policies", "name": "TLS"}
GUID = "{31B2F340-016D-11D2-945F-00C04FB984F9}"


class Lost:
    """In place of data: the member is not there."""

    def __repr__(self) -> str:
        return "nothing"


LOST = Lost()


def _rich(extends: Any, functions: str, more: dict[str, Any]) -> dict[str, Any]:
    """A compliant host where nothing is left to a default."""
    on = {"values": {"Enabled": 1, "DisabledByDefault": 0}, "last_write": "-40d"}
    off = {"values": {"Enabled": 0, "DisabledByDefault": 1}, "last_write": "-40d"}
    switch = f'<configuration><runtime><AppContextSwitchOverrides value="{SWITCH}=false"/></runtime></configuration>'
    setting = {"key": SSL, "value_name": "Functions", "value_type": 1, "deleted": False, "precedence": 1}
    return {
        "extends": extends,
        "registry": {
            rf"{SCHANNEL}\Protocols\TLS 1.2\Client": on,
            rf"{SCHANNEL}\Protocols\TLS 1.2\Server": on,
            rf"{SCHANNEL}\Protocols\TLS 1.0\Client": off,
            rf"{SCHANNEL}\Ciphers\AES 256/256": {"values": {"Enabled": 0xFFFFFFFF}},
            rf"{SCHANNEL}\Ciphers\RC4 128/128": {"values": {"Enabled": 0}},
            rf"{SCHANNEL}\Hashes\SHA384": {"values": {"Enabled": 0xFFFFFFFF}},
            rf"{SCHANNEL}\KeyExchangeAlgorithms\ECDH": {"values": {"Enabled": 0xFFFFFFFF}},
            r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa\FipsAlgorithmPolicy": {"values": {"Enabled": 0}},
            rf"HKLM\{SSL}": {"values": {"Functions": functions, **more}, "last_write": "-40d"},
            rf"{PACKAGES}\{ROLLUP}": {"values": {"CurrentState": 112}},
        },
        "files": {r"C:\Windows\System32\inetsrv\w3wp.exe.config": {"text": switch, "last_write": "-40d"}},
        "policy": {"rsop": {"settings": [{**setting, "gpo_id": GPO["id"]}], "gpos": [{**GPO, "guid": GUID}]}},
    }


RICH = {
    "rich-2022": _rich(
        "healthy.yml",
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        {"EccCurves": ["NistP384", "NistP256"]},
    ),
    "rich-2012r2": _rich(
        ["server-2012r2.yml", "strong-crypto.yml"],
        "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384_P256,TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256_P256",
        {},
    ),
}


@cache
def _answers() -> dict[str, Any]:
    demo = {name: path for name, path in hosts_of_folder(HOSTS_FOLDER).items() if name != "unreachable"}
    hosts = Simulator({**demo, **RICH}).hosts
    return {name: json.loads(modules.to_json(modules.run(COLLECTOR, host.state, {}))) for name, host in hosts.items()}


def answers() -> dict[str, Any]:
    """What the collector says of each demo host, and of those of RICH."""
    return copy.deepcopy(_answers())


def walk(node: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every place below ``node`` with what is there."""
    if path:
        yield path, node
    if isinstance(node, dict):
        for name, member in node.items():
            yield from walk(member, (*path, name))
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from walk(item, (*path, index))


def at(node: Any, path: Path) -> Any:
    for step in path:
        node = node[step]
    return node


def put(node: Any, path: Path, data: Any) -> Any:
    """``node`` with ``data`` at the place; the original stays as it is."""
    if not path:
        return data
    changed = copy.copy(node)
    if data is LOST and len(path) == 1:
        del changed[path[0]]
    else:
        changed[path[0]] = put(node[path[0]], path[1:], data)
    return changed


def may_be_absent(path: Path) -> bool:
    """Whether the contract lets it be left out: then its absence is knowledge, and no loss.

    These are values and subkeys that a key has not, and items of lists.
    """
    return isinstance(path[-1], int) or (len(path) > 1 and path[-2] in ("values", "subkeys"))


def losses(path: Path, node: Any) -> Iterator[tuple[str, Any]]:
    """What may stand in a place whose fact could not be read, or is of a wrong type; with a name for each."""
    if not may_be_absent(path):
        yield "missing", LOST
    yield "error", {"error": {"code": "access_denied", "message": "no"}}
    if node is not None:
        yield "null", None
    yield "list", {} if isinstance(node, list) else []
    yield "text", 7 if isinstance(node, str) else "text"
    if isinstance(node, bool):
        yield "number", int(node)
    elif isinstance(node, int):
        yield "float", float(node)
        yield "bool", True
    if isinstance(node, dict) and path[-1] not in ("values", "subkeys"):
        yield "empty", {}
