# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The envelope, and what holds for any answer whatever."""

from __future__ import annotations

import copy
import json

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils import facts as package
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import BUILDERS, build_facts
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.context import Context
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.raw_state import (
    DENIED,
    LOCAL,
    POLICY,
    SCHANNEL,
    TIME,
    algorithm_tree,
    answer,
    ciphers_raw,
    key,
    os_raw,
    schannel_raw,
    tree,
)

SUBSETS = [
    *("os", "updates", "schannel", "dotnet", "ciphers", "winhttp"),
    *("w3wp", "wsus", "configmgr", "services", "policy", "restart", "journal"),
]


def codes(found):
    return {name: found[name]["error"]["code"] for name in SUBSETS if "error" in found[name]}


def test_members():
    found = build_facts(answer())
    assert list(found) == ["schema_version", "collected_at", *SUBSETS]
    assert (found["schema_version"], found["collected_at"]) == ("1.0", TIME)
    assert codes(found) == dict.fromkeys(SUBSETS, "not_collected")


@pytest.mark.parametrize(
    "envelope",
    [
        None,
        [],
        "text",
        {},
        {"raw": {}},
        {"contract": 2, "raw": {}},
        {"contract": "1", "raw": {}},
        {"contract": True, "raw": {}},
        {"contract": 1},
        {"contract": 1, "raw": []},
    ],
)
def test_an_envelope_of_another_shape(envelope):
    found = build_facts(envelope)
    assert found["schema_version"] == "1.0"
    assert codes(found) == dict.fromkeys(SUBSETS, "malformed")


def test_an_envelope_in_error():
    assert set(codes(build_facts({"contract": 1, **DENIED})).values()) == {"access_denied"}


@pytest.mark.parametrize("time", [None, 5, "yesterday"])
def test_an_envelope_without_time(time):
    assert build_facts({**answer(), "collected_at": time})["collected_at"] is None


def test_a_subset_in_error_stays_that_error():
    found = build_facts(answer(os=DENIED, ciphers=[], unheard_of={}))
    assert found["os"] == DENIED
    assert found["ciphers"]["error"]["code"] == "malformed"
    assert "unheard_of" not in found


def test_a_builder_that_fails_costs_its_subset_only(monkeypatch):
    def broken(raw, ctx):
        raise RecursionError

    monkeypatch.setattr(f"{package.__name__}.os_facts.build", broken)
    found = build_facts(answer(os=os_raw("2016"), schannel=schannel_raw()))
    assert found["os"]["error"]["code"] == "malformed"
    assert found["schannel"]["protocols"]["TLS 1.2"]["client"]["state"] == "enabled"


def test_a_module_that_can_not_be_loaded_costs_its_subset_only(monkeypatch):
    monkeypatch.setitem(BUILDERS, "os", "nowhere")
    found = build_facts(answer(os=os_raw("2016"), updates={}))
    assert found["os"]["error"]["code"] == "malformed"
    assert found["updates"]["monthly_rollup"]["state"] == "not_required"


def test_owner_of_values_without_the_subset_policy():
    found = build_facts(answer(ciphers=ciphers_raw()))
    assert found["ciphers"]["policy"]["functions"]["owner"] is None


def test_an_owner_lookup_that_fails_is_unknown(monkeypatch):
    def attribute(module, name):
        if name == "owner_lookup":
            return lambda raw: lambda path, value: 1 / 0
        return original(module, name)

    original = package._attribute
    monkeypatch.setattr(package, "_attribute", attribute)
    found = build_facts(answer(ciphers=ciphers_raw(), policy={}))
    assert found["ciphers"]["policy"]["functions"]["owner"] == "unknown"


def test_context():
    ctx = Context({"a": {"x": 1}, "b": DENIED, "c": 5})
    assert ctx.subset("a") == {"x": 1}
    assert [ctx.subset(name) for name in ("b", "c", "d")] == [None, None, None]
    assert ctx.os_id is None


