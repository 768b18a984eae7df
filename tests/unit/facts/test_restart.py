# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""restart.py: what was changed after its reader started."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import jsonschema
import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import restart
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import tables as tables_package
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.context import Context
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.tables import load_table
from hypothesis import given
from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)

EARLY, START, LATE = "2026-11-01T08:00:00.000Z", "2026-11-01T10:00:00.000Z", "2026-11-01T12:00:00.000Z"
NET = r"HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319"
TLS12 = restart.SCHANNEL_PROTOCOLS + r"\TLS 1.2\Client"
SWITCH = "Switch.System.Net.DontEnableSystemDefaultTlsVersions"
ERROR = {"error": {"code": "access_denied", "message": "no"}}


def dword(data):
    return {"type": "REG_DWORD", "data": data}


def key(path, last_write=None, values=None, exists=True):
    return {"path": path, "exists": exists, "last_write": last_write if exists else None, "values": values or {}}


def absent(path):
    return key(path, exists=False)


def config(last_write, switch=SWITCH):
    element = f'<AppContextSwitchOverrides value="{switch}=false"/>'
    content = f"<configuration><runtime>{element}</runtime></configuration>".encode()
    return {
        "config": {
            "path": r"C:\Windows\System32\inetsrv\w3wp.exe.config", "exists": True, "size": len(content),
            "last_write": last_write, "content": base64.b64encode(content).decode(),
        }
    }  # fmt: skip


def protocols(last_write, values=None):
    client = key(TLS12, last_write, {"Enabled": dword(1)} if values is None else values)
    tls12 = {
        "path": restart.SCHANNEL_PROTOCOLS + r"\TLS 1.2",
        "exists": True,
        "last_write": LATE,
        "subkeys": {"Client": client},
        "truncated": False,
    }
    return {
        "path": restart.SCHANNEL_PROTOCOLS,
        "exists": True,
        "last_write": LATE,
        "subkeys": {"TLS 1.2": tls12},
        "truncated": False,
    }


def process(name="w3wp.exe", started=START, app_pool="WsusPool"):
    return {"name": name, "process_id": 4, "started": started, "app_pool": app_pool}


SERVICE = process("WsusService.exe", START, None)


def answer(processes=None, **subsets):
    """Every subset read, nothing changed; the processes started at START."""
    return {
        "dotnet": {"native_v4": absent(NET), "app_context_native": absent("x")},
        "schannel": {
            "protocols": {"path": restart.SCHANNEL_PROTOCOLS, "exists": False, "subkeys": {}, "truncated": False}
        },
        "ciphers": {"policy": absent(restart.CIPHER_POLICY)},
        "w3wp": {"config": {"path": "p", "exists": False}},
        "wsus": {"api": {"reached_by": "assembly", "configuration": {"LastConfigChange": EARLY}}},
        "services": {"processes": [process(), SERVICE] if processes is None else processes},
        **subsets,
    }


def build(processes=None, boot=START, restart_raw=None, **subsets):
    raw = {
        "boot_time": boot,
        "cbs_reboot_pending": absent("c"),
        "windows_update_reboot_required": absent("w"),
        "pending_file_rename": False,
        **(restart_raw or {}),
    }
    return restart.build(raw, Context(answer(processes, **subsets)))


def net(last_write, values=None):
    return {
        "native_v4": key(NET, last_write, {"SchUseStrongCrypto": dword(1)} if values is None else values),
        "app_context_native": absent("x"),
    }


def test_nothing_changed():
    found = build()
    assert (found["pending"], found["undetermined"]) == ([], [])
    assert found["processes"] == {"w3wp": START, "WsusService": START}
    assert found["boot_time"] == START
    assert found["os_pending"] == {"component_servicing": False, "windows_update": False, "file_rename": False}


def test_strong_crypto_changed_later():
    found = build(dotnet=net(LATE))
    assert found["pending"] == [
        {
            "what": ".NET strong cryptography values", "path": NET, "changed": LATE, "reader": "w3wp", "since": START,
            "needs": "iisreset",
        }
    ]  # fmt: skip
    assert found["undetermined"] == []


