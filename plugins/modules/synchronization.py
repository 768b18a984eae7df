#!/usr/bin/python
# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Documentation only: the action plugin of this name does the work, on the controller and by wsus_apply.

from __future__ import annotations

DOCUMENTATION = r"""
module: synchronization
short_description: Synchronizes a WSUS server and proves by its history that it went well
version_added: 1.1.0
author:
  - The wsus.compliance contributors (@wsus-compliance)
description:
  - Starts a synchronization, waits for its end, and succeeds only where the entry of the history that it made
    says so.
  - One that runs already is waited for, and then one is started. A configuration that is being saved is waited
    for.
  - It says nothing about imports, for which there is M(wsus.compliance.update_import).
options:
  categories_only:
    description:
      - Synchronizes products and classifications only.
    type: bool
    default: false
  timeout:
    description:
      - Seconds until it must have ended. It goes on on the server where it has not.
    type: int
    default: 3600
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
  - wsus.compliance.change.attributes
seealso:
  - module: wsus.compliance.update_import
  - module: wsus.compliance.enforce
"""

EXAMPLES = r"""
- name: Prove that the server can synchronize
  wsus.compliance.synchronization:
    timeout: 7200
"""

RETURN = r"""
synchronization:
  description: The entry of the history.
  returned: where there is one
  type: dict
  sample: {"Id": "5b1e…", "Result": "Succeeded", "Error": "NotApplicable", "StartTime": "2026-11-25T10:11:12.345Z"}
seconds:
  description: How long it took.
  returned: always
  type: float
  sample: 41.5
log_lines:
  description: Lines of SoftwareDistribution.log since the start that tell of a warning or an error, at most 50.
  returned: where it failed
  type: list
  elements: str
  sample: []
"""
