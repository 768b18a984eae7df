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
from time_limit import at_most

LOST = ["ansible.errors.AnsibleConnectionFailure", "ansible.errors.AnsibleError", "builtins.Exception"]
OTHER = ["ansible.errors.AnsibleError", "builtins.Exception"]
MAX = "HTTPSConnectionPool(host='w', port=5986): Max retries exceeded with url: /wsman (Caused by "

# (names, text of the exception, code): texts of pywinrm 0.5, pypsrp 0.9, requests 2.32, ansible-core 2.16 and 2.21
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
    (LOST, MAX + "SSLError(SSLError(1, '[SSL: WRONG_VERSION_NUMBER] wrong version number')))", "unreachable"),
    (LOST, "Kerberos auth failure for principal a@B: kinit: Cannot find KDC", "authentication_failed"),
    (LOST, "failed to authenticate with the server: user u with ntlm", "authentication_failed"),
    (
        LOST,
        "psrp connection failure during runspace open: Bad HTTP response. Access is denied.",
        "authentication_failed",
    ),
    (LOST, "psrp connection error during runspace read timeout: 30", "timeout"),
    (["ansible.errors.AnsibleAuthenticationFailure", *LOST], "Failed.", "authentication_failed"),
    (["winrm.exceptions.WinRMTransportError", "builtins.Exception"], "Bad HTTP response, code 500", "unreachable"),
    (["requests.exceptions.ConnectionError", "builtins.OSError"], "Connection aborted.", "unreachable"),
    (["requests.exceptions.ReadTimeout"], "", "timeout"),
    (["builtins.ConnectionResetError", "builtins.ConnectionError"], "reset by peer", "unreachable"),
    (["ansible._internal._errors._task_timeout.TaskTimeoutError", "builtins.BaseException"], "x", "timeout"),
    (["ansible.executor.task_executor.TaskTimeoutError", "builtins.BaseException"], "", "timeout"),
    (OTHER, "winrm or requests is not installed: No module named 'winrm'", "module_failed"),
    (OTHER, "The module interpreter '/usr/bin/pwsh' was not found.", "not_windows"),
    (["builtins.KeyError"], "", "module_failed"),
]


@pytest.mark.parametrize(("names", "text", "code"), EXCEPTIONS)
def test_exceptions(names, text, code):
    found = from_exception(names, text, where="winrm, w:5986")
    assert found["code"] == code
    assert found["message"].endswith(hint(code))
    assert "(winrm, w:5986)" in found["message"]


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
