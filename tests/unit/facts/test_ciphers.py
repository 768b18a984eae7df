# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which of the offered cipher suites work, and which of them the endpoint accepts."""

from __future__ import annotations

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.tables import load_table
from support.cipher_facts import E128C, E128G, E256C, E256G, FIPS_ON, RSA, SWS, facts, functions
from support.raw_state import DENIED, SCHANNEL, algorithm_tree, reg, schannel_raw


@pytest.mark.parametrize(
    ("member", "subkey", "name", "left"),
    [
        ("ciphers", "Ciphers", "AES 128/128", [E256G, E256C]),
        ("ciphers", "Ciphers", "aes 128/128", [E256G, E256C]),
        ("ciphers", "Ciphers", "AES 128", [E256G, E256C]),
        ("ciphers", "Ciphers", "AES 256/256", [E128G, E128C]),
        ("ciphers", "Ciphers", "AES 256", [E128G, E128C]),
        ("ciphers", "Ciphers", "RC4 128/128", SWS),
        ("ciphers", "Ciphers", "Triple DES 168", SWS),
        ("hashes", "Hashes", "SHA256", [E256G, E256C]),
        ("hashes", "Hashes", "SHA384", [E128G, E128C]),
        ("hashes", "Hashes", "SHA", SWS),
        ("hashes", "Hashes", "MD5", SWS),
        ("key_exchange_algorithms", "KeyExchangeAlgorithms", "ECDH", []),
        ("key_exchange_algorithms", "KeyExchangeAlgorithms", "PKCS", []),
        ("key_exchange_algorithms", "KeyExchangeAlgorithms", "Diffie-Hellman", SWS),
    ],
)
def test_disabled_algorithm(member, subkey, name, left):
    off = facts("2019", functions(*SWS), schannel=schannel_raw(**{member: algorithm_tree(subkey, **{name: 0})}))
    assert off["common"] == off["effective"] == left
    assert off["common_if_reenabled"] == SWS
    assert [entry["name"] for entry in off["killed"]] == [suite for suite in SWS if suite not in left]
    assert {entry["by"].casefold() for entry in off["killed"]} <= {rf"{SCHANNEL}\{subkey}\{name}".casefold()}
    assert off["determined"] is True
    on = facts("2019", functions(*SWS), schannel=schannel_raw(**{member: algorithm_tree(subkey, **{name: 0xFFFFFFFF})}))
    assert (on["common"], on["killed"]) == (SWS, [])


def test_every_killer_is_named():
    schannel = schannel_raw(
        ciphers=algorithm_tree("Ciphers", **{"AES 256/256": 0}), hashes=algorithm_tree("Hashes", SHA384=0)
    )
    killed = facts("2019", functions(E256G), schannel=schannel)["killed"]
    assert killed == [
        {"name": E256G, "by": rf"{SCHANNEL}\Ciphers\AES 256/256"},
        {"name": E256G, "by": rf"{SCHANNEL}\Hashes\SHA384"},
    ]


@pytest.mark.parametrize("row", load_table("cipher_suites")["systems"], ids=lambda row: row["os"])
def test_fips(row):
    fips = {suite["name"]: suite["fips"] for suite in load_table("cipher_suites")["suites"]}
    found = facts(row["os"], schannel=schannel_raw(fips=FIPS_ON))
    base = {name: name.rsplit("_P", 1)[0] if name[-5:-3] == "_P" else name for name in row["default"]}
    assert found["effective"] == [name for name in row["default"] if fips[base[name]]]
    assert {entry["by"] for entry in found["killed"]} <= {FIPS_ON["path"]}
    assert found["common"] == found["common_if_reenabled"] != []
    assert found["determined"] is True


