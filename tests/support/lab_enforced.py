# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The roles enforce and rollback on hosts of the lab, one run after the other, and what is read back between them."""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support import host_state, lab, steps
from support.enforced import play_text
from support.lab import Cell, Hosts

# What enforcing and taking back leave, with the reason; beside what host_state.ALLOWED has.
LEFT_BEHIND = {
    r" #time$": "keys were written and written back",
    r"/SoftwareDistribution\.log$": "WSUS wrote that it was configured and that it synchronized",
    r"^wsus\.json (history\.|config\.LastConfigChange)$": "it synchronized, and was configured and configured back",
    r"^drive_c/ProgramData/(wsus\.compliance/.*)?$": "journals stay",
    r"^drive_c/(winlab|windows/system32)/.*/$": "something was made in a folder and removed",
    r"[/\\]winlab[/\\](effective|boot)": "what the lab's processes read when they started, and when that was",
    r"\\winlogon\\autologonchecked$": "the logon prompt was there",
}
_LEFT_BEHIND = re.compile("|".join(LEFT_BEHIND), re.IGNORECASE)

# Seconds for all hosts of a batch: the machine may be busy with other things.
STEP_TIMEOUT = 3600
# By no code of the collection: the lab's model of what Microsoft's endpoint would say, and the values themselves.
READ_BACK = r"""
function Read-Key { param($Path)
    $found = [ordered]@{}
    $key = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey($Path)
    if ($null -ne $key) {
        foreach ($name in $key.GetValueNames()) {
            $found[$name] = @([string]$key.GetValueKind($name), $key.GetValue($name))
        }
    }
    $found
}
Import-Module WinLab
$schannel = 'SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL'
$config = [Environment]::SystemDirectory + '\inetsrv\w3wp.exe.config'
# Without the role there is neither the API nor the lab's model of what WSUS would meet; the API needs the service too.
$role = Get-Command -Name Get-WsusServer -ErrorAction SilentlyContinue
$runs = $(if ($role) { (Get-Service -Name WsusService).Status -eq 'Running' })
$wsus = $(if ($runs) { (Get-WsusServer).GetConfiguration() })
ConvertTo-Json -Compress -Depth 5 -InputObject ([ordered]@{
    sync = $(if ($role) { (Get-LabOutcome).Cause })
    import = $(if ($role) { (Get-LabOutcome -Import).Cause })
    native_v4 = Read-Key 'SOFTWARE\Microsoft\.NETFramework\v4.0.30319'
    wow_v2 = Read-Key 'SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v2.0.50727'
    tls12 = Read-Key "$schannel\Protocols\TLS 1.2\Client"
    aes128 = Read-Key "$schannel\Ciphers\AES 128/128"
    aes256 = Read-Key "$schannel\Ciphers\AES 256/256"
    ecdh = Read-Key "$schannel\KeyExchangeAlgorithms\ECDH"
    pkcs = Read-Key "$schannel\KeyExchangeAlgorithms\PKCS"
    policy = Read-Key 'SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002'
    config = $(if ([System.IO.File]::Exists($config)) { [System.IO.File]::ReadAllText($config) })
    url = $wsus.MUUrl
    number = $wsus.RedirectorChangeNumber
})
"""


# On Windows the logon prompt makes it; win_reboot takes it away and waits for it. No lab host has a prompt.
PROMPT = r"""
$logon = 'SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon'
$null = [Microsoft.Win32.Registry]::LocalMachine.CreateSubKey("$logon\AutoLogonChecked")
"""


@contextlib.contextmanager
def logon_prompts(hosts: Hosts, log: Path, on_way_up: str = "") -> Iterator[None]:
    """Shows the logon prompt on hosts that were told to restart, as the lab's log of commands has it.

    ``on_way_up``: a script of what Windows does before.
    """
    ended = threading.Event()

    def watch() -> None:
        seen = log.stat().st_size
        while not ended.wait(0.2):
            with log.open("rb") as file:
                file.seek(seen)
                lines = [line for line in file.read().splitlines(keepends=True) if line.endswith(b"\n")]
            seen += sum(map(len, lines))
            for entry in map(json.loads, lines):
                if "shutdown.exe /r" in entry["command"]:
                    hosts.powershell(entry["host"], on_way_up + PROMPT)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


