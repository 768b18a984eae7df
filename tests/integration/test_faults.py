# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Connections that fail, each in its own way and all in one audit: of each host it is told what it was.

The hosts beside them are audited.

Faults that take time (hosts that hang, a host that restarts) are in test_faults_in_time.py.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from support import certificates
from support.relay import Relay
from support.simulated import Fleet, Run, validate

from wsus_simulator import Simulator

SECRET = "S3cret-of-the-test"
W3WP = r"C:\Windows\System32\inetsrv\w3wp.exe.config"
QUICK = {"ansible_winrm_operation_timeout_sec": 1, "ansible_winrm_read_timeout_sec": 5}
PSRP = {"ansible_connection": "psrp", "ansible_psrp_connection_timeout": 5, "ansible_psrp_reconnection_retries": 0}


class Told(NamedTuple):
    """What is said of a host: the code, and what must be in the message."""

    code: str
    begin: str
    contains: tuple[str, ...] = ()


LOST = "The connection was lost: "
AGAIN = "audit the host again when it is up"

# --- answers that end too early ---------------------------------------------------------------------------------------

STAGES = ("Create", "Command", "Receive")
ENDS: dict[str, tuple[dict[str, str], str]] = {
    "close": ({"fault": "close"}, "Remote end closed connection without response"),
    "reset": ({"fault": "reset"}, "Connection reset by peer"),
    "cut-status": ({"fault": "cut", "at": "status"}, "the answer was cut off"),
    "cut-body": ({"fault": "cut", "at": "body"}, "IncompleteRead"),
    "reset-body": ({"fault": "reset", "at": "body"}, "Connection reset by peer"),
}
BROKEN: dict[str, dict[str, Any]] = {}
TOLD: dict[str, Told] = {}
for _stage in STAGES:
    for _end, (_fault, _text) in ENDS.items():
        BROKEN[f"{_stage.lower()}-{_end}"] = {**_fault, "on": [_stage]}
        TOLD[f"{_stage.lower()}-{_end}"] = Told("unreachable", LOST, (_text, AGAIN))
# The second part of a long answer.
BROKEN["second-part"] = {"fault": "reset", "on": ["Receive"], "after": 1, "at": "body"}
TOLD["second-part"] = Told("unreachable", LOST, ("Connection reset by peer", AGAIN))
# The whole answer was there, and Ansible threw it away: the end of the command could not be told.
BROKEN["signal-reset"] = {"fault": "reset", "on": ["Signal"]}
TOLD["signal-reset"] = Told("unreachable", LOST, ("Connection reset by peer", AGAIN))
# The host did not get the collector: Ansible asks once for output that it may have written all the same.
BROKEN["send-close"] = {"fault": "close", "on": ["Send"]}
BROKEN["send-reset"] = {"fault": "reset", "on": ["Send"]}
# All from the answer on: the first failure is the one that tells.
BROKEN["dead-from-receive"] = {"fault": "reset", "on": ["Receive", "Signal", "Delete"]}
TOLD["dead-from-receive"] = Told("unreachable", LOST, ("Connection reset by peer",))
for _name in ("send-close", "send-reset"):
    TOLD[_name] = Told("unreachable", LOST, ("while the collector was handed over", AGAIN))

# WinRM is there, but does not come to it.
BROKEN["create-stall"], BROKEN["command-stall"] = ({"fault": "stall", "on": [stage]} for stage in ("Create", "Command"))
TOLD["create-stall"] = Told("timeout", "No answer in time: ", ("it opened no shell", "overloaded"))
TOLD["command-stall"] = Told("timeout", "No answer in time: ", ("WinRMOperationTimeoutError", "overloaded"))

# --- WinRM says no ----------------------------------------------------------------------------------------------------

