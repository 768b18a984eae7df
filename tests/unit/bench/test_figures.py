# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The figures of the benchmarks: what is printed is what was measured."""

from __future__ import annotations

import pytest
from bench import fleet, settings
from bench.figures import medians, replaced, shown, table, verdict


def test_medians():
    assert medians([{"a": 1, "b": 9}, {"a": 3, "b": 7}, {"a": 2, "b": 8}]) == {"a": 2, "b": 8}


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (1.234, "1.23"), (12.34, "12.3"), (1234.5, "1,234"), (1234, "1,234"), ("x", "x"), (True, "True")],
)
def test_shown(value, text):
    assert shown(value) == text


def test_table():
    assert table(["a", "b"], [("x", 1.0)]) == "| a | b |\n| --- | ---: |\n| x | 1.00 |"


@pytest.mark.parametrize(
    ("ratio", "at_least", "word"),
    [(2.0, False, "reached"), (2.01, False, "**missed**"), (2.0, True, "reached"), (1.99, True, "**missed**")],
)
def test_verdict(ratio, at_least, word):
    assert verdict("x", ratio, 2, at_least=at_least).endswith(f": {word}")


def test_replaced():
    text = "head\n<!-- bench a: begin -->\nold\n<!-- bench a: end -->\ntail\n"
    once = replaced(text, "a", r"new \1")
    assert once == "head\n<!-- bench a: begin -->\n\nnew \\1\n\n<!-- bench a: end -->\ntail\n"
    assert replaced(once, "a", r"new \1") == once
    for wrong in ("", text + text, text.replace("begin", "start")):
        with pytest.raises(ValueError, match="has not exactly one part"):
            replaced(wrong, "a", "new")


def test_growth_tells_a_fleet_whose_last_hosts_cost_more():
    linear, rising = {50: 10.0, 200: 40.0, 500: 100.0}, {50: 10.0, 200: 40.0, 500: 190.0}
    assert fleet.margins(linear) == pytest.approx([0.2, 0.2])
    assert fleet.growth("Time", linear, 1000, "ms")[0].endswith("200 ms from 50 to 200, 200 ms from 200 to 500.")
    assert fleet.growth("Time", linear, 1000, "ms")[1].endswith("reached")
    assert fleet.growth("Time", rising, 1000, "ms")[1].endswith("**missed**")


KEY = r"HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319"
RAW = {
    "dotnet": {"native_v4": {"path": KEY, "values": {"SchUseStrongCrypto": {"type": "REG_DWORD", "data": 1}}}},
    "updates": {"packages": {"rollups": [{"name": "Package_for_RollupFix~1", "state": 112}], "kbs": []}},
    "services": {"services": {"W3SVC": {"exists": True}, "BITS": {"exists": False}}},
    "configmgr": {"services": {}},
    "wsus": {"api": {"reached_by": "assembly", "configuration": {"MUUrl": "https://a", "ProxyName": None}}},
    "w3wp": {"config": {"content": "PGEvPg=="}},
}
WANTED = {
    (KEY.lower(), "schusestrongcrypto", "1"),
    ("package", "package_for_rollupfix~1", "112"),
    ("service", "w3svc", ""),
    ("api configuration", "muurl", "https://a"),
    ("file", "w3wp.exe.config", "pgevpg=="),
}


def test_what_the_collector_reads():
    assert settings.of_collector(RAW) == WANTED


def test_what_the_playbooks_read_is_told_by_place():
    value = {"raw_value": 1, "type": "REG_DWORD", "value": 1}
    kept = {
        "keys": {"results": [{"item": KEY.replace("HKLM", "HKLM:"), "properties": {"SchUseStrongCrypto": value}}]},
        "protocols": {"results": [{"item": ["TLS 1.2", "Client"], "properties": {"Enabled": value}}]},
        "algorithms": {"results": []},
        "services": {"results": [{"services": [{"name": "W3SVC"}]}]},
        "contents": {"results": [{"content": "PGEvPg=="}]},
        "packages": [{"name": "Package_for_RollupFix~1", "state": 112}],
        "wsus": [{"configuration": {"MUUrl": "https://a"}}],
        "system": [{}],
    }
    found = settings.of_playbook(kept)
    assert found - WANTED == {(rf"{settings.SCHANNEL}\protocols\tls 1.2\client", "enabled", "1")}
    assert found >= WANTED
    kept["keys"]["results"][0]["item"] = KEY.replace("v4.0.30319", "v2.0.50727")
    assert WANTED - settings.of_playbook(kept) == {(KEY.lower(), "schusestrongcrypto", "1")}, "of another key"


def test_what_the_script_reads():
    path = KEY.replace("HKLM", r"Microsoft.PowerShell.Core\Registry::HKEY_LOCAL_MACHINE")
    output = [
        {
            "keys": [{"path": path, "values": {"SchUseStrongCrypto": {"type": "DWord", "value": 1}}}],
            "services": [{"name": "W3SVC"}],
            "files": [{"content": "PGEvPg=="}],
        },
        {"name": "Package_for_RollupFix~1", "state": 112},
        {"configuration": {"MUUrl": "https://a"}},
    ]
    assert settings.of_script(output) == WANTED
