# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets in text of anyone."""

from __future__ import annotations

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.redact import redact


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://bob:S3cret@proxy:8080 failed", "http://***@proxy:8080 failed"),
        ("(https://bob@proxy/x)", "(https://***@proxy/x)"),
        ("http://bob:p@ss@proxy/", "http://***@proxy/"),
        ("http://bob:p/ss@proxy/", "http://***@proxy/"),
        ("x" * 50 + "http://bob:S3cret@proxy", "x" * 50 + "http://***@proxy"),
        ("Proxy-Authorization: Basic dTpw", "Proxy-Authorization: Basic ***"),
        ("authorization=basic dTpw, rest", "authorization=basic ***, rest"),
        ("sent Bearer eyJ.abc-d.e_f== there", "sent Bearer *** there"),
        ("Negotiate TlRMTVNTUAABAAAA and NTLM TlRMTVNTUAABAAAA", "Negotiate *** and NTLM ***"),
        ("Basic authentication and Kerberos Authentication failed", None),
        ("https://sws.update.microsoft.com/a mail a@b.example", None),
        ("", None),
    ],
)
def test_redact(text, shown):
    assert redact(text) == (text if shown is None else shown)


SECRET = "http://bob:S3cret-S3cret@proxy"


@pytest.mark.parametrize(
    "text", ["word " * 30 + SECRET, "w" * 150 + SECRET, "Basic S3cret8A " * 20, "S3cret-S3cret" * 20]
)
def test_no_half_secret_is_left_at_the_cut(text):
    for limit in range(1, len(text) + 2):
        shown = redact(text, ["S3cret-S3cret"], limit)
        assert len(shown) <= max(limit, 3) + 20
        assert "S3" not in shown and "bob" not in shown


def test_a_given_secret_at_the_cut():
    for limit in range(1, 60):
        shown = redact("x" * 30 + "correct horse battery" + "y" * 30, ["correct horse battery"], limit)
        assert "c" not in shown and "h" not in shown
