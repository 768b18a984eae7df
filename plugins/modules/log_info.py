#!/usr/bin/python
# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Documentation only: the action plugin of this name does the work.

from __future__ import annotations

DOCUMENTATION = r"""
module: log_info
short_description: Says what the logs of WSUS and of Configuration Manager show of synchronization and import
version_added: 1.0.0
author:
  - The wsus.compliance contributors (@wsus-compliance)
description:
  - Reads C(SoftwareDistribution.log), C(Change.log), C(Wsyncmgr.log), C(WCM.log), C(WSUSCtrl.log), their rotated files
    and Windows events that were exported as text, and makes classified events of what it finds. What is not about TLS
    is recognised as what it is.
  - Text that was pasted from somewhere is read too, with columns that are lost or glued, with wrapped lines, in UTF-8
    or UTF-16.
  - It changes nothing. Its memory does not grow with the size of a log.
  - A log that can't be read has an error in RV(sources), and the others are read. The task fails only where none could
    be read.
options:
  src:
    description:
      - Files, or patterns. On the controller they may hold C(*), C(?), C([...]) and C(**), on the managed host C(*) and
        C(?) in their last part.
      - On the controller a relative path starts at the current directory of the C(ansible-playbook) process.
      - Without it, the logs of WSUS on the managed host. Required with O(remote_src=false).
    type: list
    elements: path
  remote_src:
    description:
      - Whether the logs lie on the managed host, and not on the controller.
    type: bool
    default: true
  windows_events:
    description:
      - Whether to read the events of WSUS in the log Application of the managed host too, the newest 1,000 of those
        that are new.
    type: bool
    default: false
  max_bytes:
    description:
      - How many bytes of each log of the managed host are read at most, from its end, V(65536) to V(268435456). They
        are compressed for the way to the controller.
    type: int
    default: 67108864
  since:
    description:
      - Records before this time are counted and otherwise left out, such as V(2026-03-04T05:06:07Z). Without a time
        zone it is UTC.
      - A record without a time is as old as the last one before it that has one.
    type: str
  offsets:
    description:
      - What an earlier run returned as RV(offsets). Of a log that is in it only what is new is read, also where the
        log was renamed meanwhile; one that was replaced is read from its beginning.
    type: dict
  state_dir:
    description:
      - Folder on the controller with a file for each host, which keeps RV(offsets), RV(events) and RV(startups). Only
        what is new is read then, and what earlier runs have found is returned with it. In check mode the file stays as
        it was.
      - Mutually exclusive with O(offsets).
    type: path
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
  - wsus.compliance.on_controller
attributes:
  check_mode:
    details: It changes nothing.
  connection:
    support: full
    details: With O(remote_src=false) it connects to no host.
  delegation:
    support: full
    details: The logs of the host that it is delegated to are read, as those of a Configuration Manager site server.
      They are kept in O(state_dir) under the name of this host, so that wants a folder of its own.
  become:
    support: full
  platform:
    platforms: windows
notes:
  - What decides is the text of a record, in English. Failures that a server in another language writes in that language
    are counted in RV(unclassified).
seealso:
  - module: wsus.compliance.assess
"""

EXAMPLES = r"""
- name: What do the logs of this server say that is new since the last run?
  wsus.compliance.log_info:
    state_dir: ./wsus-state

- name: What do the logs say that were fetched from the server?
  wsus.compliance.log_info:
    src:
      - ./logs/SoftwareDistribution.log*
      - ./logs/wsyncmgr.lo*
    remote_src: false
    since: "2026-03-01T00:00:00Z"
  register: logs

- name: Judge the server with this evidence
  wsus.compliance.assess:
    evidence:
      events: "{{ logs.events }}"
      startups: "{{ logs.startups }}"
"""

RETURN = r"""
events:
  description:
    - What was found, equal records counted. At most 200; RV(left_out) has the number of the others.
  returned: always
  type: list
  elements: dict
  contains:
    class:
      description:
        - What it is, a word of C(plugins/plugin_utils/evidence/logs/tables/signatures.yml).
      type: str
      sample: tls_reset
    meaning:
      description: The same for people.
      type: str
    tls:
      description: Whether it is about TLS between WSUS and the other side.
      type: bool
    source:
      description: The log.
      type: str
    process:
      description: V(w3wp) for the import, V(WsusService) for the synchronization, or null where that is not known.
      type: str
    host:
      description: Name (else address) of the other side, or null where the record has none.
      type: str
    final:
      description: Whether it was given up (true) or tried again (false); null where the record does not say.
      type: bool
    recovered:
      description: Whether a later synchronization shows that this is over. It never shows that of the import.
      type: bool
    count:
      description: How many equal records there are.
      type: int
    first:
      description: Time of the first one, UTC, or null.
      type: str
    last:
      description: Time of the last one, UTC, or null.
      type: str
      sample: "2026-03-04T05:06:07.089Z"
    message:
      description: Text of the last one, at most 2000 characters, passwords masked.
      type: str
startups:
  description:
    - Start-ups of WSUS, at most the 200 newest. That a protocol is not named means nothing where there is no start-up.
  returned: always
  type: list
  elements: dict
  contains:
    time:
      description: UTC, or null.
      type: str
    process:
      description: The process that started, as logged, or null.
      type: str
    source:
      description: The log.
      type: str
    protocols:
      description: Protocol to V(enabled), V(disabled), or V(unknown) where the text is cut.
      type: dict
      sample: {"TLS 1.0": "disabled", "TLS 1.2": "enabled"}
records:
  description: How many records there are, of interest or not.
  returned: always
  type: int
sources:
  description: What is to say of each log.
  returned: always
  type: list
  elements: dict
  contains:
    path:
      description: The log.
      type: str
    framing:
      description:
        - How most of its records are framed, one of V(softdist), V(site_server), V(ccm), V(cmtrace), V(windows_event),
          V(none); null where there is no record.
      type: str
    encoding:
      description: V(utf-8), V(utf-8-sig), V(utf-16-le), V(utf-16-be), or null.
      type: str
    size:
      description: Bytes that were read.
      type: int
    records:
      description: How many records it has.
      type: int
    first:
      description: Time of its first record that has one, UTC, or null.
      type: str
    last:
      description: Time of its last record that has one, UTC, or null.
      type: str
    dropped:
      description: Characters of lines and records longer than 64 KiB that were not looked at.
      type: int
    error:
      description: C(code) and C(message), or null.
      type: dict
unclassified:
  description: Records at level Error that no signature knows, C(count) and at most five C(samples).
  returned: always
  type: dict
left_out:
  description: How many C(events) and C(startups) there are beyond what is returned.
  returned: always
  type: dict
offsets:
  description: How far each log was read. Its form may change; hand it in as it is.
  returned: always
  type: dict
"""
