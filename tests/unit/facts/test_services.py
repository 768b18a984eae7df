# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""services.py."""

from __future__ import annotations

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import services
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.context import Context
from hypothesis import given
from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)


def service(name, **members):
    return {
        "name": name,
        "exists": True,
        "state": "Running",
        "start": 2,
        "account": "LocalSystem",
        "delayed": False,
        **members,
    }


def test_services():
    raw = {
        "services": {
            "WsusService": service("WsusService", account="NT AUTHORITY\\NETWORK SERVICE"),
            "W3SVC": service("W3SVC", state="Stopped", start=4),
            "WAS": service("WAS", start=3),
            "wuauserv": {
                "name": "wuauserv",
                "exists": False,
                "state": None,
                "start": None,
                "account": None,
                "delayed": None,
            },
            "BITS": {"error": {"code": "access_denied", "message": ""}},
        },
        "processes": [],
    }
    found = services.build(raw, Context())
    assert found["WsusService"] == {
        "exists": True, "state": "Running", "start_mode": "automatic", "account": "NT AUTHORITY\\NETWORK SERVICE",
    }  # fmt: skip
    assert (found["W3SVC"]["state"], found["W3SVC"]["start_mode"]) == ("Stopped", "disabled")
    assert found["WAS"]["start_mode"] == "manual"
    assert found["wuauserv"] == {"exists": False, "state": None, "start_mode": None, "account": None}
    assert found["BITS"] == {"exists": None, "state": None, "start_mode": None, "account": None}
    assert found["processes"] == []
    assert set(found) == {"WsusService", "W3SVC", "WAS", "wuauserv", "BITS", "processes"}


@pytest.mark.parametrize(
    ("start", "mode"),
    [(0, None), (1, None), (2, "automatic"), (3, "manual"), (4, "disabled"), (5, None), ("2", None), (True, None)],
)
def test_start_modes(start, mode):
    raw = {"services": {"BITS": service("BITS", start=start)}}
    assert services.build(raw, Context())["BITS"]["start_mode"] == mode


def test_processes():
    raw = {
        "processes": [
            {"name": "w3wp.exe", "process_id": 4711, "started": "2026-11-01T10:00:00.000Z", "app_pool": "WsusPool"},
            {"name": "WsusService.exe", "process_id": 12, "started": None, "app_pool": None},
            {"name": "w3wp.exe", "process_id": -1, "started": "yesterday", "app_pool": ""},
        ]
    }
    assert services.build(raw, Context())["processes"] == [
        {"name": "w3wp.exe", "process_id": 4711, "started": "2026-11-01T10:00:00.000Z", "app_pool": "WsusPool"},
        {"name": "WsusService.exe", "process_id": 12, "started": None, "app_pool": None},
        {"name": "w3wp.exe", "process_id": None, "started": None, "app_pool": None},
    ]


def test_processes_not_read():
    raw = {"processes": {"error": {"code": "cim_failed", "message": "x"}}}
    assert services.build(raw, Context())["processes"] == {"error": {"code": "cim_failed", "message": "x"}}
    assert services.build({}, Context())["processes"]["error"]["code"] == "malformed"
    assert services.build({"processes": [{"name": 1}]}, Context())["processes"]["error"]["code"] == "malformed"
    assert services.build({"processes": [None]}, Context())["processes"]["error"]["code"] == "malformed"


@given(JSON)
def test_never_raises(raw):
    services.build(raw if isinstance(raw, dict) else {"services": raw, "processes": raw}, Context())
    services.build({"processes": [raw], "services": dict.fromkeys(services.NAMES, raw)}, Context())
