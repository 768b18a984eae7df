# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Protocols of SCHANNEL: only what keeps the wanted state from being reached is written."""

from __future__ import annotations

from itertools import product

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.schannel import SCHANNEL
from ansible_collections.wsus.compliance.plugins.plugin_utils.plan import finish, plan_protocol, plan_protocols
from support.plan_hosts import TLS12, changes, facts, host, plan, put

SSL3 = rf"{SCHANNEL}\Protocols\SSL 3.0\Client"
NUMBERS = (None, 0, 1, 0xFFFFFFFF)


def side(name, protocol, role="client", **values):
    found = host(name)
    for value, data in values.items():
        if data is not None:
            put(found, rf"{SCHANNEL}\Protocols\{protocol}\{role.title()}", value, "REG_DWORD", data)
    return found


def written(found, protocol, state, role="client"):
    draft = plan_protocol(facts(found), protocol, role, state)
    assert not draft.refused and not draft.unresolved
    return {operation.name: operation.after.get("data") for operation in draft.operations}


@pytest.mark.parametrize(
    ("enabled", "by_default", "expected"),
    [
        (None, None, {}),  # on by default
        (1, None, {}),
        (0xFFFFFFFF, 0, {}),
        (0, None, {"Enabled": 1}),
        (0, 0, {"Enabled": 1}),
        (0, 1, {"Enabled": 1, "DisabledByDefault": 0}),
        (1, 1, {"DisabledByDefault": 0}),
        (None, 1, {"DisabledByDefault": 0}),
    ],
)
def test_tls12_on(enabled, by_default, expected):
    found = side("healthy", "TLS 1.2", Enabled=enabled, DisabledByDefault=by_default)
    assert written(found, "TLS 1.2", "enabled") == expected


@pytest.mark.parametrize(
    ("name", "protocol", "values", "expected"),
    [
        ("healthy", "TLS 1.0", {}, {"Enabled": 0}),
        ("healthy", "TLS 1.0", {"DisabledByDefault": 1}, {"Enabled": 0}),
        ("healthy", "TLS 1.0", {"Enabled": 0, "DisabledByDefault": 0}, {"DisabledByDefault": 1}),
        ("healthy", "SSL 3.0", {}, {}),  # off by default since 2016
        ("issue3", "SSL 3.0", {}, {"Enabled": 0}),
        ("healthy", "SSL 2.0", {}, {}),  # not there at all
        ("issue2", "TLS 1.0", {}, {}),
    ],
)
def test_off(name, protocol, values, expected):
    assert written(side(name, protocol, **values), protocol, "disabled") == expected


@pytest.mark.parametrize("name", ["healthy", "issue3"])
@pytest.mark.parametrize("protocol", ["SSL 3.0", "TLS 1.0", "TLS 1.2"])
@pytest.mark.parametrize("state", ["enabled", "disabled"])
def test_any_values_lead_to_the_state_and_stay(name, protocol, state):
    for enabled, by_default in product(NUMBERS, NUMBERS):
        found = side(name, protocol, Enabled=enabled, DisabledByDefault=by_default)
        before = facts(found)["schannel"]["protocols"][protocol]["client"]["state"]
        made = finish([plan_protocol(facts(found), protocol, "client", state)])
        found.apply(made.for_host())
        assert facts(found)["schannel"]["protocols"][protocol]["client"]["state"] == state
        assert (before == state) == (not made.operations)
        assert not plan_protocol(facts(found), protocol, "client", state).operations


def test_default_takes_both_values_out():
    found = side("healthy", "TLS 1.2", Enabled=0, DisabledByDefault=1)
    assert written(found, "TLS 1.2", "default") == {"Enabled": None, "DisabledByDefault": None}
    assert written(host(), "TLS 1.2", "default") == {}


def test_a_value_of_another_type_is_replaced():
    found = put(host(), TLS12, "Enabled", "REG_SZ", "0")
    assert written(found, "TLS 1.2", "enabled") == {"Enabled": 1}


def test_what_this_windows_has_not_got():
    draft = plan_protocol(facts(host("issue1")), "TLS 1.3", "client", "enabled")
    assert "no TLS 1.3" in draft.refused[0].reason


def test_an_unknown_windows_is_not_guessed():
    found = side("healthy", "TLS 1.2", Enabled=0)
    found.raw["os"] = {"error": {"code": "unreadable", "message": ""}}
    draft = plan_protocol(facts(found), "TLS 1.2", "client", "enabled")
    assert not draft.operations and "not known" in draft.unresolved[0].reason


def test_the_resolution_and_its_restarts():
    found = side("healthy", "TLS 1.2", Enabled=0)
    put(found, TLS12.replace("Client", "Server"), "Enabled", "REG_DWORD", 0)
    made = plan(found, "all")
    assert changes(made) == [(f"{TLS12}\\Enabled", 1)]  # the server side only where it is asked for
    assert {restart.what: restart.need for restart in made.restarts} == {
        "iisreset": "required", "WsusService": "required", "reboot": "recommended"
    }  # fmt: skip
    assert "schannel.tls12_server" in {refusal.id for refusal in made.unresolved}
    both = plan(found, "all", tls12_server="default")
    assert [operation.after for operation in both.operations][1] == {"exists": False}


def test_other_protocols_only_where_they_are_asked_for():
    assert not plan(host("healthy"), "all").operations
    made = plan(host("healthy"), "all", protocols={"TLS 1.0": {"client": "disabled", "server": "disabled"}})
    assert [data for _target, data in changes(made)] == [0, 0]
    assert not plan(host("healthy"), "sync_endpoint", protocols={"TLS 1.0": {"client": "disabled"}}).operations


def test_turning_off_what_the_import_needs_is_said():
    made = plan_protocols(facts(host("issue1")), {"TLS 1.0": {"client": "disabled"}})
    assert "issue 2" in made.notes[0]
    assert not plan_protocols(facts(host("healthy")), {"TLS 1.0": {"client": "disabled"}}).notes
    assert "only protocol" in plan_protocols(facts(host()), {"TLS 1.2": {"client": "disabled"}}).notes[0]


@pytest.mark.parametrize(
    "wrong", [("TLS 9", "client", "enabled"), ("TLS 1.2", "x", "enabled"), ("TLS 1.2", "client", "x")]
)
def test_what_makes_no_sense(wrong):
    with pytest.raises(ValueError, match="SCHANNEL"):
        plan_protocol({}, *wrong)
