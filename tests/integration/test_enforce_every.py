# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every scenario of the simulator on every Windows, over real WinRM: the whole way, all hosts at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from support.enforced import executions, fleet_of, settled, states
from support.fates import Fate, found_fate
from support.simulated import Fleet
from support.steps import PREDICTED, STEPS, outcome_after, play_text, restarted

from wsus_simulator.simulator import HOSTS_FOLDER

SERVERS = ("2012", "2012r2", "2016", "2019", "2022", "2025")
OLD = ("2012", "2012r2")
SCHANNEL = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL"
POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002"
FAR = "TLS_RSA_WITH_AES_256_GCM_SHA384,TLS_RSA_WITH_AES_128_GCM_SHA256"
HEALTHY = Fate(unaffected="compliant")
METHOD_1, ENDPOINT, TLS12, ALGORITHMS, SUITES = (
    Fate(fixed=(name,))
    for name in ("dotnet_strong_crypto", "sync_endpoint", "schannel_tls12", "schannel_algorithms", "cipher_suite_order")
)
# What must come of the scenarios in extensions/simulator/hosts, on any Windows or by Windows.
FATES: dict[str, Fate | dict[str, Fate]] = {
    "healthy": HEALTHY,
    "healthy-w3wp": {name: METHOD_1 if name in OLD else HEALTHY for name in SERVERS},
    "proxy": HEALTHY,
    "issue1": METHOD_1,
    "issue2": METHOD_1,
    "issue3": {name: Fate(kept={"updates.monthly_rollup": "package"}, applied=METHOD_1.fixed) for name in OLD},
    "issue4": METHOD_1,
    "issue5": Fate(kept={"cipher_suite_order": "policy"}),
    "endpoint-fe2": ENDPOINT,
}
# What is wrong in these there is nothing to enforce on, on any Windows.
NOT_TOLD = {"unreachable": "refuses the user"}


def values(path: str, **data: Any) -> dict[str, Any]:
    return {"extends": ["strong-crypto.yml"], "registry": {path: {"last_write": "-300d", "values": data}}}


# Beside them, the resolutions that no scenario there needs.
MORE: dict[str, tuple[dict[str, Any], Fate]] = {
    "tls12-off": (values(rf"{SCHANNEL}\Protocols\TLS 1.2\Client", Enabled=0, DisabledByDefault=1), TLS12),
    "ecdh-off": (values(rf"{SCHANNEL}\KeyExchangeAlgorithms\ECDH", Enabled=0), ALGORITHMS),
    "suites": (values(POLICY, Functions=FAR), SUITES),
}


def rollup_of(server: str) -> str:
    """The key of the Monthly Rollup that a server has as installed."""
    keys = yaml.safe_load((HOSTS_FOLDER / f"server-{server}.yml").read_text())["registry"]
    (found,) = (key for key in keys if "Package_for_RollupFix" in key)
    return str(found)


def on(server: str, scenario: dict[str, Any]) -> dict[str, Any]:
    """The scenario on this Windows in place of its own."""
    given = scenario.get("extends", [])
    others = [name for name in ([given] if isinstance(given, str) else given) if not name.startswith("server-")]
    made = {**scenario, "extends": [f"server-{server}.yml", *others]}
    registry = dict(scenario.get("registry", {}))
    if removed := [key for key, value in registry.items() if value is None and "RollupFix" in key]:
        registry = {key: value for key, value in registry.items() if key not in removed} | {rollup_of(server): None}
    return {**made, "registry": registry}


def cells() -> dict[str, tuple[dict[str, Any], Fate]]:
    """Every host: its scenario, and what must come of it."""
    found = {}
    for name, fate in FATES.items():
        scenario = yaml.safe_load((HOSTS_FOLDER / f"{name}.yml").read_text())
        for server in fate if isinstance(fate, dict) else SERVERS:
            one = fate[server] if isinstance(fate, dict) else fate
            found[f"{server}-{name}"] = (on(server, scenario), one)
    for name, (scenario, fate) in MORE.items():
        found |= {f"{server}-{name}": (on(server, scenario), fate) for server in SERVERS}
    return found


CELLS = cells()
AFFECTED = [name for name, (_scenario, fate) in CELLS.items() if fate.unaffected is None]
FIXED = [name for name in AFFECTED if CELLS[name][1].fixed]


class Told:
    """What each step left, in their order."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.start = settled(fleet)
        self.left: dict[str, dict[str, Any]] = {}
        self.executions: dict[str, dict[str, int]] = {}
        self.unchanged: dict[str, set[str]] = {}
        for name in STEPS:
            self.tell(name)
        self.end = settled(fleet)

    def tell(self, name: str) -> None:
        asked, before = executions(self.fleet), states(self.fleet)
        path = self.fleet.folder / f"{name}.json"
        run = self.fleet.run(
            playbook=self.fleet.play(play_text(name, path)),
            timeout=1200,
            ANSIBLE_FORKS="8",
            ANSIBLE_DISPLAY_OK_HOSTS="false",
        )
        assert path.exists(), run.text[-3000:]
        self.left[name] = json.loads(path.read_text())
        self.executions[name] = {host: number - asked[host] for host, number in executions(self.fleet).items()}
        after = states(self.fleet)
        self.unchanged[name] = {host for host in CELLS if before[host] == after[host]}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    hosts = {name: (scenario, {}) for name, (scenario, _fate) in CELLS.items()}
    with fleet_of(tmp_path_factory.mktemp("every"), hosts) as fleet:
        yield Told(fleet)


def test_every_scenario_is_told():
    bases = {path.stem for path in HOSTS_FOLDER.glob("*.yml") if yaml.safe_load(path.read_text()).get("base")}
    assert {path.stem for path in HOSTS_FOLDER.glob("*.yml")} - bases == {*FATES, *NOT_TOLD}
    assert {f"server-{name}" for name in SERVERS} < bases


def test_check_mode_changes_nothing(told):
    assert told.unchanged["predicted"] == set(CELLS)
    assert set(told.executions["predicted"].values()) == {1, 2}


@pytest.mark.parametrize("name", CELLS)
def test_what_comes_of_it(told, name):
    fate, done = CELLS[name][1], told.left["done"][name]
    assert found_fate(done["enforce"], restarted(done), outcome_after(done)) == fate
    predicted = told.left["predicted"][name]["enforce"]
    for member in PREDICTED:
        assert predicted[member] == done["enforce"][member], member
    if fate.unaffected:
        assert done["enforce"]["changed"] is False and name in told.unchanged["done"]


@pytest.mark.parametrize("name", FIXED)
def test_it_is_proved(told, name):
    found = told.left["done"][name]
    assert found["synchronization"]["proof"] == "proved"
    # Where nothing is to be restarted, none is asked to.
    waits = found["service_restart"] if restarted(found) else found["enforce"]
    assert waits["restart_required"] == waits["reboot_required"] == []


def test_again_nothing_is_changed_by_one_execution(told):
    assert {name: number for name, number in told.executions["again"].items() if number != 1} == {}
    assert {name for name in CELLS if told.left["again"][name]["enforce"]["changed"]} == set()
    assert told.unchanged["again"] == set(CELLS)


@pytest.mark.parametrize("name", AFFECTED)
def test_all_comes_back(told, name):
    done, back = told.left["done"][name]["enforce"]["applied"], told.left["back"][name]
    assert back["rollback"]["applied"] == done[::-1]
    # Where nothing was done, nothing is taken back, and so nothing is assessed anew.
    assert back["assess"].get("outcome") == ("noncompliant" if done else None)
    assert told.end[name] == told.start[name]
