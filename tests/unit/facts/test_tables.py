# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tables have the shape of their schemas, name their sources, and agree with each other."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import tables
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.cipher_lists import base_name

FOLDER = Path(tables.__file__).parent
MINE = ["os", "cipher_suites", "endpoints", "rollups"]
OS_IDS = ["2012", "2012R2", "2016", "2019", "2022", "2025"]


@pytest.mark.parametrize("name", sorted(path.stem for path in (FOLDER / "schemas").glob("*.json")))
def test_table_has_the_shape_of_its_schema(name):
    schema = json.loads((FOLDER / "schemas" / f"{name}.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    table = yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(table)


@pytest.mark.parametrize("name", MINE)
def test_every_row_names_a_source_that_is_listed(name):
    table = yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))
    used = set()

    def walk(node):
        if isinstance(node, dict):
            source = node.get("source", [])
            used.update([source] if isinstance(source, str) else source)
            for item in node.values():
                walk(item)
        elif isinstance(node, list):
            for item in node:
                walk(item)

    walk({member: rows for member, rows in table.items() if member != "sources"})
    assert used == set(table["sources"])


def test_a_table_is_read_once_and_can_not_be_changed():
    table = tables.load_table("os")
    assert tables.load_table("os") is table
    with pytest.raises(TypeError):
        table["systems"] = ()
    with pytest.raises(TypeError):
        table["systems"][0]["id"] = "x"


@pytest.mark.parametrize("name", ["../os", "os.yml", "", "/etc/passwd"])
def test_only_names_of_tables(name):
    with pytest.raises(ValueError, match="not the name"):
        tables.load_table(name)


def test_systems_are_the_same_everywhere():
    os = tables.load_table("os")["systems"]
    assert [row["id"] for row in os] == OS_IDS
    assert [row["os"] for row in tables.load_table("cipher_suites")["systems"]] == OS_IDS
    builds = {row["id"]: row["build"] for row in os}
    assert {row["os"]: row["build"] for row in tables.load_table("rollups")["systems"]} == {
        name: builds[name] for name in ("2012", "2012R2")
    }


def test_suites_and_algorithms_are_described():
    table = tables.load_table("cipher_suites")
    described = [row["name"] for row in table["suites"]]
    assert len(described) == len(set(described))
    listed = {base_name(name) for row in table["systems"] for name in (*row["default"], *row["not_default"])}
    assert listed == set(described)
    algorithms = {(row["kind"], row["name"]) for row in table["algorithms"]}
    for row in table["suites"]:
        needs = [("hash", row["hash"]), *(("key_exchange", name) for name in row["key_exchange"])]
        if row["cipher"] is not None:
            needs.append(("cipher", row["cipher"]))
        assert algorithms.issuperset(needs)


@pytest.mark.parametrize("os_id", OS_IDS)
def test_no_suite_is_both_default_and_not(os_id):
    row = next(row for row in tables.load_table("cipher_suites")["systems"] if row["os"] == os_id)
    names = [*row["default"], *row["not_default"]]
    assert len(names) == len(set(names))
    suffixed = [name for name in names if base_name(name) != name]
    # Exactly the suites with ECDHE have a curve in their name, and only before Windows Server 2016.
    assert suffixed == ([name for name in names if "_ECDHE_" in name] if row["names"] == "curve_suffix" else [])
    assert (row["names"] == "curve_suffix") == os_id.startswith("2012")


