# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The environment variables of every command that is run."""

from __future__ import annotations

import os
from pathlib import Path

from .lab import lab_home
from .places import CACHE, COLLECTIONS, TEST_COLLECTIONS, VENV


def environment(*collections: Path, own_ansible: bool = True) -> dict[str, str]:
    """The environment of every command. With own_ansible, no setting of the user or the machine reaches Ansible."""
    variables = {
        name: value
        for name, value in os.environ.items()
        if name not in {"PYTHONHOME", "PYTHONPATH"} and not (own_ansible and name.startswith("ANSIBLE_"))
    }
    paths = [str(path) for path in collections]
    if own_ansible:
        home = CACHE / "ansible"
        home.mkdir(parents=True, exist_ok=True)
        (home / "ansible.cfg").write_text("# Empty: it keeps ansible from reading any other.\n[defaults]\n")
        variables |= {"ANSIBLE_CONFIG": str(home / "ansible.cfg"), "ANSIBLE_HOME": str(home)}
    else:
        default = "~/.ansible/collections:/usr/share/ansible/collections"
        paths.append(os.environ.get("ANSIBLE_COLLECTIONS_PATH", default))
    return variables | {
        "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join(paths),
        "PATH": os.pathsep.join([str(VENV / "bin"), os.environ.get("PATH", os.defpath)]),
        "VIRTUAL_ENV": str(VENV),
        # ansible wants a UTF-8 locale, and a fresh Debian has none but this.
        "LC_ALL": "C.UTF-8",
        # No __pycache__ beside the sources, which are the installed collection as well.
        "PYTHONDONTWRITEBYTECODE": "1",
        "RUFF_CACHE_DIR": str(CACHE / "ruff"),
    }


def test_environment() -> dict[str, str]:
    variables = environment(COLLECTIONS, TEST_COLLECTIONS)
    variables |= {"WINLAB_CACHE": str(CACHE / "winlab"), "WINLAB_TYPECACHE": str(CACHE / "winlab-types")}
    for name in ("WINLAB_CACHE", "WINLAB_TYPECACHE"):
        Path(variables[name]).mkdir(exist_ok=True)
    variables.pop("WSUS_LAB_HOME", None)
    if lab := lab_home():
        variables["WSUS_LAB_HOME"] = str(lab)
    return variables
