# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""(b) Many simulated hosts: this audit beside win_ping on the same hosts."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import jsonschema
from bench import processes
from bench.figures import medians, table, verdict
from support import lab

from wsus_simulator import Simulator
from wsus_simulator.simulator import HOSTS_FOLDER, hosts_of_folder

PLAYBOOKS = Path(__file__).parent / "playbooks"
SCHEMA = lab.CHECKOUT / "plugins" / "plugin_utils" / "report" / "schemas" / "audit.schema.json"
FORKS = 20
OTHER_FORKS = (5, 50)
GOAL = 1.5
GROWTH = 1.25
"""How much more the last hosts may cost than the first ones, for time to be called linear and memory flat."""
# The demo hosts that answer; the fleet repeats them.
OUTCOMES = {
    "endpoint-fe2": "noncompliant",
    "healthy": "compliant",
    "healthy-w3wp": "compliant",
    "issue1": "noncompliant",
    "issue2": "noncompliant",
    "issue3": "noncompliant",
    "issue4": "noncompliant",
    "issue5": "noncompliant",
    "proxy": "compliant",
}


def incomplete(folder: Path, wanted: dict[str, str]) -> list[str]:
    """What is wrong with the result files of a fleet whose hosts should have these outcomes."""
    check = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    found: list[str] = []
    for host, outcome in wanted.items():
        try:
            document = json.loads((folder / f"{host}.json").read_text("utf-8"))
        except (OSError, ValueError) as problem:
            found.append(f"{host}: {problem}")
            continue
        if not check.is_valid(document) or document["outcome"] != outcome or document["host"] != host:
            found.append(f"{host}: not the valid result of a host that is {outcome}")
    try:
        fleet = json.loads((folder / "fleet.json").read_text("utf-8"))
    except (OSError, ValueError) as problem:
        return [*found, f"fleet.json: {problem}"]
    counts = Counter(wanted.values())
    if fleet["hosts"] != wanted or {name: n for name, n in fleet["counts"].items() if n} != counts:
        found.append("fleet.json: wrong hosts or counts")
    return found


class Fleet:
    """Simulated hosts, and what the runs on them cost."""

    def __init__(self, size: int, folder: Path) -> None:
        files, kinds = hosts_of_folder(HOSTS_FOLDER), sorted(OUTCOMES)
        names = {f"host{number:03}": kinds[number % len(kinds)] for number in range(size)}
        self.size, self.folder = size, folder
        self.wanted = {host: OUTCOMES[kind] for host, kind in names.items()}
        self.simulator = Simulator({host: files[kind] for host, kind in names.items()})

    def run(self, kind: str, forks: int = FORKS, *, sample: bool = False) -> processes.Spent:
        playbook = str(PLAYBOOKS / "win_ping.yml") if kind == "win_ping" else "wsus.compliance.audit"
        results = self.folder / "results"
        for old in results.glob("*.json"):
            old.unlink()
        options = ["-e", json.dumps({"audit_output_dir": str(results)})]
        environment = lab.ansible_environment(self.folder, {"ANSIBLE_FORKS": str(forks)})
        command = [lab.program("ansible-playbook"), playbook, "-i", str(self.folder / "hosts.yml"), *options]
        spent = processes.run(command, self.folder, environment, sample=sample)
        wrong = incomplete(results, self.wanted) if kind == "audit" else []
        if spent.code or wrong:
            tail = "\n".join(spent.output.splitlines()[-20:])
            raise SystemExit(f"{kind} of {self.size} hosts: exit code {spent.code}\n{tail}\n" + "\n".join(wrong[:20]))
        print(
            f"  {self.size} hosts, {forks} forks, {kind}: {spent.seconds:.1f} s, processors {spent.cpu:.1f} s"
            + (f", {spent.memory:.0f} MiB" if sample else ""),
            flush=True,
        )
        return spent

    def pair(self, rounds: int, forks: int = FORKS) -> dict[str, dict[str, float]]:
        """Medians of both kinds, run in turn."""
        costs: dict[str, list[dict[str, float]]] = {"win_ping": [], "audit": []}
        for _round in range(rounds):
            for kind, runs in costs.items():
                spent = self.run(kind, forks)
                runs.append({"seconds": spent.seconds, "cpu": spent.cpu})
        return {kind: medians(runs) for kind, runs in costs.items()}

    def __enter__(self) -> Fleet:
        self.simulator.start()
        self.simulator.write_inventory(self.folder / "hosts.yml")
        return self

    def __exit__(self, *problem: object) -> None:
        self.simulator.stop()


