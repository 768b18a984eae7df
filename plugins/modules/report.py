#!/usr/bin/python
# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Documentation only: the action plugin of this name does the work, and does it on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: report
short_description: Writes the fleet's result and shows the summary
version_added: 1.0.0
author:
  - The wsus.compliance contributors (@wsus-compliance)
description:
  - Puts together what M(wsus.compliance.assess) returned for the hosts of the play, writes C(fleet.json), and shows
    the summary on the screen.
  - It connects to no host. With C(run_once) it runs for the first host of the batch, and not at all where C(when)
    leaves that one out. Without C(run_once) every host runs it, and the first one that has a result writes the report.
  - It takes the results from the registered variable, so a file of an earlier run is never counted.
  - A host that dropped out of the play before it was audited counts as unreachable, and gets a result file that says
    so. Where that file can't be written, the report warns and goes on.
    Hosts of a later batch (C(serial)) and hosts that the audit was not run on are not counted.
  - With the strategy C(free) every host runs it; the report is written by the one that sees the results of all.
  - With O(src) it reports on result files that are there already instead, of one folder or of many. Slices of a job,
    which have no disk in common, come together that way, in any order.
  - The custom statistic C(wsus_audit) has the outcome, counts, hosts and issues, so AWX keeps them as an artifact of
    the job.
options:
  output_dir:
    description:
      - Folder for C(fleet.json), with the schema C(plugins/plugin_utils/report/schemas/fleet.schema.json).
      - A relative path starts at the current directory of the C(ansible-playbook) process. It is made where it does
        not exist.
    type: path
    required: true
  register:
    description:
      - The variable in which the hosts have the result of M(wsus.compliance.assess).
    type: str
    default: audit_result
  src:
    description:
      - Folders with result files of earlier runs, to report on instead of the hosts of the play. Of a host that has
        several results the latest counts.
      - A file that is no result, is damaged, or has a schema that this version does not read is left out, and
        RV(problems) names it. The task fails where nothing is left.
    type: list
    elements: path
  baseline:
    description:
      - Folders with the result files of an earlier audit. The report in the format V(html) then shows what differs, as
        M(wsus.compliance.compare) tells it.
      - Other hosts than those of this report are not looked at, unless O(src) is reported on as a whole.
        Where there are no results of these hosts, RV(problems) says so and nothing is compared.
    type: list
    elements: path
  formats:
    description:
      - Formats in which the report is written too, beside C(fleet.json).
      - V(junit) writes C(junit.xml) for pipelines. A host is a test suite, a rule a test case; a rule that fails is a
        failure, one that could not be determined an error, one that does not apply or was not checked is skipped.
      - V(sarif) writes C(report.sarif), SARIF 2.1.0, for code scanning, with what fails or could not be determined.
      - V(csv) writes C(findings.csv) with a row for each finding of each host. No cell of it is a formula.
      - V(html) writes C(report.html), one page that needs nothing else, for managers and administrators. It has the
        fleet, the issues and findings across hosts, what suites hosts offer beside those that the endpoint accepts, and
        each host with what to do and a timeline. Its script filters; the page can be read and printed without.
      - V(markdown) writes C(report.md) for tickets and for the summary of a job.
    type: list
    elements: str
    choices: [junit, sarif, csv, html, markdown]
    default: []
  hosts:
    description:
      - The hosts to report on. All hosts of the play by default, and all that O(src) has.
    type: list
    elements: str
  summary:
    description:
      - Shows the summary. It is not shown where the callback plugin for the screen has C(json) in its name, since that
        output is read by programs.
    type: bool
    default: true
  diagnosis:
    description:
      - Shows the issues of each host in the summary as well, with what speaks for and against each, and what to do.
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
  - module: wsus.compliance.compare
  - module: wsus.compliance.outcome
"""

EXAMPLES = r"""
- name: Assess the servers
  wsus.compliance.assess:
    output_dir: ./wsus-audit
    defer_errors: true
  register: audit_result

- name: Report
  wsus.compliance.report:
    output_dir: ./wsus-audit
  run_once: true

- name: One report of the slices of a job, also for the pipeline and the ticket
  wsus.compliance.report:
    src:
      - ./slice-1
      - ./slice-2
    output_dir: ./wsus-report
    formats:
      - junit
      - markdown
  delegate_to: localhost
  run_once: true

- name: A page that also shows what changed since the last audit
  wsus.compliance.report:
    src:
      - ./wsus-audit
    baseline:
      - ./wsus-audit-last-week
    output_dir: ./wsus-report
    formats:
      - html
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
outcome:
  description: The worst outcome of a host, in the order V(compliant), V(noncompliant), V(undetermined), V(unreachable).
  returned: success
  type: str
  sample: noncompliant
counts:
  description: How many hosts have each outcome.
  returned: success
  type: dict
  sample: {"compliant": 3, "noncompliant": 6, "undetermined": 0, "unreachable": 1}
path:
  description: The file C(fleet.json).
  returned: success
  type: str
  sample: /home/me/wsus-audit/fleet.json
files:
  description: The file of each of O(formats) that was written.
  returned: success
  type: dict
  sample: {"junit": "/home/me/wsus-audit/junit.xml"}
problems:
  description: What could not be read or written, a sentence each that names the file. The rest is in the report.
  returned: success
  type: list
  elements: str
lines:
  description: The lines of the summary, at most 1,000.
  returned: success
  type: list
  elements: str
"""