@pytest.mark.parametrize("subset", [net(EARLY), net(START), net(LATE, {}), net(LATE, {"Other": dword(1)})])
def test_strong_crypto_not_pending(subset):
    """Before the start, at the same moment, and a key that holds none of the values."""
    found = build(dotnet=subset)
    assert (found["pending"], found["undetermined"]) == ([], [])


def test_each_change_and_its_reader():
    switches = key(restart.APP_CONTEXT["native"], LATE, {SWITCH: {"type": "REG_SZ", "data": "false"}})
    found = build(
        dotnet={"native_v4": absent(NET), "app_context_native": switches},
        schannel={"protocols": protocols(LATE)},
        ciphers={"policy": key(restart.CIPHER_POLICY, LATE, {"Functions": {"type": "REG_SZ", "data": "x"}})},
        w3wp=config(LATE),
        wsus={"api": {"reached_by": "assembly", "configuration": {"LastConfigChange": LATE}}},
    )  # fmt: skip
    assert [(entry["path"], entry["reader"], entry["needs"]) for entry in found["pending"]] == [
        (restart.APP_CONTEXT["native"], "w3wp", "iisreset"),
        (r"C:\Windows\System32\inetsrv\w3wp.exe.config", "w3wp", "iisreset"),
        (TLS12, "w3wp", "iisreset"),
        (TLS12, "WsusService", "service_restart"),
        (restart.CIPHER_POLICY, "system", "reboot"),
    ]
    assert all(entry["changed"] == LATE and entry["since"] == START for entry in found["pending"])


def test_an_option_of_wsus_saved_later_is_no_pending_restart():
    """LastConfigChange moves with any option, so it would accuse servers on which nothing of ours was changed."""
    assert build(wsus={"api": {"configuration": {"LastConfigChange": LATE}}})["pending"] == []


def test_a_removed_value_is_a_change_where_the_key_holds_nothing_else():
    """Microsoft's own repair removes values; until the restart the processes run with the old ones."""
    emptied = protocols(LATE)
    emptied["subkeys"]["TLS 1.2"]["subkeys"]["Client"]["values"] = {}
    found = build(schannel={"protocols": emptied}, ciphers={"policy": key(restart.CIPHER_POLICY, LATE, {})})
    assert [entry["reader"] for entry in found["pending"]] == ["w3wp", "WsusService", "system"]


def test_server_side_protocols_do_not_count():
    tree = protocols(LATE)
    tree["subkeys"]["TLS 1.2"]["subkeys"] = {"Server": key("s", LATE, {"Enabled": dword(1)})}
    assert build(schannel={"protocols": tree})["pending"] == []


def test_config_without_the_switches_does_not_count():
    assert build(w3wp=config(LATE, "Switch.Other"))["pending"] == []


def test_config_that_is_not_understood_may_hold_them():
    w3wp = config(LATE)
    w3wp["config"]["content"] = base64.b64encode(b"<a>").decode()
    assert [entry["what"] for entry in build(w3wp=w3wp)["pending"]] == ["AppContext switches in w3wp.exe.config"]


# Processes -> is a change at 10:30 pending for w3wp? None = undetermined
NOON = "2026-11-01T10:30:00.000Z"
PROCESSES = [
    ([process(started=START)], True),
    ([process(started=LATE)], False),
    ([process(started=LATE), process(started=START)], True),  # the earliest counts
    ([process(started=START, app_pool="Other"), process(started=LATE)], False),  # another pool does not read for WSUS
    ([process(started=START, app_pool=None), process(started=LATE)], False),
    ([process(started=START, app_pool=None)], True),
    ([process(started=START, app_pool="Other")], False),  # no worker of WSUS runs
    ([process(started=START, app_pool="wsuspool")], True),
    ([], False),
    ([process(started=None)], None),
    ([process(started=None), process(started=LATE)], None),
    ([process(started=None), process(started=START)], True),
    ([{"name": "W3WP.EXE", "process_id": 1, "started": START, "app_pool": "WsusPool"}], True),
    (ERROR, None),
    ([None], None),
]


