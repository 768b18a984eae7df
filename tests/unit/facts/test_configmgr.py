# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""configmgr.py: what proves a site server or a software update point."""

from __future__ import annotations

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import configmgr
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.context import Context
from hypothesis import given
from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)

ERROR = {"error": {"code": "access_denied", "message": "no"}}


def key(path, exists=False, values=None):
    return {"path": path, "exists": exists, "last_write": None, "values": values or {}}


def service(name, exists=False):
    return {
        "name": name,
        "exists": exists,
        "state": "Running" if exists else None,
        "start": None,
        "account": None,
        "delayed": None,
    }


def raw(setup=None, identification=None, components=(), services=(), logs=()):
    return {
        "setup": setup or key(r"HKLM\SOFTWARE\Microsoft\SMS\Setup"),
        "identification": identification or key(r"HKLM\SOFTWARE\Microsoft\SMS\Identification"),
        "components": {name: key(name, name in components) for name in configmgr.COMPONENTS},
        "services": {name: service(name, name in services) for name in configmgr.SERVICES},
        "logs": [log(path) for path in logs],
    }


def log(path):
    return {"path": path, "exists": True, "size": 1, "last_write": "2026-11-01T10:00:00.000Z", "content": None}


def text(data):
    return {"type": "REG_SZ", "data": data}


SETUP = key(r"HKLM\SOFTWARE\Microsoft\SMS\Setup", True, {"Full Version": text("5.00.9128.1000")})
FOLDER = "C:\\Program Files\\Microsoft Configuration Manager\\Logs\\"


def identification(server="CM01.example.test"):
    return key(
        r"HKLM\SOFTWARE\Microsoft\SMS\Identification", True, {"Site Code": text("P01"), "Site Server": text(server)}
    )


# raw -> present, roles, uses_wsus
CASES = [
    (raw(), False, [], False),
    (raw(setup=SETUP), True, ["site_server"], False),
    (raw(setup=SETUP, components=["SMS_WSUS_CONTROL_MANAGER"]), True, ["site_server", "software_update_point"], True),
    (raw(components=["SMS_WSUS_CONTROL_MANAGER"], services=["SMS_EXECUTIVE"]), True, ["software_update_point"], True),
    (raw(services=["SMS_EXECUTIVE"]), True, [], False),
    (raw(services=["SMS_SITE_COMPONENT_MANAGER"]), True, ["site_server"], False),
    (raw(identification=identification()), True, ["site_server"], False),
    (raw(components=["SMS_WSUS_SYNC_MANAGER"]), True, [], False),
    # Logs: with the reservation
    (raw(logs=[FOLDER + "wsyncmgr.log"]), True, ["site_server"], True),
    (raw(logs=[FOLDER + "WSUSCtrl.log"]), True, ["software_update_point"], True),
    (raw(logs=[FOLDER + "WCM.log"]), None, [], None),
    (raw(setup=SETUP, logs=[FOLDER + "WCM.log"]), True, ["site_server"], None),
]


@pytest.mark.parametrize(("subset", "present", "roles", "uses"), CASES)
def test_verdicts(subset, present, roles, uses):
    found = configmgr.build(subset, Context())
    assert (found["present"], found["roles"], found["uses_wsus"]) == (present, roles, uses)
    assert bool(found["evidence"]) == (present is not False)
    reserved = any("proves only" in text for text in found["evidence"])
    only_log = bool(subset["logs"]) and not subset["setup"]["exists"]
    assert reserved is only_log


@pytest.mark.parametrize(
    "broken",
    [
        {"setup": {"path": "p", **ERROR}},
        {"identification": None},
        {"components": ERROR},
        {"components": {"SMS_WSUS_CONTROL_MANAGER": key("p")}},
        {"services": None},
        {"services": {"SMS_EXECUTIVE": service("SMS_EXECUTIVE"), "SMS_SITE_COMPONENT_MANAGER": ERROR}},
        {"logs": ERROR},
        {"logs": [{"path": "x", **ERROR}]},
    ],
)
def test_absence_needs_that_everything_was_read(broken):
    found = configmgr.build({**raw(), **broken}, Context())
    assert (found["present"], found["uses_wsus"]) == (None, None)
    assert any("could not be read" in text for text in found["evidence"])
    found = configmgr.build({**raw(components=["SMS_WSUS_CONTROL_MANAGER"]), **broken}, Context())
    if "components" not in broken:
        assert (found["present"], found["uses_wsus"]) == (True, True)


@pytest.mark.parametrize(
    ("machine", "roles"), [("CM01", ["site_server"]), ("cm01", ["site_server"]), ("WSUS1", []), (None, ["site_server"])]
)
def test_identification_of_a_site_system_names_another_host(machine, roles):
    ctx = Context({"os": {"environment": {"machine_name": machine}}})
    found = configmgr.build(raw(identification=identification()), ctx)
    assert (found["present"], found["roles"], found["site_code"]) == (True, roles, "P01")


def test_facts():
    found = configmgr.build(
        raw(setup=SETUP, identification=identification(), logs=[FOLDER + "wsyncmgr.log"]), Context()
    )
    assert (found["site_code"], found["version"]) == ("P01", "5.00.9128.1000")
    assert found["logs"] == [{"path": FOLDER + "wsyncmgr.log", "last_write": "2026-11-01T10:00:00.000Z"}]
    assert set(found) == {"present", "roles", "uses_wsus", "site_code", "version", "evidence", "logs"}
    assert configmgr.build(raw(logs=["x"]), Context())["logs"][0]["path"] == "x"


@given(JSON)
def test_never_raises(value):
    members = ("setup", "identification", "components", "services", "logs")
    found = configmgr.build(value if isinstance(value, dict) else dict.fromkeys(members, value), Context({"os": value}))
    assert found["present"] is not False
    configmgr.build({**raw(), "logs": [value], "services": {"SMS_EXECUTIVE": value}}, Context())
