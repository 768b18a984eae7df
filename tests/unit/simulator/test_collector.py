# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The collector's contract (docs/reference/collector.md), shape by shape."""

from __future__ import annotations

import base64

import pytest

S = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL"
SETUP = r"HKLM\SOFTWARE\Microsoft\Update Services\Server\Setup"
PACKAGES = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages"
LOCAL = r"HKLM\SYSTEM\CurrentControlSet\Control\Cryptography\Configuration\Local\SSL\00010002"
CONFIG = r"C:\Windows\System32\inetsrv\w3wp.exe.config"
DENIED = {"code": "access_denied", "message": "no"}
SUBSETS = [
    "os",
    "updates",
    "schannel",
    "dotnet",
    "ciphers",
    "winhttp",
    "w3wp",
    "wsus",
    "configmgr",
    "services",
    "policy",
    "restart",
    "journal",
]


def values(raw, **given):
    """The VALUEs of the local cipher key."""
    return raw({"registry": {LOCAL: {"values": given}}}, "ciphers")["ciphers"]["local"]["values"]


def test_all_subsets_and_some(raw):
    assert list(raw({})) == SUBSETS
    assert list(raw({}, "policy", "os")) == ["os", "policy"]
    assert list(raw({}, "os", "all")) == SUBSETS


def test_an_empty_host_has_every_shape(raw):
    answer = raw({})
    assert answer["ciphers"]["local"] == {"path": LOCAL, "exists": False, "last_write": None, "values": {}}
    no_tree = {"path": f"{S}\\Ciphers", "exists": False, "last_write": None, "subkeys": {}, "truncated": False}
    assert answer["schannel"]["ciphers"] == no_tree
    assert answer["w3wp"]["config"] == {
        "path": CONFIG,
        "exists": False,
        "size": None,
        "last_write": None,
        "content": None,
    }
    nothing = {"exists": False, "state": None, "start": None, "account": None, "delayed": None}
    assert answer["services"] == {
        "services": {name: {"name": name, **nothing} for name in ("WsusService", "W3SVC", "WAS", "wuauserv", "BITS")},
        "processes": [],
    }
    missing = {"path": PACKAGES, "exists": False, "last_write": None, "rollups": [], "kbs": [], "truncated": False}
    assert answer["updates"]["packages"] == missing
    assert answer["wsus"]["api"]["error"]["code"] == "role_absent"
    assert answer["configmgr"]["logs"] == []
    assert answer["policy"] == {
        "rsop": {"settings": [], "gpos": []},
        "rsop_logging": {
            "path": r"HKLM\SOFTWARE\Policies\Microsoft\Windows\System",
            "exists": False,
            "last_write": None,
            "values": {},
        },
        "preferences": {"path": r"C:\ProgramData\Microsoft\Group Policy\History", "exists": False, "files": []},
        "registry_pol": {
            "local": {
                "path": r"C:\Windows\System32\GroupPolicy\Machine\Registry.pol",
                "exists": False,
                "last_write": None,
                "entries": [],
            },
            "domain": {"path": r"C:\Windows\System32\GroupPolicy\DataStore", "exists": False, "files": []},
        },
    }
    no_key = {"exists": False, "last_write": None}
    assert answer["restart"] == {
        "boot_time": "2026-11-15T12:00:00.000Z",
        "cbs_reboot_pending": {
            "path": r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending",
            **no_key,
        },
        "windows_update_reboot_required": {
            "path": r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired",
            **no_key,
        },
        "pending_file_rename": False,
    }


@pytest.mark.parametrize(
    ("given", "kind", "data"),
    [
        ("text", "REG_SZ", "text"),
        (4294967295, "REG_DWORD", 4294967295),
        (["a", "b"], "REG_MULTI_SZ", ["a", "b"]),
        ({"type": "REG_EXPAND_SZ", "data": "%SystemRoot%"}, "REG_EXPAND_SZ", "%SystemRoot%"),
        ({"type": "REG_QWORD", "data": 2**64 - 1}, "REG_QWORD", 2**64 - 1),
        ({"type": "REG_BINARY", "data": "0AFF"}, "REG_BINARY", "0aff"),
        ({"type": "REG_NONE", "data": ""}, "REG_NONE", ""),
        ({"type": "REG_UNKNOWN"}, "REG_UNKNOWN", None),
    ],
)
def test_value_types(raw, given, kind, data):
    assert values(raw, Functions=given) == {"Functions": {"type": kind, "data": data}}


