# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the modules have in common that judge on the controller and change no setting of a host."""

from __future__ import annotations


class ModuleDocFragment:
    """Fragment ``wsus.compliance.on_controller``; how each of them connects is in the module itself."""

    DOCUMENTATION = r"""
attributes:
  action:
    support: full
  async:
    support: none
  bypass_host_loop:
    support: none
  check_mode:
    support: full
  diff_mode:
    support: none
"""
