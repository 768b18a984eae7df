#!/usr/bin/python
# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Documentation only: the action plugin of this name does the work, on the controller and by wsus_apply.

from __future__ import annotations

DOCUMENTATION = r"""
module: synchronization
short_description: Synchronizes a WSUS server and proves by its history that it went well
version_added: 1.0.0
author:
  - The wsus.compliance contributors (@wsus-compliance)
description:
  - Starts a synchronization, waits for its end, and succeeds only where the entry of the history that it made
    says so.
  - One that runs already is waited for, and then one is started. A configuration that is being saved is waited
    for.
  - It says nothing about imports, for which there is M(wsus.compliance.update_import), and on a downstream server
    nothing about Microsoft Update.
options:
  facts:
    description:
      - What M(wsus.compliance.wsus_facts) returned as C(ansible_facts.wsus). Without them the host is asked first
        whether it is a WSUS server, whose service runs, and whom it synchronizes from.
    type: dict
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
  assess:
    description:
      - Where it failed, reads the host and returns what its configuration says of that.
    type: bool
    default: true
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
  - wsus.compliance.change.attributes_of_an_act
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
  description: The entry of the history that this made; the newest where it made none.
  returned: where there is one
  type: dict
  sample: {"Id": "5b1e…", "Result": "Succeeded", "Error": "NotApplicable", "StartTime": "2026-11-25T10:11:12.345Z"}
seconds:
  description: How long it took.
  returned: where it was started
  type: float
  sample: 41.5
proof:
  description: V(proved) where Microsoft Update was synchronized with, V(failed), or V(unproved) on a downstream server
    and in check mode.
  returned: always
  type: str
  sample: proved
upstream:
  description: Whom the server synchronizes from; null is Microsoft Update.
  returned: where it was started
  type: str
  sample: null
log_lines:
  description: Lines of SoftwareDistribution.log since the start that tell of a warning or an error, at most 50.
  returned: where it failed
  type: list
  elements: str
  sample: []
assessment:
  description: What the configuration says of the failure, as C(outcome), C(issues) (verdicts by name) and C(reasons).
  returned: where it failed and O(assess)
  type: dict
  sample: {"outcome": "noncompliant", "issues": {"issue_5": "likely"}, "reasons": ["fail high ciphers..."]}
"""
