# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Failures of connection and module -> the error ``{code, message}`` of a host that could not be audited.

Ansible tells these failures apart by text only, and each connection plugin, and each release of ansible-core, has its
own. The patterns below were read from winrm, psrp, ssh, ansible-core 2.16 to 2.21, pywinrm, pypsrp, requests and
urllib3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..redact import redact
from ..report.text import clean, cut

MESSAGE_LIMIT = 2_000
"""Most characters of a message."""
_TEXT_LIMIT = 16_000
"""Characters of a text that are made into a message: white space and secrets take more room than what becomes of them.
"""
_END_LIMIT = 4_000
"""Characters at the begin and at the end of a text by which a failure is told: both may be any host's output."""
CONNECTION_CODES = frozenset({"unreachable", "authentication_failed", "timeout", "certificate"})
"""Codes of a host that was not reached: Ansible counts it as unreachable."""

_WHAT = {
    "unreachable": "No connection",
    "authentication_failed": "The credentials were refused",
    "timeout": "No answer in time",
    "certificate": "The certificate of the host is not trusted",
    "not_windows": "Not a Windows host",
    "powershell_too_old": "PowerShell is older than 5.1",
    "module_failed": "The collector failed",
    "malformed_answer": "The answer could not be read",
}
_HINT = {
    "unreachable": "Check name, address and port, that the host is up and listens (winrm quickconfig), and the "
    "firewalls between.",
    "authentication_failed": "Check ansible_user, the password and the authentication method "
    "(ansible_winrm_transport, ansible_psrp_auth); the account must be an administrator of the host.",
    "timeout": "Check that the host is not overloaded and the network is open; ansible_winrm_read_timeout_sec, "
    "ansible_psrp_read_timeout or the task's timeout allow more time.",
    "certificate": "Give the host's WinRM listener a certificate that the controller trusts and that bears the name in "
    "ansible_host, or name the CA (ansible_winrm_ca_trust_path, ansible_psrp_cert_validation).",
    "not_windows": "Take the host out of the audit (audit_hosts, --limit), or set ansible_connection to winrm or psrp; "
    "for Windows over SSH set ansible_shell_type to powershell.",
    "powershell_too_old": "Install Windows Management Framework (WMF) 5.1, which is for Windows Server 2012 and "
    "2012 R2, and restart the host.",
    "module_failed": "Run the audit of this host with -vvv for details.",
    "malformed_answer": "Check that nothing on the host writes to the output of PowerShell, and that controller and "
    "collection are whole; -vvv shows what came.",
}

# No pattern may take more than linear time: the texts may come from a host.
# First match wins. Certificates before timeouts and credentials: OpenSSL's text may hold any word.
_CERTIFICATE = re.compile(
    r"certificate[ _]verify[ _]failed|SSLCertVerificationError|self[- ]signed certificate|certificate has expired"
    r"|hostname mismatch|doesn't match '|unable to get (?:local )?issuer|certificate is not (?:valid|trusted)",
    re.I,
)
_AUTHENTICATION = re.compile(
    r"credentials were rejected|failed to authenticate|authentication fail|auth failure|InvalidCredentials"
    r"|AuthenticationError|invalid/incorrect (?:username|password)|permission denied \("
    r"|(?:code|status)\s{0,9}:?\s{0,9}401|401 unauthorized"
    r"|access is denied|requested auth method|kinit|SpnegoError|No Kerberos credentials",
    re.I,
)
_TIMEOUT = re.compile(r"timed?[ -]?out|timeout", re.I)
_TOO_OLD = re.compile(
    r"powershell_too_old|Ansible requires PowerShell v|minimum PowerShell version of|ScriptRequiresUnmatchedPSVersion"
    r"|#requires[\"']? statement for (?:Windows )?PowerShell",
    re.I,
)
_VERSION = re.compile(r"(?:actual was|PowerShell is) \"?([0-9]+(?:\.[0-9]+){1,3})", re.I)
_NOT_WINDOWS = re.compile(
    r"interpreter\b[^\n]{0,300}?(?:pwsh|powershell)[^\n]{0,300}?not found"
    r"|(?:pwsh|powershell): (?:command )?not found",
    re.I,
)
_UNREADABLE = re.compile(r"deserialization failed|MODULE FAILURE|No JSON object could be decoded|failed to parse", re.I)
_CONNECTION_NAMES = re.compile(
    r"AnsibleConnectionFailure|AnsibleAuthenticationFailure|^(?:requests|urllib3|winrm|pypsrp|http)\."
    r"|^(?:builtins|socket)\.(?:ConnectionError|TimeoutError|gaierror|timeout)$|^ssl\.SSL"
)


