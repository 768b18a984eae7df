# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Elliptic curves: their order, and what is common with the endpoint."""

from __future__ import annotations

import pytest
from support.cipher_facts import FIPS_ON, NEW_OS, RSA, SWS, facts, functions
from support.raw_state import DENIED, reg, schannel_raw

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
