#!/usr/bin/python
# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Documentation only: the action plugin of this name does the work, on the controller and by wsus_apply.

from __future__ import annotations

DOCUMENTATION = r"""
module: service_restart
short_description: Does the restarts that earlier changes still need
version_added: 1.0.0
author:
  - The wsus.compliance contributors (@wsus-compliance)
description:
  - Reads from the journals of the host, and from the times of its processes, which changes are not in effect,
    and restarts IIS, the WSUS service or Windows where that is allowed.
  - A change that was made by hand or by Group Policy is seen from times alone; it is told, and restarted for
    only with O(from_times).
  - Windows is restarted at most once for one change. A restart of Windows makes the others needless.
options:
  facts:
    description:
      - What M(wsus.compliance.wsus_facts) returned as C(ansible_facts.wsus). Where they show that nothing is to be
        restarted, the host is not connected to. Otherwise it is read anew, as they may be old.
    type: dict
  restart_ok:
    description:
      - Allows C(iisreset) and a restart of the WSUS service.
    type: bool
    default: false
  reboot_ok:
    description:
      - Allows a restart of Windows where a change needs one. One that is only recommended is never done.
    type: bool
    default: false
  from_times:
    description:
      - Also restarts for changes that no journal has, as far as times tell. Windows is not restarted for what a
        Group Policy sets, which may write it again at any time.
    type: bool
    default: false
  always:
    description:
      - Restarts these whether or not a change needs it, such as to have WSUS write to its log which protocols it finds
        enabled. Needs O(restart_ok).
    type: list
    elements: str
    default: []
    choices:
      - iisreset
      - WsusService
  reboot_timeout:
    description:
      - Seconds until the host must have come back. M(ansible.windows.win_reboot) does it.
    type: int
    default: 900
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
  - wsus.compliance.change.attributes
seealso:
  - module: wsus.compliance.enforce
"""

EXAMPLES = r"""
- name: Make earlier changes effective
  wsus.compliance.service_restart:
    restart_ok: true
"""

RETURN = r"""
restarts:
  description: What was restarted.
  returned: success
  type: list
  elements: dict
  sample: [{"what": "iisreset", "status": "done", "seconds": 4.2}]
restart_required:
  description: Why IIS or the WSUS service still must be restarted.
  returned: success
  type: list
  elements: str
  sample: []
reboot_required:
  description: Why Windows still must be restarted.
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
from_times:
  description: Changes that no journal has and that came after the start of what reads them, and are still without
    effect. Each has C(what), C(path), C(changed), C(reader), C(since), C(needs) and C(owner).
  returned: success
  type: list
  elements: dict
  sample: []
undetermined:
  description: Restarts of which it can't be told whether they are outstanding, and why.
  returned: success
  type: list
  elements: str
  sample: []
"""
