# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The whole way over real WinRM: predicted, enforced, restarted, proved, compliant, unchanged, taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from support.enforced import (
    ENFORCE,
    ROLLBACK,
    diff_lines,
    executions,
    fleet_of,
    journals,
    left,
    run,
    settled,
    states,
)
from support.simulated import Fleet, Run

UPDATE = "0b5bd7f5-8a29-4c3c-a5e3-0c3a14f0b0b0"
POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002"
SCHANNEL = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL"
FAR = "TLS_RSA_WITH_AES_256_GCM_SHA384,TLS_RSA_WITH_AES_128_GCM_SHA256"
OFF = {"Enabled": 0}
LAST = {"Result": "Failed", "Error": "UssCommunicationError", "ErrorText": "closed"}
FAILED = {"wsus": {"api": {"last_synchronization": LAST}}}


def off(*paths: str) -> dict[str, Any]:
    return {"registry": {rf"{SCHANNEL}\{path}": {"last_write": "-300d", "values": OFF} for path in paths}}


ALL = {"enforce_apply": "all"}
HOSTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "issue1": ("issue1.yml", {**ALL, "enforce_verify_import": UPDATE}),
    "issue2": ("issue2.yml", {"enforce_apply": "issue_2", "enforce_verify_import": UPDATE}),
    "issue4": ("issue4.yml", {"enforce_apply": ["issue_4"], "enforce_dotnet_strong_crypto_values": "required"}),
    "endpoint": ("endpoint-fe2.yml", {"enforce_apply": "endpoint"}),
    "suites": (
        {
            "extends": "healthy.yml",
            **FAILED,
            "registry": {POLICY: {"last_write": "-300d", "values": {"Functions": FAR}}},
        },
        ALL,
    ),
    "tls12": ({"extends": "healthy.yml", **off(r"Protocols\TLS 1.2\Client")}, ALL),
    "types": (
        {
            "extends": "healthy.yml",
            "registry": {
                rf"{SCHANNEL}\Protocols\TLS 1.2\Client": {"last_write": "-300d", "values": {"Enabled": "0"}},
                rf"{SCHANNEL}\Protocols\TLS 1.0\Client": {"last_write": "-300d", "values": {"Enabled": "1"}},
            },
        },
        ALL,
    ),
    "algorithms": (
        {"extends": "healthy.yml", **FAILED, **off(r"KeyExchangeAlgorithms\ECDH", r"KeyExchangeAlgorithms\PKCS")},
        {"enforce_apply": "issue_5"},
    ),
    "method2": ("issue1.yml", {"enforce_apply": "w3wp_config", "enforce_verify_import": UPDATE}),
    "healthy": ("healthy.yml", ALL),
}
REBOOTED = {"suites"}
UNCHANGED = {"healthy"}


@dataclass
class Story:
    """What each run left, in their order."""

    fleet: Fleet
    start: dict[str, Any]
    runs: dict[str, Run] = field(default_factory=dict)
    left: dict[str, dict[str, Any]] = field(default_factory=dict)
    settled: dict[str, dict[str, Any]] = field(default_factory=dict)
    executions: dict[str, dict[str, int]] = field(default_factory=dict)
    unchanged: dict[str, bool] = field(default_factory=dict)

    def tell(self, name: str, role: str, *arguments: str, **variables: Any) -> None:
        asked, before = executions(self.fleet), states(self.fleet)
        self.runs[name] = run(self.fleet, role, *arguments, **variables)
        assert self.runs[name].code == 0, self.runs[name].text
        self.left[name] = {host: left(self.fleet, host) for host in HOSTS}
        self.settled[name] = settled(self.fleet)
        self.executions[name] = {host: number - asked[host] for host, number in executions(self.fleet).items()}
        self.unchanged[name] = states(self.fleet) == before


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("story")
    allowed = {"enforce_restart_ok": "true", "enforce_reboot_ok": "true"}
    with fleet_of(folder, HOSTS) as fleet:
        story = Story(fleet, settled(fleet))
        story.tell("predicted", ENFORCE, "--check", "--diff", **allowed)
        story.tell("done", ENFORCE, "--diff", **allowed)
        story.tell("again", ENFORCE, **{**allowed, "enforce_verify_import": ""})
        story.tell("back", ROLLBACK, "--diff", rollback_restart_ok=True, rollback_reboot_ok=True)
        yield story