def what(code: str) -> str:
    """What is wrong, in a few words."""
    return _WHAT.get(code, code)


def hint(code: str) -> str:
    """What to do about an error of this code."""
    return _HINT.get(code, "")


def error(code: str, cause: str = "", *, where: str = "", secrets: Sequence[str] = ()) -> dict[str, str]:
    """The error ``{code, message}``: what was wrong, the cause in the plugin's own words, where, what to do.

    Args:
        code: one of the codes of docs/reference/findings.md.
        cause: text from the plugin or the host, of any length and content.
        where: connection and address, such as ``winrm, 10.0.0.5:5986``.
        secrets: what must not be in the message.
    """
    head = _WHAT[code]
    tail = (f" ({clean(where, 200)})" if where else "") + ". " + _HINT[code]
    # Secrets go before anything is cut or escaped, so that no part of one is left over.
    text = clean(redact(cause, secrets, _TEXT_LIMIT)).rstrip(". ")
    room = MESSAGE_LIMIT - len(head) - len(tail) - 2
    return {"code": code, "message": head + (f": {cut(text, room)}" if text else "") + tail}


def from_exception(names: Sequence[str], text: str, *, where: str = "", secrets: Sequence[str] = ()) -> dict[str, str]:
    """The error of an exception that the connection or ``_execute_module`` raised.

    Args:
        names: full names of the exception's class and its bases (``module.Class``), the class first.
        text: what the exception says.
    """
    if any(name.endswith("TaskTimeoutError") for name in names):
        return error("timeout", "the task's own timeout is over", where=where, secrets=secrets)
    connection = any(_CONNECTION_NAMES.search(name) for name in names)
    told = _ends(text)
    if _TOO_OLD.search(told):
        code = "powershell_too_old"
    elif _CERTIFICATE.search(told):
        code = "certificate"
    elif any(name.endswith("AnsibleAuthenticationFailure") for name in names) or _AUTHENTICATION.search(told):
        code = "authentication_failed"
    elif _TIMEOUT.search(told) or any("Timeout" in name for name in names):
        code = "timeout"
    elif connection:
        code = "unreachable"
    elif _NOT_WINDOWS.search(told):
        code = "not_windows"
    else:
        code = "module_failed"
    return error(code, text or (names[0] if names else ""), where=where, secrets=secrets)


def _text(result: Mapping[str, Any], name: str) -> str:
    value = result.get(name)
    return value if isinstance(value, str) else ""


def _ends(text: str) -> str:
    """The begin and the end of ``text``, by which it is classified."""
    return text if len(text) <= 2 * _END_LIMIT else f"{text[:_END_LIMIT]}\n{text[-_END_LIMIT:]}"


def from_result(result: Mapping[str, Any], *, where: str = "", secrets: Sequence[str] = ()) -> dict[str, str] | None:
    """The error of a module result, or None where the module did not fail."""
    if not result.get("failed") and not result.get("unreachable"):
        return None
    said = _text(result, "msg")
    output = "\n".join(
        part for part in (_text(result, "module_stderr"), _text(result, "module_stdout")) if part.strip()
    )
    if result.get("unreachable"):
        return from_exception(["AnsibleConnectionFailure"], said, where=where, secrets=secrets)
    told = _ends(said)
    said_and_output = f"{told}\n{_ends(output)}"
    if _TOO_OLD.search(said_and_output):
        version = _VERSION.search(said_and_output)
        return error("powershell_too_old", f"it is {version.group(1)}" if version else "", where=where, secrets=secrets)
    if _NOT_WINDOWS.search(told):
        return error("not_windows", said, where=where, secrets=secrets)
    if _UNREADABLE.search(told):
        # What PowerShell said is the cause; ansible-core's own text only names these two streams.
        stdout, stderr = _text(result, "module_stdout").strip(), _text(result, "module_stderr").strip()
        if stdout:
            return error(
                "malformed_answer",
                f"it is not JSON and begins: {redact(stdout, secrets, 300)}",
                where=where,
                secrets=secrets,
            )
        return error("module_failed", stderr or "it ended without an answer", where=where, secrets=secrets)
    return error("module_failed", said or output or "it gave no reason", where=where, secrets=secrets)
