# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The summary on the screen."""

from __future__ import annotations

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.report import fleet, result, summary

from .samples import ABOUT, document, finding, lost

HOSTILE = "\x1b[31m{{ lookup('pipe', 'id') }}\r\n\u202e"
STEP = "Set SystemDefaultTlsVersions and SchUseStrongCrypto to REG_DWORD 1 below HKLM\\SOFTWARE, then iisreset."


def documents(*all_documents):
    return {one["host"]: one for one in all_documents}


def fleet_of(found):
    about = {name: ABOUT[name] for name in ("audited_at", "version")}
    return fleet.fleet({name: result.brief(one, "/x") for name, one in found.items()}, **about)


def screen(found, columns=100, **rest):
    errors = {name: one["error"]["code"] for name, one in found.items() if one["error"]}
    lines = summary.host_lines(found, columns)
    return [*lines, *summary.fleet_lines(fleet_of(found), columns, folder="./out", errors=errors, **rest)]


def texts(lines):
    return [line.text for line in lines]


DEMO = documents(
    document(
        "b-bad", [finding("import.tls12", actual="TLS 1.0 only", step=STEP)], issue_1="likely", endpoint="confirmed"
    ),
    document("c-open", [finding("wsus.api", "unknown", "medium", actual="The API did not answer")]),
    document("a-good", [finding("a.b", "fail", "low"), finding("c.d", "informational", "info")]),
    lost("d-gone"),
    lost("e-linux", "not_windows", "its shell is sh"),
)


def test_hosts_are_worst_first_then_by_name():
    shown = [line.split()[0] for line in texts(summary.host_lines(DEMO, 100)) if line and not line.startswith(" ")]
    assert shown == ["d-gone", "c-open", "e-linux", "b-bad", "a-good"]


def test_each_host_says_what_and_why():
    lines = texts(screen(DEMO))
    text = "\n".join(lines)
    assert "b-bad    Windows Server 2019  NOT COMPLIANT  endpoint confirmed, issue 1 likely" in lines
    assert "  x high    import.tls12: TLS 1.0 only" in lines
    assert "            -> Set SystemDefaultTlsVersions and SchUseStrongCrypto to REG_DWORD 1 below" in lines
    assert "  ? medium  wsus.api: The API did not answer" in lines
    assert "a-good   Windows Server 2019  compliant  1 minor failed, 1 informational" in lines
    assert "d-gone   UNREACHABLE  No connection: connection refused (winrm, h:5985)" in lines
    assert "e-linux  NOT AUDITED  Not a Windows host: its shell is sh (winrm, h:5985)" in lines
    assert "5 hosts: 1 compliant, 1 not compliant, 2 undetermined, 1 unreachable" in lines
    assert "./out: fleet.json" in text
    assert text.count("Do what the arrows") == 1


@pytest.mark.parametrize("columns", [80, 100, 140])
def test_no_line_is_wider_than_the_screen(columns):
    wide = documents(
        document("h" * 300, [finding("a.b" * 90, actual="w" * 4_000, step="日本 " * 900)], os_name="W" * 999),
        lost("g" * 300, "timeout", "t" * 5_000),
    )
    for line in screen({**DEMO, **wide}, columns):
        assert summary.width(line.text) <= columns


def test_hostile_text_neither_colors_nor_breaks_lines():
    bad = document(HOSTILE, [finding("a.b", actual=HOSTILE, step=HOSTILE)], os_name=HOSTILE)
    bad["host"] = HOSTILE
    for line in screen(documents(bad, lost(HOSTILE + "2", "timeout", HOSTILE))):
        assert line.text.isprintable()


def test_nothing_is_hidden_silently():
    found = document(
        "h",
        [
            finding("a.b"),
            finding("c.d", "informational", "info"),
            finding("e.f", "notchecked", "info"),
            finding("g.h", "pass"),
            finding("i.j", "fail", "low"),
            finding("k.l", "error"),
        ],
    )
    lines = texts(summary.host_lines(documents(found), 100))
    assert [line[:12].split() for line in lines if line[2:3] in "x?!"] == [["x", "high"], ["!", "high"], ["x", "low"]]
    assert "    and 1 informational, 1 not checked, 1 passed" in lines


def test_a_step_of_several_findings_stands_once():
    found = document("h", [finding("a.b", step=STEP), finding("c.d", step=STEP), finding("e.f", step="Other.")])
    text = "\n".join(texts(summary.host_lines(documents(found), 100)))
    assert text.count("-> Set") == 1
    assert text.count("-> Other") == 1


def test_many_hosts_are_folded():
    good = documents(*[document(f"good-{number:03}") for number in range(300)])
    lines = texts(summary.fleet_lines(fleet_of(good), 100, folder="./out", folded={"fail": 4, "informational": 900}))
    assert lines[0] == "300 hosts: 300 compliant"
    assert lines[1].startswith("  compliant  good-000, good-001") and lines[1].endswith("more")
    assert lines[2] == "             with 4 minor failed, 900 informational in all"
    bad = documents(*[document(f"bad-{number:03}", [finding("a.b")]) for number in range(summary.DETAIL_HOSTS + 1)])
    lines = texts(summary.host_lines(bad, 100))
    assert lines[-1].startswith("51 hosts have findings: too many for the screen")
    assert not any("a.b" in line for line in lines)
    assert sum("NOT COMPLIANT  1 failed" in line for line in lines) == 51


def test_batches_and_hosts_left_out_are_named():
    lines = texts(summary.fleet_lines(fleet_of(DEMO), 100, folder="./out", pending=7, left_out=1))
    assert "  to come    7 hosts" in lines
    assert "  left out   1 host of the play, on which the audit was not run" in lines
    assert not any("next" in line for line in lines)


def test_colors_follow_the_outcome():
    colors = {line.text.split()[0]: line.color for line in summary.host_lines(DEMO, 100) if line.text[:1].isalpha()}
    assert colors == {"a-good": "good", "b-bad": "bad", "c-open": "warn", "d-gone": "bad", "e-linux": "warn"}


@pytest.mark.parametrize("change", [{"findings": None}, {"summary": None}, {"issues": None}, {"facts": None}])
def test_a_file_that_was_tampered_with_costs_its_own_lines_only(change):
    assert summary.host_lines({"h": {**DEMO["b-bad"], **change}}, 100)


def test_screen_width():
    assert [summary.screen_width(columns) for columns in (0, 79, 80, 100, 500)] == [80, 80, 80, 100, 140]
