# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stories: what is done to hosts of the lab one thing after the other, all hosts at a time, in one run of ansible.

The modules run without the collection's action plugins: what they are given and what they answer is what a test sees.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from support import lab, operations
from support.lab import Hosts

APPLY = "wsus.compliance.wsus_apply"


def bare_collection(folder: Path, source: Path = lab.CHECKOUT) -> Path:
    """A path of collections with modules and module_utils only."""
    collection = folder / "ansible_collections" / "wsus" / "compliance"
    (collection / "plugins").mkdir(parents=True)
    for name in ("modules", "module_utils"):
        (collection / "plugins" / name).symlink_to(source / "plugins" / name)
    return folder


class Story:
    """The steps of one host; each has a name, by which its answer is found."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.names: list[str] = []
        self.tasks: list[dict[str, Any]] = []

    def _add(self, name: str, module: str, arguments: Any, **keywords: Any) -> None:
        assert name not in self.names
        self.names.append(name)
        task = {"when": f"inventory_hostname == '{self.host}'", "register": f"r_{self.host}_{name}", **keywords}
        self.tasks.append({"name": f"{self.host}: {name}", module: arguments, "ignore_errors": True, **task})

    def module(self, name: str, arguments: dict[str, Any], *, module: str = APPLY, check: bool = False) -> None:
        self._add(name, module, arguments, check_mode=check)

    def apply(self, name: str, steps: Sequence[dict[str, Any]], *, check: bool = False, **more: Any) -> None:
        """Action apply; ``journal`` in ``more`` adds to that option, the rest are options."""
        journal = operations.journal(**more.pop("journal", {}))
        self.module(name, {"action": "apply", "operations": list(steps), "journal": journal, **more}, check=check)

    def script(self, name: str, text: str) -> None:
        """PowerShell on the host, by no code of the collection."""
        self._add(name, "ansible.windows.win_shell", "$ErrorActionPreference = 'Stop'\n" + text)

    def local(self, name: str, text: str) -> None:
        """Shell commands on the machine that the host's files lie on."""
        command = {"argv": ["sh", "-ec", text]}
        self._add(name, "ansible.builtin.command", command, delegate_to="localhost", connection="local")


def ask(host: str, arguments: dict[str, Any], hosts: Hosts, folder: Path, collection: Path) -> dict[str, Any]:
    """One step of one host in a run of its own; empty where the module gave no answer."""
    command = ["ansible", host, "-m", APPLY, "-a", json.dumps(arguments), "-i", str(hosts.inventory())]
    run = lab.run_ansible(command, folder, {"ANSIBLE_COLLECTIONS_PATH": str(collection)})
    found = re.search(r"^\S+ \| \w+!? => (\{.*\})\s*\Z", run.output, re.M | re.S)
    answer = json.loads(found[1]) if found else {}
    return answer if "contract" in answer else {}


def tell(stories: Sequence[Story], hosts: Hosts, folder: Path, collection: Path) -> dict[str, dict[str, Any]]:
    """Runs the stories; the answers by host and step."""
    tasks: list[dict[str, Any]] = []
    for story in stories:
        variables = ", ".join(f"'{name}': r_{story.host}_{name}" for name in story.names)
        write = {"content": f"{{{{ {{{variables}}} | to_json }}}}", "dest": str(folder / f"{story.host}.json")}
        last = {"ansible.builtin.copy": {**write, "mode": "0600"}, "delegate_to": "localhost", "connection": "local"}
        tasks += [*story.tasks, {**last, "when": f"inventory_hostname == '{story.host}'", "name": "what it answered"}]
    folder.mkdir(parents=True, exist_ok=True)
    playbook = folder / "story.yml"
    play = {"hosts": "lab", "gather_facts": False, "strategy": "ansible.builtin.free", "tasks": tasks}
    playbook.write_text(json.dumps([play], indent=1), "utf-8")
    path = f"{collection}:{lab.CHECKOUT / '.cache' / 'collections-test'}"
    environment = {"ANSIBLE_COLLECTIONS_PATH": path, "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false"}
    command = ["ansible-playbook", "-i", str(hosts.inventory()), str(playbook)]
    run = lab.run_ansible(command, folder, environment)
    answers = {story.host: run.result(story.host) for story in stories}
    missing = [host for host, answer in answers.items() if answer is None]
    if missing:
        raise lab.LabError(f"no answers of {', '.join(missing)}:\n{run.tail(80)}")
    return answers
