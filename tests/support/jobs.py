# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Jobs as AWX has them run: ansible-runner in a private data directory, extra variables, slices and artifacts."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from develop.environment import ansible_environment
from develop.places import COLLECTIONS, ROOT, TEST_COLLECTIONS

PATTERNS = ROOT / "extensions" / "patterns"


@dataclass
class Job:
    """A job that has ended. ``folder``: its private data directory."""

    folder: Path
    ident: str
    output: str

    def _artifact(self, name: str) -> Path:
        return self.folder / "artifacts" / self.ident / name

    @property
    def code(self) -> int:
        """The exit code of ansible-playbook."""
        return int(self._artifact("rc").read_text())

    @property
    def status(self) -> str:
        """What AWX makes of the job's end: ``successful`` or ``failed``."""
        return self._artifact("status").read_text()

    @property
    def stdout(self) -> str:
        return self._artifact("stdout").read_text()

    def events(self, kind: str) -> list[dict[str, Any]]:
        """The events of a kind, such as ``runner_on_ok``, in their order."""
        paths = self._artifact("job_events").glob("*-*.json")
        found = [json.loads(path.read_text()) for path in paths]
        return sorted((one for one in found if one["event"] == kind), key=lambda one: one["counter"])

    @property
    def artifacts(self) -> dict[str, Any]:
        """What AWX keeps of the job and hands to later ones."""
        (stats,) = self.events("playbook_on_stats")
        found: dict[str, Any] = stats["event_data"]["artifact_data"]
        return found

    @property
    def results(self) -> Path:
        """The folder that the job runs in; relative paths start there."""
        return self.folder / "project"


def answers(pattern: str) -> dict[str, Any]:
    """What AWX hands over where every question of the survey is left at its default."""
    document = json.loads((PATTERNS / pattern / "meta" / "pattern.json").read_text())
    spec = document["aap_resources"]["controller_job_templates"][0]["survey"]["spec"]
    given = {one["variable"]: one for one in spec if "default" in one}
    return {name: int(one["default"]) if one["type"] == "integer" else one["default"] for name, one in given.items()}


def sliced(inventory: Mapping[str, Any], number: int, count: int) -> dict[str, Any]:
    """Slice ``number`` (from 1) of ``count`` of the hosts of the group wsus, in the order of their names."""
    hosts = inventory["all"]["children"]["wsus"]["hosts"]
    mine = {name: hosts[name] for name in sorted(hosts)[number - 1 :: count]}
    return {"all": {"children": {"wsus": {**inventory["all"]["children"]["wsus"], "hosts": mine}}}}


@dataclass(frozen=True)
class Prepared:
    """A job that can be run: its command, in its environment."""

    job: Job
    command: list[str]
    environment: dict[str, str]


def prepared(
    folder: Path,
    number: int,
    playbook: str,
    inventory: Mapping[str, Any],
    variables: Mapping[str, Any],
    *,
    cmdline: str = "",
    forks: int = 4,
) -> Prepared:
    """A job with the id ``number``.

    Args:
        folder: where its private data directory is made.
        playbook: ``audit/playbooks/audit.yml``, below the patterns.
        inventory: as in an inventory file.
        variables: answers of the survey, and artifacts of earlier jobs.
        cmdline: further arguments of ansible-playbook, such as ``--check``.
        forks: hosts that are worked on at a time.
    """
    place = folder / f"job_{number}"
    project = place / "project" / "extensions" / "patterns"
    shutil.copytree(PATTERNS, project)
    for name in ("env", "inventory"):
        (place / name).mkdir()
    (place / "inventory" / "hosts.yml").write_text(yaml.safe_dump(dict(inventory)))
    ids = {"awx_job_id": number, "tower_job_id": number, "awx_job_launch_type": "manual"}
    # As they come: their order is that in which they are read.
    (place / "env" / "extravars").write_text(json.dumps({**ids, **variables}, sort_keys=False))
    (place / "env" / "settings").write_text(json.dumps({"idle_timeout": 300, "suppress_env_files": True}))
    if cmdline:
        (place / "env" / "cmdline").write_text(cmdline)
    tools = str(Path(sys.executable).parent)
    command = [
        *(f"{tools}/ansible-runner", "run", str(place), "--ident", str(number), "--quiet"),
        *("--playbook", f"extensions/patterns/{playbook}"),
    ]
    environment = ansible_environment(
        place / "home",
        [COLLECTIONS, TEST_COLLECTIONS],
        PATH=os.pathsep.join([tools, os.environ.get("PATH", os.defpath)]),
        ANSIBLE_FORKS=str(forks),
        ANSIBLE_LOCALHOST_WARNING="false",
    )
    return Prepared(Job(place, str(number), ""), command, environment)


def run_job(*given: Any, **more: Any) -> Job:
    """The job that ``prepared`` makes of this, run to its end."""
    ready = prepared(*given, **more)
    done = subprocess.run(
        ready.command,
        env=ready.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return Job(ready.job.folder, ready.job.ident, done.stdout + done.stderr)
