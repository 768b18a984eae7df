# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a plan takes, what it refuses and what it leaves, over all resolutions."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from ansible_collections.wsus.compliance.plugins.plugin_utils.assess import assess
from ansible_collections.wsus.compliance.plugins.plugin_utils.assess.findings import load_rules
from ansible_collections.wsus.compliance.plugins.plugin_utils.assess.issues import load_issues
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.dotnet import KEYS
from ansible_collections.wsus.compliance.plugins.plugin_utils.plan import (
    Plan,
    Wanted,
    finish,
    load_resolutions,
    make_plan,
    plan_strong_crypto,
    wanted,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from support.plan_hosts import NATIVE, TLS12, changes, config, facts, host, local_list, names, plan, put

ALL = list(load_resolutions())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def test_the_table():
    folder = Path(wanted.__file__).parent / "tables"
    table = yaml.safe_load((folder / "resolutions.yml").read_text())
    jsonschema.Draft202012Validator(json.loads((folder / "schemas/resolutions.json").read_text())).validate(table)
    rules = {rule.id: rule for rule in load_rules()}
    for row in table["resolutions"]:
        assert set(row["source"]) <= set(table["sources"])
        assert all(rules[name].resolution == row["name"] for name in row["findings"])
    # The advice of an issue is what the issue's name stands for, but for the second of two ways.
    for issue, found in load_issues().items():
        advised = {item["resolution"] for item in found["remediation"]} - {None, "w3wp_config"}
        assert advised <= {row.name for row in load_resolutions().values() if issue in row.issues}
    assert {rule.resolution for rule in rules.values()} - {None} == set(ALL)


@pytest.mark.parametrize("name", ["healthy", "healthy-w3wp", "proxy"])
def test_a_compliant_host_is_left_alone(name):
    assert plan(host(name), "all").as_dict() == Plan(named=frozenset()).as_dict()


@pytest.mark.parametrize("name", names())
def test_without_a_wish_nothing_is_sent_and_all_is_told(name):
    told, everything = plan(host(name)), plan(host(name), "all")
    assert told.report_only and not everything.report_only
    assert told.for_host() == [] and told.failures() == []
    assert told.operations == everything.operations and told.unresolved == everything.unresolved


def test_all_takes_what_the_findings_call_for_and_names_the_rest():
    made = plan(host("issue3"), "all")
    assert {operation.resolution for operation in made.operations} == {"dotnet_strong_crypto"}
    assert [refusal.id for refusal in made.unresolved] == ["updates.monthly_rollup", "updates.esu", "sync.last_result"]
    assert all(refusal.next_step and refusal.reason for refusal in made.unresolved)
    assert not made.failures()


def test_what_could_not_be_read_is_unresolved_and_untouched():
    found = host("issue1")
    found.raw["dotnet"] = {"error": {"code": "access_denied", "message": "no"}}
    found.raw["schannel"]["protocols"]["error"] = {"code": "access_denied", "message": "no"}
    made = plan(found, "all")
    assert not made.operations and not made.failures()
    assert {"import.tls12", "schannel.tls12_client"} <= {refusal.id for refusal in made.unresolved}
    named = plan(found, "dotnet_strong_crypto", "schannel_tls12")
    assert not named.operations
    assert {refusal.id for refusal in named.failures()} == {"dotnet_strong_crypto", "schannel_tls12"}
    assert all("access_denied" in refusal.reason for refusal in named.failures())


def test_one_value_that_can_not_be_read_does_not_keep_the_others():
    found = host("issue1")
    found.raw["dotnet"]["native_v4"]["values"]["SchUseStrongCrypto"] = {"error": {"code": "unreadable", "message": "x"}}
    made = plan(found, "dotnet_strong_crypto", strong_crypto_set="required")
    assert changes(made) == [(f"{NATIVE}\\SystemDefaultTlsVersions", 1)]
    assert [refusal.target for refusal in made.unresolved] == [f"{NATIVE}\\SchUseStrongCrypto"]


@pytest.mark.parametrize(("values", "number"), [("required", 2), ("documented", 8)])
def test_both_sets(values, number):
    made = finish([plan_strong_crypto(facts(host("issue1")), values)])
    assert [operation.id for operation in made.operations] == [f"dotnet_strong_crypto.{n + 1}" for n in range(number)]
    assert {operation.path for operation in made.operations} == set(list(KEYS.values())[: number // 2])
    needs = {restart.what: restart.need for restart in made.restarts}
    assert needs == {"iisreset": "required", "reboot": "recommended"}
    with pytest.raises(ValueError, match="set"):
        plan_strong_crypto({}, "some")


def test_only_what_the_whole_set_mends_is_claimed():
    found = put(host("issue1"), KEYS["wow6432_v2"], "SchUseStrongCrypto", "REG_SZ", "1")
    whole = plan(found, "all")
    assert all("dotnet.value_type" in operation.findings for operation in whole.operations)
    some = plan(found, "all", strong_crypto_set="required")
    assert "dotnet.value_type" in {refusal.id for refusal in some.unresolved}
    assert {rule for operation in some.operations for rule in operation.findings} == {"import.tls12"}
    context = "HKLM\\SOFTWARE\\Microsoft\\.NETFramework\\AppContext"
    found = put(host("issue1"), context, "Switch.System.Net.DontEnableSchUseStrongCrypto", "REG_DWORD", 0)
    assert "dotnet.value_type" in {refusal.id for refusal in plan(found, "all").unresolved}


def test_a_right_value_is_not_written():
    found = put(host("issue1"), NATIVE, "SchUseStrongCrypto", "REG_DWORD", 1)
    made = plan(found, "dotnet_strong_crypto", strong_crypto_set="required")
    assert changes(made) == [(f"{NATIVE}\\SystemDefaultTlsVersions", 1)]


def test_a_value_of_another_type_is_replaced_and_remembered():
    found = put(host("issue1"), NATIVE, "SchUseStrongCrypto", "REG_SZ", "1")
    operation = plan(found, "dotnet_strong_crypto").operations[1]
    assert operation.before == {"exists": True, "type": "REG_SZ", "data": "1"}
    assert operation.after == {"exists": True, "type": "REG_DWORD", "data": 1}


def test_a_value_that_could_not_be_put_back_is_not_replaced():
    found = put(host("issue1"), NATIVE, "SchUseStrongCrypto", "REG_UNKNOWN", None)
    made = plan(found, "dotnet_strong_crypto", strong_crypto_set="required")
    assert len(made.operations) == 1 and "put back" in made.refused[0].reason


# --- owners ----------------------------------------------------------------------------------------------------------


def owned(found, owner):
    facts_found = facts(found)
    for key in facts_found["dotnet"]["strong_crypto"].values():
        for value in key.values():
            value["owner"] = owner
    return facts_found


@pytest.mark.parametrize(
    ("owner", "override", "refused"),
    [
        ("local", False, False),
        ("gpo:Servers", False, True),
        ("gpo:Servers", True, True),
        ("preference:{5F1B7C0A-6E3D-4C1E-9B7A-2A0C5D9E4411}", True, True),
        ("unknown", False, True),
        ("unknown", True, False),
        (None, False, True),
        (None, True, False),
        (7, False, True),
    ],
)
def test_whom_a_value_belongs_to(owner, override, refused):
    made = make_plan(
        owned(host("issue1"), owner), None, Wanted(["dotnet_strong_crypto"], override_unknown_owner=override)
    )
    assert (len(made.operations), len(made.refused)) == ((0, 8) if refused else (8, 0))
    assert bool(made.failures()) is refused


def test_a_refusal_says_what_to_change_where():
    by_owner = {}
    for owner in ("gpo:Servers\x1b[2J", "preference:{5F1B7C0A}", "unknown"):
        made = make_plan(owned(host("issue1"), owner), None, Wanted(["dotnet_strong_crypto"]))
        by_owner[owner[:4]] = made.refused[0]
    group = by_owner["gpo:"]
    assert (
        "Group Policy Servers" in group.next_step
        and f"{NATIVE}\\SystemDefaultTlsVersions = REG_DWORD 1" in group.next_step
    )
    assert "gpupdate" in group.next_step and "\x1b" not in group.next_step + group.reason
    assert "Preference item {5F1B7C0A}" in by_owner["pref"].next_step
    assert "override_unknown_owner" in by_owner["unkn"].next_step
    assert group.owner == "gpo:Servers\x1b[2J" and group.target.endswith("SystemDefaultTlsVersions")


def test_the_policy_of_issue_5_is_changed_in_the_group_policy():
    refusal = plan(host("issue5"), "issue_5").failures()[0]
    assert refusal.owner == "gpo:TLS hardening" and "SSL Cipher Suite Order" in refusal.next_step
    assert "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384" in refusal.next_step and "Not Configured" in refusal.next_step


# --- wishes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given_options",
    [
        {"apply": ["everything"]},
        {"apply": "all"},
        {"strong_crypto_set": "some"},
        {"tls12_client": "disabled"},
        {"protocols": {"TLS 1.2": {"client": "disabled"}}},
    ],
)
def test_wishes_that_make_no_sense(given_options):
    with pytest.raises(ValueError, match=r"."):
        Wanted(**given_options)


@pytest.mark.parametrize(
    "given_options",
    [
        {"mu_url": "ftp://x"},
        {"mu_url": "https://user:secret@x"},
        {"mu_url": "https://"},
        {"mu_url": "https://x\ny"},
        {"protocols": {"TLS 9": {"client": "enabled"}}},
        {"protocols": {"TLS 1.0": {"peer": "enabled"}}},
        {"protocols": {"TLS 1.0": {"client": "perhaps"}}},
    ],
)
def test_options_of_a_resolution_that_make_no_sense(given_options):
    with pytest.raises(ValueError, match=r"."):
        plan(host("issue1"), "sync_endpoint", "schannel_tls12", **given_options)


def test_an_issue_stands_for_its_resolutions():
    for issue in ("issue_1", "issue_2", "issue_4"):
        assert Wanted([issue]).named() == {"dotnet_strong_crypto"}
    assert Wanted(["issue_5"]).named() == {"cipher_suite_order", "schannel_algorithms"}
    assert Wanted(["issue_3"]).named() == {"dotnet_strong_crypto", "monthly_rollup"}
    assert Wanted(["all"]).named() == set()
    failed = plan(host("proxy"), "proxy").failures()
    assert [refusal.id for refusal in failed] == ["proxy"] and "CONNECT" in failed[0].next_step


def test_findings_may_be_handed_in():
    found = host("issue1")
    made = make_plan(facts(found), None, Wanted(["all"], findings=assess(facts(found))["findings"]))
    assert made == plan(found, "all")
    assert not make_plan(facts(found), None, Wanted(["all"], findings=[])).operations


# --- method 2 --------------------------------------------------------------------------------------------------------


def test_method_2_says_whom_it_reaches():
    made = plan(host("issue1"), "w3wp_config")
    assert any("WsusPool" in note and "every w3wp.exe" in note for note in made.notes)
    assert any("TLS 1.0 and TLS 1.1 stay possible" in note for note in made.notes)
    assert not any("stay possible" in note for note in plan(host("issue2"), "w3wp_config").notes)


@pytest.mark.parametrize(
    ("change", "where", "why"),
    [
        (lambda found: config(found, "<configuration>"), "refused", "well-formed"),
        (lambda found: config(found, "<!DOCTYPE a []><configuration/>"), "refused", "document type"),
        (lambda found: put(found, NATIVE, "SystemDefaultTlsVersions", "REG_DWORD", 0), "refused", "defeats"),
        (
            lambda found: found.raw["w3wp"]["config"].update(error={"code": "too_big", "message": ""}),
            "unresolved",
            "too_big",
        ),
        (lambda found: found.raw.pop("w3wp"), "unresolved", "not asked for"),
        (lambda found: found.raw["dotnet"]["ndp_v4"]["values"].pop("Release"), "unresolved", "switches_honoured"),
    ],
)
def test_method_2_is_not_possible(change, where, why):
    found = host("issue1")
    change(found)
    made = plan(found, "w3wp_config")
    assert not made.operations and made.failures()
    assert why in getattr(made, where)[0].reason


def test_method_2_is_refused_before_dotnet_46():
    assert "older than 4.6" in plan(host("issue3"), "w3wp_config").failures()[0].reason


def test_method_2_needs_the_raw_state():
    made = make_plan(facts(host("issue1")), None, Wanted(["w3wp_config"]))
    assert made.failures()[0].id == "w3wp_config" and not made.operations


def test_both_methods_together_where_the_registry_forbids_one():
    found = put(host("issue1"), NATIVE, "SystemDefaultTlsVersions", "REG_DWORD", 0)
    made = plan(found, "dotnet_strong_crypto", "w3wp_config")
    assert {operation.resolution for operation in made.operations} == {"dotnet_strong_crypto", "w3wp_config"}


# --- anything --------------------------------------------------------------------------------------------------------


def paths(node, prefix=()):
    if isinstance(node, dict):
        for name, member in node.items():
            yield (*prefix, name)
            yield from paths(member, (*prefix, name))


PLACES = list(paths(facts(local_list("issue5"))))


@given(JSON, JSON)
@settings(max_examples=60)
def test_any_facts_give_a_plan_and_nothing_to_do(found, raw):
    for apply in (["all"], ALL):
        made = make_plan(found, raw if isinstance(raw, dict) else None, Wanted(apply, override_unknown_owner=True))
        assert made.operations == ()
        json.dumps(made.as_dict())


@given(st.lists(st.tuples(st.sampled_from(PLACES), JSON), min_size=1, max_size=3))
@settings(max_examples=100)
def test_any_damage_leaves_only_documented_targets(damages):
    found = copy.deepcopy(facts(put(local_list("issue5"), TLS12, "Enabled", "REG_DWORD", 0)))
    for path, data in damages:
        node = found
        for name in path[:-1]:
            node = node.get(name, {}) if isinstance(node, dict) else {}
        if isinstance(node, dict):
            node[path[-1]] = data
    made = make_plan(found, None, Wanted(ALL, override_unknown_owner=True))
    places = (*KEYS.values(), "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\",
              "HKLM\\SOFTWARE\\Policies\\Microsoft\\Cryptography\\Configuration\\SSL\\00010002")  # fmt: skip
    for operation in made.operations:
        assert operation.kind == "wsus_configuration" or operation.path.startswith(places)
    json.dumps([made.as_dict(), made.for_host(), made.journal_notes()])


def test_a_value_of_another_place_is_not_followed():
    found = facts(host("issue1"))
    value = found["dotnet"]["strong_crypto"]["native_v4"]["sch_use_strong_crypto"]
    value["path"] = r"HKLM\SYSTEM\CurrentControlSet\Services\evil"
    made = make_plan(found, None, Wanted(["dotnet_strong_crypto"], strong_crypto_set="required"))
    assert len(made.operations) == 1 and "another value" in made.unresolved[0].reason
