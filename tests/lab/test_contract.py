# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The collector that ships and the one that is simulated answer alike: docs/reference/collector.md, twice.

Tests against simulated hosts prove something only while this holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from support import lab
from support.lab import Cell
from support.winlab_state import state_from_winlab

from wsus_simulator import build_state, check_scenario
from wsus_simulator.collector import collect

pytestmark = pytest.mark.skipif(bool(lab.hindrance()), reason=lab.hindrance())

CELLS = [
    Cell("2012", "issue3"),
    Cell("2012R2", "tls12-off"),
    Cell("2012R2", "ssl-only"),
    Cell("2016", "issue4"),
    Cell("2016", "no-role"),
    Cell("2016", "service-stopped"),
    Cell("2019", "gpo-owned"),
    Cell("2019", "configmgr-registry"),
    Cell("2022", "healthy-w3wp"),
    Cell("2025", "wrong-types"),
]
PLAYBOOK = """
- hosts: lab
  gather_facts: false
  tasks:
    - wsus.compliance.wsus_facts:
      register: raw
    - ansible.builtin.copy:
        content: "{{ raw | to_json }}"
        dest: "{{ playbook_dir }}/{{ inventory_hostname }}.json"
        mode: "0600"
      delegate_to: localhost
"""
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def bare_collection(folder: Path) -> Path:
    """The collection without its action plugins: its module then hands over what it read as it is."""
    collection = folder / "ansible_collections" / "wsus" / "compliance"
    (collection / "plugins").mkdir(parents=True)
    for name in ("modules", "module_utils"):
        (collection / "plugins" / name).symlink_to(lab.CHECKOUT / "plugins" / name)
    return folder


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lab.Run]:
    folder = tmp_path_factory.mktemp("contract")
    playbook = folder / "raw.yml"
    playbook.write_text(PLAYBOOK)
    environment = {"ANSIBLE_COLLECTIONS_PATH": str(bare_collection(folder / "bare"))}
    with lab.Hosts({cell.id: cell for cell in CELLS}, collapse=True) as hosts:
        yield lab.run_ansible(
            ["ansible-playbook", "-i", str(hosts.inventory()), str(playbook)], folder, variables=environment
        )


def simulated(cell: Cell, folder: Path) -> dict[str, Any]:
    own = lab.scenario_files()[cell.scenario].parent == lab.OWN_SCENARIOS
    source = lab.expanded_file(cell.scenario, folder) if own else cell.scenario
    scenario = check_scenario(state_from_winlab(lab.lab_home(), cell.persona, source), cell.id)
    return collect(build_state(scenario, datetime.now(timezone.utc).replace(microsecond=0), cell.id), ["all"])


def plain(value: Any, name: str = "") -> Any:
    """An answer without what is of the run: times (that there is one stays), process ids, the wording of errors."""
    if isinstance(value, dict):
        return {key: plain(item, f"{name}.{key}") for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item, name) for item in value]
    if name.endswith(".error.message") and value:
        return "MESSAGE"
    if name.endswith(".process_id") and isinstance(value, int):
        return "PROCESS"
    if isinstance(value, str) and TIME.fullmatch(value):
        return "TIME"
    return value


def unlike(real: Any, simulated: Any, path: str = "raw") -> Iterator[str]:
    """Where two answers differ."""
    if isinstance(real, dict) and isinstance(simulated, dict):
        for key in sorted(real.keys() | simulated.keys()):
            if key not in real or key not in simulated:
                yield f"{path}.{key}: only {'simulated' if key not in real else 'real'}"
            else:
                yield from unlike(real[key], simulated[key], f"{path}.{key}")
    elif isinstance(real, list) and isinstance(simulated, list) and len(real) == len(simulated):
        for number, (one, other) in enumerate(zip(real, simulated, strict=True)):
            yield from unlike(one, other, f"{path}[{number}]")
    elif type(real) is not type(simulated) or real != simulated:
        yield f"{path}: real {str(real)[:200]!r}, simulated {str(simulated)[:200]!r}"


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.id)
def test_real_and_simulated_answer(cell: Cell, answers: lab.Run, tmp_path: Path):
    real = answers.result(cell.id)
    assert real is not None, answers.tail()
    assert real["changed"] is False
    assert real["contract"] == 1
    assert TIME.fullmatch(real["collected_at"])
    differences = list(unlike(plain(real["raw"]), plain(simulated(cell, tmp_path))))
    assert not differences, "\n".join([cell.id, *differences])


def test_members_come_in_the_contracts_order(answers: lab.Run):
    (first, *others) = [answers.result(cell.id)["raw"] for cell in CELLS]
    assert all(list(first) == list(other) for other in others), json.dumps([list(raw) for raw in others])