@pytest.mark.parametrize(("processes", "pending"), PROCESSES)
def test_worker_processes(processes, pending):
    found = build(processes, dotnet=net(NOON), wsus={"api": {"error": {"code": "role_absent", "message": ""}}})
    assert bool(found["pending"]) is (pending is True)
    assert bool(found["undetermined"]) is (pending is None)


def test_missing_times():
    assert len(build(dotnet=net(None))["undetermined"]) == 1
    assert len(build(dotnet=net("yesterday"))["undetermined"]) == 1
    policy = {"policy": key(restart.CIPHER_POLICY, LATE, {"Functions": {"type": "REG_SZ", "data": "x"}})}
    for boot in (None, ERROR, "x"):
        found = build(boot=boot, ciphers=policy)
        assert (found["boot_time"], found["pending"], len(found["undetermined"])) == (None, [], 1)
    found = build(boot=None)
    assert found["undetermined"] == []  # nothing to compare with it


def test_what_could_not_be_read_is_undetermined():
    found = build(dotnet={"native_v4": {"path": NET, **ERROR}, "app_context_native": absent("x")})
    assert len(found["undetermined"]) == 1 and "access_denied" in found["undetermined"][0]
    found = restart.build({"boot_time": START}, Context({"restart": {}}))
    assert found["pending"] == []
    assert len(found["undetermined"]) == len(load_table("restarts")["restarts"])
    tree = protocols(EARLY)
    tree["truncated"] = True
    assert len(build(schannel={"protocols": tree})["undetermined"]) == 2


def test_a_key_whose_values_were_not_read_may_hold_them():
    lost = {name: item for name, item in key(NET, EARLY).items() if name != "values"}
    found = build(dotnet={"native_v4": lost, "app_context_native": absent(restart.APP_CONTEXT["native"])})
    assert found["pending"] == []
    assert any("values were not read" in text for text in found["undetermined"])


def test_a_value_in_error_is_there():
    assert len(build(dotnet=net(LATE, {"SchUseStrongCrypto": ERROR}))["pending"]) == 1


def test_paths_are_compared_by_the_contract_not_by_what_the_host_says():
    subset = net(LATE)
    subset["native_v4"]["path"] = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\.NETFramework\v4.0.30319"
    assert len(build(dotnet=subset)["pending"]) == 1


@pytest.mark.parametrize(
    ("raw", "wanted"), [(key("c"), True), (absent("c"), False), ({"path": "c", **ERROR}, None), (None, None)]
)
def test_os_pending(raw, wanted):
    found = build(restart_raw={"cbs_reboot_pending": raw, "windows_update_reboot_required": raw})["os_pending"]
    assert (found["component_servicing"], found["windows_update"]) == (wanted, wanted)


@pytest.mark.parametrize(("raw", "wanted"), [(True, True), (False, False), (ERROR, None), (1, None)])
def test_file_rename(raw, wanted):
    assert build(restart_raw={"pending_file_rename": raw})["os_pending"]["file_rename"] is wanted


def test_table_and_schema():
    folder = Path(tables_package.__file__).parent
    schema = json.loads((folder / "schemas" / "restarts.json").read_text(encoding="utf-8"))
    table = load_table("restarts")
    lists = ("restarts", "of_known_changes")
    plain = {
        "sources": dict(table["sources"]),
        **{
            name: [{**row, "values": list(row["values"]), "source": list(row["source"])} for row in table[name]]
            for name in lists
        },
    }
    jsonschema.validate(plain, schema)
    assert all(name in plain["sources"] for rows in lists for row in plain[rows] for name in row["source"])
    assert {row["path"] for row in plain["restarts"]} >= {
        NET,
        restart.CIPHER_POLICY,
        restart.CONFIG_PATH,
    }


@given(JSON)
def test_never_raises(value):
    names = ("dotnet", "schannel", "ciphers", "w3wp", "wsus", "services")
    raw = value if isinstance(value, dict) else {"boot_time": value, "pending_file_rename": value}
    assert restart.build(raw, Context(dict.fromkeys(names, value)))["pending"] == []
    inner = {
        "native_v4": value,
        "protocols": value,
        "policy": value,
        "config": value,
        "api": value,
        "processes": [value],
    }
    assert restart.build(raw, Context(dict.fromkeys(names, inner)))["pending"] == []