BROKEN |= {
    "no-rights": {"fault": "wsman", "on": ["Create"]},
    "no-rights-german": {"fault": "wsman", "on": ["Create"], "message": "Zugriff verweigert"},
    "no-rights-to-run": {"fault": "wsman", "on": ["Command"], "message": "Zugriff verweigert"},
    "quota": {"fault": "wsman", "on": ["Create"], "code": 2150859173, "message": "This user has too many shells."},
    "unknown-shell": {"fault": "wsman", "on": ["Command"], "code": 2150858843, "message": "The shell was not found."},
    "aborted": {"fault": "wsman", "on": ["Receive"], "code": 995, "message": "The I/O operation has been aborted."},
    "forbidden": {"fault": "http", "on": ["Create"]},
    "not-there-yet": {"fault": "http", "code": 503},
    "refused": {"fault": "refuse_auth"},
    "refused-later": {"fault": "refuse_auth", "on": ["Command"]},
}
_NO_RIGHTS = Told("authentication_failed", "The account lacks the rights: ", ("an administrator of the host",))
_REFUSED = Told("authentication_failed", "The credentials were refused: ", ("Check ansible_user, the password",))
TOLD |= {
    "no-rights": _NO_RIGHTS,
    "no-rights-german": _NO_RIGHTS,
    "no-rights-to-run": _NO_RIGHTS,
    "quota": Told("unreachable", "WinRM did not do what it was asked: ", ("too many shells", "Where it is a quota")),
    "unknown-shell": Told("unreachable", LOST, ("2150858843", AGAIN)),
    "aborted": Told("unreachable", LOST, ("has been aborted", AGAIN)),
    "forbidden": Told("authentication_failed", "Access was refused: ", ("Code 403", "a proxy between")),
    "not-there-yet": Told("unreachable", "No WinRM there: ", ("Code 503", "the service WinRM runs")),
    "refused": _REFUSED,
    "refused-later": _REFUSED,
    "wrong-password": _REFUSED,
    "unknown-user": _REFUSED,
    "wrong-password-psrp": _REFUSED,
}

# --- TLS --------------------------------------------------------------------------------------------------------------

_CERTIFICATE = ("that the controller trusts and that bears the name in ansible_host",)
_UNTRUSTED = "The certificate of the host is not trusted: "
TOLD |= {
    "tls-self-signed": Told("certificate", _UNTRUSTED, ("self-signed certificate", *_CERTIFICATE)),
    "tls-unknown-ca": Told("certificate", _UNTRUSTED, ("unable to get local issuer", *_CERTIFICATE)),
    "tls-expired": Told("certificate", _UNTRUSTED, ("certificate has expired", *_CERTIFICATE)),
    "tls-wrong-name": Told("certificate", _UNTRUSTED, ("is not valid for '127.0.0.1'", *_CERTIFICATE)),
    "tls-unknown-ca-psrp": Told("certificate", _UNTRUSTED, ("unable to get local issuer", *_CERTIFICATE)),
    "tls-no-ca-file": Told("certificate", "The CA certificates can't be read: ", ("ansible_winrm_ca_trust_path",)),
    "tls-empty-ca-file": Told("certificate", "The CA certificates can't be read: ", ("ansible_winrm_ca_trust_path",)),
    "tls-only-old": Told("unreachable", "No TLS connection: ", ("Enable TLS 1.2 on the host",)),
    "tls-reset": Told("unreachable", LOST, ("Connection reset by peer", "a TLS version in common")),
    "https-of-http": Told("unreachable", "The port does not speak TLS: ", ("ansible_winrm_scheme",)),
    "http-of-https": Told("unreachable", LOST, ("ansible_winrm_scheme",)),
}
# Hosts beside, which have their result. Of the last one, only the answer to the end of what was handed over is lost,
# and Ansible looks whether there is a result all the same.
AUDITED = {"healthy": "compliant", "issue1": "noncompliant", "tls-good": "compliant", "send-cut-last": "compliant"}
BROKEN["send-cut-last"] = {"fault": "cut", "on": ["Send"], "at": "body", "after": 1}


