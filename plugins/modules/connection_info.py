#!/usr/bin/python
# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# Documentation only: the action plugin of this name does the work, on the controller and by wsus_connection.

from __future__ import annotations

DOCUMENTATION = r"""
module: connection_info
short_description: Connects from a WSUS server to Microsoft Update and tells how that went
version_added: 1.0.0
author:
  - The wsus.compliance contributors (@wsus-compliance)
description:
  - Lets the server itself resolve the name of an endpoint, connect by TCP, ask the proxy that WSUS has configured, and
    shake hands by each protocol version. Tells what was negotiated, or how it ended, and whether the server trusts the
    certificate.
  - It shows what Schannel of the server can do when it is asked to, not what the processes of WSUS ask it for. Which
    versions an import or a synchronization offers depends on the settings of .NET, which
    M(wsus.compliance.wsus_facts) reads.
  - One module execution. Each step has a time limit, and nothing is sent after a handshake. No credentials are ever
    sent to a proxy. One that wants some answers 407, and that is the result.
  - Where the server or the way to it fails, that is an answer. It does not fail the task.
  - The result is evidence for M(wsus.compliance.assess), one of C(probes).
options:
  host:
    description:
      - Name of the endpoint in ASCII, or its address. It is told in the handshake (SNI), and the certificate must bear
        it.
    type: str
    default: sws.update.microsoft.com
  port:
    description:
      - Its port, 1 to 65535.
    type: int
    default: 443
  proxy:
    description:
      - V(wsus) is the proxy that WSUS has configured for HTTPS, or none where it has none. Where that cannot be read,
        none is used, and RV(proxy.error) says why.
      - V(none) connects directly.
      - Otherwise C(host:port), such as V(proxy.example.com:8080). A user or a password in it is refused.
    type: str
    default: wsus
  protocols:
    description:
      - The versions to try, each on a connection of its own.
      - V(default) is what .NET takes by itself, which is what Schannel has enabled. It needs .NET Framework 4.7.
      - V(TLS 1.3) needs .NET Framework 4.8 and Windows Server 2022.
    type: list
    elements: str
    choices:
      - default
      - SSL 3.0
      - TLS 1.0
      - TLS 1.1
      - TLS 1.2
      - TLS 1.3
    default:
      - default
      - TLS 1.0
      - TLS 1.1
      - TLS 1.2
  timeout:
    description:
      - Seconds that each step may take, 1 to 60. There are a name or two to resolve, up to four addresses to connect
        to, and up to three steps for each version.
    type: int
    default: 10
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
  - wsus.compliance.on_controller
attributes:
  check_mode:
    details: It connects in check mode too, and changes nothing.
  connection:
    support: full
  delegation:
    support: none
  become:
    support: full
  platform:
    platforms: windows
notes:
  - Any user who can run PowerShell remotely may connect. To read which proxy WSUS uses, the user needs to be a member
    of WSUS Reporters or WSUS Administrators, or an administrator of the host.
  - Trust is that of the user and of the machine. A proxy or firewall may treat this user otherwise than the accounts of
    WSUS.
seealso:
  - module: wsus.compliance.wsus_facts
  - module: wsus.compliance.assess
"""

EXAMPLES = r"""
- name: Can this server reach Microsoft Update by TLS 1.2, the way that WSUS would go?
  wsus.compliance.connection_info:
  register: probe

- name: Say so
  ansible.builtin.debug:
    msg: "{{ probe.summary }}"

- name: Judge the server with it
  wsus.compliance.assess:
    evidence:
      probes:
        - "{{ probe }}"

- name: Past the proxy, by one version
  wsus.compliance.connection_info:
    proxy: none
    protocols: [TLS 1.2]
    timeout: 5
"""

