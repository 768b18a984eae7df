# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which cipher suites a host offers by its lists: source, names, limits."""

from __future__ import annotations

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.tables import load_table
from support.cipher_facts import E128C, E128G, E256C, E256G, NEW_OS, OLD, OLD_OS, RSA, SWS, facts, functions
from support.raw_state import DENIED, reg


@pytest.mark.parametrize("os_id", OLD_OS + NEW_OS)
@pytest.mark.parametrize(
    ("policy", "local", "source"),
    [
        (None, None, "os_default"),
        ({}, {}, "os_default"),
        ({"Functions": ""}, None, "os_default"),
        ({"Functions": " , ,, "}, {"Functions": []}, "os_default"),
        ({"Functions": []}, {"Functions": ["", " "]}, "os_default"),
        (None, {"Functions": [*SWS, *OLD]}, "local"),
        ({"Functions": ","}, {"Functions": [*SWS, *OLD]}, "local"),
        (functions(*SWS, *OLD), None, "policy"),
        (functions(*SWS, *OLD), {"Functions": [RSA]}, "policy"),
    ],
)
def test_source(os_id, policy, local, source):
    found = facts(os_id, policy, local)
    assert found["list"]["source"] == source
    assert found["common"]
    assert found["determined"] is True


@pytest.mark.parametrize("row", load_table("cipher_suites")["systems"], ids=lambda row: row["os"])
def test_default_list(row):
    found = facts(row["os"])
    assert found["list"]["suites"] == list(row["default"])
    assert found["effective"] == list(row["default"])
    assert found["list"]["ignored"] == []
    assert found["killed"] == []
    assert found["common"] == found["common_if_reenabled"] == (OLD if row["os"] in OLD_OS else SWS)


@pytest.mark.parametrize(
    ("text", "suites"),
    [
        (f"{E256G},{RSA}", [E256G, RSA]),
        (f"{E256G}, {RSA}", [E256G, RSA]),
        (f"{E256G},{RSA},", [E256G, RSA]),
        (f",,{E256G} ,\t{RSA}\r\n", [E256G, RSA]),
        (E256G.lower(), [E256G]),
        (f"{E256G},{E256G.lower()},{E256G}", [E256G]),
        (f"{E256G}\0", [E256G]),
    ],
)
def test_text_of_a_policy(text, suites):
    found = facts("2019", {"Functions": text})
    assert found["list"]["suites"] == suites
    assert (found["list"]["type_problem"], found["list"]["ignored"], found["list"]["truncated"]) == (None, [], False)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (reg([E256G, RSA]), "REG_MULTI_SZ instead of REG_SZ"),
        (reg([f"{E256G}, {RSA}"]), "REG_MULTI_SZ instead of REG_SZ"),
        (reg(f"{E256G},{RSA}", "REG_EXPAND_SZ"), "REG_EXPAND_SZ instead of REG_SZ"),
    ],
)
def test_policy_of_another_type_that_holds_a_list_is_read(value, problem):
    found = facts("2019", {"Functions": value})
    assert (found["list"]["source"], found["list"]["suites"]) == ("policy", [E256G, RSA])
    assert found["list"]["type_problem"] == problem
    assert (found["common"], found["determined"]) == ([E256G], True)


@pytest.mark.parametrize(
    "value",
    [
        reg(1),
        reg(1, "REG_QWORD"),
        reg("00ff", "REG_BINARY"),
        reg("", "REG_NONE"),
        {"type": "REG_UNKNOWN", "data": None},
    ],
)
def test_policy_of_a_type_without_list_is_unknown(value):
    found = facts("2019", {"Functions": value})
    assert (found["list"]["source"], found["list"]["suites"], found["common"]) == ("unknown", [], [])
    assert value["type"] in found["list"]["type_problem"]
    assert found["determined"] is False


def test_local_list_of_another_type():
    found = facts("2019", None, {"Functions": f"{E256G},{RSA}"})
    assert found["list"]["type_problem"] == "REG_SZ instead of REG_MULTI_SZ"
    assert found["list"]["suites"] == [E256G, RSA]


