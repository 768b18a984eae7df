# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which cipher suites and curves are left between host and endpoint."""

from __future__ import annotations

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import build_facts
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.tables import load_table
from support.raw_state import DENIED, SCHANNEL, algorithm_tree, answer, ciphers_raw, key, os_raw, reg, schannel_raw

E256G, E128G = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
E256C, E128C = "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"
SWS = [E256G, E128G, E256C, E128C]
OLD = [f"{name}_{curve}" for name in (E256C, E128C) for curve in ("P256", "P384")]
NEW_OS = ["2016", "2019", "2022", "2025"]
OLD_OS = ["2012", "2012R2"]
RSA = "TLS_RSA_WITH_AES_256_CBC_SHA256"


def facts(os_id, policy=None, local=None, *, schannel="default", accepted=None):
    subsets = {"os": os_raw(os_id), "ciphers": ciphers_raw(policy, local)}
    if schannel is not None:
        subsets["schannel"] = schannel_raw() if schannel == "default" else schannel
    return build_facts(answer(**subsets), accepted=accepted)["ciphers"]


def functions(*names, **kwargs):
    return {"Functions": reg(",".join(names), **kwargs)}


# --- the list ---------------------------------------------------------------------------------------------------------


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


# --- what takes suites out --------------------------------------------------------------------------------------------


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


FIPS_ON = key(r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa\FipsAlgorithmPolicy", Enabled=1)


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


# --- curves -----------------------------------------------------------------------------------------------------------


WINDOWS_CURVES = ["curve25519", "NistP256", "NistP384"]


@pytest.mark.parametrize("os_id", NEW_OS)
def test_default_curves(os_id):
    found = facts(os_id)["curves"]
    assert found == {
        "source": "os_default",
        "curves": WINDOWS_CURVES,
        "common": WINDOWS_CURVES,
        "type_problem": None,
        "determined": True,
        "needed": True,
    }


@pytest.mark.parametrize(
    ("policy", "local", "source", "curves", "common", "problem"),
    [
        (["NistP384", "NistP256"], ["curve25519"], "policy", ["NistP384", "NistP256"], ["NistP384", "NistP256"], None),
        (["nistp256", "NISTP256"], None, "policy", ["NistP256"], ["NistP256"], None),
        (["secP256r1"], None, "policy", ["secP256r1"], ["secP256r1"], None),
        (["NistP521", "brainpoolP256r1"], None, "policy", ["NistP521", "brainpoolP256r1"], [], None),
        (["nonsense"], None, "policy", [], [], None),
        ("NistP384, curve25519", None, "policy", ["NistP384", "curve25519"], ["NistP384", "curve25519"],
         "REG_SZ instead of REG_MULTI_SZ"),
        ([], ["NistP384"], "local", ["NistP384"], ["NistP384"], None),
        (None, [""], "os_default", WINDOWS_CURVES, WINDOWS_CURVES, None),
        (["x25519_mlkem768"], None, "policy", ["x25519_mlkem768"], [], None),
    ],
)  # fmt: skip
def test_curves(policy, local, source, curves, common, problem):
    found = facts(
        "2022",
        {} if policy is None else {"EccCurves": policy},
        {} if local is None else {"EccCurves": local},
    )
    wanted = {"source": source, "curves": curves, "common": common, "type_problem": problem}
    assert found["curves"] == {**wanted, "determined": True, "needed": True}
    assert found["determined"] is True
    # Suites and curves are told apart: a host without a common curve still has the suites.
    assert found["common"] == SWS


@pytest.mark.parametrize("name", ["P-256", "x25519", "prime256v1", "P-384"])
def test_a_name_that_no_document_of_windows_has_leaves_it_open(name):
    found = facts("2022", {"EccCurves": [name]})
    assert (found["curves"]["curves"], found["curves"]["common"], found["determined"]) == ([], [], False)
    found = facts("2022", {"EccCurves": [name, "NistP384"]})
    assert (found["curves"]["common"], found["determined"]) == (["NistP384"], True)


@pytest.mark.parametrize(
    ("curves", "common"),
    [
        (["curve25519", "NistP256"], ["NistP256"]),
        (["curve25519"], []),
        (["secP256r1"], []),
        (["NistP384"], ["NistP384"]),
    ],
)
def test_fips_takes_curves_out(curves, common):
    found = facts("2019", {"EccCurves": curves}, schannel=schannel_raw(fips=FIPS_ON))
    assert (found["curves"]["curves"], found["curves"]["common"], found["determined"]) == (curves, common, True)


def test_unknown_fips_matters_where_only_it_decides_the_curves():
    found = facts("2019", {"EccCurves": ["curve25519"]}, schannel=schannel_raw(fips=DENIED))
    assert (found["curves"]["common"], found["determined"]) == ([], False)


@pytest.mark.parametrize("value", [DENIED, reg(1), reg("00", "REG_BINARY")])
def test_unreadable_curves(value):
    found = facts("2019", {"EccCurves": value})
    assert (found["curves"]["source"], found["determined"]) == ("unknown", False)
    # No suite with a curve: the curves decide nothing.
    assert facts("2019", {"EccCurves": value, **functions(RSA)})["determined"] is True
    # Before Windows Server 2016 nothing reads the value.
    assert facts("2012R2", {"EccCurves": value})["determined"] is True


# --- the endpoint's list ----------------------------------------------------------------------------------------------


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
