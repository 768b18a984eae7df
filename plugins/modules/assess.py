#!/usr/bin/python
# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Documentation only: the action plugin of this name does the work, and does it on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: assess
short_description: Says whether a WSUS server can talk to Microsoft Update the way Microsoft documents it
version_added: 1.0.0
author:
  - The wsus.compliance contributors (@wsus-compliance)
description:
  - Makes findings and issues of a server's state. It reads the state itself, in one module execution, unless it is
    handed in.
  - It runs on the controller and never changes the server.
  - A server that can't be audited has a result too, with the reason in RV(error).
  - In what it returns and writes, control, bidirectional and other invisible characters of a server's text are visible
    escapes such as C(\x1b).
options:
  facts:
    description:
      - What M(wsus.compliance.wsus_facts) returned as C(ansible_facts.wsus). The host is not connected to then.
    type: dict
  evidence:
    description:
      - What logs, captures and tests of the connection show, with the members C(events), C(startups), C(connections)
        and C(probes), each a list. The first two are of M(wsus.compliance.log_info), the third of
        M(wsus.compliance.capture_info), and each result of M(wsus.compliance.connection_info) is one of
        C(probes).
      - What is older than the last change of what decides, or than a later success, is shown as history and counts for
        nothing.
      - Without it the configuration alone is assessed, and the findings about evidence are C(notchecked).
    type: dict
  profile:
    description:
      - V(standard) is content with what WSUS needs.
      - V(documented) also asks for the complete set of values of the documented methods.
    type: str
    default: standard
    choices:
      - standard
      - documented
  accepted_suites:
    description:
      - Names of the cipher suites that the endpoint accepts, in place of the list that the collection knows.
      - Each must be a name in C(plugins/plugin_utils/facts/tables/cipher_suites.yml), with the suffix of a curve or
        without.
      - Mutually exclusive with O(facts), which were made with such a list already, and with O(endpoint).
    type: list
    elements: str
  endpoint:
    description:
      - What the endpoint accepts, measured, in place of the list that the collection knows. What
        M(wsus.compliance.endpoint_info) returned, or the path of the file that it wrote.
      - Refused where it is not complete, or where TLS 1.2 is no longer accepted.
      - Where and when it was measured stands in the evidence of the findings that go by it, and whether that is more
        than 90 days ago.
      - Mutually exclusive with O(facts) and O(accepted_suites).
    type: raw
  dest:
    description:
      - Result file to write on the controller. Its schema is C(plugins/plugin_utils/report/schemas/audit.schema.json).
      - With a slash at its end, or if it is a folder, the file's name is made of the host's inventory name, with odd
        characters percent-encoded.
      - A relative path starts at the current directory of the C(ansible-playbook) process. Folders that are missing
        are made.
      - Mutually exclusive with O(output_dir), and like it never empty.
      - The task then returns little, so that the memory of the controller does not grow with what the files hold.
    type: path
  output_dir:
    description:
      - Folder for the result file, as O(dest) with a slash at its end.
    type: path
  defer_errors:
    description:
      - Returns the error of a server that can't be audited instead of failing, so that a report can follow.
        M(wsus.compliance.outcome) then ends the host.
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
    support: full
  delegation:
    support: partial
    details: Only with O(facts). The state of another host would be recorded under the name of this one.
  become:
    support: full
  platform:
    platforms: windows
seealso:
  - module: wsus.compliance.report
  - module: wsus.compliance.outcome
"""

EXAMPLES = r"""
- name: Assess the server and write its result file
  wsus.compliance.assess:
    output_dir: ./wsus-audit

- name: Assess by what the endpoint accepts today
  wsus.compliance.assess:
    endpoint: ./endpoint.json
    output_dir: ./wsus-audit

- name: Assess facts that are there already
  wsus.compliance.assess:
    facts: "{{ ansible_facts.wsus }}"
    profile: documented
  register: audit
"""

RETURN = r"""
host:
  description: Inventory name of the host.
  returned: success
  type: str
  sample: wsus-1
audited_at:
  description: When the result was made, UTC.
  returned: success
  type: str
  sample: "2026-11-24T02:31:04.353Z"
outcome:
  description: One of V(compliant), V(noncompliant), V(undetermined), V(unreachable).
  returned: success
  type: str
  sample: noncompliant
compliant:
  description: Whether the server is compliant; null where nothing that counts fails, but something could not be
    determined.
  returned: success
  type: bool
summary:
  description: How many findings have each result.
  returned: success
  type: dict
  sample: {"pass": 25, "fail": 4, "error": 0, "unknown": 0, "notapplicable": 3, "notchecked": 2, "informational": 2}
issues:
  description: The issues; with O(dest) only the verdict of each.
  returned: success
  type: dict
  sample: {"endpoint": "confirmed", "issue_1": "excluded"}
findings:
  description: The findings.
  returned: without O(dest)
  type: list
  elements: dict
reasons:
  description: The worst findings that make the outcome, a line each, at most five.
  returned: success
  type: list
  elements: str
  sample: ["fail high endpoint.mu_url: MUUrl is https://fe2.update.microsoft.com/v6"]
error:
  description: Why the server could not be audited, or null.
  returned: success
  type: dict
  contains:
    code:
      description:
        - One of V(unreachable), V(authentication_failed), V(timeout), V(certificate), V(not_windows),
          V(powershell_too_old),
          V(module_failed), V(malformed_answer).
      type: str
    message:
      description: What was wrong, where, and what to do.
      type: str
host_unreachable:
  description: Whether the connection failed.
  returned: success
  type: bool
path:
  description: The result file, or null.
  returned: success
  type: str
  sample: /home/me/wsus-audit/wsus-1.json
"""