@dataclass
class Way:
    """Hosts, and what each run left, by the run's name and the host's."""

    hosts: Hosts
    variables: Mapping[str, Mapping[str, Any]]
    folder: Path
    log: Path
    # What Windows does when it starts, as a script.
    on_way_up: str = ""
    runs: dict[str, lab.Run] = field(default_factory=dict)
    left: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    # How many commands the host was sent: a module execution is one.
    commands: dict[str, dict[str, int]] = field(default_factory=dict)
    found: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    changes: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def run(self, name: str, role: str, *arguments: str, **variables: Any) -> None:
        folder = self.folder / name
        folder.mkdir()
        playbook = folder / "play.yml"
        playbook.write_text(play_text(folder, role))
        before = self._commands()
        inventory = self.hosts.inventory(self.variables)
        command = ["ansible-playbook", "-i", str(inventory), str(playbook), "-e", json.dumps(variables), *arguments]
        with logon_prompts(self.hosts, self.log, self.on_way_up):
            self.runs[name] = run = lab.run_ansible(command, folder)
        self.commands[name] = {host: number - before[host] for host, number in self._commands().items()}
        self.left[name] = {host: run.result(host) for host in self.hosts.cells}
        missing = [host for host, left in self.left[name].items() if left is None]
        if missing:
            raise lab.LabError(f"{name}: nothing is left of {', '.join(missing)}:\n{run.tail(80)}")

    def step(self, name: str) -> None:
        """A step of `support.steps`; what is left of a host is by module."""
        folder = self.folder / name
        folder.mkdir()
        playbook, left = folder / "play.yml", folder / "left.json"
        playbook.write_text(steps.play_text(name, left))
        before = self._commands()
        command = ["ansible-playbook", "-i", str(self.hosts.inventory(self.variables)), str(playbook)]
        with logon_prompts(self.hosts, self.log, self.on_way_up):
            self.runs[name] = run = lab.run_ansible(command, folder, timeout=STEP_TIMEOUT)
        self.commands[name] = {host: number - before[host] for host, number in self._commands().items()}
        if not left.exists():
            raise lab.LabError(f"{name}: nothing is left:\n{run.tail(80)}")
        self.left[name] = json.loads(left.read_text("utf-8"))

    def _commands(self) -> dict[str, int]:
        return {host: one["command"] for host, one in self.hosts.lab.stats()["hosts"].items()}

    def read_back(self, name: str, only: Sequence[str] = ()) -> None:
        asked = only or list(self.hosts.cells)

        def read(host: str) -> dict[str, Any]:
            found: dict[str, Any] = json.loads(self.hosts.powershell(host, READ_BACK).splitlines()[-1])
            return found

        with ThreadPoolExecutor(3) as pool:
            self.found[name] = dict(zip(asked, pool.map(read, asked), strict=True))

    def compare(self, name: str, before: Mapping[str, dict[str, str]]) -> None:
        """Ends the hosts, and says what of them is not as before."""
        self.hosts.stop()
        self.changes[name] = {
            host: host_state.differences(before[host], host_state.snapshot(prefix))
            for host, prefix in self.hosts.prefixes.items()
        }


def go(
    cells: Mapping[str, Cell],
    variables: Mapping[str, Mapping[str, Any]],
    folder: Path,
    enforce: Mapping[str, Any],
    rollback: Mapping[str, Any],
) -> Way:
    """Predicted, done, done again, taken back."""
    log = folder / "commands.log"
    log.touch()
    hosts = Hosts(cells, collapse=True, log=str(log))
    try:
        hosts.make()
        start = {name: host_state.snapshot(prefix) for name, prefix in hosts.prefixes.items()}
        way = Way(hosts, variables, folder, log)
        hosts.start()
        way.run("predicted", "wsus.compliance.enforce", "--check", "--diff", **enforce)
        way.compare("predicted", start)
        hosts.start()
        way.run("done", "wsus.compliance.enforce", "--diff", **enforce)
        way.read_back("done")
        way.run("again", "wsus.compliance.enforce", **enforce, enforce_verify_import="")
        way.run("back", "wsus.compliance.rollback", "--diff", **rollback)
        way.read_back("back")
        way.compare("back", start)
        return way
    finally:
        hosts.close()


def go_by_steps(hosts: Hosts, variables: Mapping[str, Mapping[str, Any]], folder: Path) -> Way:
    """The same of hosts that are made and do not run, by tasks of the modules: less is asked of each host."""
    folder.mkdir(parents=True)
    log = folder / "commands.log"
    log.touch()
    hosts.options["log"] = str(log)
    start = {name: host_state.snapshot(prefix) for name, prefix in hosts.prefixes.items()}
    way = Way(hosts, variables, folder, log)
    hosts.start()
    way.step("predicted")
    way.compare("predicted", start)
    hosts.start()
    way.step("done")
    way.read_back("done")
    way.step("again")
    way.step("back")
    way.compare("back", start)
    return way


def not_taken_back(changes: Sequence[str]) -> list[str]:
    """What is not as it was at first, apart from what is ``LEFT_BEHIND``."""
    return [line for line in changes if not _LEFT_BEHIND.search(line.partition(": ")[0])]
