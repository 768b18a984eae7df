#!/usr/bin/python
# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Documentation only: the action plugin of this name does the work, on the controller and by wsus_capture.

from __future__ import annotations

DOCUMENTATION = r"""
module: capture
short_description: Captures the network traffic of a WSUS server with what Windows has, and fetches it
version_added: 1.0.0
author:
  - The wsus.compliance contributors (@wsus-compliance)
description:
  - Starts and stops a trace on the server by C(netsh trace) or C(pktmon), takes the frames out of it there, and writes
    a pcapng file on the controller, which M(wsus.compliance.capture_info) judges.
  - Nothing is installed on the server. The trace is all that changes there; O(state=absent) takes it away.
  - There is one capture of the collection on a server at a time. A trace or filters of somebody else are neither
    stopped nor replaced; the task fails and says what to look at.
  - Only frames of O(ports) and of DNS leave the server.
options:
  state:
    description:
      - V(started) starts a capture, and leaves one of the collection that runs as it is.
      - V(stopped) stops it.
      - V(fetched) writes O(dest) of a capture that was stopped.
      - V(absent) stops it if it runs, and removes all that there is of it on the server.
    type: str
    required: true
    choices: [started, stopped, fetched, absent]
  tool:
    description:
      - What captures. C(netsh) is there on every Windows Server. C(pktmon) is quicker, and filters while it captures.
      - V(auto) is V(pktmon) on Windows Server 2022 and newer, else V(netsh). On Windows Server 2019 V(pktmon) can be
        tried; without the updates that brought its present options it ends with an error and has started nothing.
    type: str
    default: auto
    choices: [auto, netsh, pktmon]
  max_size:
    description:
      - Megabytes of the trace on the server, 16 to 1024. What is older is written over, so a capture may run for long.
      - C(netsh) has all traffic of the server in it. On a server that serves many clients take more.
      - It is begun only where the drive has three times as much left.
    type: int
    default: 128
  ports:
    description:
      - TCP ports whose frames are wanted, of either end, 1 to 16 of them. Add that of the proxy.
    type: list
    elements: int
    default: [443]
  dest:
    description:
      - The pcapng file on the controller, for O(state=fetched). Only its owner can read it.
      - A relative path starts at the current directory of the C(ansible-playbook) process.
    type: path
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
  - wsus.compliance.on_controller
attributes:
  check_mode:
    details: The host is asked whether it could be done, and nothing is started, stopped, written or removed.
  connection:
    support: full
  delegation:
    support: none
  become:
    support: full
  platform:
    platforms: windows
notes:
  - A capture holds personal data and may hold secrets of programs that do not encrypt. Delete it when it was judged.
  - The role P(wsus.compliance.capture#role) does all of it in order, and cleans up whatever happens.
seealso:
  - module: wsus.compliance.capture_info
  - module: wsus.compliance.synchronization
  - module: wsus.compliance.update_import
"""

EXAMPLES = r"""
- name: Capture what goes to Microsoft Update and to the proxy
  wsus.compliance.capture:
    state: started
    ports: [443, 8080]

- name: Have something to capture
  wsus.compliance.synchronization:
  ignore_errors: true

- name: Stop
  wsus.compliance.capture:
    state: stopped

- name: Fetch
  wsus.compliance.capture:
    state: fetched
    dest: "captures/{{ inventory_hostname }}.pcapng"

- name: Leave nothing on the server
  wsus.compliance.capture:
    state: absent
"""

RETURN = r"""
tool:
  description: What captures, V(netsh) or V(pktmon).
  returned: where there is a capture
  type: str
  sample: netsh
file:
  description: The trace on the server.
  returned: where there is a capture
  type: str
  sample: C:\ProgramData\wsus.compliance\capture\trace.etl
started:
  description: When it was started, UTC; null in check mode.
  returned: where there is a capture
  type: str
  sample: "2026-11-25T10:11:12.345Z"
running:
  description: Whether it runs.
  returned: where there is a capture
  type: bool
  sample: true
size:
  description: Bytes of the trace on the server.
  returned: where there is a capture
  type: int
  sample: 1048576
max_size:
  description: Megabytes that it may have.
  returned: where there is a capture
  type: int
  sample: 128
ports:
  description: TCP ports whose frames are wanted.
  returned: where there is a capture
  type: list
  elements: int
  sample: [443, 8080]
dest:
  description: The file on the controller.
  returned: O(state=fetched)
  type: str
  sample: /home/me/captures/wsus-1.pcapng
packets:
  description: How many frames it has; null where C(pktmon) made it, which does not tell.
  returned: O(state=fetched)
  type: int
  sample: 412
left_out:
  description: How many frames of the trace are of other ports, or can't be told; null where C(pktmon) made it.
  returned: O(state=fetched)
  type: int
  sample: 20122
"""
