# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A host of the lab that connects to servers of each kind: by connections.ps1, and by unmodified ansible."""

from __future__ import annotations

import contextlib
import functools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from support import endpoints, lab, powershell_coverage
from support.lab import Cell, Hosts

MODULES = "ansible_collections/wsus/compliance/plugins/module_utils"
ENOUGH = 30
"""Seconds in which all that ends by itself ends on a loaded machine."""
SHORT = 2
TRUST = r"""
$certificate = [System.Security.Cryptography.X509Certificates.X509Certificate2]::new('C:\ca.pem')
$store = [System.Security.Cryptography.X509Certificates.X509Store]::new('Root', 'CurrentUser')
$store.Open('ReadWrite')
$store.Add($certificate)
$store.Close()
"""
USE_PROXY = """
$configuration = (Get-WsusServer).GetConfiguration()
$configuration.UseProxy = $true
$configuration.ProxyName = '127.0.0.1'
$configuration.ProxyServerPort = {0}
$configuration.Save()
"""


@dataclass
class Connected:
    """What the host answered: ``raw`` by case, ``results`` by task; which statements ran; what proxies were asked."""

    raw: dict[str, Any] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)
    hits: set[int] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    refused: list[bytes] = field(default_factory=list)
    output: str = ""


def _cases(ports: dict[str, int]) -> dict[str, dict[str, Any]]:
    """Arguments of Get-RawConnection."""

    def case(port: int, seconds: int = ENOUGH, target: str = "localhost", proxy: str = "") -> dict[str, Any]:
        given = (
            {"ProxyFrom": "given", "ProxyName": "127.0.0.1", "ProxyPort": ports[proxy]}
            if proxy
            else {"ProxyFrom": "none"}
        )
        return {"Target": target, "Port": port, "Protocol": ["TLS 1.2"], "Seconds": seconds, **given}

    good = ports["good"]
    return {
        "good": {**case(good), "Protocol": ["default", "TLS 1.0", "TLS 1.2"]},
        **{name: case(ports[name]) for name in ("untrusted", "alert", "reset", "closes", "plain_text", "closed")},
        **{name: case(ports[name], SHORT) for name in ("silent", "half")},
        "address": case(good, target="127.0.0.1"),
        "unknown_name": case(443, target="no-such-host.invalid"),
        "tunnel": case(good, proxy="tunnel"),
        **{f"proxy_{name}": case(good, proxy=name) for name in ("407", "502", "plain_text", "closes", "closed")},
        "proxy_silent": case(good, SHORT, proxy="silent"),
        "proxy_unknown": {**case(good, proxy="tunnel"), "ProxyName": "no-such-proxy.invalid"},
    }


@contextlib.contextmanager
def _servers(folder: Path, connected: Connected) -> Iterator[dict[str, int]]:
    """Servers of each kind; their ports by name. The certificates of the trusted ones are in the folder."""
    (folder / "other").mkdir()
    trusted = endpoints.make_certificates(folder)
    other = endpoints.make_certificates(folder / "other", "Other Root")
    only_ecdsa = "ECDHE-ECDSA-AES256-GCM-SHA384"
    with contextlib.ExitStack() as stack:

        def serve(what: endpoints.Serve) -> int:
            return stack.enter_context(endpoints.serving(what))

        yield {
            "good": stack.enter_context(endpoints.s_server(trusted, "-tls1_2", "-cipher", endpoints.SUITES)),
            "untrusted": stack.enter_context(endpoints.s_server(other, "-tls1_2")),
            # the certificate is one of RSA: no suite fits
            "alert": stack.enter_context(endpoints.s_server(trusted, "-tls1_2", "-cipher", only_ecdsa)),
            # Wine tells of an end, not of a reset, where that comes before anybody waits for an answer.
            "reset": serve(functools.partial(endpoints.resets, wait=0.5)),
            "closes": serve(endpoints.closes),
            "silent": serve(endpoints.keeps_silent),
            "plain_text": serve(endpoints.speaks_plain_text),
            "half": serve(endpoints.sends(bytes.fromhex("160303004a0200"))),
            "closed": endpoints.free_port(),
            "tunnel": serve(endpoints.tunnels(connected.asked)),
            "407": serve(
                endpoints.refuses(
                    "407 Proxy Authentication Required", connected.refused, ["Proxy-Authenticate: Negotiate"]
                )
            ),
            "502": serve(endpoints.refuses("502 Bad Gateway", connected.refused)),
        }


