# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Failures as connection plugins and ansible-core word them."""

from __future__ import annotations

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.collect import hint
from ansible_collections.wsus.compliance.plugins.plugin_utils.collect.failure import (
    MESSAGE_LIMIT,
    error,
    from_exception,
    from_result,
)
from ansible_collections.wsus.compliance.plugins.plugin_utils.collect.kinds import KINDS
from time_limit import at_most

LOST = ["ansible.errors.AnsibleConnectionFailure", "ansible.errors.AnsibleError", "builtins.Exception"]
OTHER = ["ansible.errors.AnsibleError", "builtins.Exception"]
MAX = "HTTPSConnectionPool(host='w', port=5986): Max retries exceeded with url: /wsman (Caused by "

PARSE = ["xml.etree.ElementTree.ParseError", "builtins.SyntaxError"]
FAULT = ["winrm.exceptions.WSManFaultError", "winrm.exceptions.WinRMError", "builtins.Exception"]
HTTP = ["winrm.exceptions.WinRMTransportError", "builtins.Exception"]
ABORTED = ["requests.exceptions.ConnectionError", "requests.exceptions.RequestException", "builtins.OSError"]


def fault(code: str, text: str) -> str:
    """As pywinrm words a WSMan fault; the code is a number since 0.5, a text before."""
    return (
        f"{text} (extended fault data: {{'transport_message': 'Bad HTTP response returned from server. Code 500', "
        f"'http_status_code': 500, 'wsmanfault_code': {code}, 'fault_code': 's:Sender'}})"
    )


