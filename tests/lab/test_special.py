# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hosts that cannot answer all, or nothing: what could not be read must be said, and must not cost the hosts beside."""

from __future__ import annotations

import contextlib
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from lab import expectations
from support import lab
from support.lab import Cell, Hosts, Run

pytestmark = pytest.mark.skipif(bool(lab.hindrance()), reason=lab.hindrance())

SCHANNEL = r"SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL"
DOTNET = r"SOFTWARE\Microsoft\.NETFramework\v4.0.30319"
POLICY = r"SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002"
ASSEMBLY = "windows/Microsoft.NET/assembly/GAC_MSIL/Microsoft.UpdateServices.Administration"
MODULE = "windows/system32/WindowsPowerShell/v1.0/Modules/UpdateServices"
# The lab's README has the recipe; it lasts until Wine stops.
DENY = """
$key = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey('{0}', 'ReadWriteSubTree', 'ChangePermissions,ReadKey')
$acl = $key.GetAccessControl()
$acl.SetSecurityDescriptorSddlForm('D:P(D;OICI;KR;;;WD)', 'Access')
$key.SetAccessControl($acl)
"""
# What SoapHttpClientProtocol throws when the application pool is stopped.
MODULE_503 = """
function Get-WsusServer {
    throw [System.Net.WebException]::new('The request failed with HTTP status 503: Service Unavailable.')
}
"""
UNKNOWN_API = (
    "wsus.api",
    "endpoint.topmost",
    "endpoint.mu_url",
    "endpoint.redirector_change_number",
    "sync.last_result",
    "proxy.configuration",
)


def results(document: dict[str, Any]) -> dict[str, str]:
    return {finding["id"]: finding["result"] for finding in document["findings"]}


def verdicts(document: dict[str, Any]) -> dict[str, str]:
    return {name: issue["verdict"] for name, issue in document["issues"].items()}


def unlike_healthy(document: dict[str, Any], persona: str = "2019") -> dict[str, str]:
    """Findings that a healthy host does not have."""
    healthy = expectations.expectation("healthy", persona).findings
    return {rule: result for rule, result in results(document).items() if result != healthy[rule]}


def remove_api(hosts: Hosts, name: str) -> Path:
    """The host has neither assembly nor module; returns where the assembly was kept."""
    drive = hosts.drive(name)
    (assembly,) = (drive / ASSEMBLY).rglob("*.dll")
    kept = drive / "kept" / assembly.name
    kept.parent.mkdir()
    shutil.move(assembly, kept)
    shutil.move(drive / MODULE, drive / "kept")
    return kept


def add_module(hosts: Hosts, name: str, text: str) -> None:
    folder = hosts.drive(name) / MODULE
    folder.mkdir()
    (folder / "UpdateServices.psm1").write_text(text, newline="\r\n")


# --- Hosts that answer in part ----------------------------------------------------------------------------------------


@contextlib.contextmanager
def hosts_that_answer_in_part(prepare: Callable[[Hosts], None] = lambda hosts: None) -> Iterator[Hosts]:
    """Running hosts; ``prepare`` gets them when they are made."""
    healthy = Cell("2019", "healthy")
    cells = {
        "denied-dotnet": healthy,
        "denied-schannel": healthy,
        "denied-policy": Cell("2019", "healthy-gpo"),
        "no-api": healthy,
        "by-module": healthy,
        "iis-503": healthy,
        "iis-down": healthy,
        "healthy": healthy,
    }
    hosts = Hosts(cells, collapse=True)
    try:
        hosts.make()
        prepare(hosts)
        remove_api(hosts, "no-api")
        remove_api(hosts, "iis-503")
        add_module(hosts, "iis-503", MODULE_503)
        kept = remove_api(hosts, "by-module")
        original = (kept.parent / "UpdateServices" / "UpdateServices.psm1").read_text()
        by_name = "LoadWithPartialName('Microsoft.UpdateServices.Administration')"
        assert by_name in original
        add_module(hosts, "by-module", original.replace(by_name, rf"LoadFrom('C:\kept\{kept.name}')"))
        hosts.start()
        hosts.powershell("denied-dotnet", DENY.format(DOTNET))
        hosts.powershell("denied-schannel", DENY.format(SCHANNEL + r"\Protocols"))
        hosts.powershell("denied-policy", DENY.format(POLICY))
        hosts.powershell("iis-down", "Stop-Service W3SVC -Force")
        yield hosts
    finally:
        hosts.close()


