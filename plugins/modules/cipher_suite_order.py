#!/usr/bin/python
# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Documentation only: the action plugin of this name does the work, on the controller and by wsus_apply.

from __future__ import annotations

DOCUMENTATION = r"""
module: cipher_suite_order
short_description: Adds the suites that Microsoft Update accepts to an existing SSL cipher suite order
version_added: 1.0.0
author:
  - The wsus.compliance contributors (@wsus-compliance)
description:
  - Adds to the policy list in C(HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002) what
    this Windows knows and the endpoint accepts.
  - They go before the first suite that the endpoint does not accept; nothing is removed, and the order of the
    others stays.
  - A list is never created. Without one Windows offers what the endpoint accepts.
  - A list that Group Policy owns is refused, with the text to put into the GPO.
options:
  accepted_suites:
    description:
      - Names of the cipher suites that the endpoint accepts, in place of the list that the collection knows.
      - Mutually exclusive with O(facts), which were made with such a list already.
    type: list
    elements: str
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
  - wsus.compliance.change
  - wsus.compliance.change.attributes
seealso:
  - module: wsus.compliance.schannel_algorithm
  - module: wsus.compliance.enforce
  - module: wsus.compliance.rollback
"""

EXAMPLES = r"""
- name: Something in common with Microsoft Update
  wsus.compliance.cipher_suite_order:
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
"""
