# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cipher suite order and SCHANNEL's algorithms."""

from __future__ import annotations

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.ciphers import POLICY
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.schannel import SCHANNEL
from ansible_collections.wsus.compliance.plugins.plugin_utils.plan import (
    finish,
    plan_algorithm,
    plan_algorithms,
    plan_cipher_suites,
)
from support.cipher_facts import E128C, E128G, E256C, E256G, OLD, RSA, SWS
from support.plan_hosts import changes, facts, host, local_list, plan, put

ECDH = rf"{SCHANNEL}\KeyExchangeAlgorithms\ECDH"
FUNCTIONS = f"{POLICY}\\Functions"


def text_after(found, **options):
    """The list that the plan writes, None where it writes none."""
    draft = plan_cipher_suites(facts(found), **options)
    assert not draft.refused and not draft.unresolved
    return draft.operations[0].after["data"] if draft.operations else None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (RSA, [*SWS, RSA]),
        (f"{RSA},", [*SWS, RSA]),
        (f"{E128C},{RSA},{E256G}", [E128C, E128G, E256C, RSA, E256G]),
        (f"{E256G}_P384 , {RSA}", [f"{E256G}_P384", E128G, E256C, E128C, RSA]),
        (f"mine,{RSA},{RSA}", [*SWS, "mine", RSA, RSA]),
        (",".join(SWS), None),
        (",".join(SWS).lower(), None),
    ],
)
def test_where_they_go(before, after):
    assert text_after(local_list("issue5", before)) == (None if after is None else ",".join(after))


def test_names_as_2012_has_them():
    assert text_after(local_list("issue3", RSA)) == ",".join([*OLD, RSA])
    # without the suffix a name means nothing there
    assert text_after(local_list("issue3", f"{E256C},{RSA}")) == ",".join([*OLD, E256C, RSA])
    assert text_after(local_list("issue3", ",".join([OLD[0], RSA]))) == ",".join([OLD[0], *OLD[1:], RSA])


@pytest.mark.parametrize("kind", ["REG_MULTI_SZ", "REG_EXPAND_SZ"])
def test_a_list_of_another_type_becomes_reg_sz(kind):
    names = [E256G, RSA]
    found = local_list("issue5", names if kind == "REG_MULTI_SZ" else ",".join(names), kind)
    assert text_after(found) == ",".join([E256G, E128G, E256C, E128C, RSA])
    whole = [*SWS, RSA]
    found = local_list("issue5", whole if kind == "REG_MULTI_SZ" else ",".join(whole), kind)
    assert text_after(found) == ",".join(whole)


@pytest.mark.parametrize(("kind", "data"), [(None, None), ("REG_SZ", ""), ("REG_SZ", " , "), ("REG_MULTI_SZ", [])])
def test_no_list_is_ever_made(kind, data):
    found = put(host(), POLICY, "Functions", kind, data)
    made = plan(found, "cipher_suite_order")
    assert not made.operations and not made.failures()


def test_a_local_list_without_accepted_suites_is_not_edited():
    found = host()
    found.raw["ciphers"]["local"]["values"]["Functions"] = {"type": "REG_MULTI_SZ", "data": [RSA]}
    refusal = plan(found, "cipher_suite_order").failures()[0]
    assert "no policy" in refusal.reason and "Enable-TlsCipherSuite" in refusal.next_step
    assert "cipher_suite_order" in {item.id for item in plan(found, "all").refused}


def test_a_value_that_holds_no_list():
    made = plan(put(host(), POLICY, "Functions", "REG_DWORD", 1), "cipher_suite_order")
    assert not made.operations and "REG_DWORD" in made.failures()[0].reason


def filler(length):
    """Names that take so many characters, commas included."""
    text = ",".join(f"TLS_X{number:03}" for number in range(200))[:length]
    return text.rstrip(",").ljust(length, "Y")


def test_what_does_not_fit_is_left_out_the_preferred_first():
    found = local_list("issue5", filler(1_023 - len(E256G) - 1 - len(E128C) - 1))
    made = plan(found, "cipher_suite_order")
    text = made.operations[0].after["data"]
    assert len(text) <= 1_023 and text.startswith(f"{E256G},{E128G},TLS_X000")
    assert "did not fit" in made.notes[0] and E256C in made.notes[0]
    found.apply(made.for_host())
    again = plan(found, "cipher_suite_order")
    assert not again.operations and not again.failures() and "full" in again.notes[0]


@pytest.mark.parametrize("length", [1_000, 1_023, 1_500])
def test_not_one_fits(length):
    made = plan(local_list("issue5", filler(length)), "cipher_suite_order")
    assert not made.operations and "1,023" in made.failures()[0].reason


def test_a_list_that_is_too_long_but_has_one():
    made = plan(local_list("issue5", f"{E256G},{filler(1_500)}"), "cipher_suite_order")
    assert not made.operations and not made.failures() and "full" in made.notes[0]


