# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The kinds of failure in words: what is wrong, and what a person can do about it.

Each error code of docs/reference/findings.md is a kind. Where the same code has causes with other remedies, these are
kinds of their own: the code is for programs, the kind for who has to repair it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """The code that programs get, what is wrong in a few words, and what to do."""

    code: str
    what: str
    hint: str


_LISTENER = "scheme and port are those of the listener (ansible_winrm_scheme, ansible_psrp_protocol, ansible_port)"

KINDS = {
    # --- the codes -----------------------------------------------------------------------------------------------
    "unreachable": Kind(
        "unreachable",
        "No connection",
        "Check name, address and port, that the host is up and listens (winrm quickconfig), and the firewalls between.",
    ),
    "authentication_failed": Kind(
        "authentication_failed",
        "The credentials were refused",
        "Check ansible_user, the password and the authentication method (ansible_winrm_transport, ansible_psrp_auth); "
        "the account must be an administrator of the host.",
    ),
    "timeout": Kind(
        "timeout",
        "No answer in time",
        "Check that the host is not overloaded and the network is open; ansible_winrm_read_timeout_sec, "
        "ansible_psrp_read_timeout, audit_timeout or the task's timeout allow more time.",
    ),
    "certificate": Kind(
        "certificate",
        "The certificate of the host is not trusted",
        "Give the host's WinRM listener a certificate that has not expired, that the controller trusts and that bears "
        "the name in ansible_host, or name the CA (ansible_winrm_ca_trust_path, ansible_psrp_cert_validation).",
    ),
    "not_windows": Kind(
        "not_windows",
        "Not a Windows host",
        "Take the host out of the audit (audit_hosts, --limit), or set ansible_connection to winrm or psrp; "
        "for Windows over SSH set ansible_shell_type to powershell.",
    ),
    "powershell_too_old": Kind(
        "powershell_too_old",
        "PowerShell is older than 5.1",
        "Install Windows Management Framework (WMF) 5.1, which is for Windows Server 2012 and 2012 R2, and restart the "
        "host.",
    ),
    "module_failed": Kind("module_failed", "The collector failed", "Run the audit of this host with -vvv for details."),
    "malformed_answer": Kind(
        "malformed_answer",
        "The answer could not be read",
        "Check that nothing on the host writes to the output of PowerShell, and that controller and collection are "
        "whole; -vvvvv shows what came.",
    ),
    "no_result": Kind(
        "no_result",
        "There is no result",
        "The job that was to audit the host ended before its report, or left the host out: look at that job, and audit "
        "the host again.",
    ),
    # --- unreachable ---------------------------------------------------------------------------------------------
    "lost": Kind(
        "unreachable",
        "The connection was lost",
        "Nothing of the answer was used. A restart of the host or of its WinRM service is the usual cause: audit the "
        f"host again when it is up. Where it happens each time, check that {_LISTENER}, "
        "that both sides have a TLS version in common, and the firewalls and proxies between.",
    ),
    "no_tls": Kind(
        "unreachable",
        "The port does not speak TLS",
        f"Check that {_LISTENER}: HTTPS has 5986 by default, HTTP 5985.",
    ),
    "tls": Kind(
        "unreachable",
        "No TLS connection",
        "Controller and host have no TLS version or cipher suite in common. Enable TLS 1.2 on the host as server "
        "(SCHANNEL) with a suite that the controller has, or give its listener a certificate with a key that is long "
        "enough.",
    ),
    "no_winrm": Kind(
        "unreachable",
        "No WinRM there",
        "What answers is not WinRM, or WinRM does not run (yet): check address, port and ansible_winrm_path, that the "
        "service WinRM runs (winrm quickconfig), and that no proxy is between (ansible_winrm_proxy, HTTP_PROXY).",
    ),
    "winrm_fault": Kind(
        "unreachable",
        "WinRM did not do what it was asked",
        "Its own words say why. Where it is a quota, look at winrm get winrm/config/winrs; a restart of the service "
        "WinRM ends what earlier runs left behind.",
    ),
    # --- authentication_failed -----------------------------------------------------------------------------------
    "no_rights": Kind(
        "authentication_failed",
        "The account lacks the rights",
        "The password is right. Make the account an administrator of the host; of local accounts only the built-in "
        "Administrator is one over the network too, unless LocalAccountTokenFilterPolicy is 1.",
    ),
    "forbidden": Kind(
        "authentication_failed",
        "Access was refused",
        "HTTP 403 comes from a proxy between (ansible_winrm_proxy, HTTP_PROXY), from a listener that wants a client "
        "certificate, or because the account may not connect: check which of them it is.",
    ),
    # --- timeout -------------------------------------------------------------------------------------------------
    "task_timeout": Kind(
        "timeout",
        "No answer in time",
        "Look on the host for what hangs or is overloaded (WMI, the WSUS database, a security product). audit_timeout, "
        "or the keyword timeout of a task of yours, allows more time.",
    ),
    # --- certificate ---------------------------------------------------------------------------------------------
    "ca_file": Kind(
        "certificate",
        "The CA certificates can't be read",
        "ansible_winrm_ca_trust_path, ansible_psrp_cert_validation or REQUESTS_CA_BUNDLE must name a file of the "
        "controller with CA certificates (PEM).",
    ),
    # --- module_failed -------------------------------------------------------------------------------------------
    "ended": Kind(
        "module_failed",
        "The collector failed",
        "Something ended PowerShell on the host: a restart, a quota (MaxMemoryPerShellMB), or a security product. "
        "Audit the host again; -vvv shows more.",
    ),
}
