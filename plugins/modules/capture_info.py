#!/usr/bin/python
# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Documentation only: the action plugin of this name does the work, and does it on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: capture_info
short_description: Says how the connections in a network capture ended, and which documented issue that shows
version_added: 1.0.0
author:
  - The wsus.compliance contributors (@wsus-compliance)
description:
  - Reads a capture (pcap or pcapng) of the controller and gives a verdict for each connection to an update endpoint, in
    the words of Microsoft's article on WSUS import and synchronization issues.
  - Connections through a proxy are followed into the tunnel that C(CONNECT) opens. No credentials of a proxy are kept.
  - Connections to other servers are left out. One whose endpoint can't be told is in the result, with
    RV(connections[].endpoint) null, if it is to port 443 or to a proxy of the same capture.
  - It runs on the controller, connects to no host and changes nothing.
  - In what it returns, control, bidirectional and other invisible characters are visible escapes such as C(\x1b).
options:
  src:
    description:
      - The capture, on the controller. A relative path starts at the current directory of the C(ansible-playbook)
        process.
      - Known are pcap (both byte orders, micro- and nanoseconds) and pcapng with any interfaces and sections; Ethernet
        with and without VLAN tags, Linux cooked, raw IP and loopback; IPv4 and IPv6.
      - An C(.etl) trace of Windows must be converted on a Windows host first, a compressed file be unpacked.
    type: path
    required: true
  endpoints:
    description:
      - Which connections to tell of, by name (C(sws.update.microsoft.com)), by address of the server or of a proxy
        (C(192.0.2.8), C(2001:db8::8)), either also with a port (C(192.0.2.8:8080), C([2001:db8::8]:8080)).
      - V(all) tells of every TLS connection and every C(CONNECT).
      - Without it, the endpoints of WSUS that the collection knows.
      - An endpoint that the collection does not know is judged by what C(sws.update.microsoft.com) takes.
    type: list
    elements: str
  accepted_suites:
    description:
      - Names of the cipher suites that the endpoint accepts, in place of the list that the collection knows.
      - Each must be a name in C(plugins/plugin_utils/facts/tables/cipher_suites.yml), with the suffix of a curve or
        without.
    type: list
    elements: str
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
  - wsus.compliance.on_controller
attributes:
  check_mode:
    details: It changes nothing.
  connection:
    support: none
  delegation:
    support: full
  become:
    support: none
  platform:
    platforms: all
notes:
  - A file that is cut off or damaged is read as far as it can be; RV(truncated) and RV(warnings) say so.
seealso:
  - module: wsus.compliance.assess
"""

EXAMPLES = r"""
- name: Read a capture that was made on the server
  wsus.compliance.capture_info:
    src: captures/wsus-1.pcapng
  register: capture

- name: Assess the server with it
  wsus.compliance.assess:
    evidence:
      connections: "{{ capture.connections }}"

- name: Read one that shows only the way to a proxy
  wsus.compliance.capture_info:
    src: captures/wsus-1.pcapng
    endpoints:
      - sws.update.microsoft.com
      - 192.0.2.8:8080
"""

RETURN = r"""
connections:
  description: The connections, in the order in which they began.
  returned: success
  type: list
  elements: dict
  contains:
    client:
      description: Address and port of the client.
      type: str
      sample: 192.0.2.20:50123
    server:
      description: Address and port of the server; through a proxy the name and port that C(CONNECT) asked for.
      type: str
      sample: 198.51.100.10:443
    proxy:
      description: Address and port of the proxy, or null.
      type: str
    proxy_answer:
      description: The last answer to C(CONNECT), C(status) and C(reason), or null.
      type: dict
    sni:
      description: The name that the ClientHello asked for, or null.
      type: str
      sample: sws.update.microsoft.com
    endpoint:
      description: Whose the connection is, a name or an address that was given; null where it can't be told.
      type: str
      sample: sws.update.microsoft.com
    attributed_by:
      description:
        - How that is known. V(connect) by the C(CONNECT) request, V(sni), V(address) by the address that was given,
          V(dns) by a DNS answer in the capture, V(same_address) by the SNI of another connection to the same address;
          null where it is not.
      type: str
      sample: sni
    offered_versions:
      description: Versions of the hello's extension; without the extension the highest version, all that such a hello
        names; null without a hello.
      type: list
      elements: str
      sample: ["TLS 1.0"]
    offered_suites:
      description: Cipher suites of the hello, by their IANA names, in its order; one without a name as C(0x1234); null
        without a hello.
      type: list
      elements: str
    supported_groups:
      description: Groups (curves) of the hello, by their IANA names; null where it names none.
      type: list
      elements: str
    negotiated_version:
      description: The version that the server chose, or null.
      type: str
      sample: TLS 1.2
    negotiated_suite:
      description: The cipher suite that the server chose, or null.
      type: str
      sample: TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
    certificates:
      description: The chain that the server sent, its own certificate first, each with C(subject), C(issuer),
        C(not_before) and C(not_after). Empty with TLS 1.3, which encrypts them.
      type: list
      elements: dict
    alerts:
      description: Alerts that were not encrypted, each with C(by) (V(client) or V(server)), C(fatal) and C(name).
      type: list
      elements: dict
    outcome:
      description:
        - One of V(established), V(reset_after_hello), V(closed_after_hello), V(closed_without_hello), V(alert),
          V(no_answer), V(refused), V(proxy_refused), V(undetermined).
      type: str
      sample: reset_after_hello
    issues:
      description: Names of issues that it shows; several where the capture can't tell which of them it is.
      type: list
      elements: str
      sample: ["issue_1", "issue_3"]
    explanation:
      description: What was seen and what it means.
      type: str
    complete:
      description: Whether the capture has the begin of the connection, and no part of what the verdict stands on is
        missing.
      type: bool
    first_time:
      description: When it began, UTC; null where the capture has no times.
      type: str
      sample: "2026-11-24T02:31:04.353Z"
    last_time:
      description: When the last frame came that was looked at.
      type: str
    frames:
      description: Numbers of frames, as Wireshark counts them, of C(syn), C(connect), C(connect_answer),
        C(client_hello) and C(server_hello) (the frame that completes it) and C(end); null where there is none.
      type: dict
path:
  description: The capture.
  returned: success
  type: str
frames:
  description: How many frames it has, as far as it could be read.
  returned: success
  type: int
first_time:
  description: Time of its first frame, UTC; null where it has no times.
  returned: success
  type: str
last_time:
  description: The latest time in it.
  returned: success
  type: str
truncated:
  description: Whether something of the file was not read.
  returned: success
  type: bool
warnings:
  description: What was not read and why.
  returned: success
  type: list
  elements: str
"""
