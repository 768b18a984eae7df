# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The environment variables of every command that is run."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from .lab import KEPT, lab_home, lab_is_there
from .places import CACHE, COLLECTIONS, TEST_COLLECTIONS, VENV

# What sets Ansible, or the Python that it runs on.
SETTINGS = ("ANSIBLE_", "_ANSIBLE_", "PYTHON")
ALWAYS = {
    # ansible wants a UTF-8 locale, and a fresh Debian has none but this.
    "LC_ALL": "C.UTF-8",
    # No __pycache__ beside the sources, which are the installed collection as well.
    "PYTHONDONTWRITEBYTECODE": "1",
}


def ansible_environment(home: Path, collections: Iterable[Path | str], **more: str) -> dict[str, str]:
    """No setting of the user or the machine reaches Ansible: its home, with an empty configuration, is ``home``."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "ansible.cfg").write_text("# Empty: it keeps ansible from reading any other.\n[defaults]\n")
    return {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)} | {
        "ANSIBLE_CONFIG": str(home / "ansible.cfg"),
        "ANSIBLE_HOME": str(home),
        "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join(map(str, collections)),
        **ALWAYS,
        **more,
    }


def environment(*collections: Path, own_ansible: bool = True) -> dict[str, str]:
    """The environment of every command; without own_ansible, Ansible's settings are the user's."""
    if own_ansible:
        variables = ansible_environment(CACHE / "ansible", collections)
    else:
        variables = {name: value for name, value in os.environ.items() if name not in {"PYTHONHOME", "PYTHONPATH"}}
        users = variables.get("ANSIBLE_COLLECTIONS_PATH", "~/.ansible/collections:/usr/share/ansible/collections")
        variables["ANSIBLE_COLLECTIONS_PATH"] = os.pathsep.join([*map(str, collections), users])
    return variables | {
        **ALWAYS,
        "PATH": os.pathsep.join([str(VENV / "bin"), os.environ.get("PATH", os.defpath)]),
        "VIRTUAL_ENV": str(VENV),
        "RUFF_CACHE_DIR": str(CACHE / "ruff"),
    }


def test_environment() -> dict[str, str]:
    variables = environment(COLLECTIONS, TEST_COLLECTIONS)
    for name, folder in KEPT.items():
        folder.mkdir(exist_ok=True)
        variables[name] = str(folder)
    variables.pop("WSUS_LAB_HOME", None)
    if lab_is_there():
        variables["WSUS_LAB_HOME"] = str(lab_home())
    return variables