def _tasks(ports: dict[str, int], folder: Path) -> list[dict[str, Any]]:
    """What ansible asks: the user's module by the proxy of WSUS, in check mode; its program, also with bad options."""
    asks = {"host": "localhost", "port": ports["good"], "protocols": ["TLS 1.2"], "timeout": ENOUGH}
    program = "wsus.compliance.wsus_connection"
    given = {"target": "localhost", "proxy_from": "given", "proxy_name": "127.0.0.1", "proxy_port": ports["502"]}
    wanted: dict[str, tuple[str, dict[str, Any]]] = {
        "through_wsus": ("wsus.compliance.connection_info", asks),
        "program": (program, {**given, "port": ports["good"], "protocols": ["TLS 1.2"]}),
        "bad_target": (program, {**given, "target": "a\r\nb"}),
        "bad_port": (program, {**given, "port": 0}),
        "bad_timeout": (program, {**given, "timeout": 61}),
        "no_proxy_port": (program, {"target": "localhost", "proxy_from": "given", "proxy_name": "127.0.0.1"}),
    }
    tasks: list[dict[str, Any]] = []
    for name, (module, arguments) in wanted.items():
        check = name == "through_wsus"
        tasks.append({"name": name, module: arguments, "register": name, "ignore_errors": True, "check_mode": check})
    content = "{{ {" + ", ".join(f"'{name}': {name}" for name in wanted) + "} | to_json }}"
    copy = {"content": content, "dest": str(folder / "results.json"), "mode": "0600"}
    return [*tasks, {"ansible.builtin.copy": copy, "delegate_to": "localhost", "connection": "local"}]


def connect(collections: Path, folder: Path) -> Connected:
    """Everything that the host connects to, with the (instrumented) collection in this path of collections."""
    connected = Connected()
    with _servers(folder, connected) as ports, Hosts({"host": Cell("2019", "healthy")}) as hosts:
        drive = hosts.drive("host")
        (drive / powershell_coverage.FOLDER).mkdir()
        (drive / "modules").mkdir()
        for path in (collections / MODULES).glob("*.psm1"):
            text = re.sub(r"^.*Export-ModuleMember (?s:.*)", "", path.read_text("utf-8"), flags=re.M)
            (drive / "modules" / path.name).write_text(text, "utf-8")
        for path in [collections / MODULES / "_TlsConnection.cs"]:
            (drive / "modules" / path.name).write_bytes(path.read_bytes())
        (drive / "connections.ps1").write_bytes((Path(__file__).parent / "connections.ps1").read_bytes())
        (drive / "connections.json").write_text(json.dumps(_cases(ports)), "utf-8")
        (drive / "ca.pem").write_bytes((folder / "ca.pem").read_bytes())
        hosts.powershell("host", TRUST + USE_PROXY.format(ports["tunnel"]))
        connected.raw = json.loads(hosts.powershell("host", r"& C:\connections.ps1").splitlines()[-1])
        asked = len(connected.asked)
        playbook = folder / "connect.yml"
        playbook.write_text(
            yaml.safe_dump([{"hosts": "lab", "gather_facts": False, "tasks": _tasks(ports, folder)}], sort_keys=False)
        )
        run = lab.run_ansible(
            ["ansible-playbook", "-i", str(hosts.inventory()), str(playbook)],
            folder,
            {"ANSIBLE_COLLECTIONS_PATH": str(collections)},
        )
        connected.output = run.tail(60)
        path = folder / "results.json"
        connected.results = json.loads(path.read_text("utf-8")) if path.is_file() else {}
        connected.results["asked"] = connected.asked[asked:]
        connected.hits = powershell_coverage.hits(drive)
    return connected
