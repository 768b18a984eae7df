# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Executes the code blocks of a page, one after the other, as its reader would: simulated hosts are the inventory."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from develop.environment import ansible_environment
from develop.places import COLLECTIONS, ROOT, SIMULATOR, TEST_COLLECTIONS
from support.doc_blocks import Block
from support.log_samples import classes, read
from support.tls_servers import OPENSSL, make_certificate, s_server

from wsus_simulator import Simulator

INVENTORY = "inventory.yml"
REPOSITORY = "https://github.com/wsus-compliance/"
SHELL = {"sh", "shell", "bash"}
LONGEST = 3_000
"""Characters of an output that a failure shows."""
SCENARIO = {"extends", "read_only", "endpoint", "connection", "output"}
"""One of these makes a YAML block a scenario of the simulator."""


@dataclass(frozen=True)
class Recipe:
    """How a block is executed that is not what its language and its shape say.

    ``how``: a name of ``HOW``, empty: as that says; ``replace``: what is not the same here (the time to wait for a
    person); ``code``: the exit code that it must have; ``about``: what it is an example of, as the
    class of an event, or a host.
    """

    how: str = ""
    replace: Mapping[str, str] = field(default_factory=dict)
    code: int = 0
    about: str = ""


@dataclass
class Scene:
    """A folder with an inventory of simulated hosts, and what the last command printed."""

    folder: Path
    simulator: Simulator
    hosts: list[str]
    said: list[str] = field(default_factory=list)
    unable: list[str] = field(default_factory=list)

    def home(self) -> Path:
        """With the collection where ansible-galaxy installs it to."""
        home = self.folder / "user"
        collections = home / ".ansible" / "collections"
        if not collections.exists():
            collections.parent.mkdir(parents=True)
            collections.symlink_to(COLLECTIONS)
        return home

    def environment(self) -> dict[str, str]:
        folders = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
        return ansible_environment(
            self.folder / "home",
            [COLLECTIONS, TEST_COLLECTIONS],
            PATH=os.pathsep.join(folders),
            ANSIBLE_FORKS="4",
            ANSIBLE_LOCALHOST_WARNING="false",
            HOME=str(self.home()),
            COLUMNS="100",
            NO_COLOR="1",
            # Neither an index of packages nor another checkout than this one is asked.
            PIP_NO_INDEX="1",
            GIT_CONFIG_COUNT="1",
            GIT_CONFIG_KEY_0=f"url.{ROOT.parent}/{ROOT.name}.insteadOf",
            GIT_CONFIG_VALUE_0=f"{REPOSITORY}wsus.compliance",
        )

    def command(self, text: str, code: int = 0, cwd: Path | None = None, **more: str) -> str:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text],
            cwd=cwd or self.folder,
            env=self.environment() | more,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == code, (
            f"exit code {done.returncode}, expected {code}:\n{text}\n{done.stdout[-LONGEST:]}"
        )
        assert "Traceback" not in done.stdout, done.stdout
        return done.stdout


def execute(scene: Scene, block: Block, recipe: Recipe | None, later: str) -> None:
    """Executes a block. ``later``: the blocks that follow, which may run a file that it shows."""
    recipe = recipe or Recipe()
    text = block.text
    for old, new in recipe.replace.items():
        assert old in text, f"{block.place}: nothing to replace: {old}"
        text = text.replace(old, new.format(folder=scene.folder))
    HOW[recipe.how or how_of(block)](scene, Block(block.page, block.line, block.language, text), recipe, later)


def how_of(block: Block) -> str:
    """By language and shape. What is neither needs a recipe of its own: it is never left out."""
    if block.language in SHELL:
        return "run"
    if block.language == "text":
        return "output"
    if block.language == "python":
        return "python"
    data = yaml.safe_load(block.text) if block.language == "yaml" else None
    if isinstance(data, list) and all(isinstance(one, dict) for one in data):
        return "play" if any("hosts" in one for one in data) else "tasks"
    if isinstance(data, dict) and SCENARIO & data.keys():
        return "scenario"
    if isinstance(data, dict) and len(data) == 1 and isinstance(next(iter(data.values())), dict):
        return "inventory"
    raise AssertionError(f"{block.place}: no recipe executes this block of language {block.language!r}: {block.first}")


def run(scene: Scene, block: Block, recipe: Recipe, later: str) -> None:
    """The commands as they stand."""
    scene.said.append(scene.command(block.text, recipe.code))


