# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When state takes effect: what synchronizations and imports meet, before and after which restart."""

from __future__ import annotations

import pytest

from wsus_simulator import HOSTS_FOLDER
from wsus_simulator.effects import importing, synchronization, table
from wsus_simulator.reboot import go_down
from wsus_simulator.simulator import hosts_of_folder

V4 = r"HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319"
APP = r"HKLM\SOFTWARE\Microsoft\.NETFramework\AppContext"
S = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL"
TLS10, TLS12 = (rf"{S}\Protocols\TLS 1.{minor}\Client" for minor in (0, 2))
POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002"
CONFIG = r"C:\Windows\System32\inetsrv\w3wp.exe.config"
SWITCH = "Switch.System.Net.DontEnableSystemDefaultTlsVersions"
GOOD, OTHER = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_256_GCM_SHA384"
STRONG = {V4: {"values": {"SystemDefaultTlsVersions": 1, "SchUseStrongCrypto": 1}}}
# What the demo's hosts show, as the article has it: (synchronization, import).
FLEET = {
    "healthy": ("succeeded", "succeeded"),
    "healthy-w3wp": ("succeeded", "succeeded"),
    "proxy": ("succeeded", "succeeded"),
    "issue1": ("succeeded", "reset"),
    "issue2": ("succeeded", "no_common_algorithm"),
    "issue3": ("reset", "reset"),
    "issue4": ("succeeded", "no_common_algorithm"),
    "issue5": ("reset", "reset"),
    "endpoint-fe2": ("soap", "succeeded"),
    "unreachable": ("succeeded", "succeeded"),
}


def both(host):
    return synchronization(host.machine).name, importing(host.machine).name


def config(value=f"{SWITCH}=false"):
    text = f'<configuration><runtime><AppContextSwitchOverrides value="{value}"/></runtime></configuration>'
    return {CONFIG: {"text": text, "last_write": "-20d"}}


@pytest.mark.parametrize("name", sorted(hosts_of_folder(HOSTS_FOLDER)))
def test_the_demo_fleet_behaves_as_the_article_says(bench, name):
    assert both(bench(extends=f"{name}.yml")) == FLEET[name]


@pytest.mark.parametrize(
    ("given", "result"),
    [
        ({}, "reset"),
        ({"registry": STRONG}, "succeeded"),
        ({"registry": {V4: {"values": {"SystemDefaultTlsVersions": 1}}}}, "succeeded"),
        ({"registry": {V4: {"values": {"SchUseStrongCrypto": 1}}}}, "succeeded"),
        ({"registry": {V4: {"values": {"SchUseStrongCrypto": "1"}}}}, "reset"),
        ({"files": config()}, "succeeded"),
        ({"files": config(f"a=b; {SWITCH} = False")}, "succeeded"),
        ({"files": config(f"{SWITCH}=true")}, "reset"),
        ({"files": {CONFIG: "<not xml"}}, "reset"),
        ({"files": {CONFIG: "<configuration/>"}}, "reset"),
        ({"files": config(), "registry": {V4: {"values": {"SystemDefaultTlsVersions": 0}}}}, "reset"),
        ({"files": config(), "extends": "server-2012r2.yml"}, "reset"),
        ({"registry": {APP: {"values": {SWITCH: "false"}}}}, "succeeded"),
        ({"registry": {APP: {"values": {SWITCH: "false"}}}, "files": config(f"{SWITCH}=true")}, "reset"),
        ({"registry": {**STRONG, TLS12: {"values": {"Enabled": 0}}}}, "reset"),
        ({"registry": {**STRONG, TLS12: {"values": {"DisabledByDefault": 1}}}}, "reset"),
        (
            {"registry": {V4: {"values": {"SchUseStrongCrypto": 1}}, TLS12: {"values": {"DisabledByDefault": 1}}}},
            "succeeded",
        ),
    ],
)
def test_imports(bench, given, result):
    assert importing(bench(**given).machine).name == result