def test_suites_that_are_lost_to_an_algorithm_are_not_added():
    found = put(local_list("issue5", RSA), rf"{SCHANNEL}\Ciphers\AES 256/256", "Enabled", "REG_DWORD", 0)
    assert text_after(found) == ",".join([E128G, E128C, RSA])
    found = put(local_list("issue5", RSA), ECDH, "Enabled", "REG_DWORD", 0)
    assert "schannel_algorithms" in plan(found, "cipher_suite_order").failures()[0].next_step
    both = plan(found, "issue_5")
    assert changes(both) == [(f"{ECDH}\\Enabled", 0xFFFFFFFF), (FUNCTIONS, ",".join([*SWS, RSA]))]
    assert {restart.what: restart.need for restart in both.restarts} == {
        "iisreset": "recommended", "WsusService": "recommended", "reboot": "required"
    }  # fmt: skip


def test_all_turns_algorithms_on_where_the_list_can_not_be_mended_before():
    found = put(local_list("issue5", RSA), ECDH, "Enabled", "REG_DWORD", 0)
    assert changes(plan(found, "all")) == changes(plan(found, "issue_5"))
    # Where some suites survive, what is off stays off.
    found = put(local_list("issue5", RSA), rf"{SCHANNEL}\Ciphers\AES 256/256", "Enabled", "REG_DWORD", 0)
    assert changes(plan(found, "all")) == [(FUNCTIONS, ",".join([E128G, E128C, RSA]))]


def test_other_accepted_suites():
    found = local_list("issue5", "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384")
    assert text_after(found, accepted=[RSA, E128G]) == f"{RSA},{E128G},TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"
    assert changes(plan(found, "cipher_suite_order", accepted_suites=(RSA,)))[0][1].startswith(RSA)


@pytest.mark.parametrize("os_error", ["os", "ciphers", "schannel"])
def test_what_could_not_be_read(os_error):
    found = local_list("issue5")
    found.raw[os_error] = {"error": {"code": "access_denied", "message": "no"}}
    made = plan(found, "cipher_suite_order", "schannel_algorithms")
    assert not made.operations and made.failures() and made.unresolved


# --- algorithms ------------------------------------------------------------------------------------------------------


def test_what_the_accepted_suites_lack_is_turned_on_again():
    found = host()
    for key in ("Ciphers\\AES 128", "Ciphers\\RC4 128/128", "Hashes\\SHA384", "KeyExchangeAlgorithms\\PKCS"):
        put(found, rf"{SCHANNEL}\{key}", "Enabled", "REG_DWORD", 0)
    put(found, rf"{SCHANNEL}\Ciphers\AES 256/256", "Enabled", "REG_DWORD", 1)
    made = plan(found, "schannel_algorithms")
    assert {operation.path.removeprefix(SCHANNEL) for operation in made.operations} == {
        "\\Ciphers\\AES 128", "\\Hashes\\SHA384", "\\KeyExchangeAlgorithms\\PKCS"
    }  # fmt: skip
    assert {data for _target, data in changes(made)} == {0xFFFFFFFF}
    assert {restart.need for restart in made.restarts} == {"recommended"}


def test_only_suites_of_the_list_count_where_it_has_some():
    found = put(local_list("issue5", E128G), rf"{SCHANNEL}\Hashes\SHA384", "Enabled", "REG_DWORD", 0)
    assert not plan(found, "schannel_algorithms").operations


def test_a_switch_of_another_type_is_replaced():
    found = put(host(), ECDH, "Enabled", "REG_SZ", "0")
    assert changes(plan(found, "schannel_algorithms")) == [(f"{ECDH}\\Enabled", 0xFFFFFFFF)]


def test_fips_mode_is_never_changed():
    found = host()
    found.raw["schannel"]["fips"]["values"]["Enabled"] = {"type": "REG_DWORD", "data": 1}
    found_facts = facts(found, accepted=["TLS_RSA_WITH_RC4_128_SHA"])
    assert not plan_algorithms(found_facts).operations
    assert not plan_algorithms(facts(found)).unresolved  # what sws accepts is approved


@pytest.mark.parametrize(
    ("before", "state", "after"),
    [
        (0, "enabled", {"exists": True, "type": "REG_DWORD", "data": 0xFFFFFFFF}),
        (1, "enabled", None),
        (0, "default", {"exists": False}),
        (1, "default", {"exists": False}),
    ],
)
def test_one_algorithm(before, state, after):
    found = put(host(), ECDH, "Enabled", "REG_DWORD", before)
    made = finish([plan_algorithm(facts(found), "key_exchange", "ecdh", state)])
    assert [dict(operation.after) for operation in made.operations] == ([] if after is None else [after])
    assert not plan_algorithm(facts(host()), "key_exchange", "ECDH", state).operations


@pytest.mark.parametrize(
    "wrong",
    [("x", "ECDH", "enabled"), ("cipher", "", "enabled"), ("cipher", "a\\b", "enabled"), ("hash", "SHA", "disabled")],
)
def test_what_makes_no_sense(wrong):
    with pytest.raises(ValueError, match="algorithm"):
        plan_algorithm({}, *wrong)


def test_more_keys_than_were_read():
    found = host()
    found.raw["schannel"]["ciphers"]["truncated"] = True
    assert "more keys" in plan_algorithm(facts(found), "cipher", "AES 128/128", "enabled").unresolved[0].reason
