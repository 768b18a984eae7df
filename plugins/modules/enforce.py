#!/usr/bin/python
# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Documentation only: the action plugin of this name does the work, on the controller and by wsus_apply.

from __future__ import annotations

DOCUMENTATION = r"""
module: enforce
short_description: Brings a WSUS server to the configuration that Microsoft documents
version_added: 1.0.0
author:
  - The wsus.compliance contributors (@wsus-compliance)
description:
  - Reads the server, assesses it, plans the resolutions that were asked for, and applies them, with one module
    execution to read, one to write and to read what became of it, whatever is changed.
  - Each value is compared before it is written; the values before are kept in a journal on the host and on the
    controller.
  - A server that has what was asked for costs one execution and is not changed. Restarts are left to
    M(wsus.compliance.service_restart).
  - With an empty O(apply) nothing is changed; RV(plan) says what the findings call for.
options:
  apply:
    description:
      - What to do, a list of resolutions (V(sync_endpoint), V(dotnet_strong_crypto), V(w3wp_config),
        V(schannel_tls12), V(schannel_algorithms), V(schannel_types), V(cipher_suite_order), V(monthly_rollup)) or
        issues (V(issue_1) to V(issue_5), V(endpoint)), or V(all).
      - V(all) is every resolution that the findings call for, by method 1 for imports, and never
        V(monthly_rollup), which needs O(monthly_rollup_package).
      - What is named and refused fails the task before anything is written; under V(all) it is only told.
    type: list
    elements: str
    default: []
  dotnet_strong_crypto_values:
    description:
      - As O(wsus.compliance.dotnet_strong_crypto#module:values).
    type: str
    default: documented
    choices: [required, documented]
  schannel_tls12_client:
    description:
      - What resolution V(schannel_tls12) makes of TLS 1.2 as client.
    type: str
    default: enabled
    choices: [enabled, default, unchanged]
  schannel_tls12_server:
    description:
      - The same as server.
    type: str
    default: unchanged
    choices: [enabled, default, unchanged]
  schannel_protocols:
    description:
      - Other protocols that resolution V(schannel_tls12) sets, as protocol, role and state of
        M(wsus.compliance.schannel_protocol), see the examples. None by default.
    type: dict
  mu_url:
    description:
      - As O(wsus.compliance.sync_endpoint#module:mu_url).
    type: str
  redirector_change_number:
    description:
      - As O(wsus.compliance.sync_endpoint#module:redirector_change_number).
    type: int
  accepted_suites:
    description:
      - Names of the cipher suites that the endpoint accepts, in place of the list that the collection knows.
    type: list
    elements: str
  endpoint:
    description:
      - As O(wsus.compliance.assess#module:endpoint).
    type: raw
  monthly_rollup_package:
    description:
      - Path on the controller of the C(.msu) or C(.cab) of a Monthly Rollup for Windows Server 2012 or 2012 R2, for
        resolution V(monthly_rollup) and V(issue_3). Ansible looks for it as for other files that are copied.
      - It is judged by its name and its manifest before anything is sent. A package for another Windows, another
        architecture than x64, or a security-only update is refused. The manifest of a package that is compressed by
        LZX is not read. Then only the packages that the collection knows by their number are taken, unless the
        answer file of the C(.msu) lies beside it, under its name with C(.xml).
      - Where the host needs it, it is copied over the connection to a folder that only administrators may write to,
        compared by its SHA-256, installed by DISM, and its copy removed. Windows must be restarted afterwards.
      - An update is not taken away by M(wsus.compliance.rollback).
    type: path
  profile:
    description:
      - As O(wsus.compliance.assess#module:profile).
    type: str
    default: standard
    choices: [standard, documented]
  evidence:
    description:
      - As O(wsus.compliance.assess#module:evidence).
    type: dict
  output_dir:
    description:
      - Folder on the controller for the result file of the assessment, as
        O(wsus.compliance.assess#module:output_dir).
      - With RV(audit_after) the file is that of the server after the change.
    type: path
  assess_after:
    description:
      - Whether the execution that writes also reads the server afterwards, for RV(audit_after).
      - Turn it off where a restart or a synchronization follows, after which the server is assessed anyhow.
    type: bool
    default: true
  defer_errors:
    description:
      - Ends well where the host can't be reached or worked on, and says so in RV(error). For plays that report first.
    type: bool
    default: false
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
  - wsus.compliance.change
  - wsus.compliance.change.attributes
seealso:
  - module: wsus.compliance.assess
  - module: wsus.compliance.service_restart
  - module: wsus.compliance.synchronization
  - module: wsus.compliance.rollback
"""

EXAMPLES = r"""
- name: What would be changed
  wsus.compliance.enforce:
    apply: all
  check_mode: true
  diff: true

- name: Imports again
  wsus.compliance.enforce:
    apply: issue_1
  register: enforced

- name: Say what is not in effect yet
  ansible.builtin.debug:
    var: enforced.restart_required

- name: Synchronizes again, by a Monthly Rollup
  wsus.compliance.enforce:
    apply: issue_3
    monthly_rollup_package: /srv/updates/windows8.1-kb4561666-x64.msu

- name: Old protocols off, TLS 1.2 on
  wsus.compliance.enforce:
    apply:
      - schannel_tls12
    schannel_protocols:
      TLS 1.0:
        client: disabled
        server: disabled
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
from_times:
  description: Changes that no journal of this collection has and that came after the start of what reads them, each
    with C(what), C(path), C(changed), C(reader), C(since), C(needs) and C(owner).
  returned: success
  type: list
  elements: dict
  sample: []
topmost:
  description: Whether the server is known to synchronize with Microsoft Update itself.
  returned: success
  type: bool
  sample: true
audit:
  description: The assessment of the server before the change, as M(wsus.compliance.assess) returns it where it
    writes a file. C(path) is null without O(output_dir).
  returned: success
  type: dict
  sample: {"outcome": "noncompliant", "reasons": ["fail high import.tls12: ..."]}
audit_after:
  description: The assessment of the server after the change, before any restart, with the members of RV(audit). Without
    O(evidence), which is of the time before. Null where nothing was written, and where it was not read.
  returned: success
  type: dict
  sample: {"outcome": "noncompliant", "reasons": ["fail high restart.pending: ..."]}
error:
  description: With O(defer_errors), why the server could not be worked on, as C(code) and C(message); else null.
  returned: success
  type: dict
  sample: null
"""
