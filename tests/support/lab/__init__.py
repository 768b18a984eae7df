# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lab for tests: makes hosts (Wine prefixes) of scenarios, starts them, runs Ansible on them, removes them.

WSUS_LAB_HOME    the lab; default: ../shared/winlab beside the checkout
WSUS_LAB_DIR     where hosts are made; default: beside the lab's template, as hosts are hard links to it
WSUS_COLLECTIONS where Ansible finds the collection; default: .cache/collections of the checkout
WINLAB_CACHE, WINLAB_TYPECACHE   the lab's template and compiled types, kept from run to run

What tests need of it is here: `from support import lab`.
"""

from __future__ import annotations

from develop.lab import lab_hindrance as hindrance
from develop.lab import lab_home, lab_is_there

from .hosts import Hosts
from .places import CHECKOUT, LabError, module
from .runs import Run, ansible_environment, audit, program, run_ansible
from .scenarios import OWN_SCENARIOS, PERSONAS, Cell, all_cells, expanded_file, scenario_files
from .services import service_processes

__all__ = [
    "CHECKOUT",
    "OWN_SCENARIOS",
    "PERSONAS",
    "Cell",
    "Hosts",
    "LabError",
    "Run",
    "all_cells",
    "ansible_environment",
    "audit",
    "expanded_file",
    "hindrance",
    "lab_home",
    "lab_is_there",
    "module",
    "program",
    "run_ansible",
    "scenario_files",
    "service_processes",
]