RETURN = r"""
endpoint:
  description: What was connected to.
  returned: success
  type: str
  sample: sws.update.microsoft.com:443
host:
  description: Its name or address, as O(host).
  returned: success
  type: str
  sample: sws.update.microsoft.com
port:
  description: Its port.
  returned: success
  type: int
  sample: 443
collected_at:
  description: When it began, in UTC.
  returned: success
  type: str
  sample: "2026-11-25T10:11:12.345Z"
addresses:
  description: Addresses of the endpoint as the server resolves its name, at most 16.
  returned: success
  type: list
  elements: str
  sample: ["192.0.2.10"]
dns:
  description: The same with C(milliseconds) and C(error), which is null where it went well.
  returned: success
  type: dict
  sample: {"addresses": ["192.0.2.10"], "milliseconds": 12, "error": null}
proxy:
  description: Which proxy was used.
  returned: success
  type: dict
  contains:
    from:
      description: V(wsus), V(given) or V(none), as O(proxy) has it.
      type: str
    used:
      description: Whether one was used.
      type: bool
    host:
      description: Its name. Null where none was used.
      type: str
    port:
      description: Its port. Null where none was used.
      type: int
    addresses:
      description: Its addresses.
      type: list
      elements: str
    has_password:
      description: Whether WSUS has a password for it, which is neither read nor sent. Null where that is not known.
      type: bool
    error:
      description: Why the configuration of WSUS could not be read, with the members C(code) and C(message). Null where
        it could.
      type: dict
  sample: {"from": "wsus", "used": false, "host": null, "port": null, "addresses": [], "error": null}
tcp:
  description: Up to four addresses, of the proxy where one is used, each with C(address), C(port), C(connected),
    C(milliseconds) and C(error).
  returned: success
  type: list
  elements: dict
  sample: [{"address": "192.0.2.10", "port": 443, "connected": true, "milliseconds": 9, "error": null}]
attempts:
  description: One for each of O(protocols), in that order. Empty where no address could be connected to.
  returned: success
  type: list
  elements: dict
  contains:
    protocol:
      description: The version that was asked for.
      type: str
    outcome:
      description:
        - V(established) is a handshake that was completed, with a certificate that the server trusts.
        - V(untrusted) is one that was completed, with a certificate that it does not trust.
        - V(not_supported) is one that the server itself did not begin, as the version is disabled or unknown for
          clients.
        - V(reset_after_hello) and V(closed_after_hello) were ended by the other side, or something between.
        - V(alert) was ended by the other side with a reason.
        - V(no_answer) took longer than O(timeout), or TCP gave up.
        - V(refused) is a TCP connection that was refused.
        - V(proxy_refused) is a proxy that did not agree.
        - V(unknown_name) is a name that the server could not resolve, for RV(outcome) only.
        - V(failed) ended in another way, which the explanation tells.
        - V(undetermined) is what the answer does not tell.
        - Words that C(capture_info) has too mean the same there.
      type: str
    explanation:
      description: The same in a sentence.
      type: str
    negotiated:
      description:
        - What was negotiated, null where the handshake was not completed.
        - C(suite) and C(suite_number) are those of the ServerHello as it came. SslStream of .NET Framework does not
          tell them.
          C(suite) is the number where it is none that Windows has.
        - The others are as SslStream tells them, C(protocol), C(cipher), C(cipher_strength), C(hash), C(hash_strength),
          C(key_exchange) and C(key_exchange_strength). Strengths are in bits, 0 where Schannel does not say.
      type: dict
    alert:
      description: The fatal alert that the server answered with, with the members C(level), C(number) and C(name). Null
        without one.
      type: dict
    address:
      description: The address that was connected to.
      type: str
    milliseconds:
      description: How long the handshake took.
      type: int
    proxy_status:
      description: The status line of the proxy's answer.
      type: str
    errors:
      description: What .NET threw, outermost first, each with C(type), C(code), C(name) and C(message), which is in the
        language of the server.
      type: list
      elements: dict
    certificates:
      description: The chain as the server built it, the endpoint's own certificate first, each with C(subject),
        C(issuer),
        C(not_before), C(not_after), C(thumbprint) and C(status), which is why it is not trusted. Revocation is not
        checked.
      type: list
      elements: dict
  sample:
    - protocol: TLS 1.2
      outcome: established
      explanation: The handshake was completed, and the server's certificate is trusted
      negotiated:
        protocol: TLS 1.2
        suite: TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
        suite_number: "0xC030"
        cipher: AES 256
        cipher_strength: 256
        hash: SHA384
        hash_strength: 0
        key_exchange: ECDHE
        key_exchange_strength: 384
      alert: null
outcome:
  description: That of the attempt by TLS 1.2, which is what the endpoint takes. Without it, of V(default), or of the
    newest
    version. Without attempts it says why there were none.
  returned: success
  type: str
  sample: established
reached:
  description: Whether a TCP connection to the endpoint was made, through the proxy where there is one. Null where that
    is not known.
  returned: success
  type: bool
  sample: true
trusted:
  description: Whether the server trusts the certificate. Null where it got none.
  returned: success
  type: bool
  sample: true
issuer:
  description: Who issued the certificate of the endpoint. Null where it got none.
  returned: success
  type: str
  sample: CN=Microsoft ECC Update Secure Server CA 2.1, O=Microsoft Corporation, L=Redmond, S=Washington, C=US
inspected:
  description: Whether something between opens the connection, as the certificate that came for an endpoint of Microsoft
    is not
    Microsoft's. Null where that cannot be told, as for other hosts.
  returned: success
  type: bool
  sample: false
summary:
  description: All of it in a sentence or two.
  returned: success
  type: str
  sample: "sws.update.microsoft.com:443, directly: TLS 1.2 established."
caveat:
  description: What this does not show.
  returned: success
  type: str
  sample: This shows what Schannel of this server can do...
"""
