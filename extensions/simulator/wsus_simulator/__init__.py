# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Simulated Windows hosts with WSUS: a WinRM server that answers Ansible from scenario files."""

from __future__ import annotations

from .build import build_state
from .scenario import HOSTS_FOLDER, ScenarioError, check_scenario, load_scenario, merge
from .simulator import Simulator, hosts_of_folder
from .state import State

__all__ = [
    "HOSTS_FOLDER",
    "ScenarioError",
    "Simulator",
    "State",
    "build_state",
    "check_scenario",
    "hosts_of_folder",
    "load_scenario",
    "merge",
]
