# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""(a) One host of the lab: this audit beside win_ping and beside other ways to read the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

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
    "journal",
]


def pairs(node: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every (name, text of the value) of a JSON document; a registry value in any of the three ways' forms is one."""
    if isinstance(node, dict):
        data = next((node[form] for form in ("raw_value", "data", "value") if form in node), None)
        if "type" in node and data is not None:
            yield name.lower(), _text(data)
            return
        for key, value in node.items():
            yield from pairs(value, str(key))
    elif isinstance(node, list):
        for item in node:
            yield from pairs(item, name)
    elif node is not None:
        yield name.lower(), _text(node)


def _text(data: Any) -> str:
    """Binary values are hex, or lists of numbers, in decimal or as 0x..."""
    if isinstance(data, list) and data and all(isinstance(item, int) for item in data):
        return bytes(data).hex()
    if isinstance(data, list):
        return "".join(item[2:] if str(item).startswith("0x") else f"{item}\n" for item in map(str, data)).strip()
    return str(data).strip().lower()


def registry(raw: Any) -> Iterator[tuple[str, str]]:
    """The values of all KEY shapes of the collector's answer."""
    if isinstance(raw, dict):
        for name, value in (raw.get("values") or {}).items() if "path" in raw else ():
            yield from pairs(value, name)
        for value in raw.values():
            yield from registry(value)
    elif isinstance(raw, list):
        for value in raw:
            yield from registry(value)


def settings(raw: Any) -> set[tuple[str, str]]:
    """What any other way must have read as well: registry values, the WSUS API, w3wp.exe.config, updates, services."""
    api = {name: part for name, part in raw["wsus"]["api"].items() if isinstance(part, dict)}
    packages = [*raw["updates"]["packages"]["rollups"], *raw["updates"]["packages"]["kbs"]]
    services = {**raw["services"]["services"], **raw["configmgr"]["services"]}
    found = set(registry(raw)) | set(pairs(api)) | {("content", _text(raw["w3wp"]["config"]["content"]))}
    found |= {("name", one["name"].lower()) for one in packages}
    found |= {("name", name.lower()) for name, one in services.items() if one["exists"]}
    return found


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
        stats = self.hosts.lab.stats()["hosts"][HOST]
        if run.code:
            raise SystemExit(f"{kind} failed:\n{run.tail()}")
        print(f"  {self.latency} ms, {kind}: {run.seconds:.1f} s, {stats['requests']} requests", flush=True)
        return {
            "requests": stats["requests"],
            "executions": stats["command"],
            "kB sent": stats["bytes_in"] / 1000,
            "kB received": stats["bytes_out"] / 1000,
            "on the host, s": float(stats["command_seconds"]),
            "seconds": run.seconds,
        }

    def measure(self, kind: str, command: list[str] | None = None) -> None:
        cost = self.run(kind, command or self.commands[kind])
        self.costs.setdefault((self.latency, kind), []).append(cost)

    def median(self, kind: str, latency: int = 0) -> dict[str, float]:
        return medians(self.costs[latency, kind])

    def read(self, kind: str) -> set[tuple[str, str]]:
        """What one of the other ways reads."""
        path = self.folder / f"{kind}.read.json"
        options = ["--tags", "all,keep", "-e", json.dumps({"keep": str(path)})]
        self.run(kind, [*self.commands[kind], *options])
        return set(pairs(json.loads(path.read_text("utf-8"))))

    def collected(self) -> set[tuple[str, str]]:
        """What the collector reads, as it returned it."""
        command = ["ansible", "all", "-m", "wsus.compliance.wsus_facts", "-t", str(self.folder / "tree")]
        return settings(_raw(self, command))


def _raw(bench: Bench, command: list[str]) -> Any:
    """The collector's raw answer: its module run by its own name on the host, past the action plugin."""
    play = bench.folder / "raw.yml"
    plugins = bench.folder / "action_plugins"
    plugins.mkdir(exist_ok=True)
    (plugins / "raw_answer.py").write_text(
        "from ansible.plugins.action import ActionBase\n\n\nclass ActionModule(ActionBase):\n"
        "    def run(self, tmp=None, task_vars=None):\n"
        "        return self._execute_module(\n"
        "            module_name='wsus.compliance.wsus_facts', module_args={}, task_vars=task_vars\n"
        "        )\n"
    )
    path = bench.folder / "raw.json"
    copy = {"content": "{{ answer.raw | to_json }}", "dest": str(path), "mode": "0600"}
    tasks = [
        {"name": "Read", "raw_answer": {}, "register": "answer"},
        {
            "name": "Keep",
            "ansible.builtin.copy": copy,
            "delegate_to": "localhost",
            "vars": {"ansible_connection": "local"},
        },
    ]
    play.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
    bench.run("raw answer", ["ansible-playbook", str(play)])
    return json.loads(path.read_text("utf-8"))


def facts_of(subsets: list[str]) -> list[str]:
    return ["ansible", "all", "-m", "wsus.compliance.wsus_facts", "-a", json.dumps({"gather_subset": subsets})]


def subset_costs(bench: Bench, rounds: int) -> str:
    """What each part of the facts takes on the host: the difference to a run with all of them."""
    kinds = {"all": ["all"], **{name: [one for one in SUBSETS if one != name] for name in SUBSETS}}
    for _round in range(rounds):
        for name, subsets in kinds.items():
            bench.measure(f"facts {name}", facts_of(subsets))
    everything = bench.median("facts all")["on the host, s"]
    rows = [(name, everything - bench.median(f"facts {name}")["on the host, s"]) for name in SUBSETS]
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
        lines = []
        for kind in ("script", "stock"):
            missing = sorted(wanted - bench.read(kind))
            names = ", ".join(dict.fromkeys(name for name, _value in missing[:8]))
            lines.append(
                f"- {NAMES[kind]} reads {len(wanted) - len(missing)} of the {len(wanted)} values of the collector"
                + (f" (not: {names})." if missing else ".")
            )
        for latency in LATENCIES[:1] if quick else LATENCIES:
            bench.set_latency(latency)
            for number in range(1 if quick else 5):
                for kind in NAMES:
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
