#!/usr/bin/python
# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Documentation only: the action plugin of this name does the work, on the controller and by wsus_apply.

from __future__ import annotations

DOCUMENTATION = r"""
module: update_import
short_description: Imports an update and so proves that imports work
version_added: 1.0.0
author:
  - The wsus.compliance contributors (@wsus-compliance)
description:
  - Imports an update that you name from the Microsoft Update Catalog, through the API of WSUS.
  - It changes WSUS, which has one update more afterwards, or a newer revision of it. Nothing takes it back.
  - It is the only proof that issues 1, 2 and 4 are gone, judged by the result and by what the worker process
    wrote to the log meanwhile.
options:
  update_id:
    description:
      - The update, as the catalog names it (a GUID).
    type: str
    required: true
  facts:
    description:
      - What M(wsus.compliance.wsus_facts) returned as C(ansible_facts.wsus). Where they show that it is no WSUS
        server, or that its service does not run, the host is not connected to.
    type: dict
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
  - wsus.compliance.change.attributes_of_an_act
seealso:
  - module: wsus.compliance.synchronization
  - module: wsus.compliance.enforce
"""

EXAMPLES = r"""
- name: Prove that imports work
  wsus.compliance.update_import:
    update_id: 4c9ea1d2-0b47-4e9b-a2f4-6b1cfa0e1f11
"""

RETURN = r"""
imported:
  description: Whether WSUS imported it, and the log shows no failure meanwhile.
  returned: always
  type: bool
  sample: true
was_there:
  description: Whether WSUS had this update before.
  returned: success
  type: bool
  sample: false
log_lines:
  description: Lines of SoftwareDistribution.log of the worker process since the start that tell of a warning or
    an error, at most 50.
  returned: always
  type: list
  elements: str
  sample: []
proof:
  description: V(proved), V(failed), or V(unproved) where the log, which has the last word, could not be read, and in
    check mode.
  returned: always
  type: str
  sample: proved
"""