def output(scene: Scene, block: Block, recipe: Recipe, later: str) -> None:
    """What a command before prints: each line, in this order, but for its indentation; three dots stand for others."""
    problems = [not_printed(block.text, said) for said in reversed(scene.said)]
    assert problems, "nothing was executed that could print this"
    assert None in problems, f"is not printed here: {problems[0]!r}\n{scene.said[-1][-LONGEST:]}"


def not_printed(text: str, said: str) -> str | None:
    """The first line that is missing."""
    at, printed = 0, [without_times(line) for line in said.splitlines()]
    for line in text.rstrip().splitlines():
        if line.strip() not in ("", "..."):
            try:
                at = printed.index(without_times(line), at) + 1
            except ValueError:
                return line
    return None


def without_times(line: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "0000-00-00T00:00:00.000Z", line.strip())


def file_name(block: Block) -> str:
    """`# NAME` in the first line, as the file is called."""
    found = re.match(r"# ([\w./-]+\.(?:yml|ini|py|config|log))$", block.first)
    return found.group(1) if found else ""


def play(scene: Scene, block: Block, recipe: Recipe, later: str) -> None:
    """Runs the playbook, or leaves it for the command that follows and names its file."""
    name = file_name(block)
    path = scene.folder / (name or "play.yml")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text)
    if name and name in later:
        return
    scene.said.append(scene.command(f"ansible-playbook -i {INVENTORY} {shlex.quote(path.name)}", recipe.code))


def tasks(scene: Scene, block: Block, recipe: Recipe, later: str) -> None:
    """Runs the tasks on all hosts of the page."""
    whole = [{"hosts": "wsus", "gather_facts": False, "tasks": yaml.safe_load(block.text)}]
    play(scene, Block(block.page, block.line, "yaml", yaml.safe_dump(whole, sort_keys=False)), recipe, later)


def inventory(scene: Scene, block: Block, recipe: Recipe, later: str) -> None:
    """ansible-inventory reads it, and each of its hosts is one of the simulated ones of the page."""
    path = scene.folder / "shown" / (file_name(block) or "inventory.yml")
    path.parent.mkdir(exist_ok=True)
    path.write_text(block.text)
    found = json.loads(scene.command(f"ansible-inventory -i {shlex.quote(str(path))} --list"))
    listed = {host for group in found.values() for host in group.get("hosts", [])}
    assert listed and {host.partition(".")[0] for host in listed} <= set(scene.hosts), listed
    assert all("ansible_connection" in found["_meta"]["hostvars"][host] for host in listed)


def scenario(scene: Scene, block: Block, recipe: Recipe, later: str) -> None:
    """A host of the simulator, or a part of one: it starts, and the file is there for the commands that follow."""
    path = scene.folder / (file_name(block) or "scenario.yml")
    path.write_text(block.text if "extends:" in block.text else f"extends: server-2016.yml\n{block.text}")
    with Simulator({"shown": path}):
        pass


def python(scene: Scene, block: Block, recipe: Recipe, later: str) -> None:
    """Runs the program, or leaves it for the command that follows and names its file."""
    path = scene.folder / (file_name(block) or "shown.py")
    path.write_text(block.text)
    if path.name not in later:
        scene.said.append(scene.command(f"python3 {path}", recipe.code, PYTHONPATH=str(SIMULATOR)))


def python_there(scene: Scene, block: Block, recipe: Recipe, later: str) -> None:
    """A program that names files of the simulator's folder, and runs there; its dots are its reader's own lines."""
    (there(scene) / "shown.py").write_text(block.text)
    scene.said.append(scene.command("python3 shown.py", cwd=there(scene)))


def simulator(scene: Scene, block: Block, recipe: Recipe, later: str) -> None:
    """Commands that start simulated hosts of their own; the one that serves until Ctrl-C gets it when it serves."""
    change, *lines = (line.partition("  #")[0].strip() for line in block.text.splitlines())
    assert scene.folder / change.removeprefix("cd ") == there(scene)
    for line in lines:
        if " -- " not in line:
            line = line.replace("/tmp/hosts.yml", "served.yml")
            wait = "until [ -s served.yml ]; do sleep 0.1; done"
            line = f"{line} & served=$!; {wait}; kill -INT $served; wait $served || [ $? -eq 130 ]"
        scene.said.append(scene.command(line, cwd=there(scene)))


def there(scene: Scene) -> Path:
    """A copy of the simulator's folder, as its commands write where they stand, and the files that its reader has."""
    folder = scene.folder / SIMULATOR.relative_to(ROOT)
    if not folder.exists():
        shutil.copytree(SIMULATOR, folder)
        for path in (scene.folder / "mine").iterdir():
            path.rename(folder / path.name)
    return folder