# (names, text of the exception, kind): texts of pywinrm 0.4 and 0.5, pypsrp 0.9, requests 2.32, OpenSSL 1.1 and 3,
# ansible-core 2.16 and 2.21
EXCEPTIONS = [
    (LOST, "basic: the specified credentials were rejected by the server", "authentication_failed"),
    (LOST, "ntlm: " + MAX + "NewConnectionError('...: [Errno 111] Connection refused'))", "unreachable"),
    (LOST, "ntlm: " + MAX + "NameResolutionError(\"Failed to resolve 'w'\"))", "unreachable"),
    (LOST, "ntlm: " + MAX + "ConnectTimeoutError('Connection to w timed out. (connect timeout=30)'))", "timeout"),
    (LOST, "winrm connection error: HTTPSConnectionPool(host='w', port=5986): Read timed out.", "timeout"),
    (OTHER, "the connection attempt timed out", "timeout"),
    (
        LOST,
        "ssl: "
        + MAX
        + "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: "
        "self-signed certificate (_ssl.c:1000)')))",
        "certificate",
    ),
    (
        LOST,
        MAX + "SSLError(SSLCertVerificationError(\"hostname 'w' doesn't match 'x'\")))",
        "certificate",
    ),
    (LOST, MAX + "SSLError(SSLError(1, '[SSL: WRONG_VERSION_NUMBER] wrong version number')))", "no_tls"),
    (LOST, MAX + "SSLError(SSLError(1, '[SSL] record layer failure (_ssl.c:1016)')))", "no_tls"),
    (LOST, MAX + "SSLError(SSLError(1, '[SSL: TLSV1_ALERT_PROTOCOL_VERSION] tlsv1 alert protocol version')))", "tls"),
    (LOST, MAX + "SSLError(SSLError(1, '[SSL: UNSUPPORTED_PROTOCOL] unsupported protocol (_ssl.c:1007)')))", "tls"),
    (LOST, MAX + "SSLError(SSLError(1, '[SSL: SSLV3_ALERT_HANDSHAKE_FAILURE] sslv3 alert handshake')))", "tls"),
    (LOST, MAX + "SSLError(SSLError(1, '[SSL: DH_KEY_TOO_SMALL] dh key too small (_ssl.c:1007)')))", "tls"),
    (LOST, MAX + "SSLError(SSLEOFError(8, '[SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred')))", "lost"),
    (
        LOST,
        MAX + "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: IP "
        "address mismatch, certificate is not valid for '127.0.0.1'. (_ssl.c:1020)')))",
        "certificate",
    ),
    (LOST, "ssl: Could not find a suitable TLS CA certificate bundle, invalid path: /x.pem", "ca_file"),
    (LOST, MAX + "SSLError(SSLError(136, '[X509: NO_CERTIFICATE_OR_CRL_FOUND] no certificate or crl')))", "ca_file"),
    (ABORTED, "('Connection aborted.', RemoteDisconnected('Remote end closed connection without response'))", "lost"),
    (ABORTED, "('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))", "lost"),
    (ABORTED, "('Connection aborted.', BadStatusLine('HTTP/1.1 20'))", "lost"),
    (ABORTED, "('Connection aborted.', BrokenPipeError(32, 'Broken pipe'))", "lost"),
    (ABORTED, "('Connection aborted.', TimeoutError(110, 'Connection timed out'))", "timeout"),
    (LOST, "ntlm: ('Connection aborted.', RemoteDisconnected('Remote end closed connection'))", "lost"),
    (
        ["requests.exceptions.ChunkedEncodingError", "requests.exceptions.RequestException"],
        "('Connection broken: IncompleteRead(10 bytes read, 20 more expected)', IncompleteRead(10 bytes read))",
        "lost",
    ),
    (PARSE, "no element found: line 1, column 0", "lost"),
    (PARSE, "unclosed token: line 1, column 423", "lost"),
    (PARSE, "mismatched tag: line 6, column 2", "no_winrm"),
    (LOST, "ssl: not well-formed (invalid token): line 1, column 1", "no_winrm"),
    (["builtins.StopIteration", "builtins.Exception"], "", "no_winrm"),
    (HTTP, "Bad HTTP response returned from server. Code 404", "no_winrm"),
    (LOST, "basic: Bad HTTP response returned from server. Code 503", "no_winrm"),
    (LOST, "basic: Bad HTTP response returned from server. Code 403", "forbidden"),
    (FAULT, fault("5", "Zugriff verweigert"), "no_rights"),
    (FAULT, fault("'5'", "Accès refusé."), "no_rights"),
    (LOST, "kerberos: " + fault("5", "Access is denied."), "no_rights"),
    (LOST, "Received a WSManFault message. (Code: 5, Machine: w, Reason: Zugriff verweigert)", "no_rights"),
    (FAULT, fault("2150858843", "The shell was not found on the server."), "lost"),
    (FAULT, fault("'995'", "The I/O operation has been aborted because of a thread exit."), "lost"),
    (LOST, "Received a WSManFault message. (Code: 2150858843, Machine: w, Reason: unknown shell)", "lost"),
    (LOST, "ntlm: " + fault("2150859173", "The maximum number of shells: timeout."), "winrm_fault"),
    (LOST, "basic: ", "timeout"),
    (["winrm.exceptions.WinRMOperationTimeoutError", "builtins.Exception"], "", "timeout"),
    (OTHER, "winrm send_input failed; \nstdout: \nstderr ", "lost"),
    (OTHER, "winrm send_input failed; \nstdout: Read timed out.\nstderr ", "module_failed"),
    (OTHER, "winrm send_input failed; \nstdout: \nstderr Access is denied", "module_failed"),
    (OTHER, "winrm send_input failed; \nstdout: \nstderr Ansible requires PowerShell v5.1", "powershell_too_old"),
    (LOST, "Kerberos auth failure for principal a@B: kinit: Cannot find KDC", "authentication_failed"),
    (LOST, "failed to authenticate with the server: user u with ntlm", "authentication_failed"),
    (
        LOST,
        "psrp connection failure during runspace open: Bad HTTP response. Access is denied.",
        "no_rights",
    ),
    (LOST, "psrp connection error during runspace read timeout: 30", "timeout"),
    (["ansible.errors.AnsibleAuthenticationFailure", *LOST], "Failed.", "authentication_failed"),
    (["winrm.exceptions.WinRMTransportError", "builtins.Exception"], "Bad HTTP response, code 500", "unreachable"),
    (["requests.exceptions.ConnectionError", "builtins.OSError"], "Connection aborted.", "lost"),
    (["requests.exceptions.ReadTimeout"], "", "timeout"),
    (["builtins.ConnectionResetError", "builtins.ConnectionError"], "reset by peer", "lost"),
    (["ansible._internal._errors._task_timeout.TaskTimeoutError", "builtins.BaseException"], "x", "task_timeout"),
    (["ansible.executor.task_executor.TaskTimeoutError", "builtins.BaseException"], "", "task_timeout"),
    (OTHER, "winrm or requests is not installed: No module named 'winrm'", "module_failed"),
    (OTHER, "The module interpreter '/usr/bin/pwsh' was not found.", "not_windows"),
    (["builtins.KeyError"], "", "module_failed"),
]


