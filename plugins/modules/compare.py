#!/usr/bin/python
# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Documentation only: the action plugin of this name does the work, and does it on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: compare
short_description: Says what differs between two audits
version_added: 1.0.0
author:
  - The wsus.compliance contributors (@wsus-compliance)
description:
  - Compares the result files of two audits, host by host and finding by finding, and says what is new, what is fixed,
    and what can't be told any more.
  - The baseline may be a folder that is kept in version control, for pipelines that are to notice drift.
  - It connects to no host. By default the task fails where something became worse.
options:
  baseline:
    description:
      - Folders with the result files of the earlier audit. Of a host that has several results the latest counts.
      - A file that is no result, is damaged, or has a schema that this version does not read is left out, and
        RV(problems) names it. The task fails where nothing is left.
    type: list
    elements: path
    required: true
  current:
    description:
      - Folders with the result files of the later audit, likewise.
    type: list
    elements: path
    required: true
  hosts:
    description:
      - The hosts to compare. All by default.
    type: list
    elements: str
  dest:
    description:
      - File on the controller for what is returned, as JSON. It is replaced, and written in check mode too.
    type: path
  fail_on:
    description:
      - V(worse) fails the task where a finding of severity medium or higher fails or can't be determined and that was
        not so in the baseline, or a host of the baseline was not audited or is not there any more.
      - V(drift) fails it where anything differs.
      - V(never) leaves it to RV(worse) and RV(drift).
    type: str
    choices: [worse, drift, never]
    default: worse
  summary:
    description:
      - Shows the summary. It is not shown where the callback plugin for the screen has C(json) in its name, since that
        output is read by programs.
    type: bool
    default: true
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
  - module: wsus.compliance.report
"""

EXAMPLES = r"""
- name: Has anything become worse since the release?
  wsus.compliance.compare:
    baseline: ./baseline
    current: ./wsus-audit
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
drift:
  description: Whether anything differs.
  returned: success
  type: bool
worse:
  description: Whether something that counts became worse, as O(fail_on) has it.
  returned: success
  type: bool
counts:
  description:
    - How many findings have each kind of change.
    - V(new) fails and did not; V(unread) can't be determined any more; V(fixed) does not fail any more; V(read) is
      determined again and does not fail; V(changed) fails, or is not determined, in another way; V(gone) was not good,
      and there is no such finding any more.
  returned: success
  type: dict
  sample: {"new": 1, "unread": 0, "fixed": 4, "read": 0, "changed": 0, "gone": 0}
hosts:
  description: The hosts that differ, by their names.
  returned: success
  type: dict
  contains:
    before:
      description: The outcome in the baseline; null where the host is not in it.
      type: str
    after:
      description: The outcome now.
      type: str
    findings:
      description:
        - The findings that differ, each with C(id), C(title), C(severity), C(change), and C(before) and C(after),
          which have C(result) and C(actual).
      type: list
      elements: dict
problems:
  description: What could not be read, a sentence each that names the file.
  returned: success
  type: list
  elements: str
lines:
  description: The lines of the summary, at most 1,000.
  returned: success
  type: list
  elements: str
"""