@pytest.mark.parametrize(
    ("fits", "too_long"),
    [
        ("x" * 65536, "x" * 65537),
        (["x"] * 10000, ["x"] * 10001),
        (["x" * 65536], ["x" * 65537]),
        ({"type": "REG_BINARY", "data": "00" * 32768}, {"type": "REG_BINARY", "data": "00" * 32769}),
    ],
    ids=["text", "items", "item", "binary"],
)
def test_long_data_is_too_big(raw, fits, too_long):
    answer = values(raw, Functions=fits, EccCurves=too_long)
    assert "data" in answer["Functions"]
    assert answer["EccCurves"]["error"]["code"] == "too_big"


def test_names_are_the_contracts_and_paths_have_no_case(raw):
    answer = raw(
        {"registry": {LOCAL.lower().replace("hklm", "HKLM"): {"values": {"FUNCTIONS": "a", "Other": "b"}}}}, "ciphers"
    )
    local = answer["ciphers"]["local"]
    assert local["path"] == LOCAL
    assert local["values"] == {"Functions": {"type": "REG_SZ", "data": "a"}}


def test_denied_things_stand_in_their_place(raw):
    answer = raw(
        {
            "registry": {
                LOCAL: {"error": DENIED},
                f"{S}\\Protocols\\TLS 1.2": {"error": DENIED},
                f"{S}\\Protocols\\TLS 1.0\\Client": {"values": {"Enabled": {"error": DENIED}, "DisabledByDefault": 1}},
                f"{S}\\Hashes": {"error": DENIED},
                PACKAGES: {"error": DENIED},
                r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager": {"error": DENIED},
            },
            "files": {CONFIG: {"error": DENIED}},
            "services": {"BITS": {"error": DENIED}},
            "processes": {"error": {"code": "cim_failed", "message": "x" * 3000}},
            "boot_time": {"error": {"code": "cim_failed"}},
            "policy": {
                "rsop": {"error": DENIED},
                "preferences": {"error": DENIED},
                "registry_pol": {"local": {"error": DENIED}, "domain": {"error": DENIED}},
            },
            "failed_subsets": {"dotnet": {"code": "unreadable", "message": "all of it"}},
        }
    )
    error = {"error": DENIED}
    assert answer["ciphers"]["local"] == {"path": LOCAL, **error}
    protocols = answer["schannel"]["protocols"]["subkeys"]
    assert protocols["TLS 1.2"] == {"path": f"{S}\\Protocols\\TLS 1.2", **error}
    client = protocols["TLS 1.0"]["subkeys"]["Client"]["values"]
    assert client == {"Enabled": error, "DisabledByDefault": {"type": "REG_DWORD", "data": 1}}
    assert answer["schannel"]["hashes"] == {"path": f"{S}\\Hashes", **error}
    assert answer["updates"]["packages"] == {"path": PACKAGES, **error}
    assert answer["w3wp"]["config"] == {"path": CONFIG, **error}
    assert answer["services"]["services"]["BITS"] == error
    assert answer["services"]["processes"]["error"]["code"] == "cim_failed"
    assert len(answer["services"]["processes"]["error"]["message"]) == 2000
    assert answer["restart"]["boot_time"]["error"]["code"] == "cim_failed"
    assert answer["restart"]["pending_file_rename"] == error
    policy = answer["policy"]
    assert policy["rsop"] == error
    assert [policy["preferences"]["error"], policy["registry_pol"]["local"]["error"]] == [DENIED, DENIED]
    assert policy["registry_pol"]["domain"] == {"path": r"C:\Windows\System32\GroupPolicy\DataStore", **error}
    assert answer["dotnet"] == {"error": {"code": "unreadable", "message": "all of it"}}


def test_a_tree_ends_after_200_subkeys(raw):
    def hashes(count):
        keys = {f"{S}\\Hashes\\H{number:03}": {"values": {"Enabled": 0}} for number in range(count)}
        return raw({"registry": keys}, "schannel")["schannel"]["hashes"]

    full, cut = hashes(200), hashes(201)
    assert (len(full["subkeys"]), full["truncated"]) == (200, False)
    assert (len(cut["subkeys"]), cut["truncated"]) == (200, True)
    assert list(cut["subkeys"])[-1] == "H199"


