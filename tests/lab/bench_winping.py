# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How long one audit of one host takes, beside one ansible.windows.win_ping: prints, asserts nothing.

    python tests/lab/bench_winping.py [ROUNDS]

Medians of a number of rounds (default 5), each round one run of each kind on the same host of the lab. The time of the
facts' parts is the difference, on the host, to a run with all parts; below 0.2 s it is noise. Most of a read of netsh
or CIM is the lab's own (its README).
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from support import lab

SUBSETS = [
    "os",
    "updates",
    "schannel",
    "dotnet",
    "ciphers",
    "winhttp",
    "w3wp",
    "wsus",
    "configmgr",
    "services",
    "policy",
    "restart",
]
HOST = "host"


class Bench:
    """Runs ansible on one host and keeps what each run cost."""

    def __init__(self, hosts: lab.Hosts, folder: Path) -> None:
        self.hosts, self.folder = hosts, folder
        self.inventory = str(hosts.inventory())
        self.costs: dict[str, list[dict[str, float]]] = {}

    def measure(self, name: str, command: list[str]) -> None:
        self.hosts.lab.reset_stats()
        run = lab.run_ansible([*command, "-i", self.inventory], self.folder)
        stats = self.hosts.lab.stats()["hosts"][HOST]
        if run.code:
            raise SystemExit(f"{name} failed:\n{run.tail()}")
        self.costs.setdefault(name, []).append(
            {
                "seconds": run.seconds,
                "on the host": stats["command_seconds"],
                "executions": stats["command"],
                "requests": stats["requests"],
                "kB sent": stats["bytes_in"] / 1000,
                "kB received": stats["bytes_out"] / 1000,
            }
        )

    def median(self, name: str) -> dict[str, float]:
        costs = self.costs[name]
        return {what: statistics.median(cost[what] for cost in costs) for what in costs[0]}


def facts_of(subsets: list[str]) -> list[str]:
    options = json.dumps({"gather_subset": subsets})
    return ["ansible", "all", "-m", "wsus.compliance.wsus_facts", "-a", options]


def show(name: str, cost: dict[str, Any]) -> None:
    print(f"{name:24}" + "".join(f"{value:12.1f}" for value in cost.values()), flush=True)


def main(rounds: int) -> None:
    if reason := lab.hindrance():
        raise SystemExit(reason)
    with TemporaryDirectory() as folder, lab.Hosts({HOST: lab.Cell("2019", "healthy")}) as hosts:
        bench = Bench(hosts, Path(folder))
        kinds = {
            "win_ping": ["ansible", "all", "-m", "ansible.windows.win_ping"],
            "audit": ["ansible-playbook", "wsus.compliance.audit", "-e", json.dumps({"audit_output_dir": folder})],
            "facts: all": facts_of(["all"]),
            **{f"facts: all but {name}": facts_of([one for one in SUBSETS if one != name]) for name in SUBSETS},
        }
        bench.measure("win_ping", kinds["win_ping"])  # the first compiles what the later ones find
        bench.costs.clear()
        for _time in range(rounds):
            for name, command in kinds.items():
                bench.measure(name, command)
        print(f"{rounds} rounds, medians{'':6}" + "".join(f"{what:>12}" for what in bench.median("audit")))
        for name in kinds:
            show(name, bench.median(name))
        ping, audit = (bench.median(name)["seconds"] for name in ("win_ping", "audit"))
        everything = bench.median("facts: all")["on the host"]
        print(f"\naudit / win_ping: {audit / ping:.2f} ({audit - ping:+.2f} s)")
        for name in SUBSETS:
            print(f"  {name:12}{everything - bench.median(f'facts: all but {name}')['on the host']:+8.2f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
