# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""(a) One host of the lab: this audit beside win_ping and beside other ways to read the same."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import BUILDERS
from bench import settings
from bench.figures import medians, table, verdict
from support import lab

PLAYBOOKS = Path(__file__).parent / "playbooks"
HOST = "host"
CELL = lab.Cell("2019", "healthy")
LATENCIES = (0, 40)
NAMES = {
    "win_ping": "`win_ping`",
    "audit": "**audit**",
    "script": "one script (`win_powershell`)",
    "stock": "playbook of `ansible.windows`",
}
RAW_ANSWER = """
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        return self._execute_module(module_name="wsus.compliance.wsus_facts", module_args={}, task_vars=task_vars)
"""


def cost(hosts: lab.Hosts, run: lab.Run) -> dict[str, float]:
    """What a run cost, by the counters of the host, which were reset before it."""
    stats = hosts.lab.stats()["hosts"][HOST]
    return {
        "requests": stats["requests"],
        "executions": stats["command"],
        "kB sent": stats["bytes_in"] / 1000,
        "kB received": stats["bytes_out"] / 1000,
        "on the host, s": float(stats["command_seconds"]),
        "seconds": run.seconds,
    }


class Bench:
    """Runs ansible on one host and keeps what each run cost."""

    def __init__(self, hosts: lab.Hosts, folder: Path) -> None:
        self.hosts, self.folder, self.latency = hosts, folder, 0
        self.inventory = str(hosts.inventory())
        self.costs: dict[tuple[int, str], list[dict[str, float]]] = {}
        playbook = {
            "win_ping": str(PLAYBOOKS / "win_ping.yml"),
            "stock": str(PLAYBOOKS / "stock_audit.yml"),
            "script": str(PLAYBOOKS / "script_audit.yml"),
            "audit": "wsus.compliance.audit",
        }
        options = ["-e", json.dumps({"audit_output_dir": str(folder)})]
        self.commands = {kind: ["ansible-playbook", path, *options] for kind, path in playbook.items()}

    def set_latency(self, milliseconds: int) -> None:
        self.latency = milliseconds
        self.hosts.lab.hosts[HOST].faults.latency_ms = milliseconds

    def run(self, kind: str, command: list[str]) -> dict[str, float]:
        self.hosts.lab.reset_stats()
        run = lab.run_ansible([*command, "-i", self.inventory], self.folder)
        found = cost(self.hosts, run)
        if run.code:
            raise SystemExit(f"{kind} failed:\n{run.tail()}")
        print(f"  {self.latency} ms, {kind}: {run.seconds:.1f} s, {found['requests']} requests", flush=True)
        return found

    def measure(self, kind: str, command: list[str] | None = None) -> None:
        cost = self.run(kind, command or self.commands[kind])
        self.costs.setdefault((self.latency, kind), []).append(cost)

    def median(self, kind: str, latency: int = 0) -> dict[str, float]:
        return medians(self.costs[latency, kind])

    def read(self, kind: str) -> set[settings.Setting]:
        """What one of the other ways reads."""
        path = self.folder / f"{kind}.read.json"
        options = ["--tags", "all,keep", "-e", json.dumps({"keep": str(path)})]
        self.run(kind, [*self.commands[kind], *options])
        kept = json.loads(path.read_text("utf-8"))
        return settings.of_script(kept) if kind == "script" else settings.of_playbook(kept)

    def collected(self) -> set[settings.Setting]:
        """What the collector reads: its module run by its own name on the host, past the action plugin."""
        play = self.folder / "raw.yml"
        plugins = self.folder / "action_plugins"
        plugins.mkdir(exist_ok=True)
        (plugins / "raw_answer.py").write_text(RAW_ANSWER)
        path = self.folder / "raw.json"
        copy = {"content": "{{ answer.raw | to_json }}", "dest": str(path), "mode": "0600"}
        here = {"ansible_connection": "local"}
        tasks = [
            {"name": "Read", "raw_answer": {}, "register": "answer"},
            {"name": "Keep", "ansible.builtin.copy": copy, "delegate_to": "localhost", "vars": here},
        ]
        play.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
        self.run("raw answer", ["ansible-playbook", str(play)])
        return settings.of_collector(json.loads(path.read_text("utf-8")))


def facts_of(subsets: list[str]) -> list[str]:
    return ["ansible", "all", "-m", "wsus.compliance.wsus_facts", "-a", json.dumps({"gather_subset": subsets})]


def subset_costs(bench: Bench, rounds: int) -> str:
    """What each part of the facts takes on the host: the difference to a run with all of them."""
    kinds = {"all": ["all"], **{name: [one for one in BUILDERS if one != name] for name in BUILDERS}}
    for _round in range(rounds):
        for name, subsets in kinds.items():
            bench.measure(f"facts {name}", facts_of(subsets))
    everything = bench.median("facts all")["on the host, s"]
    rows = [(name, everything - bench.median(f"facts {name}")["on the host, s"]) for name in BUILDERS]
    return table(["subset", "s on the host (below 0.2: noise)"], sorted(rows, key=lambda row: -row[1])[:5])


def ratios(bench: Bench, latency: int) -> list[str]:
    audit, stock = bench.median("audit", latency), bench.median("stock", latency)
    where = f" at {latency} ms"
    return [
        verdict(f"requests, playbook / audit{where}", stock["requests"] / audit["requests"], 10, at_least=True),
        verdict(f"time, playbook / audit{where}", stock["seconds"] / audit["seconds"], 8, at_least=True),
        verdict(f"time, audit / win_ping{where}", audit["seconds"] / bench.median("win_ping", latency)["seconds"], 2),
    ]


def measure(quick: bool) -> str:
    """The Markdown of this part."""
    if reason := lab.hindrance():
        raise SystemExit(reason)
    with TemporaryDirectory() as folder, lab.Hosts({HOST: CELL}) as hosts:
        bench = Bench(hosts, Path(folder))
        # These also compile what later runs find.
        wanted = bench.collected()
        lines = [f"Of the collector's {len(wanted)} registry values, API properties, packages, services and files:"]
        for kind in ("script", "stock"):
            missing = sorted(wanted - bench.read(kind))
            names = "; ".join(f"{where} {name}" for where, name, _value in missing[:8])
            lines.append(
                f"- {NAMES[kind]} reads {len(wanted) - len(missing)} with the same place, name and value"
                + (f" (not: {names})." if missing else ".")
            )
        lines.append(f"- Read by all, in forms that are not compared: {settings.NOT_COMPARED}.")
        for latency in LATENCIES[:1] if quick else LATENCIES:
            bench.set_latency(latency)
            for number in range(1 if quick else 3):
                # Every other round backwards: nobody always runs after the same neighbour.
                for kind in list(NAMES)[:: -1 if number % 2 else 1]:
                    if kind != "stock" or number < 2:
                        bench.measure(kind)
        bench.set_latency(0)
        parts = "" if quick else subset_costs(bench, 2)
    latencies = sorted({latency for latency, kind in bench.costs if kind == "stock"})
    head = ["", "latency, ms", *bench.median("audit")]
    rows = [[NAMES[kind], latency, *bench.median(kind, latency).values()] for latency in latencies for kind in NAMES]
    return "\n\n".join(
        [
            f"Windows Server {CELL.persona}, scenario `{CELL.scenario}`. Rounds in turn: "
            + ", ".join(f"{NAMES[kind]} {len(bench.costs[0, kind])}" for kind in NAMES)
            + "; medians.",
            table(head, rows),
            "\n".join(line for latency in latencies for line in ratios(bench, latency)),
            "\n".join(lines),
            *([parts] if parts else []),
        ]
    )