def test_subkeys_keep_their_names(raw):
    name = f"{S}\\Ciphers\\AES 128/128"
    answer = raw({"registry": {name: {"values": {"Enabled": 0}, "last_write": "-1d"}}}, "schannel")["schannel"][
        "ciphers"
    ]
    assert answer["exists"] is True
    assert answer["subkeys"] == {
        "AES 128/128": {
            "path": name,
            "exists": True,
            "last_write": "2026-11-23T12:00:00.000Z",
            "values": {"Enabled": {"type": "REG_DWORD", "data": 0}},
        }
    }


def test_packages_are_sorted_picked_and_limited(raw):
    names = [f"Package_for_KB{number:05}~a" for number in range(2001)] + [
        "Package_for_RollupFix~b",
        "Package_for_RollupFix~a",
        "Other~a",
    ]
    keys = {f"{PACKAGES}\\{name}": {"values": {"CurrentState": 0x70}} for name in names}
    keys[f"{PACKAGES}\\Package_for_RollupFix~a"] = {"values": {"CurrentState": "x"}}
    packages = raw({"registry": keys}, "updates")["updates"]["packages"]
    assert packages["rollups"] == [
        {"name": "Package_for_RollupFix~a", "state": None},
        {"name": "Package_for_RollupFix~b", "state": 112},
    ]
    assert len(packages["kbs"]) == 2000
    assert packages["kbs"][0] == {"name": "Package_for_KB00000~a", "state": 112}
    assert packages["truncated"] is True


def test_the_config_file_is_read_up_to_a_mebibyte(raw):
    def config(body):
        return raw({"files": {CONFIG: body}}, "w3wp")["w3wp"]["config"]

    answer = config({"base64": base64.b64encode(b"\xff\xfe<").decode(), "last_write": "-1h"})
    assert answer["content"] == base64.b64encode(b"\xff\xfe<").decode()
    assert (answer["size"], answer["last_write"]) == (3, "2026-11-24T11:00:00.000Z")
    assert len(base64.b64decode(config({"size": 1 << 20})["content"])) == 1 << 20
    assert config({"size": (1 << 20) + 1})["error"]["code"] == "too_big"


def wsus(raw, api):
    return raw({"registry": {SETUP: {"values": {"PortNumber": 8530}}}, "wsus": {"api": api}}, "wsus")["wsus"]["api"]


def test_the_api(raw):
    api = wsus(
        raw,
        {
            "reached_by": "module",
            "server": {"PortNumber": 8530},
            "configuration": {
                "MUUrl": "u",
                "RedirectorChangeNumber": 4002,
                "LastConfigChange": "-1d",
                "UseProxy": {"error": DENIED},
            },
            "subscription": {"error": DENIED},
            "last_synchronization": {"StartTime": "-2h", "ErrorText": "x" * 5000},
        },
    )
    assert api["reached_by"] == "module"
    assert (api["server"]["Name"], api["server"]["PortNumber"]) == ("WSUS01", 8530)
    config = api["configuration"]
    assert (config["MUUrl"], config["RedirectorChangeNumber"]) == ("u", 4002)
    assert config["LastConfigChange"] == "2026-11-23T12:00:00.000Z"
    assert config["UseProxy"] == {"error": DENIED}
    assert config["ProxyName"]["error"]["code"] == "unreadable"
    assert len(config) == 23
    assert "ProxyPassword" not in config
    assert api["subscription"] == {"error": DENIED}
    assert api["last_synchronization"]["StartTime"] == "2026-11-24T10:00:00.000Z"
    assert len(api["last_synchronization"]["ErrorText"]) == 4000


def test_the_api_may_fail_as_a_whole(raw):
    assert wsus(raw, {"error": {"code": "service_unavailable", "message": "503"}}) == {
        "error": {"code": "service_unavailable", "message": "503"}
    }


def test_processes_are_only_those_of_wsus(raw):
    answer = raw(
        {
            "processes": [
                {"name": "W3WP.exe", "process_id": 7, "app_pool": "WsusPool", "started": "-1d"},
                {"name": "x.exe", "process_id": 8},
            ]
        },
        "services",
    )
    assert answer["services"]["processes"] == [
        {"name": "W3WP.exe", "process_id": 7, "started": "2026-11-23T12:00:00.000Z", "app_pool": "WsusPool"}
    ]


