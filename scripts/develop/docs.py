# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The site of the documentation, made of the modules' and roles' own and of docs/docsite. None of it is in git."""

from __future__ import annotations

import subprocess
import zlib
from pathlib import Path

from .environment import test_environment
from .places import CACHE, remove, say, stop
from .setup import set_up_tests

ANSIBLE = "https://docs.ansible.com/projects/ansible/latest/"
# What the generated pages refer to beyond this collection: label and page. An own inventory of them makes the links
# without asking a server, so that the build says the same offline and next year.
ELSEWHERE = {
    "action_plugins": "plugins/action.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "common_return_values": "reference_appendices/common_return_values.html",
    "ansible_collections.ansible.windows.setup_module": "collections/ansible/windows/setup_module.html",
    "ansible_collections.ansible.windows.slurp_module": "collections/ansible/windows/slurp_module.html",
    "ansible_collections.ansible.windows.win_reboot_module": "collections/ansible/windows/win_reboot_module.html",
}
SETTINGS = """
# Of scripts/develop/docs.py
extensions = ["sphinx.ext.intersphinx", "sphinx_antsibull_ext"]
intersphinx_mapping = {"ansible": (%r, "../ansible.inv")}
"""


def inventory() -> bytes:
    """The inventory of Sphinx with these labels."""
    head = "# Sphinx inventory version 2\n# Project: ansible\n# Version: 0\n# The remainder is compressed using zlib.\n"
    anchors = {label: label.replace("_", "-").replace(".", "-") for label in ELSEWHERE}
    rows = "".join(
        f"{label} std:label -1 {page}#{anchors[label]} {label.removesuffix('_module').rpartition('collections.')[2]}\n"
        for label, page in ELSEWHERE.items()
    )
    return head.encode() + zlib.compress(rows.encode())


def build(folder: Path) -> Path:
    """Builds the site in a folder that is made anew; returns the folder with its pages. Any warning is an error."""
    remove(folder)
    # antsibull-docs wants it to be writable for nobody else.
    (folder / "rst").mkdir(mode=0o700, parents=True)
    folder.chmod(0o700)
    name = "wsus.compliance"
    run(
        *("antsibull-docs", "sphinx-init", "--use-current", "--squash-hierarchy", "--fail-on-error"),
        *("--project", name, "--copyright", f"{name} contributors", "--title", f"{name} documentation"),
        *("--sphinx-theme", "alabaster", "--dest-dir", str(folder), name),
        cwd=folder,
    )
    with (folder / "conf.py").open("a") as conf:
        conf.write(SETTINGS % ANSIBLE)
    (folder / "ansible.inv").write_bytes(inventory())
    # The rest is what the build.sh that sphinx-init wrote does, without its prompt-like shell.
    run(
        *("antsibull-docs", "--config-file", "antsibull-docs.cfg", "collection", "--use-current", "--squash-hierarchy"),
        *("--cleanup", "everything", "--fail-on-error", "--dest-dir", "rst", name),
        cwd=folder,
    )
    run("sphinx-build", "-M", "html", "rst", "build", "-c", ".", "-W", "--keep-going", "--quiet", cwd=folder)
    return folder / "build" / "html"


def run(*command: str, cwd: Path) -> None:
    variables = test_environment() | {"NO_COLOR": "1", "HOME": str(CACHE / "ansible")}  # where antsibull keeps its log
    done = subprocess.run(
        command, cwd=cwd, env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        stop(f"{' '.join(command[:2])} ended with {done.returncode}:\n{done.stdout}{done.stderr}")


def target_docs(arguments: list[str]) -> int:
    if arguments:
        stop("docs takes no arguments")
    set_up_tests()
    say(f"the documentation is at {build(CACHE / 'docs') / 'index.html'}")
    return 0