@pytest.mark.parametrize(("names", "text", "kind"), EXCEPTIONS)
def test_exceptions(names, text, kind):
    found = from_exception(names, text, where="winrm, w:5986")
    assert found["code"] == KINDS[kind].code, found["message"]
    assert found["message"].startswith(KINDS[kind].what)
    assert found["message"].endswith(KINDS[kind].hint)
    assert "(winrm, w:5986)" in found["message"]


def test_what_failed_first_is_told_first():
    found = from_exception(
        ABORTED, "('Connection aborted.', ConnectionResetError())", then=MAX + "ConnectTimeoutError('timed out'))"
    )
    assert found["code"] == "unreachable", "the first failure tells"
    assert found["message"].index("aborted") < found["message"].index("; then: ") < found["message"].index("timed out")
    assert "; then" not in from_exception(LOST, "winrm connection error: it is late", then="it is late")["message"]


def test_secrets_of_what_failed_afterwards():
    found = from_exception(ABORTED, "lost", then="x" * 900 + " S3cr@t-word " + "y" * 9_000, secrets=["S3cr@t-word"])
    assert "S3cr" not in found["message"] and len(found["message"]) <= MESSAGE_LIMIT
    assert found["message"].endswith(KINDS["unreachable"].hint)


def test_the_tasks_own_timeout_says_how_long_it_was():
    names = ["ansible._internal._errors._task_timeout.TaskTimeoutError", "builtins.BaseException"]
    assert "own timeout of 900 seconds is over" in from_exception(names, "", limit=900)["message"]
    assert "own timeout is over" in from_exception(names, "", limit=0)["message"]


@pytest.mark.parametrize("kind", KINDS)
def test_kinds(kind):
    code = KINDS[kind].code
    assert KINDS[code].code == code
    assert len(KINDS[kind].hint) < 600 and KINDS[kind].hint.endswith(".")


RESULTS = [
    ({"msg": "Ansible requires PowerShell v5.1"}, "powershell_too_old", "older than 5.1"),
    (
        {"msg": "This module cannot run as it requires a minimum PowerShell version of 5.1, actual was 4.0"},
        "powershell_too_old",
        "it is 4.0",
    ),
    (
        {"msg": "powershell_too_old: PowerShell is 3.0, this needs 5.1: install WMF 5.1"},
        "powershell_too_old",
        "it is 3.0",
    ),
    (
        {"msg": "MODULE FAILURE\nSee stdout/stderr", "module_stdout": "", "module_stderr": "Out of memory", "rc": 1},
        "module_failed",
        "Out of memory",
    ),
    (
        {"msg": "Module result deserialization failed.", "module_stdout": "Welcome!\n{", "module_stderr": ""},
        "malformed_answer",
        "begins: Welcome! {",
    ),
    ({"msg": "MODULE FAILURE", "module_stdout": "", "module_stderr": ""}, "module_failed", "without an answer"),
    ({"msg": "MODULE FAILURE", "rc": 1073807364}, "module_failed", "exit code 1073807364. Something ended PowerShell"),
    ({"msg": "The module interpreter '/usr/bin/pwsh' was not found."}, "not_windows", "pwsh"),
    ({"msg": "Unhandled exception while executing module: boom"}, "module_failed", "boom"),
    ({}, "module_failed", "no reason"),
    ({"msg": {"not": "text"}}, "module_failed", "no reason"),
]


