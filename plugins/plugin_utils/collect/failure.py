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
from ..text import clean, cut
from .kinds import KINDS

MESSAGE_LIMIT = 2_000
"""Most characters of a message."""
_TEXT_LIMIT = 16_000
"""Characters of a text that are made into a message: white space and secrets take more room than what becomes of them.
"""
_END_LIMIT = 4_000
"""Characters at the begin and at the end of a text by which a failure is told: both may be any host's output."""
CONNECTION_CODES = frozenset({"unreachable", "authentication_failed", "timeout", "certificate"})
"""Codes of a host that was not reached: Ansible counts it as unreachable."""

# No pattern may take more than linear time: the texts may come from a host.
# An answer that is cut where its length does not tell it ends within its XML, or before it.
_CUT_OFF = re.compile(r"no element found|unclosed token")
_CERTIFICATE = re.compile(
    r"certificate[ _]verify[ _]failed|SSLCertVerificationError|self[- ]signed certificate|certificate has expired"
    r"|hostname mismatch|doesn't match '|unable to get (?:local )?issuer|certificate is not (?:valid|trusted)",
    re.I,
)
# WSMan faults by number where there is one: Windows translates their texts.
_FAULT = r"(?:wsmanfault_code'?:\s{0,9}'?|WSManFault message\. \(Code:\s{0,9})"
_AUTHENTICATION = re.compile(
    r"credentials were rejected|failed to authenticate|authentication fail|auth failure|InvalidCredentials"
    r"|AuthenticationError|invalid/incorrect (?:username|password)|permission denied \("
    r"|(?:code|status)\s{0,9}:?\s{0,9}401|401 unauthorized"
    r"|requested auth method|kinit|SpnegoError|No Kerberos credentials",
    re.I,
)
_TIMEOUT = re.compile(r"timed?[ -]?out|timeout", re.I)
# First match wins. Certificates before timeouts and credentials: OpenSSL's text may hold any word.
_KINDS = [
    ("ca_file", re.compile(r"suitable TLS CA certificate bundle|no certificate or crl found|\[X509", re.I)),
    ("certificate", _CERTIFICATE),
    ("no_rights", re.compile(rf"{_FAULT}5\b|w:AccessDenied|access is denied", re.I)),
    ("forbidden", re.compile(r"(?:code|status)\s{0,9}:?\s{0,9}403\b|403 forbidden", re.I)),
    ("authentication_failed", _AUTHENTICATION),
    # A shell that is not known (any more), and an operation that a service which ends has aborted.
    ("lost", re.compile(rf"{_FAULT}(?:2150858843|995)\b", re.I)),
    ("winrm_fault", re.compile(rf"{_FAULT}[0-9]", re.I)),
    ("timeout", _TIMEOUT),
    # OpenSSL names the same thing differently in its releases.
    ("no_tls", re.compile(r"wrong[ _]version[ _]number|record layer failure|packet length too long", re.I)),
    (
        "lost",
        re.compile(
            r"Connection aborted|Connection broken|IncompleteRead|RemoteDisconnected|BadStatusLine|reset by peer"
            r"|broken pipe|forcibly closed|unexpected[ _]eof|EOF occurred in violation|SSLZeroReturn"
            rf"|{_CUT_OFF.pattern}",
            re.I,
        ),
    ),
    ("tls", re.compile(r"\[SSL\b|SSLError|tlsv?[0-9.]* alert", re.I)),
    (
        "no_winrm",
        re.compile(
            r"(?:code|status)\s{0,9}:?\s{0,9}(?:404|405|50[1-4])\b|mismatched tag|not well-formed|syntax error: line",
            re.I,
        ),
    ),
]
# What Ansible's winrm says where WinRM did not open a shell in time: an authentication method, and nothing.
_NO_SHELL = re.compile(r"[a-z]{1,20}:\s{0,9}")
# What Ansible's winrm says where the collector could not be handed over, with what PowerShell wrote until then.
_INPUT_FAILED = re.compile(r"winrm send_input failed;\s{0,9}stdout:(?P<said>.*)", re.S)
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
    # What pywinrm lets through where an answer is no XML, or not what was asked for.
    r"|^xml\.etree\.ElementTree\.ParseError$|^builtins\.StopIteration$"
)