def margins(points: Mapping[int, float]) -> list[float]:
    """What one more host costs, from each size to the next."""
    return [(points[more] - points[less]) / (more - less) for less, more in pairwise(sorted(points))]


def growth(what: str, points: Mapping[int, float], scale: float, unit: str) -> list[str]:
    """What one more host costs, and whether it costs more in a larger fleet."""
    costs = [cost * scale for cost in margins(points)]
    sizes = sorted(points)
    steps = zip(costs, pairwise(sizes), strict=True)
    text = ", ".join(f"{cost:.0f} {unit} from {less} to {more}" for cost, (less, more) in steps)
    return [f"- {what} for one more host: {text}.", verdict(f"{what}, last step / first", costs[-1] / costs[0], GROWTH)]


def measure(quick: bool) -> str:
    """The Markdown of this part."""
    sizes = (20, 50, 100) if quick else (50, 200, 500)
    rows: list[list[Any]] = []
    fork_rows: list[list[Any]] = []
    peak: dict[str, dict[int, float]] = {"win_ping": {}, "audit": {}}
    seconds: dict[str, dict[int, float]] = {"win_ping": {}, "audit": {}}
    for size in sizes:
        with TemporaryDirectory() as folder, Fleet(size, Path(folder)) as fleet:
            cost = fleet.pair(1 if quick else 2)
            for kind, samples in peak.items():
                seconds[kind][size] = cost[kind]["seconds"]
                samples[size] = median(fleet.run(kind, sample=True).memory for _round in range(1 if quick else 2))
            rows.append(
                [
                    *(size, seconds["win_ping"][size], seconds["audit"][size]),
                    seconds["audit"][size] / seconds["win_ping"][size],
                    cost["audit"]["cpu"] / cost["win_ping"]["cpu"],
                    *(peak["win_ping"][size], peak["audit"][size]),
                ]
            )
            if size == sizes[1] and not quick:
                for forks in OTHER_FORKS:
                    one = {kind: run["seconds"] for kind, run in fleet.pair(1, forks).items()}
                    fork_rows.append([forks, one["win_ping"], one["audit"], one["audit"] / one["win_ping"]])
    head = ["hosts", "win_ping, s", "audit, s", "ratio", "ratio of processor time"]
    many = sizes[-1]
    parts = [
        f"{FORKS} forks; controller and simulator share {len(os.sched_getaffinity(0))} cores. Medians.",
        table([*head, "win_ping, peak MiB", "audit, peak MiB"], rows),
        "\n".join(
            [
                verdict(f"{many} hosts, audit / win_ping", seconds["audit"][many] / seconds["win_ping"][many], GOAL),
                *growth("Time of the audit", seconds["audit"], 1000, "ms"),
                *growth("Time of `win_ping`", seconds["win_ping"], 1000, "ms")[:1],
                *growth("Memory of the audit", peak["audit"], 1024, "KiB"),
                *growth("Memory of `win_ping`", peak["win_ping"], 1024, "KiB")[:1],
                f"- Result files: every host of every run has a file that its schema accepts with the outcome of its "
                f"scenario, and `fleet.json` counts them right ({', '.join(map(str, sizes))} of as many hosts).",
            ]
        ),
    ]
    if fork_rows:
        parts += [f"Other numbers of forks, {sizes[1]} hosts:", table(["forks", *head[1:4]], fork_rows)]
    return "\n\n".join(parts)