def filler(length):
    """Names that no OS knows, with commas, of exactly ``length`` characters."""
    return ("TLS_X," * (length // 6 + 1))[: length - 1] + ","


@pytest.mark.parametrize(
    ("before", "counts"),
    [
        (1_023 - len(E256G), True),
        (1_023 - len(E256G) + 1, False),
        (1_023, False),
        (1_500, False),
        (6, True),
    ],
)
def test_names_must_end_within_1023_characters(before, counts):
    found = facts("2019", {"Functions": filler(before) + E256G})
    assert (found["list"]["suites"] == [E256G]) is counts
    assert found["list"]["truncated"] is not counts
    reasons = {entry["name"]: entry["reason"] for entry in found["list"]["ignored"]}
    assert ("1,023" in reasons.get(E256G, "")) is not counts
    assert found["determined"] is True


def test_a_comma_beyond_the_limit_cuts_nothing():
    found = facts("2019", {"Functions": filler(1_023 - len(E256G)) + E256G + ",,,"})
    assert found["list"]["truncated"] is False


def test_limit_is_the_policys_text_only():
    names = [RSA] * 60 + [E256G]
    assert facts("2019", None, {"Functions": names})["common"] == [E256G]
    assert facts("2019", {"Functions": names})["common"] == [E256G]


@pytest.mark.parametrize("os_id", OLD_OS)
@pytest.mark.parametrize(
    ("name", "word"),
    [
        (E256G, "does not have"),
        (E128G, "does not have"),
        (f"{E256G}_P256", "does not have"),
        (E256C, "suffix"),
        (E128C, "suffix"),
        ("TLS_AES_256_GCM_SHA384", "does not have"),
        ("TLS_RSA_WITH_AES_256_CBC_SHA_P256", "does not have"),
        ("TLS_LAB_UNKNOWN", "not the name"),
        ("ECDHE-RSA-AES256-GCM-SHA384", "not the name"),
    ],
)
def test_names_without_effect_before_2016(os_id, name, word):
    found = facts(os_id, functions(name, RSA))
    assert found["list"]["suites"] == [RSA]
    assert [entry["name"] for entry in found["list"]["ignored"]] == [name]
    assert word in found["list"]["ignored"][0]["reason"]
    assert (found["common"], found["determined"]) == ([], True)


@pytest.mark.parametrize("os_id", OLD_OS)
@pytest.mark.parametrize("name", OLD)
def test_suffixed_names_before_2016(os_id, name):
    found = facts(os_id, functions(RSA, name))
    assert found["common"] == [name]
    assert found["curves"]["source"] == "suite_names"
    curve = {"P256": "NistP256", "P384": "NistP384"}[name[-4:]]
    assert (found["curves"]["curves"], found["curves"]["common"]) == ([curve], [curve])


def test_p521_is_known_but_not_what_the_endpoint_is_said_to_accept():
    found = facts("2012R2", functions(f"{E256C}_P521"))
    assert found["list"]["suites"] == [f"{E256C}_P521"]
    assert (found["common"], found["curves"]["curves"], found["curves"]["common"]) == ([], ["NistP521"], [])
    assert found["determined"] is True


@pytest.mark.parametrize("os_id", NEW_OS)
@pytest.mark.parametrize("name", [*SWS, *(f"{name}_{curve}" for name in SWS for curve in ("P256", "P384", "P521"))])
def test_a_suffix_means_nothing_since_2016(os_id, name):
    found = facts(os_id, functions(name))
    assert found["common"] == [name]
    assert found["endpoint_suites"] == SWS


def test_two_suffixes_are_one_suite_since_2016():
    found = facts("2016", functions(f"{E256C}_P256", f"{E256C}_P384", E256C))
    assert found["list"]["suites"] == [f"{E256C}_P256"]
    assert found["list"]["ignored"] == []


@pytest.mark.parametrize(
    ("os_id", "name", "known"),
    [
        ("2019", "TLS_AES_256_GCM_SHA384", False),
        ("2022", "TLS_AES_256_GCM_SHA384", True),
        ("2022", "TLS_CHACHA20_POLY1305_SHA256", True),
        ("2025", "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", True),
        ("2016", "TLS_RSA_WITH_AES_256_CBC_SHA_P256", False),
        ("2016", "SSL_CK_RC4_128_WITH_MD5", False),
        ("2016", "TLS_NOTHING_P256", False),
    ],
)
def test_names_since_2016(os_id, name, known):
    found = facts(os_id, functions(name))
    assert found["list"]["suites"] == ([name] if known else [])
    assert len(found["list"]["ignored"]) == (0 if known else 1)
    # The endpoint's list is of TLS 1.2.
    assert (found["common"], found["determined"]) == ([], True)


@pytest.mark.parametrize(
    ("policy", "local"),
    [
        (DENIED, {"Functions": SWS}),
        ({"Functions": DENIED}, {"Functions": SWS}),
        (None, DENIED),
        ({"Functions": ""}, {"Functions": DENIED}),
        ({"Functions": reg("x" * 65_537)}, None),
    ],
)
def test_a_list_that_can_not_be_read(policy, local):
    found = facts("2019", policy, local)
    assert (found["list"]["source"], found["list"]["suites"], found["determined"]) == ("unknown", [], False)


def test_an_unreadable_local_list_does_not_matter_below_a_policy():
    # The curves do: they come from the same unreadable key, unless the policy has them.
    policy = {**functions(E256G), "EccCurves": ["NistP256"]}
    found = facts("2019", policy, DENIED)
    assert (found["common"], found["determined"]) == ([E256G], True)
    assert facts("2012R2", functions(OLD[0]), DENIED)["determined"] is True


@pytest.mark.parametrize("policy", [None, functions(*SWS)])
def test_unknown_os(policy):
    found = facts(None, policy)
    assert (found["list"]["source"], found["list"]["suites"], found["list"]["ignored"]) == ("unknown", [], [])
    assert (found["common"], found["determined"], found["curves"]["source"]) == ([], False, "unknown")
    assert found["policy"]["functions"]["exists"] is (policy is not None)