@pytest.mark.parametrize(
    ("given", "result"),
    [
        ({}, "succeeded"),
        ({"wsus": {"api": {"configuration": {"MUUrl": "https://sws1.update.microsoft.com"}}}}, "no_answer"),
        ({"wsus": {"api": {"configuration": {"MUUrl": "https://wsus.example"}}}}, "unknown_name"),
        ({"wsus": {"api": {"configuration": {"MUUrl": "x", "SyncFromMicrosoftUpdate": False}}}}, "succeeded"),
        ({"wsus": {"synchronization": {"outcome": "proxy"}}}, "proxy"),
        ({"registry": {TLS12: {"values": {"Enabled": 0}}}}, "reset"),
        ({"registry": {TLS12: {"values": {"DisabledByDefault": 1}}}}, "reset"),
        ({"registry": {TLS12: {"values": {"Enabled": 4294967295, "DisabledByDefault": 0}}}}, "succeeded"),
        (
            {"registry": {rf"{S}\Protocols\TLS 1.{minor}\Client": {"values": {"Enabled": 0}} for minor in (0, 1, 2)}},
            "no_common_algorithm",
        ),
        ({"registry": {POLICY: {"values": {"Functions": OTHER}}}}, "reset"),
        ({"registry": {POLICY: {"values": {"Functions": f"{OTHER}, {GOOD.lower()}"}}}}, "succeeded"),
        ({"registry": {POLICY: {"values": {"Functions": f"{GOOD}_P256"}}}}, "succeeded"),
        ({"registry": {POLICY: {"values": {"Functions": ""}}}}, "succeeded"),
        ({"registry": {POLICY: {"values": {"Functions": f"{'X' * 1020},{GOOD}"}}}}, "reset"),
        ({"registry": {POLICY: {"values": {"EccCurves": ["brainpoolP256r1"]}}}}, "reset"),
        ({"registry": {POLICY: {"values": {"EccCurves": ["NISTP384"]}}}}, "succeeded"),
        ({"registry": {rf"{S}\KeyExchangeAlgorithms\ECDH": {"values": {"Enabled": 0}}}}, "reset"),
        ({"registry": {rf"{S}\Ciphers\AES 256/256": {"values": {"Enabled": 0}}}}, "succeeded"),
        (
            {"registry": {rf"{S}\Ciphers\AES {bits}/{bits}": {"values": {"Enabled": 0}} for bits in (128, 256)}},
            "reset",
        ),
        ({"extends": "server-2012.yml"}, "succeeded"),
        ({"extends": "server-2012.yml", "registry": {POLICY: {"values": {"Functions": GOOD}}}}, "reset"),
        (
            {
                "extends": "server-2012r2.yml",
                "registry": {POLICY: {"values": {"Functions": "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256_P256"}}},
            },
            "succeeded",
        ),
    ],
)
def test_synchronizations(bench, given, result):
    assert synchronization(bench(**given).machine).name == result


def dword(path, name, data):
    after = {"exists": True, "type": "REG_DWORD", "data": data}
    return {
        "id": "x",
        "kind": "registry_value",
        "path": path,
        "name": name,
        "before": {"exists": False},
        "after": after,
    }


def test_values_of_dotnet_wait_for_iis(bench):
    host = bench()
    host.apply(dword(V4, "SchUseStrongCrypto", 1))
    assert both(host) == ("succeeded", "reset")
    host.call("restart", restarts=["WsusService"])
    assert both(host) == ("succeeded", "reset")
    host.call("restart", restarts=["iisreset"])
    assert both(host) == ("succeeded", "succeeded")


def test_protocols_wait_for_each_process(bench):
    host = bench(registry={**STRONG, TLS12: {"values": {"Enabled": 0}, "last_write": "-30d"}})
    assert both(host) == ("reset", "reset")
    host.apply(dword(TLS12, "Enabled", 1) | {"before": {"exists": True, "type": "REG_DWORD", "data": 0}})
    assert both(host) == ("reset", "reset")
    host.call("restart", restarts=["WsusService"])
    assert both(host) == ("succeeded", "reset")
    host.call("restart", restarts=["iisreset"])
    assert both(host) == ("succeeded", "succeeded")


def test_the_endpoint_waits_for_the_service(bench):
    old = {"MUUrl": "https://fe2.update.microsoft.com/v6"}
    host = bench(wsus={"api": {"configuration": old}})
    new = {"MUUrl": "https://sws.update.microsoft.com"}
    host.apply({"id": "x", "kind": "wsus_configuration", "before": old, "after": new})
    host.call("restart", restarts=["iisreset"])
    assert synchronization(host.machine).name == "soap"
    host.call("restart", restarts=["WsusService"])
    assert synchronization(host.machine).name == "succeeded"


@pytest.mark.parametrize("restart", [["iisreset", "WsusService"], None])
def test_the_cipher_policy_waits_for_windows(bench, restart):
    before = {"exists": True, "type": "REG_SZ", "data": OTHER}
    host = bench(registry={**STRONG, POLICY: {"values": {"Functions": OTHER}, "last_write": "-30d"}})
    after = {**before, "data": f"{GOOD},{OTHER}"}
    host.apply(dword(POLICY, "Functions", 0) | {"before": before, "after": after})
    if restart:
        host.call("restart", restarts=restart)
        assert both(host) == ("reset", "reset")
    else:
        go_down(host.machine, host.now)
        assert both(host) == ("succeeded", "succeeded")


def test_algorithms_count_at_once(bench):
    ecdh = rf"{S}\KeyExchangeAlgorithms\ECDH"
    host = bench(registry={ecdh: {"values": {"Enabled": 0}, "last_write": "-30d"}})
    assert synchronization(host.machine).name == "reset"
    host.apply(dword(ecdh, "Enabled", 4294967295) | {"before": {"exists": True, "type": "REG_DWORD", "data": 0}})
    assert synchronization(host.machine).name == "succeeded"


def test_what_was_written_after_a_start_waits_in_a_scenario_too(bench):
    host = bench(registry={V4: {"values": {"SchUseStrongCrypto": 1}, "last_write": "-1h"}})
    assert importing(host.machine).name == "reset"
    host.call("restart", restarts=["iisreset"])
    assert importing(host.machine).name == "succeeded"
    assert (
        importing(bench(files={CONFIG: {"text": config()[CONFIG]["text"], "last_write": "-1h"}}).machine).name
        == "reset"
    )


def test_the_table():
    outcomes = table()["outcomes"]
    assert set(table()["endpoints"].values()) - {"tls12"} <= set(outcomes)
    assert all(set(row) == {"error", "text", "log"} for row in outcomes.values())
