# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the modules that change a host have in common."""

from __future__ import annotations


class ModuleDocFragment:
    """Fragments ``wsus.compliance.change`` (options), and ``.attributes``, ``.attributes_of_an_act`` of it."""

    DOCUMENTATION = r"""
options:
  facts:
    description:
      - What M(wsus.compliance.wsus_facts) returned as C(ansible_facts.wsus). The host is then connected to only where
        it lacks what was asked for.
      - They may be old. Every value is compared with them before it is written, and where one is another by now,
        nothing is written.
    type: dict
  journal_dir:
    description:
      - Folder on the controller for a copy of the journal, in a folder named as the host.
      - A relative one starts at the current directory of the C(ansible-playbook) process.
    type: path
    default: ./wsus-journal
  override_unknown_owner:
    description:
      - Also changes values of which it is not known whether Group Policy owns them, as where it could not be read.
      - What Group Policy or a preference is known to own is never changed on the host, as it would come back.
    type: bool
    default: false
"""

    ATTRIBUTES = r"""
attributes:
  action:
    support: full
  async:
    support: none
  bypass_host_loop:
    support: none
  check_mode:
    support: full
    details: The plan is made of what was read, and nothing is written to the host or the controller.
  diff_mode:
    support: full
  idempotent:
    description: A second run with the same options, without another change in between, changes nothing.
    support: full
  connection:
    support: full
  delegation:
    support: none
  become:
    support: full
  platform:
    platforms: windows
"""

    ATTRIBUTES_OF_AN_ACT = r"""
attributes:
  action:
    support: full
  async:
    support: none
  bypass_host_loop:
    support: none
  check_mode:
    support: full
    details: The host is asked whether it could be done, and it is not.
  diff_mode:
    support: full
  idempotent:
    description: A second run with the same options, without another change in between, changes nothing.
    support: none
    details: It is done each time, as what it proves is true of that moment only.
  connection:
    support: full
  delegation:
    support: none
  become:
    support: full
  platform:
    platforms: windows
"""