def control(scene: Scene, block: Block, recipe: Recipe, later: str) -> None:
    """Commands that ask the simulated hosts which run for this page."""
    text = re.sub(r"\bhosts\.yml", INVENTORY, block.text)
    scene.said.append(scene.command(text, PYTHONPATH=str(SIMULATOR)))


def install(scene: Scene, block: Block, recipe: Recipe, later: str) -> None:
    """The archive that Galaxy would have under this name is built, and installed into an empty path."""
    scene.command(f"ansible-galaxy collection build {shlex.quote(str(ROOT))} --output-path {scene.folder}")
    (archive,) = scene.folder.glob("wsus-compliance-*.tar.gz")
    name = "collection install wsus.compliance"
    assert name in block.text
    text = block.text.replace(name, f"collection install {archive} --offline --no-deps -p {scene.folder}/path")
    scene.command(text, ANSIBLE_COLLECTIONS_PATH=str(scene.folder / "path"))
    assert (scene.folder / "path" / "ansible_collections" / "wsus" / "compliance" / "MANIFEST.json").is_file()


def finding(scene: Scene, block: Block, recipe: Recipe, later: str) -> None:
    """A part of a finding, as it stands in the result file of the host."""
    shown = json.loads(block.text)
    document = json.loads((scene.folder / "wsus-audit" / f"{recipe.about}.json").read_text())
    (found,) = (one for one in document["findings"] if one["id"] == shown["id"])
    assert {name: found[name] for name in shown} == shown


def syntax(scene: Scene, block: Block, recipe: Recipe, later: str) -> None:
    """Tasks with modules of others, which no simulated host knows: Ansible finds the modules and reads the playbook."""
    whole = [{"hosts": "wsus", "gather_facts": False, "tasks": yaml.safe_load(block.text)}]
    (scene.folder / "syntax.yml").write_text(yaml.safe_dump(whole))
    scene.command(f"ansible-playbook -i {INVENTORY} --syntax-check syntax.yml")


def measure(scene: Scene, block: Block, recipe: Recipe, later: str) -> None:
    """The same play against a TLS server of this machine, which accepts what Microsoft has published."""
    if OPENSSL is None:
        scene.unable.append("openssl is not on PATH: there is no server to measure")
        return
    proxy = "proxy: http://proxy.example.com:3128\n"
    assert proxy in block.text
    suites = "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256"
    with s_server(make_certificate(scene.folder), "-tls1_2", "-cipher", suites) as port:
        here = f"host: localhost\n        port: {port}\n        protocols: [TLS 1.2]\n"
        (scene.folder / "measure.yml").write_text(block.text.replace(proxy, here))
        scene.said.append(scene.command("ansible-playbook measure.yml"))
    assert json.loads((scene.folder / "endpoint.json").read_text())["protocols"] == {"TLS 1.2": "accepted"}


def log(scene: Scene, block: Block, recipe: Recipe, later: str) -> None:
    """A record of a log: it is read as one event, of the class that the page names."""
    assert classes(read(block.text)) == [recipe.about], f"{block.place}: {classes(read(block.text))}"


def written(scene: Scene, block: Block, recipe: Recipe, later: str) -> None:
    """A file that a command before wrote on a host: its text is this."""
    texts = [
        file.read().decode("utf-8-sig").replace("\r\n", "\n").strip()
        for host in scene.simulator.hosts.values()
        for file in host.state.files.values()
        if file.path.lower().endswith("w3wp.exe.config")
    ]
    assert block.text.strip() in texts, texts


def demo(scene: Scene, block: Block, recipe: Recipe, later: str) -> None:
    """git clones this checkout; `make demo`, which would set up an environment of its own there, runs here."""
    _cloned, _folder, make = checkout(scene, block)
    scene.said.append(scene.command(f"cd {ROOT}\n{make}", HOME=os.environ.get("HOME", "/")))


def clone(scene: Scene, block: Block, recipe: Recipe, later: str) -> None:
    """As demo, but without the run that a guide with the same block has: both would write to one folder of results."""
    checkout(scene, block)


def checkout(scene: Scene, block: Block) -> tuple[str, str, str]:
    """Clones, and asks make there whether it would; the lines of the block."""
    lines = [line for line in block.text.splitlines() if line.strip()]
    cloned, folder, make = lines
    scene.command(f"{cloned}\n{folder}\n{make} --dry-run")
    return cloned, folder, make


How = Callable[[Scene, Block, Recipe, str], None]
HOW: dict[str, How] = {
    one.__name__: one
    for one in (
        *(run, output, play, tasks, inventory, scenario, python, python_there, simulator, control, install),
        *(finding, syntax, measure, log, written, demo, clone),
    )
}
