# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values of a wrong type under ``all``: mended where nothing can change by it, else left with what a person does."""

from __future__ import annotations

from itertools import product

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.ciphers import LOCAL, POLICY
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.schannel import FIPS, SCHANNEL
from ansible_collections.wsus.compliance.plugins.plugin_utils.plan import Wanted, finish, make_plan, plan_types
from support.plan_hosts import TLS12, changes, facts, host, local_list, plan, put

PROTOCOLS = rf"{SCHANNEL}\Protocols"
TLS10 = rf"{PROTOCOLS}\TLS 1.0\Client"
RC4 = rf"{SCHANNEL}\Ciphers\RC4 128/128"
AES256 = rf"{SCHANNEL}\Ciphers\AES 256/256"
ECDH = rf"{SCHANNEL}\KeyExchangeAlgorithms\ECDH"
RULE = "schannel.value_type"
GOOD_LIST = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
VALUES = (
    None,
    ("REG_DWORD", 0),
    ("REG_DWORD", 1),
    ("REG_SZ", "0"),
    ("REG_SZ", "1"),
    ("REG_SZ", "on"),
)


def wrong(path, name, kind, data, base="healthy"):
    return put(host(base), path, name, kind, data)


def left(made, rule=RULE):
    return [refusal for refusal in made.unresolved if refusal.id in (rule, "schannel_types")]


def test_the_number_in_it_where_every_reading_agrees():
    found = put(wrong(TLS12, "Enabled", "REG_SZ", "1"), TLS12, "DisabledByDefault", "REG_QWORD", 0)
    made = plan(found, "all")
    assert changes(made) == [(f"{TLS12}\\Enabled", 1), (f"{TLS12}\\DisabledByDefault", 0)]
    assert all(operation.findings == (RULE,) for operation in made.operations)
    assert made.operations[0].before == {"exists": True, "type": "REG_SZ", "data": "1"}
    assert not left(made) and {restart.what for restart in made.restarts} == {"iisreset", "WsusService", "reboot"}
    found.apply(made.for_host())
    assert not plan(found, "all").operations and not plan(found, "all").unresolved


# On by default; off by default; not there.
@pytest.mark.parametrize(("protocol", "role"), [("TLS 1.0", "client"), ("SSL 3.0", "server"), ("SSL 2.0", "client")])
def test_no_state_is_turned_over(protocol, role):
    path = rf"{PROTOCOLS}\{protocol}\{role.title()}"
    for enabled, by_default in product(VALUES, VALUES):
        found = host()
        for name, value in (("Enabled", enabled), ("DisabledByDefault", by_default)):
            if value is not None:
                put(found, path, name, *value)
        off = {"disabled", "half_disabled"}
        before = facts(found)["schannel"]["protocols"][protocol][role]["state"]
        made = finish([plan_types(facts(found), states={})])
        mine = [operation for operation in made.operations if operation.path == path]
        is_wrong = any(value is not None and value[0] != "REG_DWORD" for value in (enabled, by_default))
        assert bool(mine) == (is_wrong and before not in ("unknown", "unsupported"))
        assert bool(left(made)) == (is_wrong and not mine)
        assert all(operation.after["type"] == "REG_DWORD" for operation in mine)
        found.apply(made.for_host())
        after = facts(found)["schannel"]["protocols"][protocol][role]
        assert after["state"] == before or {after["state"], before} <= off
        assert not (mine and after["type_problems"])


def test_what_a_person_decides():
    made = plan(wrong(TLS10, "Enabled", "REG_SZ", "0"), "all")
    (refusal,) = left(made)
    assert not made.operations and not made.failures() and refusal.target == TLS10
    assert "Enabled is REG_SZ 0" in refusal.reason and "TLS 1.0 as client" in refusal.reason
    assert "Enabled=0 to have it off" in refusal.next_step and "Enabled=1 to have it on" in refusal.next_step
    assert "which makes it enabled" in refusal.next_step
    assert plan(wrong(TLS10, "Enabled", "REG_SZ", "0"), "schannel_types").failures()


def test_what_was_asked_for_decides():
    found = wrong(TLS10, "Enabled", "REG_SZ", "0")
    for apply in ("all", "schannel_types"):
        made = plan(found, apply, protocols={"TLS 1.0": {"client": "disabled"}})
        assert changes(made) == [(f"{TLS10}\\Enabled", 0)] and not left(made)


def test_tls12_as_client_is_turned_on():
    made = plan(wrong(TLS12, "Enabled", "REG_SZ", "0"), "all")
    assert changes(made) == [(f"{TLS12}\\Enabled", 1)] and made.operations[0].findings == (RULE,)
    assert not left(made)
    kept = plan(wrong(TLS12, "Enabled", "REG_SZ", "0"), "all", tls12_client=None)
    assert not kept.operations and len(left(kept)) == 1


def test_what_schannel_tls12_writes_is_not_planned_twice():
    found = put(wrong(TLS12, "Enabled", "REG_SZ", "x"), TLS12, "DisabledByDefault", "REG_DWORD", 1)
    made = plan(found, "all", "schannel_tls12")
    assert [operation.resolution for operation in made.operations] == ["schannel_tls12"] * 2
    assert not left(made)


