#!/usr/bin/python
# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Documentation only: the action plugin of this name does the work, and does it on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: endpoint_info
short_description: Measures which TLS versions and cipher suites Microsoft's endpoint accepts today
version_added: 1.0.0
author:
  - The wsus.compliance contributors (@wsus-compliance)
description:
  - Microsoft published in 2020 which cipher suites its endpoint for WSUS accepts, and said that the list will change.
    This module measures it, from the controller, and says what has changed and which servers of the last audit that
    breaks.
  - The result can take the place of the built-in list in M(wsus.compliance.assess) and M(wsus.compliance.enforce).
  - It connects to no host of the inventory and changes nothing. It opens some hundred connections to the endpoint, five
    at a time.
  - It says what the endpoint accepts from the controller. A firewall between a server and the endpoint may let through
    less.
options:
  host:
    description:
      - Name or address of the endpoint.
    type: str
    default: sws.update.microsoft.com
  port:
    description:
      - Its port, 1 to 65535.
    type: int
    default: 443
  proxy:
    description:
      - Proxy that speaks HTTP and knows C(CONNECT), as C(http://[user[:password]@]host[:port]), percent-encoded where
        it has to be. Basic authentication is the only one that it is offered.
      - Neither user nor password is in a result, a message or a file. Ansible itself shows the arguments of tasks where
        it is told to (C(display_args_to_stdout)); C(no_log) at the task prevents that.
      - Variables of the environment, such as C(https_proxy), are not looked at.
    type: str
  protocols:
    description:
      - Versions to ask for. V(TLS 1.2) must be one of them if the result is to replace the built-in list.
    type: list
    elements: str
    default: ["TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"]
    choices: ["SSL 2.0", "SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"]
  timeout:
    description:
      - Seconds for the whole measurement, 1 to 7200. What is not done by then is ended, and nothing of it is used.
    type: int
    default: 600
  network_timeout:
    description:
      - Seconds that the network may take for one answer, 1 to 60. What takes longer is undetermined.
    type: int
    default: 5
  previous:
    description:
      - An earlier result of this module, or the path of a file that it wrote, to compare with. Without it, what the
        collection knows of the endpoint is compared with.
    type: raw
  audit_dir:
    description:
      - Folder with the result files of an audit. Each server in it that has nothing in common with what was measured is
        named in RV(breaks).
    type: path
  dest:
    description:
      - File of the controller to write the measurement into (mode 0644), as JSON. Folders that are missing are made.
        Nothing is written in check mode.
      - Only a measurement that is RV(complete) is written, so that a file that may replace the built-in list is not
        lost to one that may not.
      - A relative path starts at the current directory of the C(ansible-playbook) process.
    type: path
requirements:
  - sslyze 6 for the Python that runs Ansible (C(pip install sslyze)). It brings its own OpenSSL, which knows the old
    protocols too. Its licence is AGPL 3.
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
  - wsus.compliance.on_controller
attributes:
  check_mode:
    details: It measures in check mode too, and writes no file.
  connection:
    support: none
  delegation:
    support: none
    details: It runs on the controller, for whichever host the task is.
  become:
    support: none
  platform:
    platforms: posix
seealso:
  - module: wsus.compliance.assess
"""

EXAMPLES = r"""
- name: Measure what Microsoft's endpoint accepts, once, and say what that breaks
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Measure
      wsus.compliance.endpoint_info:
        proxy: "http://{{ proxy_user }}:{{ proxy_password | urlencode }}@proxy.example.com:3128"
        previous: ./endpoint.json
        audit_dir: ./wsus-audit
        dest: ./endpoint-new.json
      no_log: "{{ proxy_password is defined }}"
      register: endpoint

    - name: Stop where a server would be cut off that is not yet
      ansible.builtin.assert:
        that: endpoint.breaks | rejectattr('already') | list | length == 0

- name: Assess servers by a list that was measured
  hosts: wsus
  gather_facts: false
  tasks:
    - name: Assess
      wsus.compliance.assess:
        endpoint: ./endpoint-new.json
        output_dir: ./wsus-audit
"""

RETURN = r"""
schema_version:
  description: Version of the measurement's form.
  returned: success
  type: str
  sample: "1.0"
endpoint:
  description: What was measured.
  returned: success
  type: dict
  contains:
    host:
      description: Name or address.
      type: str
    port:
      description: Port.
      type: int
    proxy:
      description: The proxy without user and password, or null.
      type: str
  sample: {"host": "sws.update.microsoft.com", "port": 443, "proxy": null}
measured_at:
  description: When the measurement was done, UTC, by the controller's clock.
  returned: success
  type: str
  sample: "2026-11-24T02:31:04.353Z"
measured_by:
  description: What measured.
  returned: success
  type: str
  sample: sslyze 6.3.1
protocols:
  description: For each version that was asked for V(accepted), V(rejected) or V(undetermined).
  returned: success
  type: dict
  sample: {"TLS 1.1": "rejected", "TLS 1.2": "accepted"}
suites:
  description:
    - For each version that was asked for the suites that are accepted with it, by their IANA names.
    - First those that Microsoft published, then as the newest Windows orders them, then by name. The preference of the
      server is not measured.
  returned: success
  type: dict
  sample: {"TLS 1.2": ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"]}
groups:
  description: Groups (elliptic curves) that the newest version accepts, by OpenSSL's names; null where not found out.
  returned: success
  type: list
  elements: str
  sample: ["X25519", "secp384r1"]
certificate:
  description: The certificate that the endpoint showed, or null.
  returned: success
  type: dict
  contains:
    subject:
      description: Distinguished name.
      type: str
    issuer:
      description: Distinguished name of the issuer.
      type: str
    not_after:
      description: When it ends.
      type: str
    verified:
      description: Whether a root store of sslyze vouches for it, under the name that was asked for. Where none does, a
        proxy that decrypts may have answered in place of the endpoint.
      type: bool
complete:
  description: Whether nothing that was asked for is undetermined. What is not complete never replaces the built-in
    list.
  returned: success
  type: bool
errors:
  description: Why something is undetermined.
  returned: success
  type: list
  elements: str
accepted_suites:
  description: The suites of TLS 1.2 that some Windows has, as the option
    O(wsus.compliance.assess#module:accepted_suites) takes them.
  returned: success
  type: list
  elements: str
news:
  description: What is other than it was known to be. Each line is a warning of the task too.
  returned: success
  type: dict
  contains:
    compared_with:
      description: RV(ignore:source), V(built_in) or V(previous), and RV(ignore:date); null where nothing was known.
      type: dict
    changed:
      description: Whether there is a difference; null where nothing could be compared, or not all of it.
      type: bool
    protocols:
      description: Versions that were C(added) and C(removed).
      type: dict
    suites:
      description: For each version with a difference the suites that were C(added) and C(removed).
      type: dict
    lines:
      description: The same in words.
      type: list
      elements: str
breaks:
  description: The servers that have nothing in common with what was measured; null without O(audit_dir).
  returned: success
  type: list
  elements: dict
  contains:
    host:
      description: Inventory name.
      type: str
    reason:
      description: What is missing.
      type: str
    already:
      description: Whether it had nothing in common with what the audit went by either.
      type: bool
not_judged:
  description: Result files by which that can't be told, with the reason of each (C(host), C(reason)); null without
    O(audit_dir).
  returned: success
  type: list
  elements: dict
path:
  description: The file of O(dest), or null where the measurement is not complete. Check mode names it and writes
    nothing.
  returned: success
  type: str
"""