@pytest.fixture(scope="module")
def partly(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with hosts_that_answer_in_part() as hosts:
        yield lab.audit(hosts, tmp_path_factory.mktemp("partly"))


def test_healthy_beside_them(partly: Run):
    document = partly.result("healthy")
    assert unlike_healthy(document) == {}
    assert document["compliant"] is True


def test_nothing_changed_or_failed(partly: Run):
    # The playbook's own check of what was asked for runs on localhost.
    assert len(partly.recap.keys() - {"localhost"}) == 8, partly.tail()
    assert not [host for host, recap in partly.recap.items() if recap["changed"] or recap["failed"]], partly.tail()
    assert partly.code == 0


def test_dotnet_key_denied(partly: Run):
    """What the import asks for can't be known: not compliant would be as wrong as compliant."""
    document = partly.result("denied-dotnet")
    found = unlike_healthy(document)
    # findings.md leaves open what two rules say that judge nothing in this profile. A silent pass would be a guess.
    for rule in ("dotnet.strong_crypto.v4_native", "dotnet.strong_crypto.documented_set"):
        assert found.pop(rule) in {"unknown", "informational"}
    assert found == {"import.tls12": "unknown", "dotnet.value_type": "unknown", "restart.pending": "unknown"}
    assert document["compliant"] is None
    assert document["outcome"] == "undetermined"
    assert verdicts(document)["issue_1"] == "undetermined"
    # TLS 1.0 is on as client.
    assert verdicts(document)["issue_2"] == "excluded"
    value = document["facts"]["dotnet"]["strong_crypto"]["native_v4"]["sch_use_strong_crypto"]
    assert value["error"]["code"] == "access_denied"


def test_schannel_protocols_denied(partly: Run):
    document = partly.result("denied-schannel")
    found = unlike_healthy(document)
    assert (
        found.items()
        >= {
            "schannel.tls12_client": "unknown",
            "schannel.tls12_server": "unknown",
            "schannel.half_disabled": "unknown",
            "schannel.value_type": "unknown",
            "restart.pending": "unknown",
        }.items()
    )
    assert document["compliant"] is None
    assert document["facts"]["schannel"]["protocols"]["TLS 1.2"]["client"]["state"] == "unknown"


def test_policy_key_denied(partly: Run):
    """The list that rules may be anything."""
    document = partly.result("denied-policy")
    found = unlike_healthy(document)
    assert found["ciphers.common_suite"] == "unknown"
    assert found["ciphers.policy_type"] == "unknown"
    assert found["ciphers.policy_length"] == "unknown"
    assert found["ciphers.curve_order"] == "unknown"
    assert document["compliant"] is None
    assert verdicts(document)["issue_5"] == "undetermined"
    assert document["facts"]["ciphers"]["determined"] is False


@pytest.mark.parametrize(
    ("host", "code"),
    [("no-api", "api_unavailable"), ("iis-503", "service_unavailable"), ("iis-down", "connection_failed")],
)
def test_api_not_reached(partly: Run, host: str, code: str):
    document = partly.result(host)
    found = unlike_healthy(document)
    stopped = found.pop("wsus.services", None)
    assert found == dict.fromkeys(UNKNOWN_API, "unknown")
    assert document["facts"]["wsus"]["api"]["error"]["code"] == code
    assert stopped == ("fail" if host == "iis-down" else None)
    assert document["compliant"] is (False if host == "iis-down" else None)
    assert verdicts(document)["endpoint"] == "undetermined"
    assert verdicts(document)["proxy"] == "undetermined"


def test_api_reached_by_module(partly: Run):
    document = partly.result("by-module")
    assert unlike_healthy(document) == {}
    assert document["facts"]["wsus"]["api"] == {"reached": True, "by": "module", "error": None}


# --- Hosts that do not answer -----------------------------------------------------------------------------------------


class NotWinRM(BaseHTTPRequestHandler):
    def answer(self) -> None:
        self.send_response(404)
        self.end_headers()

    do_GET = do_POST = answer

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def unanswered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    cells = {"healthy": Cell("2019", "healthy"), "killed": Cell("2016", "healthy")}
    web = ThreadingHTTPServer(("127.0.0.1", 0), NotWinRM)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    # Takes connections and says nothing.
    silent = socket.create_server(("127.0.0.1", 0))
    closed = socket.create_server(("127.0.0.1", 0))
    closed_port = closed.getsockname()[1]
    closed.close()
    quick = {"ansible_winrm_operation_timeout_sec": 4, "ansible_winrm_read_timeout_sec": 6}
    with Hosts(cells) as hosts:
        port = hosts.lab.hosts["healthy"].port
        hosts.lab.hosts["killed"].faults.kill_after_ms = 200
        yield lab.audit(
            hosts,
            tmp_path_factory.mktemp("unanswered"),
            variables={
                "closed": {"ansible_port": closed_port},
                "silent": {"ansible_port": silent.getsockname()[1], **quick},
                "web": {"ansible_port": web.server_port},
                "wrong-password": {"ansible_port": port, "ansible_password": "S3cret-of-the-test"},
                "wrong-certificate": {
                    "ansible_port": port,
                    "ansible_winrm_scheme": "https",
                    "ansible_winrm_server_cert_validation": "validate",
                },
            },
        )
    silent.close()
    web.shutdown()
    web.server_close()


@pytest.mark.parametrize(
    ("host", "codes", "unreachable"),
    [
        ("closed", {"unreachable"}, True),
        ("silent", {"timeout"}, True),
        ("web", {"not_windows", "unreachable"}, True),
        ("wrong-password", {"authentication_failed"}, True),
        ("wrong-certificate", {"certificate"}, True),
        ("killed", {"module_failed", "malformed_answer"}, False),
    ],
)
def test_result_of_a_host_that_was_not_audited(unanswered: Run, host: str, codes: set[str], unreachable: bool):
    document = unanswered.result(host)
    assert document is not None, unanswered.tail(60)
    assert document["error"]["code"] in codes, document["error"]
    assert document["error"]["message"]
    assert document["unreachable"] is unreachable
    assert document["compliant"] is None
    assert (document["facts"], document["findings"], document["issues"]) == ({}, [], {})
    assert set(document["summary"].values()) == {0}
    assert "S3cret" not in str(document)


def test_healthy_beside_unreachable_hosts(unanswered: Run):
    document = unanswered.result("healthy")
    assert document["compliant"] is True
    assert unlike_healthy(document) == {}
    assert unanswered.recap["healthy"]["failed"] == 0


def test_fleet_with_unreachable_hosts(unanswered: Run):
    fleet = unanswered.result("fleet")
    assert fleet["outcome"] == "unreachable"
    assert len(fleet["hosts"]) == 7
    assert fleet["hosts"]["healthy"] == "compliant"
    assert sum(fleet["counts"].values()) == 7
    assert "S3cret" not in unanswered.output
    assert unanswered.code != 0


def test_old_powershell(tmp_path: Path):
    """Stock 2012 and 2012 R2 have 3.0 and 4.0 (5.0 is the oldest that the lab plays): the file says what to install."""
    with Hosts({"old": Cell("2012R2", "healthy")}, psversion="5.0") as hosts:
        run = lab.audit(hosts, tmp_path)
    document = run.result("old")
    assert document is not None, run.tail()
    assert document["error"]["code"] == "powershell_too_old", run.tail()
    assert "5.1" in document["error"]["message"]
    assert "WMF" in document["error"]["message"] or "Windows Management Framework" in document["error"]["message"]
    assert document["unreachable"] is False
    assert run.code != 0
