#!/usr/bin/python
# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Documentation only: the action plugin of this name does the work, and does it on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: outcome
short_description: Ends the audit of a host with what came out
version_added: 1.0.0
author:
  - The wsus.compliance contributors (@wsus-compliance)
description:
  - Ends a host whose result M(wsus.compliance.assess) deferred. A host whose connection failed becomes unreachable, as
    Ansible counts it;
    one that could not be audited for another reason fails.
  - A host that was audited fails only where an option says so. Not compliant and not determined are never the same.
  - It connects to no host.
options:
  result:
    description:
      - The registered result of M(wsus.compliance.assess).
    type: dict
    required: true
  fail_on_noncompliant:
    description:
      - Fails a host that is not compliant.
    type: bool
    default: false
  fail_on_undetermined:
    description:
      - Fails a host on which nothing that counts fails, but what decides could not be read.
    type: bool
    default: false
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
  - wsus.compliance.on_controller
attributes:
  check_mode:
    details: It changes nothing on a host; what it writes on the controller it writes in check mode too.
  connection:
    support: none
  delegation:
    support: full
  become:
    support: none
  platform:
    platforms: all
seealso:
  - module: wsus.compliance.assess
  - module: wsus.compliance.report
"""

EXAMPLES = r"""
- name: Fail servers that are not compliant
  wsus.compliance.outcome:
    result: "{{ audit_result }}"
    fail_on_noncompliant: true
"""

RETURN = r"""
outcome:
  description: The outcome of a host that was audited.
  returned: where the host was audited
  type: str
  sample: compliant
"""