def test_configmgr_logs_of_the_known_folders(raw):
    sms = r"HKLM\SOFTWARE\Microsoft\SMS\Setup"
    files = {
        r"E:\CM\Logs\wsyncmgr.log": "x",
        r"C:\sms\LOGS\wcm.log": {"size": 5},
        r"C:\SMS\Logs\other.log": "x",
    }
    answer = raw({"registry": {sms: {"values": {"Installation Directory": "E:\\CM\\"}}}, "files": files}, "configmgr")
    logs = answer["configmgr"]["logs"]
    assert [log["path"] for log in logs] == [r"C:\SMS\Logs\WCM.log", r"E:\CM\Logs\wsyncmgr.log"]
    assert (logs[0]["size"], logs[0]["content"]) == (5, None)


RELEVANT = [
    (r"SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002", "Functions"),
    (r"software\wow6432node\Microsoft\.NETFramework\v4.0.30319", "SchUseStrongCrypto"),
    (
        r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.0\Client",
        "Enabled",
    ),
    (r"SYSTEM\CurrentControlSet\Control\Lsa", "FIPSAlgorithmPolicy"),
    (r"SYSTEM\CurrentControlSet\Control\Lsa\FipsAlgorithmPolicy", "Enabled"),
    (r"SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp", "DefaultSecureProtocols"),
]
IRRELEVANT = [
    (r"SYSTEM\CurrentControlSet\Control\Lsa", "LimitBlankPasswordUse"),
    (r"SYSTEM\CurrentControlSet\Control\Lsa\MSV1_0", "NtlmMinClientSec"),
    (r"SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate", "WUServer"),
]


def test_only_relevant_policy_leaves_the_host(raw):
    everything = RELEVANT + IRRELEVANT
    guid = "{5F1B7C0A-6E3D-4C1E-9B7A-2A0C5D9E4411}"
    pol = {"entries": [{"key": key, "value_name": name, "type": 4} for key, name in everything], "last_write": "-1d"}
    answer = raw(
        {
            "policy": {
                "rsop": {
                    "settings": [{"key": key, "value_name": name, "precedence": 2} for key, name in everything],
                    "gpos": [{"id": "cn=1", "name": "G", "guid": guid}],
                },
                "preferences": {
                    "files": [
                        {
                            "path": f"{guid}\\S-1\\Machine\\Preferences\\Registry\\Registry.xml",
                            "items": [{"key": k, "name": n} for k, n in everything],
                        }
                    ]
                },
                "registry_pol": {
                    "local": pol,
                    "domain": {"files": [{"path": f"0\\{guid}\\Machine\\Registry.pol", **pol}]},
                },
            }
        },
        "policy",
    )["policy"]
    assert [(item["key"], item["value_name"]) for item in answer["rsop"]["settings"]] == RELEVANT
    assert set(answer["rsop"]["settings"][0]) == {"key", "value_name", "value_type", "deleted", "precedence", "gpo_id"}
    assert answer["rsop"]["gpos"] == [{"id": "cn=1", "name": "G", "guid": guid}]
    preferences = answer["preferences"]["files"][0]
    assert preferences["path"].startswith(f"C:\\ProgramData\\Microsoft\\Group Policy\\History\\{guid}")
    assert [(item["key"], item["name"]) for item in preferences["items"]] == RELEVANT
    local, domain = answer["registry_pol"]["local"], answer["registry_pol"]["domain"]["files"][0]
    assert [(item["key"], item["value_name"]) for item in local["entries"]] == RELEVANT
    assert (local["exists"], local["last_write"]) == (True, "2026-11-23T12:00:00.000Z")
    assert domain["path"] == f"C:\\Windows\\System32\\GroupPolicy\\DataStore\\0\\{guid}\\Machine\\Registry.pol"


def test_rsop_ends_after_2000_settings(raw):
    settings = [{"key": RELEVANT[0][0], "value_name": str(number)} for number in range(2001)]
    assert len(raw({"policy": {"rsop": {"settings": settings}}}, "policy")["policy"]["rsop"]["settings"]) == 2000


def test_environment(raw):
    environment = raw({"powershell_version": "5.1.14393.1"}, "os")["os"]["environment"]
    assert environment == {
        "machine_name": "WSUS01",
        "is_64bit_operating_system": True,
        "is_64bit_process": True,
        "powershell_version": "5.1.14393.1",
        "powershell_edition": "Desktop",
        "ui_culture": "en-US",
        "system_root": "C:\\Windows",
        "program_files": "C:\\Program Files",
        "program_data": "C:\\ProgramData",
    }
