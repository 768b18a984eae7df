#!/usr/bin/python
# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Documentation only: the action plugin of this name does the work, on the controller and by wsus_apply.

from __future__ import annotations

DOCUMENTATION = r"""
module: rollback
short_description: Takes back what a journal says was changed
version_added: 1.1.0
author:
  - The wsus.compliance contributors (@wsus-compliance)
description:
  - Writes the values before, of all operations of a journal or of some, in reverse order.
  - A value that was changed since is not written over, and then nothing is. It is itself journaled.
options:
  journal:
    description:
      - Which journal, the id or path of one on the host, or the path of a copy on the controller.
      - Without it, the newest of the host that changed something and is no rollback. Where that was taken back
        already, nothing is done.
    type: str
  only:
    description:
      - Ids of operations, or names of resolutions; all of the journal where it is empty.
    type: list
    elements: str
    default: []
  force:
    description:
      - Writes the values before over whatever is there now.
    type: bool
    default: false
  journal_dir:
    description:
      - Folder on the controller for the copy of the new journal.
    type: path
    default: ./wsus-journal
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
  - wsus.compliance.change.attributes
seealso:
  - module: wsus.compliance.enforce
"""

EXAMPLES = r"""
- name: Take back the last change
  wsus.compliance.rollback:

- name: Take back one resolution of a certain run
  wsus.compliance.rollback:
    journal: 20261125T101112345Z-0a1b2c3d
    only:
      - w3wp_config
"""

RETURN = r"""
plan:
  description: The operations that lead to what was asked for; none where the host has it.
  returned: success
  type: list
  elements: dict
  sample:
    - id: dotnet_strong_crypto.1
      kind: registry_value
      what: set SchUseStrongCrypto to REG_DWORD 1
      path: HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319
      name: SchUseStrongCrypto
      before: {"exists": false}
      after: {"exists": true, "type": "REG_DWORD", "data": 1}
applied:
  description: Ids of the operations that were carried out.
  returned: success
  type: list
  elements: str
  sample: [dotnet_strong_crypto.1]
refused:
  description: What was not done although it is known what to change, each with C(id), C(target), C(reason),
    C(next_step), C(owner).
  returned: success
  type: list
  elements: dict
  sample: []
unresolved:
  description: What could not be decided or has no remedy here, with the same members.
  returned: success
  type: list
  elements: dict
  sample: []
restart_required:
  description: Why IIS or the WSUS service must be restarted before the change takes effect.
  returned: success
  type: list
  elements: str
  sample: ["iisreset: .NET strong cryptography values are read when w3wp starts"]
reboot_required:
  description: Why Windows must be restarted before the change takes effect.
  returned: success
  type: list
  elements: str
  sample: []
reboot_recommended:
  description: Why Microsoft's documents order a restart of Windows although less makes the change effective.
  returned: success
  type: list
  elements: str
  sample: []
journal:
  description: The journal on the host, or null where nothing was written.
  returned: success
  type: str
  sample: C:\ProgramData\wsus.compliance\journal\20261125T101112345Z-0a1b2c3d.journal
journal_copy:
  description: The copy of the journal on the controller, or null.
  returned: success
  type: str
  sample: /home/me/wsus-journal/wsus-1/20261125T101112345Z-0a1b2c3d.journal
"""
