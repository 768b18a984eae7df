# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The simulator as a library: hosts in, inventory and counters out."""

from __future__ import annotations

import os
import re
import secrets
import threading
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import Any

import yaml

from .build import build_state
from .control import change
from .host import Host
from .picture import picture
from .scenario import HOSTS_FOLDER, Scenario, ScenarioError, complete_scenario, is_base, load_scenario
from .server import Listener
from .state import State

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
HostSource = str | Path | Scenario | State


def hosts_of_folder(folder: Path) -> dict[str, Path]:
    """The hosts of a folder by file name; files with `base: true` are left out."""
    if not folder.is_dir():
        raise ScenarioError(f"{folder}: is not a folder")
    return {path.stem: path for path in sorted(folder.glob("*.yml")) if not is_base(path)}


class Simulator:
    """Simulated hosts behind one listener; use as a context manager.

    `hosts` maps names to scenario files, scenarios (which may extend the shipped hosts) or states. `user` and
    `password` are what clients must give; the default password is new for each run.
    """

    def __init__(
        self, hosts: Mapping[str, HostSource], *, user: str = "simulator", password: str | None = None, port: int = 0
    ) -> None:
        self.user, self.password = user, password or secrets.token_urlsafe(18)
        self._port = port
        start = datetime.now(timezone.utc).replace(microsecond=0)
        files: dict[Path, Scenario] = {}
        # Hosts of one file share its state until one of them is written to.
        states: dict[Path, State] = {}
        self.hosts: dict[str, Host] = {}
        for name, source in hosts.items():
            if not _NAME.match(name) or name.lower() in {known.lower() for known in self.hosts}:
                raise ScenarioError(f"host {name!r}: allowed: letters, digits, '.', '_' and '-', each name once")
            if isinstance(source, State):
                state = source
            elif isinstance(source, dict):
                where = f"host {name}"
                state = build_state(complete_scenario(source, HOSTS_FOLDER, where, files), start, where)
            else:
                path = Path(source).resolve()
                if path not in states:
                    states[path] = build_state(load_scenario(path, files), start, str(path))
                state = states[path]
            self.hosts[name] = Host(name, state)
        self._listener: Listener | None = None

    def start(self) -> Simulator:
        """Listen; returns itself."""
        self._listener = Listener(self.hosts, self.user, self.password, self._port)
        threading.Thread(target=self._listener.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
        return self

    def stop(self) -> None:
        """Stop listening; hanging answers end."""
        if self._listener:
            self._listener.stopping.set()
            for host in self.hosts.values():
                host.shell.forget()
            self._listener.shutdown()
            self._listener.server_close()
            self._listener = None

    def __enter__(self) -> Simulator:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The port of the listener."""
        if self._listener is None:
            raise RuntimeError("the simulator does not run")
        return self._listener.server_port

    def url(self, name: str) -> str:
        """The WinRM address of a host."""
        return f"http://127.0.0.1:{self.port}/{name}/wsman"

    def inventory(self, group: str = "wsus") -> dict[str, Any]:
        """An Ansible inventory of the hosts, in one group."""
        shared = {
            "ansible_connection": "winrm",
            "ansible_host": "127.0.0.1",
            "ansible_port": self.port,
            "ansible_user": self.user,
            "ansible_password": self.password,
            "ansible_winrm_scheme": "http",
            "ansible_winrm_transport": "basic",
            "ansible_winrm_message_encryption": "never",
        }
        hosts = {name: {"ansible_winrm_path": f"/{name}/wsman"} for name in self.hosts}
        return {"all": {"children": {group: {"hosts": hosts, "vars": shared}}}}

    def write_inventory(self, path: str | Path, group: str = "wsus") -> Path:
        """Write the inventory, readable by this user only, for it holds the password. The name should end in .yml."""
        path = Path(path)
        text = yaml.safe_dump(self.inventory(group), sort_keys=False)
        scratch = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
            stream.write(text)
        scratch.replace(path)
        return path

    def state(self, name: str) -> dict[str, Any]:
        """The whole state of a host as plain data; two of them are equal only if nothing changed in between."""
        return picture(self.hosts[name].machine)

    def change(self, name: str, patch: Scenario) -> None:
        """Merge a scenario over what the host is now, as if somebody had changed it by hand."""
        change(self.hosts[name], patch)

    def counters(self) -> dict[str, dict[str, Any]]:
        """What each host was asked, by name."""
        return {name: host.counters() for name, host in self.hosts.items()}