def tls_hosts(folder: Path, simulator: Simulator, relays: contextlib.ExitStack) -> dict[str, dict[str, Any]]:
    """Variables of the hosts behind a listener that speaks TLS, or does not."""
    known, other = certificates.Authority(folder, "known"), certificates.Authority(folder, "other")
    (folder / "empty.pem").write_text("")

    def relay(tls: Any = None, *, port: int | None = simulator.port) -> int:
        return relays.enter_context(Relay(port, tls=tls)).port

    good = relay(known.listener("good"))
    ports = {
        "tls-good": good,
        "tls-self-signed": relay(other.self_signed("own")),
        "tls-unknown-ca": relay(other.listener("unknown")),
        "tls-expired": relay(known.listener("expired", days=-1)),
        "tls-wrong-name": relay(known.listener("wrong", address="other.example")),
        "tls-no-ca-file": good,
        "tls-empty-ca-file": good,
        "tls-only-old": relay(certificates.only_old_tls(known.listener("old"))),
        "tls-reset": relay(port=None),
        "https-of-http": simulator.port,
        "http-of-https": good,
        "tls-unknown-ca-psrp": relay(other.listener("unknown-psrp")),
    }
    hosts: dict[str, dict[str, Any]] = {
        name: {"ansible_port": port, "ansible_winrm_scheme": "https", "ansible_winrm_ca_trust_path": str(known.file)}
        for name, port in ports.items()
    }
    hosts["http-of-https"]["ansible_winrm_scheme"] = "http"
    hosts["tls-no-ca-file"]["ansible_winrm_ca_trust_path"] = str(folder / "missing.pem")
    hosts["tls-empty-ca-file"]["ansible_winrm_ca_trust_path"] = str(folder / "empty.pem")
    hosts["tls-unknown-ca-psrp"] |= {**PSRP, "ansible_psrp_protocol": "https", "ansible_psrp_auth": "basic"}
    return hosts


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("faults")
    names = {"healthy", "issue1", *TOLD, *AUDITED}
    sources: dict[str, Any] = {
        name: {"extends": "issue1.yml" if name == "issue1" else "healthy.yml"}
        | ({"connection": BROKEN[name]} if name in BROKEN else {})
        for name in names
    }
    sources["second-part"]["files"] = {W3WP: f"<configuration><!--{'x' * 300_000}--></configuration>"}
    with Simulator(sources, password=SECRET) as simulator, contextlib.ExitStack() as relays:
        inventory = simulator.inventory()
        hosts = inventory["all"]["children"]["wsus"]["hosts"]
        for name, variables in tls_hosts(folder, simulator, relays).items():
            hosts[name] |= variables
        hosts["wrong-password"]["ansible_password"] = f"{SECRET}-not"
        hosts["unknown-user"]["ansible_user"] = "nobody"
        hosts["wrong-password-psrp"] |= {
            **PSRP,
            "ansible_psrp_protocol": "http",
            "ansible_psrp_path": hosts["wrong-password-psrp"]["ansible_winrm_path"],
            "ansible_psrp_auth": "basic",
            "ansible_psrp_message_encryption": "never",
            "ansible_password": f"{SECRET}-not",
        }
        for name in ("send-close", "send-reset", "create-stall", "command-stall"):
            hosts[name] |= QUICK
        # Nobody listens there.
        with socket.create_server(("127.0.0.1", 0)) as unused:
            hosts["closed"] = {**hosts["healthy"], "ansible_port": unused.getsockname()[1]}
        path = folder / "inventory.yml"
        path.write_text(yaml.safe_dump(inventory))
        done = Fleet(simulator, path, folder).run("-vvv", ANSIBLE_FORKS="16")
        counters = simulator.counters()
        assert [name for name in BROKEN if not counters[name]["faults"] + counters[name]["unauthorized"]] == []
        assert [name for name in names if counters[name]["writes"]] == []
        yield done


ALL = {**TOLD, "closed": Told("unreachable", "No connection: ", ("Connection refused", "that the host is up"))}


@pytest.mark.parametrize("host", ALL)
def test_what_is_said_of_a_host(run: Run, host: str):
    told = ALL[host]
    document = run.document(host)
    validate("audit", document)
    message = document["error"]["message"]
    assert document["error"]["code"] == told.code, message
    assert message.startswith(told.begin)
    for text in told.contains:
        assert text in message
    assert (document["outcome"], document["unreachable"], document["compliant"]) == ("unreachable", True, None)
    assert (document["facts"], document["findings"], document["issues"]) == ({}, [], {}), "nothing half-read is used"
    assert set(document["summary"].values()) == {0}
    assert (run.recap(host)["unreachable"], run.recap(host)["changed"]) == (1, 0)


def test_hosts_beside_them(run: Run):
    for name, outcome in AUDITED.items():
        document = run.document(name)
        validate("audit", document)
        assert document["outcome"] == outcome
        assert (document["error"], document["unreachable"]) == (None, False)
        assert (run.recap(name)["unreachable"], run.recap(name)["failed"], run.recap(name)["changed"]) == (0, 0, 0)


def test_the_fleet(run: Run):
    validate("fleet", run.fleet)
    assert run.code == 4, run.text[-3000:]
    assert run.fleet["outcome"] == "unreachable"
    assert run.fleet["hosts"] == dict(sorted({**dict.fromkeys(ALL, "unreachable"), **AUDITED}.items()))
    assert run.fleet["counts"]["unreachable"] == len(ALL)


def test_no_password_and_no_traceback(run: Run):
    for file in run.folder.iterdir():
        assert SECRET not in file.read_text(), file.name
    assert SECRET not in run.stdout + run.stderr
    assert "Traceback" not in run.text


def test_what_ansible_prints(run: Run):
    shown = " ".join(run.text.split())
    assert "wrong-password]: UNREACHABLE!" in shown
    assert shown.count("UNREACHABLE!") >= len(ALL)