@pytest.mark.parametrize(("result", "code", "text"), RESULTS)
def test_results(result, code, text):
    found = from_result({"failed": True, **result})
    assert found is not None
    assert found["code"] == code
    assert text in found["message"]


def test_a_result_that_says_unreachable_is_a_lost_connection():
    found = from_result({"unreachable": True, "msg": "Failed to create temporary directory."})
    assert found is not None and found["code"] == "unreachable"


def test_a_result_that_did_not_fail_has_no_error():
    assert from_result({"changed": False, "contract": 1}) is None


def test_powershell_too_old_names_wmf():
    assert "WMF) 5.1" in error("powershell_too_old")["message"]


def test_no_secret_gets_into_a_message():
    text = (
        "http://bob:S3cr%40t-word@w:5985/ said: S3cr@t-word is wrong, Authorization: Basic Ym9iOlMzY3JAdC13b3Jk, "
        "p and pp; p."
    )
    message = from_exception(LOST, text, where="winrm, w:5985", secrets=["S3cr@t-word", "p", ""])["message"]
    for secret in ("S3cr@t-word", "S3cr%40t-word", "Ym9iOlMzY3JAdC13b3Jk", "bob:", " p "):
        assert secret not in message
    assert "pp" in message, "a short secret must not garble words"


def test_a_secret_is_not_left_over_in_part_where_the_message_is_cut():
    secret = "correct-horse-battery-staple"
    for fill in range(1_600, 2_000, 7):
        message = error("module_failed", "x" * fill + secret + "y" * 100, secrets=[secret])["message"]
        assert "correct" not in message


def test_message_is_one_clean_line_of_at_most_2000_characters():
    message = error("module_failed", "a\x1b[31mred\x00\r\nnext\u202e" + "z" * 50_000, where="winrm, w")["message"]
    assert len(message) <= MESSAGE_LIMIT
    assert message.isprintable()
    assert r"\x1b[31mred\x00 next\u202e" in message
    assert message.endswith(hint("module_failed"))


NASTY = [
    "winrm send_input failed;\nstdout: ",
    "winrm send_input failed;" + " " * 1_000,
    "wsmanfault_code': ",
    "interpreter pwsh ",
    "interpreter ",
    "a",
    "a://",
    "a-",
    "://a:",
    "://" + "a" * 255 + ":",
    "code ",
    "code" + " " * 1_000,
    "Basic ",
    "Basic" + " " * 1_000,
    "Authorization: ",
    "Authorization" + " " * 500 + ": Basic ",
    "secret-secret",
    " ",
    "@",
    "PowerShell is 1.",
    "p ",
]


@pytest.mark.parametrize("part", NASTY)
@pytest.mark.parametrize("end", ["", " not found", "@"])
def test_no_text_takes_more_than_linear_time(part, end):
    text = (part * (200_000 // len(part) + 1))[:200_000] + end
    with at_most(20):
        found = from_exception(OTHER, text, secrets=["secret-secret-secret", "p"])
        assert len(found["message"]) <= MESSAGE_LIMIT
        for name in ("msg", "module_stderr", "module_stdout"):
            failed = from_result({"failed": True, "msg": "MODULE FAILURE", name: text}, secrets=["secret"])
            assert failed is not None and len(failed["message"]) <= MESSAGE_LIMIT


def test_the_end_of_a_long_text_tells_the_failure_too():
    text = "x " * 100_000 + "The module interpreter '/usr/bin/pwsh' was not found."
    assert from_exception(OTHER, text)["code"] == "not_windows"
    assert from_exception(LOST, "x " * 100_000 + "the specified credentials were rejected")["code"] == (
        "authentication_failed"
    )
