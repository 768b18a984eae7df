# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""(enforce) One host of the lab with everything wrong, and the same one mended: this role beside other ways to mend it.

Each run has a host of its own, made anew: all begin with the same. A second run on it is that of a compliant host. What
a run reached is read back by no code of the collection, and must be the same for all.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.figures import medians, table, verdict
from bench.lab_host import HOST, PLAYBOOKS, cost
from support import lab
from support.lab_enforced import logon_prompts

CELL = lab.Cell("2019", "all-mendable")
NAMES = {
    "role": "**role `enforce`**",
    "stock": "playbook of `ansible.windows`, the same care",
    "least": "playbook of `ansible.windows`, the least",
    "script": "one script (`win_powershell`), the same care",
}
ROUND = ("role", "stock", "script", "role")
"""What a round has. The role is what is judged and takes seconds, of which a busy moment of the machine takes most."""
EFFECTIVE = ("role", "stock")
"""The ways that also restart the host and prove that it synchronizes."""
GOAL = 8
ROUNDS = {0: 1, 40: 3}
"""By latency in ms. The goal is about the second."""
HOSTS = {
    "wrong": "Everything wrong; neither restarted nor synchronized",
    "mended": "The same host once more, which is compliant now",
    "wrong, effective": "Everything wrong; Windows restarted by `win_reboot`, and a synchronization awaited",
}
STATE = r"""
function Read-Key { param($Path)
    $key = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey($Path)
    if ($null -ne $key) {
        foreach ($name in $key.GetValueNames()) {
            "$Path\${name}: $($key.GetValueKind($name)) $($key.GetValue($name) -join '|')"
        }
        foreach ($name in $key.GetSubKeyNames()) { Read-Key "$Path\$name" }
    }
}
Import-Module WinLab
$wsus = (Get-WsusServer).GetConfiguration()
$keys = @(
    'SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL'
    'SOFTWARE\Policies\Microsoft\Cryptography'
    foreach ($software in 'SOFTWARE', 'SOFTWARE\Wow6432Node') {
        "$software\Microsoft\.NETFramework\v2.0.50727"
        "$software\Microsoft\.NETFramework\v4.0.30319"
    }
)
ConvertTo-Json -Compress -InputObject ([ordered]@{
    values = @(@(foreach ($key in $keys) { Read-Key $key }) | Sort-Object)
    endpoint = "$($wsus.MUUrl) $($wsus.RedirectorChangeNumber)"
    outcome = "$((Get-LabOutcome).Cause) $((Get-LabOutcome -Import).Cause)"
})
"""