UNCERTAIN = [
    None,
    {},
    schannel_raw(ciphers=DENIED),
    schannel_raw(hashes=DENIED),
    schannel_raw(key_exchange_algorithms=DENIED),
    schannel_raw(key_exchange_algorithms=algorithm_tree("KeyExchangeAlgorithms", ECDH=DENIED)),
    schannel_raw(key_exchange_algorithms=algorithm_tree("KeyExchangeAlgorithms", PKCS="0")),
    schannel_raw(ciphers={**algorithm_tree("Ciphers"), "truncated": True}),
]


@pytest.mark.parametrize("schannel", UNCERTAIN)
def test_unreadable_algorithms_matter_where_a_suite_is_met(schannel):
    found = facts("2019", functions(*SWS), schannel=schannel)
    assert (found["common"], found["effective"], found["determined"]) == ([], [], False)
    assert found["common_if_reenabled"] == SWS


@pytest.mark.parametrize("schannel", UNCERTAIN)
def test_unreadable_algorithms_do_not_matter_where_no_suite_is_met(schannel):
    found = facts("2019", functions(RSA), schannel=schannel)
    assert (found["common"], found["common_if_reenabled"], found["determined"]) == ([], [], True)


def test_doubt_about_one_suite_does_not_matter_where_another_is_certain():
    schannel = schannel_raw(ciphers=algorithm_tree("Ciphers", **{"AES 128/128": "0"}))
    found = facts("2019", functions(E256G, E128G), schannel=schannel)
    assert (found["common"], found["determined"]) == ([E256G], True)


def test_doubt_does_not_matter_for_a_suite_that_is_dead_anyway():
    schannel = schannel_raw(
        ciphers=algorithm_tree("Ciphers", **{"AES 256/256": 0}), hashes=algorithm_tree("Hashes", SHA384="0")
    )
    found = facts("2019", functions(E256G), schannel=schannel)
    assert (found["common"], found["determined"]) == ([], True)


def test_unknown_fips_does_not_matter_for_suites_of_fips():
    found = facts("2019", functions(E256G), schannel=schannel_raw(fips=DENIED))
    # The default curves hold two of FIPS.
    assert (found["common"], found["curves"]["common"], found["determined"]) == (
        [E256G],
        ["NistP256", "NistP384"],
        True,
    )


def test_accepted_suites_can_be_replaced():
    found = facts("2022", accepted=[RSA.lower(), " TLS_AES_256_GCM_SHA384 ", RSA])
    assert found["endpoint_suites"] == [RSA, "TLS_AES_256_GCM_SHA384"]
    assert found["common"] == ["TLS_AES_256_GCM_SHA384", RSA]


def test_accepted_names_may_have_suffixes():
    found = facts("2012", accepted=[f"{E256C}_P256"])
    assert found["endpoint_suites"] == [E256C]
    assert found["common"] == [f"{E256C}_P256", f"{E256C}_P384"]


@pytest.mark.parametrize("accepted", [None, [], [" "]])
def test_no_list_means_the_tables(accepted):
    assert facts("2022", accepted=accepted)["endpoint_suites"] == SWS


@pytest.mark.parametrize("accepted", ["TLS_X", [1], [None]])
def test_a_wrong_option_is_the_callers_error(accepted):
    with pytest.raises(ValueError, match="accepted"):
        facts("2022", accepted=accepted)


def test_values():
    found = facts("2019", {**functions(E256G), "EccCurves": ["NistP256"]}, {})
    assert found["policy"]["functions"]["data"] == E256G
    assert found["policy"]["ecc_curves"]["data"] == ["NistP256"]
    assert found["local"]["functions"]["exists"] is False
    assert found["local"]["ecc_curves"]["name"] == "EccCurves"


def test_huge_lists_are_read_in_bounded_time_and_size():
    found = facts("2019", {"Functions": reg([f"TLS_{n}" for n in range(10_000)])})
    assert len(found["list"]["ignored"]) == 10_000
    assert facts("2019", {"Functions": reg(["a," * 30_000])})["list"]["source"] == "policy"
    assert facts("2019", {"Functions": reg(["a,b"] * 10_000)})["list"]["source"] == "unknown"