def what(code: str) -> str:
    """What is wrong, in a few words."""
    return KINDS[code].what if code in KINDS else code


def hint(code: str) -> str:
    """What to do about an error of this code."""
    return KINDS[code].hint if code in KINDS else ""


def error(
    kind: str, cause: str = "", *, then: str = "", where: str = "", secrets: Sequence[str] = ()
) -> dict[str, str]:
    """The error ``{code, message}``: what was wrong, the cause in the plugin's own words, where, what to do.

    Args:
        kind: one of the codes of docs/reference/findings.md, or another name in KINDS.
        cause: text from the plugin or the host, of any length and content.
        then: the same of what failed afterwards; nothing where ``cause`` says it already.
        where: connection and address, such as ``winrm, 10.0.0.5:5986``.
        secrets: what must not be in the message.
    """
    words = KINDS[kind]
    tail = (f" ({clean(where, 200)})" if where else "") + ". " + words.hint
    # Secrets go before anything is cut or escaped, so that no part of one is left over.
    text = clean(redact(cause, secrets, _TEXT_LIMIT)).rstrip(". ")
    room = MESSAGE_LIMIT - len(words.what) - len(tail) - 2
    if then and then not in cause:
        text = f"{cut(text, room // 2)}; then: {clean(redact(then, secrets, _TEXT_LIMIT)).rstrip('. ')}"
    return {"code": words.code, "message": words.what + (f": {cut(text, room)}" if text else "") + tail}


def _kind(names: Sequence[str], text: str) -> str:
    """The kind of an exception with these names, that says this."""
    if any(name.endswith("TaskTimeoutError") for name in names):
        return "task_timeout"
    told = _ends(text)
    if _TOO_OLD.search(told):
        return "powershell_too_old"
    given = _INPUT_FAILED.search(text)
    if given:
        # All that follows is the host's: words in it tell nothing about the connection.
        stdout, _word, stderr = given["said"].partition("stderr")
        return "module_failed" if stdout.strip() or stderr.strip() else "lost"
    if _NO_SHELL.fullmatch(text):
        return "timeout"
    found = next((kind for kind, pattern in _KINDS if pattern.search(told)), "")
    if any(name.endswith("AnsibleAuthenticationFailure") for name in names):
        return (
            found
            if found and KINDS[found].code in ("authentication_failed", "certificate")
            else "authentication_failed"
        )
    if found and KINDS[found].code != "unreachable":
        return found
    if any("Timeout" in name for name in names):
        return "timeout"
    if any(_CONNECTION_NAMES.search(name) for name in names):
        return found or ("no_winrm" if "builtins.StopIteration" in names else "unreachable")
    return "not_windows" if _NOT_WINDOWS.search(told) else "module_failed"


def from_exception(
    names: Sequence[str],
    text: str,
    *,
    then: str = "",
    limit: int | None = None,
    where: str = "",
    secrets: Sequence[str] = (),
) -> dict[str, str]:
    """The error of an exception that the connection or ``_execute_module`` raised.

    Args:
        names: full names of the exception's class and its bases (``module.Class``), the class first.
        text: what the exception says.
        then: what failed afterwards, because of it, such as the attempt to end the command.
        limit: the task's time limit in seconds, where it has one.
    """
    kind = _kind(names, text)
    if kind == "task_timeout":
        shown = f" of {limit} seconds" if isinstance(limit, int) and limit else ""
        text = f"the task's own timeout{shown} is over"
    if _NO_SHELL.fullmatch(text):
        text += "it opened no shell"
    if kind == "lost" and _CUT_OFF.search(text):
        text = f"the answer was cut off ({text})"
    if kind == "lost" and _INPUT_FAILED.search(text):
        text = "it broke while the collector was handed over, and PowerShell wrote nothing"
    return error(kind, text or (names[0] if names else ""), then=then, where=where, secrets=secrets)


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
        if stderr:
            return error("module_failed", stderr, where=where, secrets=secrets)
        code = result.get("rc")
        shown = f", exit code {code}" if isinstance(code, int) and not isinstance(code, bool) else ""
        return error("ended", f"it ended without an answer{shown}", where=where, secrets=secrets)
    return error("module_failed", said or output or "it gave no reason", where=where, secrets=secrets)