class Bench:
    """Runs each way on hosts made for it, and keeps what each run cost and what it reached."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.number = 0
        # By host (wrong, mended), latency, way.
        self.costs: dict[tuple[str, int, str], list[dict[str, float]]] = {}
        self.before: Any = None
        self.reached: dict[bool, Any] = {}

    def command(self, way: str, folder: Path, effective: bool) -> list[str]:
        if way == "role":
            options: dict[str, Any] = {
                **{"enforce_apply": "all", "enforce_output_dir": str(folder), "enforce_journal_dir": str(folder)},
                **{"enforce_restart_ok": effective, "enforce_reboot_ok": effective},
            }
            return ["ansible-playbook", "wsus.compliance.enforce", "-e", json.dumps(options)]
        name = {"stock": "stock_enforce.yml", "least": "stock_enforce_least.yml", "script": "script_enforce.yml"}[way]
        options = {"restarts": effective, "keep": str(folder / "before.json")}
        return ["ansible-playbook", str(PLAYBOOKS / name), "-e", json.dumps(options)]

    def measure(self, way: str, latency: int, effective: bool = False) -> None:
        """One host, mended and looked at again."""
        self.number += 1
        folder = self.folder / f"{self.number}-{way}"
        folder.mkdir(parents=True)
        log = folder / "commands.log"
        log.touch()
        with lab.Hosts({HOST: CELL}, log=str(log)) as hosts, logon_prompts(hosts, log):
            self._same("before", self.before, before := state(hosts))
            self.before = before
            command = [*self.command(way, folder, effective), "-i", str(hosts.inventory())]
            self._run("wrong, effective" if effective else "wrong", latency, way, command, hosts)
            self._same(way, self.reached.get(effective), reached := state(hosts))
            self.reached[effective] = reached
            if not effective:
                self._run("mended", latency, way, command, hosts)
                self._same(f"{way} again", reached, state(hosts))

    def _run(self, host: str, latency: int, way: str, command: list[str], hosts: lab.Hosts) -> None:
        """Mends what is wrong, and writes nothing where nothing is."""
        faults = hosts.lab.hosts[HOST].faults
        hosts.lab.reset_stats()
        faults.latency_ms = latency
        run = lab.run_ansible(command, self.folder)
        faults.latency_ms = 0
        found = cost(hosts, run)
        if run.code or bool(run.recap[HOST]["changed"]) != (host != "mended"):
            raise SystemExit(f"{way} failed, or changed what it should not:\n{run.tail(60)}")
        print(f"  {latency} ms, {way}, {host}: {run.seconds:.1f} s, {found['executions']} executions", flush=True)
        self.costs.setdefault((host, latency, way), []).append(found)

    @staticmethod
    def _same(what: str, known: Any, found: Any) -> None:
        if known is not None and known != found:
            raise SystemExit(f"{what}: the host is not as after the other ways:\n{known}\n{found}")

    def median(self, host: str, latency: int, way: str) -> dict[str, float]:
        return medians(self.costs[host, latency, way])

    def table(self, host: str) -> str:
        kinds = [key for key in self.costs if key[0] == host]
        latencies = sorted({latency for _host, latency, _way in kinds})
        ways = [way for way in NAMES if (host, latencies[0], way) in self.costs]
        rows = [
            [NAMES[way], latency, *self.median(host, latency, way).values()] for latency in latencies for way in ways
        ]
        return table(["", "latency, ms", *self.median(*kinds[0])], rows)

    def ratio(self, host: str, latency: int, way: str, figure: str = "seconds") -> float:
        return self.median(host, latency, way)[figure] / self.median(host, latency, "role")[figure]


def state(hosts: lab.Hosts) -> Any:
    """What the ways are to reach, by no code of theirs."""
    return json.loads(hosts.powershell(HOST, STATE).splitlines()[-1])


def verdicts(bench: Bench, latency: int) -> list[str]:
    """The goal, and the ratios that stand beside it without one."""
    ratio = bench.ratio("wrong", latency, "stock")
    lines = [verdict(f"time, playbook with the same care / role at {latency} ms", ratio, GOAL, at_least=True)]
    for host in ("wrong", "mended", "wrong, effective"):
        ways = [way for way in list(NAMES)[1:] if (host, latency, way) in bench.costs]
        shown = "; ".join(f"{NAMES[way]} {bench.ratio(host, latency, way):.2f}" for way in ways)
        lines.append(f"- {HOSTS[host]}, {latency} ms, time / time of the role: {shown}.")
    return lines


def measure(quick: bool) -> str:
    """The Markdown of this part."""
    if reason := lab.hindrance():
        raise SystemExit(reason)
    rounds = {40: 1} if quick else ROUNDS
    with TemporaryDirectory() as name:
        folder = Path(name)
        # Compiles what later runs find.
        Bench(folder / "first").measure("least", 0)
        bench = Bench(folder / "measured")
        for latency in rounds:
            for number in range(rounds[latency]):
                # Every other round backwards: nobody always runs after the same neighbour.
                for way in ROUND[:: -1 if number % 2 else 1]:
                    bench.measure(way, latency)
            # Once: no goal stands on them.
            bench.measure("least", latency)
            for way in EFFECTIVE:
                bench.measure(way, latency, effective=True)
    if bench.reached[True]["outcome"] != "ok ok":
        raise SystemExit(f"the lab's endpoint would still refuse it: {bench.reached[True]}")
    told = ", ".join(f"{number} at {latency} ms" for latency, number in rounds.items())
    about = (
        f"Windows Server {CELL.persona}, scenario `{CELL.scenario}`. Rounds in turn, {told}: of the role two runs, of "
        "the playbook with the same care and of the script one; medians. The other playbook, and what restarts, ran "
        "once. Each run has a host of its own. Every way reached the same values, endpoint and number, and changed "
        "nothing when it ran again. Where Windows was restarted, one execution of each run is the lab's own."
    )
    tables = [f"{text}:\n\n{bench.table(host)}" for host, text in HOSTS.items()]
    ratios = "\n".join(line for latency in rounds for line in verdicts(bench, latency))
    return "\n\n".join([about, *tables, ratios])