@pytest.mark.parametrize(
    ("name", "cipher", "mac", "key_exchange", "fips"),
    [
        ("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "AES 256/256", "SHA384", ["ECDH", "PKCS"], True),
        ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "AES 128/128", "SHA256", ["ECDH", "PKCS"], True),
        ("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", "AES 256/256", "SHA384", ["ECDH", "PKCS"], True),
        ("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", "AES 128/128", "SHA256", ["ECDH", "PKCS"], True),
        ("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "AES 128/128", "SHA", ["ECDH"], True),
        ("TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", "AES 256/256", "SHA384", ["Diffie-Hellman", "PKCS"], True),
        ("TLS_DHE_DSS_WITH_3DES_EDE_CBC_SHA", "Triple DES 168", "SHA", ["Diffie-Hellman"], True),
        ("TLS_RSA_WITH_AES_128_CBC_SHA256", "AES 128/128", "SHA256", ["PKCS"], True),
        ("TLS_RSA_WITH_RC4_128_MD5", "RC4 128/128", "MD5", ["PKCS"], False),
        ("TLS_RSA_WITH_DES_CBC_SHA", "DES 56/56", "SHA", ["PKCS"], False),
        ("TLS_RSA_WITH_NULL_SHA256", "NULL", "SHA256", ["PKCS"], False),
        ("TLS_CHACHA20_POLY1305_SHA256", None, "SHA256", [], False),
        ("TLS_AES_256_GCM_SHA384", "AES 256/256", "SHA384", [], True),
        ("TLS_PSK_WITH_AES_128_GCM_SHA256", "AES 128/128", "SHA256", [], True),
    ],
)
def test_what_a_suite_needs(name, cipher, mac, key_exchange, fips):
    row = next(row for row in tables.load_table("cipher_suites")["suites"] if row["name"] == name)
    assert (row["cipher"], row["hash"], list(row["key_exchange"]), row["fips"]) == (cipher, mac, key_exchange, fips)


# How many suites each document lists: enabled by default with PSK, and supported but not enabled.
@pytest.mark.parametrize(
    ("os_id", "default", "not_default", "first", "last"),
    [
        ("2012", 38, 19, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384_P256", "SSL_CK_DES_192_EDE3_CBC_WITH_MD5"),
        ("2012R2", 40, 19, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384_P256", "SSL_CK_DES_192_EDE3_CBC_WITH_MD5"),
        ("2016", 38, 7, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_PSK_WITH_NULL_SHA256"),
        ("2019", 29, 16, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_PSK_WITH_NULL_SHA256"),
        ("2022", 31, 17, "TLS_AES_256_GCM_SHA384", "TLS_PSK_WITH_NULL_SHA256"),
        ("2025", 28, 20, "TLS_AES_256_GCM_SHA384", "TLS_PSK_WITH_NULL_SHA256"),
    ],
)
def test_lists_are_those_of_the_documents(os_id, default, not_default, first, last):
    row = next(row for row in tables.load_table("cipher_suites")["systems"] if row["os"] == os_id)
    assert (len(row["default"]), len(row["not_default"])) == (default, not_default)
    assert (row["default"][0], row["default"][-1]) == (first, last)


@pytest.mark.parametrize("os_id", OS_IDS)
def test_every_default_list_holds_a_suite_of_the_endpoint(os_id):
    row = next(row for row in tables.load_table("cipher_suites")["systems"] if row["os"] == os_id)
    sws = tables.load_table("endpoints")["endpoints"][0]
    assert {base_name(name) for name in row["default"]} & set(sws["accepted_suites"])


def test_endpoints():
    rows = {row["kind"]: row for row in tables.load_table("endpoints")["endpoints"]}
    assert {kind: (row["host"], row["redirector_change_number"]) for kind, row in rows.items()} == {
        "sws": ("sws.update.microsoft.com", 4002),
        "sws1": ("sws1.update.microsoft.com", 3011),
        "fe2": ("fe2.update.microsoft.com", None),
    }
    assert [row["status"] for row in rows.values()] == ["current", "decommissioned", "decommissioned"]
    assert list(rows["sws"]["protocols"]) == ["TLS 1.2"]
    assert rows["sws"]["accepted_curves"]["assumed"] is True


def test_rollup_bounds_and_kbs():
    rows = {row["os"]: row for row in tables.load_table("rollups")["systems"]}
    assert {os: row["needed"] for os, row in rows.items()} == {"2012": "KB4022721", "2012R2": "KB4022720"}
    for row in rows.values():
        assert row["not_installed_below"] < row["installed_from"]
        kbs = [entry["kb"] for entry in row["kbs"]]
        assert kbs[0] == row["needed"]
        assert len(kbs) == len(set(kbs))
    # June 2017 before the change, and security-only updates: none of them may prove anything.
    for kb in ("KB4022724", "KB4022726", "KB4022717", "KB4022718", "KB4025333", "KB4025343", "KB4561673"):
        assert all(kb != entry["kb"] for row in rows.values() for entry in row["kbs"])


def test_states_of_packages():
    states = {row["state"]: row["effective"] for row in tables.load_table("rollups")["states"]}
    assert {state for state, effective in states.items() if effective} == {112, 128}
    assert {state for state, effective in states.items() if effective is None} == {5, 80, 101}
