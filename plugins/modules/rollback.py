#!/usr/bin/python
# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Documentation only: the action plugin of this name does the work, on the controller and by wsus_apply.

from __future__ import annotations

DOCUMENTATION = r"""
module: rollback
short_description: Takes back what a journal says was changed
version_added: 1.0.0
author:
  - The wsus.compliance contributors (@wsus-compliance)
description:
  - Writes the values before, of all operations of a journal or of some, in reverse order.
  - A value that was changed since is not written over, and then nothing is. It is itself journaled, so it can be
    taken back too.
  - A journal of another host, and one that was edited, is refused before anything is written.
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
  facts:
    description:
      - What M(wsus.compliance.wsus_facts) returned as C(ansible_facts.wsus). Where it shows that nothing was ever
        changed, and O(journal) is not given, the host is not connected to.
    type: dict
  journal_dir:
    description:
      - Folder on the controller for the copy of the new journal.
    type: path
    default: ./wsus-journal
  assess:
    description:
      - Also assesses the server as it is before, in the execution that finds the newest journal, and tells which
        restarts earlier changes still need. Not where O(journal) is given, as then nothing else is read.
      - Also assesses it as it is after, in the execution that writes.
    type: bool
    default: false
  profile:
    description:
      - With O(assess), as O(wsus.compliance.assess#module:profile).
    type: str
    default: standard
    choices: [standard, documented]
  output_dir:
    description:
      - With O(assess), folder on the controller for the result file, as O(wsus.compliance.assess#module:output_dir).
    type: path
  defer_errors:
    description:
      - Ends well where the host can't be reached or worked on, and says so in RV(error). For plays that report first.
    type: bool
    default: false
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

- name: Take back by the copy on the controller
  wsus.compliance.rollback:
    journal: ./wsus-journal/{{ inventory_hostname }}/20261125T101112345Z-0a1b2c3d.journal

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
restarts:
  description: Restarts that the operations call for, each with C(what), C(need) (V(required), V(recommended)),
    C(reason) and the ids of the operations.
  returned: success
  type: list
  elements: dict
  sample: [{"what": "iisreset", "need": "required", "reason": "w3wp reads it", "operations": ["w3wp_config.1"]}]
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
journal_id:
  description: The id of that journal, or null.
  returned: success
  type: str
  sample: 20261125T101112345Z-0a1b2c3d
journal_copy:
  description: The copy of the journal on the controller, or null.
  returned: success
  type: str
  sample: /home/me/wsus-journal/wsus-1/20261125T101112345Z-0a1b2c3d.journal
notes:
  description: What a person should know of this host before or after the change.
  returned: success
  type: list
  elements: str
  sample: []
report_only:
  description: Whether nothing was asked for, so that RV(plan) is only told.
  returned: success
  type: bool
  sample: false
rolled_back:
  description: The journal that was taken back, or null where there was none.
  returned: success
  type: str
  sample: 20261125T101112345Z-0a1b2c3d
audit:
  description: With O(assess), the assessment of the server before, as M(wsus.compliance.assess) returns it where it
    writes a file; null where it must be read anew for that.
  returned: success
  type: dict
  sample: {"outcome": "noncompliant", "reasons": ["fail high import.tls12: ..."]}
audit_after:
  description: With O(assess), the assessment of the server after the change, before any restart, with the members of
    RV(audit). Null where nothing was written, and where it was not read.
  returned: success
  type: dict
  sample: {"outcome": "noncompliant", "reasons": ["fail high import.tls12: ..."]}
error:
  description: With O(defer_errors), why the server could not be worked on, as C(code) and C(message); else null.
  returned: success
  type: dict
  sample: null
host_unreachable:
  description: Whether that is a lost connection.
  returned: success
  type: bool
  sample: false
"""