# --- any answer -------------------------------------------------------------------------------------------------------

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def whole():
    """An answer of this half's subsets with something in every place."""
    return answer(
        os=os_raw("2012R2"),
        updates={
            "packages": {
                "path": "P",
                "exists": True,
                "last_write": TIME,
                "rollups": [{"name": "Package_for_RollupFix~31bf3856ad364e35~amd64~~9600.19747.1.5", "state": 112}],
                "kbs": [{"name": "Package_for_KB4561666~31bf3856ad364e35~amd64~~6.3.1.3", "state": 112}],
                "truncated": False,
            }
        },
        schannel=schannel_raw(
            protocols=tree(f"{SCHANNEL}\\Protocols", {"TLS 1.2": tree("x", {"Client": key("x", Enabled=1)})}),
            hashes=algorithm_tree("Hashes", SHA256=0),
        ),
        ciphers={"policy": key(POLICY, Functions="TLS_RSA_WITH_AES_256_CBC_SHA"), "local": key(LOCAL, EccCurves=["a"])},
    )


def places(node, path=()):
    """The path of every member and item."""
    yield path
    if isinstance(node, dict):
        for name in node:
            yield from places(node[name], (*path, name))
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from places(item, (*path, index))


def check(found):
    assert list(found) == ["schema_version", "collected_at", *SUBSETS]
    # NaN apart, what comes out can be written as JSON and UTF-8.
    json.dumps(found, allow_nan=False).encode("utf-8")
    json.dumps(found, ensure_ascii=False).encode("utf-8")


@given(JSON)
def test_any_answer(obj):
    check(build_facts(obj))


@given(st.fixed_dictionaries(dict.fromkeys(("os", "updates", "schannel", "ciphers"), JSON)))
def test_any_raw_state(raw):
    check(build_facts(answer(**raw)))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_damage_to_a_good_answer(data):
    damaged = whole()
    for _time in range(data.draw(st.integers(1, 4))):
        path = data.draw(st.sampled_from([path for path in places(damaged) if path]))
        node = damaged
        for step in path[:-1]:
            node = node[step]
        if isinstance(node, dict) and data.draw(st.booleans()):
            del node[path[-1]]
        else:
            node[path[-1]] = data.draw(JSON)
    before = copy.deepcopy(damaged)
    found = build_facts(damaged)
    check(found)
    assert repr(before) == repr(damaged)
    assert json.dumps(build_facts(damaged)) == json.dumps(found)


def test_what_damage_can_not_do():
    """None of the single losses makes the facts claim something that the whole answer does not say."""
    good = build_facts(whole())
    for path in places(whole()["raw"]):
        if not path:
            continue
        damaged = whole()
        node = damaged["raw"]
        for step in path[:-1]:
            node = node[step]
        node[path[-1]] = DENIED
        found = build_facts(damaged)
        check(found)
        if "state" in found["updates"].get("monthly_rollup", {}):
            assert found["updates"]["monthly_rollup"]["state"] in ("installed", "unknown")
        ciphers = found["ciphers"]
        if "error" not in ciphers and ciphers["determined"]:
            assert ciphers["common"] == good["ciphers"]["common"]


def test_a_deep_answer():
    deep: object = {}
    for _time in range(50_000):
        deep = {"values": deep, "subkeys": deep, "exists": True, "path": "P"}
    raw = {
        "schannel": {"protocols": deep, "ciphers": deep},
        "ciphers": {"policy": deep, "local": deep},
        "updates": deep,
    }
    check(build_facts(answer(os=os_raw("2016"), **raw)))


def test_the_whole_answer():
    found = build_facts(whole())
    assert found["os"]["id"] == "2012R2"
    assert found["updates"]["monthly_rollup"]["state"] == "installed"
    assert found["ciphers"]["list"]["source"] == "policy"
    assert found["schannel"]["hashes"]["SHA256"]["effective"] == "disabled"