def test_a_protocol_that_windows_has_not_got_is_not_forced():
    path = rf"{PROTOCOLS}\TLS 1.3\Client"
    made = plan(wrong(path, "Enabled", "REG_SZ", "1", "issue1"), "all")
    assert f'reg delete "{path}" /v Enabled /f' in left(made)[0].next_step
    assert not [operation for operation in made.operations if operation.path == path]


@pytest.mark.parametrize(("data", "mended"), [("1", True), ("0", False), ("x", False)])
def test_an_algorithm_that_no_suite_needs(data, mended):
    made = plan(wrong(RC4, "Enabled", "REG_SZ", data), "all")
    assert changes(made) == ([(f"{RC4}\\Enabled", 0xFFFFFFFF)] if mended else [])
    assert bool(left(made)) is not mended
    assert mended or f'reg add "{RC4}" /v Enabled /t REG_DWORD /d 0' in left(made)[0].next_step


def test_an_algorithm_is_turned_on_only_where_no_suite_is_left_without_it():
    assert changes(plan(wrong(ECDH, "Enabled", "REG_SZ", "0"), "all")) == [(f"{ECDH}\\Enabled", 0xFFFFFFFF)]
    made = plan(wrong(AES256, "Enabled", "REG_SZ", "0"), "all")
    assert not made.operations and [refusal.target for refusal in left(made)] == [AES256]


def test_algorithms_beside_one_of_a_wrong_type_are_not_touched():
    found = put(wrong(RC4, "Enabled", "REG_SZ", "1"), AES256, "Enabled", "REG_DWORD", 0)
    assert changes(plan(found, "all")) == [(f"{RC4}\\Enabled", 0xFFFFFFFF)]


def test_fips_is_never_changed():
    made = plan(wrong(FIPS, "Enabled", "REG_SZ", "0"), "all")
    (refusal,) = left(made)
    assert not made.operations and "never changed" in refusal.reason and "/t REG_DWORD" in refusal.next_step


def test_a_policy_owns_it():
    found = facts(wrong(TLS10, "Enabled", "REG_SZ", "1"))
    found["schannel"]["protocols"]["TLS 1.0"]["client"]["enabled"]["owner"] = "preference:{5F1B7C0A}"
    made = make_plan(found, None, Wanted(["all"]))
    assert [refusal.id for refusal in made.refused] == ["schannel_types"] and not made.operations
    assert RULE not in {refusal.id for refusal in made.unresolved}


# --- lists -----------------------------------------------------------------------------------------------------------


def by_hand(made):
    return {refusal.target: refusal for refusal in made.unresolved if refusal.id == "ciphers.policy_type"}


def test_a_list_is_not_put_in_force_by_all():
    found = local_list("healthy", [GOOD_LIST], "REG_MULTI_SZ")
    made = plan(found, "all")
    (refusal,) = by_hand(made).values()
    assert not made.operations and refusal.target == f"{POLICY}\\Functions"
    assert "REG_MULTI_SZ instead of REG_SZ" in refusal.reason and "name cipher_suite_order" in refusal.next_step
    assert f'reg delete "{POLICY}" /v Functions /f' in refusal.next_step
    named = plan(found, "cipher_suite_order")
    assert named.operations[0].after["type"] == "REG_SZ" and "ciphers.policy_type" in named.operations[0].findings


def test_a_list_that_is_written_anyway_gets_its_type():
    made = plan(local_list("issue5", ["TLS_RSA_WITH_AES_256_GCM_SHA384"], "REG_MULTI_SZ"), "all")
    assert made.operations[0].after["type"] == "REG_SZ" and not by_hand(made)
    assert {"ciphers.common_suite", "ciphers.policy_type"} <= set(made.operations[0].findings)


def test_the_list_of_a_group_policy_is_set_there():
    found = put(host("issue5"), POLICY, "Functions", "REG_MULTI_SZ", [GOOD_LIST])
    (refusal,) = by_hand(plan(found, "all")).values()
    assert refusal.owner == "gpo:TLS hardening" and "SSL Cipher Suite Order" in refusal.next_step


@pytest.mark.parametrize(
    ("path", "name", "kind", "data", "step"),
    [
        (POLICY, "EccCurves", "REG_SZ", "NistP256,NistP384", r"/t REG_MULTI_SZ /d NistP256\0NistP384 /f"),
        (POLICY, "EccCurves", "REG_DWORD", 1, "It holds no list"),
        (LOCAL, "EccCurves", "REG_SZ", "NistP256", "Enable-TlsEccCurve"),
        (LOCAL, "Functions", "REG_SZ", GOOD_LIST, "Enable-TlsCipherSuite"),
    ],
)
def test_what_a_person_does_about_a_list(path, name, kind, data, step):
    made = plan(put(local_list("healthy", ""), path, name, kind, data), "all")
    assert step in by_hand(made)[f"{path}\\{name}"].next_step
    assert not made.operations