@pytest.fixture(params=[name for name in HOSTS if name not in UNCHANGED])
def host(request):
    return request.param


def test_it_is_not_compliant(story, host):
    assert story.left["predicted"][host]["enforce_result"]["audit"]["outcome"] == "noncompliant"


def test_check_mode_predicts_all_and_changes_nothing(story):
    assert story.unchanged["predicted"]
    predicted, done = (diff_lines(story.runs[name].text) for name in ("predicted", "done"))
    assert predicted == done and len(predicted) > 20
    assert set(story.executions["predicted"].values()) == {1, 2}


@pytest.mark.parametrize("member", ["changed", "plan", "applied", "refused", "unresolved", "restarts", "diff"])
def test_what_was_predicted_is_what_was_done(story, host, member):
    found = [story.left[name][host]["enforce_result"][member] for name in ("predicted", "done")]
    assert found[0] == found[1]


def test_it_is_proved_and_compliant(story, host):
    found = story.left["done"][host]
    imports = "proved" if "enforce_verify_import" in HOSTS[host][1] else "unproved"
    assert found["enforce_proof"] == {"synchronization": "proved", "import": imports}
    assert found["audit_result"]["outcome"] == "compliant", found["audit_result"]["reasons"]
    assert found["enforce_restart_required"] == found["enforce_reboot_required"] == []


def test_only_what_was_needed_was_restarted(story, host):
    done = [item["what"] for item in story.left["done"][host]["enforce_restarted"].get("restarts", ())]
    needed = [
        item["what"] for item in story.left["done"][host]["enforce_result"]["restarts"] if item["need"] == "required"
    ]
    assert done == (["reboot"] if host in REBOOTED else needed)
    rebooted = [one for one in story.fleet.simulator.counters()[host]["writes"] if one["kind"] == "reboot"]
    assert len(rebooted) == (2 if host in REBOOTED else 0), "once for the change, once for taking it back"


def test_a_compliant_host_costs_one_execution_and_is_not_changed(story):
    assert story.executions["predicted"]["healthy"] == story.executions["done"]["healthy"] == 1
    assert set(story.executions["again"].values()) == {1}
    assert all(story.runs["again"].recap(name)["changed"] == 0 for name in HOSTS)
    assert story.unchanged["again"]


def test_a_change_costs_two_executions(story):
    """Restarts (2, with reading why), the synchronization (2), an import (1) and the last assessment (1) aside."""
    for name, (_scenario, variables) in HOSTS.items():
        restarted = 2 if story.left["done"][name]["enforce_restarted"].get("restarts") else 0
        proved = 3 if "enforce_verify_import" in variables else 2
        if name not in UNCHANGED:
            assert story.executions["done"][name] == 2 + restarted + proved + 1, name


def test_journals_are_copied_as_they_are(story, host):
    result = story.left["done"][host]["enforce_result"]
    copy = Path(result["journal_copy"])
    assert copy.parent == story.fleet.folder / "wsus-journal" / host
    assert copy.stat().st_mode & 0o777 == 0o600
    on_host = story.fleet.simulator.hosts[host].state.file(result["journal"]).read().decode()
    assert on_host.startswith(copy.read_text()), "only restarts are noted behind it"
    noted = [
        record["what"] for record in journals(story.fleet, host)[result["journal_id"]] if record["record"] == "restart"
    ]
    assert noted == [item["what"] for item in story.left["done"][host]["enforce_restarted"].get("restarts", ())]


def test_all_comes_back(story):
    for name in HOSTS:
        start, back = dict(story.start[name]), dict(story.settled["back"][name])
        # The update that was imported stays: nothing takes it back.
        start["wsus"], back["wsus"] = start["wsus"] | {"updates": 0}, back["wsus"] | {"updates": 0}
        assert back == start, name
        assert story.left["back"][name]["audit_result"]["outcome"] == (
            "compliant" if name in UNCHANGED else "noncompliant"
        )
        assert story.left["back"][name]["rollback_restart_required"] == []
