# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What if the endpoint accepted something else: the profiles, and who would get through."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from ansible_collections.wsus.compliance.plugins.plugin_utils.endpoint import tables
from ansible_collections.wsus.compliance.plugins.plugin_utils.endpoint.breaks import deciding_facts
from ansible_collections.wsus.compliance.plugins.plugin_utils.endpoint.model import DECIDES, NEWER
from ansible_collections.wsus.compliance.plugins.plugin_utils.endpoint.profiles import (
    built_in,
    read_profiles,
    readiness,
    readiness_of,
)
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.cipher_lists import is_suite
from unit.assess.sample import healthy

from .measured import E128G, E256C, E256G, SWS

FOLDER = Path(tables.__file__).parent
AES = "TLS_AES_256_GCM_SHA384"


def test_the_table_has_the_shape_of_its_schema_and_names_its_sources():
    schema = json.loads((FOLDER / "schemas" / "profiles.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    table = yaml.safe_load((FOLDER / "profiles.yml").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(table)
    assert {source for row in table["profiles"] for source in row["source"]} == set(table["sources"])
    assert len({row["id"] for row in table["profiles"]}) == len(table["profiles"])


def test_each_built_in_profile_has_suites_of_each_of_its_protocols():
    for profile in built_in().values():
        assert all(is_suite(name) for name in profile.suites)
        offer = profile.offer
        assert set(offer.suites) == set(profile.protocols) and all(offer.suites.values())
        assert sum(map(len, offer.suites.values())) == len(profile.suites)
        assert {name for name, said in offer.protocols.items() if said == "accepted"} == set(profile.protocols)
    (one,) = read_profiles(["without_cbc"])
    assert one.suites == (E256G, E128G) and not any("CBC" in name for name in one.suites)


def document(*, os_id="2019", ends="2029-01-09", tls13="unsupported", position=None, error=None, **ciphers):
    facts = healthy()
    facts["os"] |= {"id": os_id, "support_ends": ends}
    facts["schannel"]["protocols"][NEWER] = {"client": {"state": tls13}}
    facts["ciphers"].update(ciphers)
    if position:
        facts["wsus"]["hierarchy"]["position"] = position
    return {"collection_version": "1.0.0", "facts": facts if error is None else {}, "error": error}


def only(*names, **more):
    return document(effective=list(names), list={"source": "policy", "suites": list(names)}, **more)


def ask(profile, **documents):
    (one,) = read_profiles([profile] if isinstance(profile, str) else {"mine": profile})
    return readiness(documents, one)


def test_without_the_cbc_suites():
    found = ask(
        "without_cbc",
        all=only(*SWS),
        one=only(E128G),
        old=only(E256C, common=[E256C]),
        none=only("TLS_RSA_WITH_AES_128_CBC_SHA", common=[]),
        below=only(E256C, position="downstream"),
        lost=document(error={"code": "unreachable", "message": "no route"}),
        unread=document(effective=[], list={"source": "unknown", "suites": []}),
    )
    assert found.ready == ["all", "one"] and found.not_concerned == ["below"]
    assert list(found.not_ready) == ["none", "old"] and found.already == ["none"]
    assert "1 suites offered, none of them accepted" in found.not_ready["old"]
    assert list(found.undetermined) == ["lost", "unread"] and "no route" in found.undetermined["lost"]


def test_by_tls_13_alone_nobody_is_said_to_get_through():
    found = ask(
        "tls13_only",
        older=only(*SWS),
        newer=only(*SWS, AES, os_id="2022", tls13="enabled"),
        bare=only(*SWS, os_id="2022", tls13="enabled"),
        off=only(*SWS, AES, os_id="2022", tls13="disabled"),
        unread=only(*SWS, AES, os_id="2022", tls13="unknown"),
    )
    assert found.ready == []
    assert list(found.not_ready) == ["bare", "off", "older"]
    assert "TLS 1.3 is unsupported as client" in found.not_ready["older"]
    assert "TLS 1.3 is disabled as client" in found.not_ready["off"]
    assert "no suite of TLS 1.3" in found.not_ready["bare"]
    assert list(found.undetermined) == ["newer", "unread"] and "not documented" in found.undetermined["newer"]


def test_a_profile_of_both_versions_is_judged_by_the_suites_of_tls_12():
    both = {"protocols": [NEWER, DECIDES], "accepted_suites": [AES, E256G], "date": "2027-06-30"}
    found = ask(both, a=only(AES, os_id="2022", tls13="enabled"), b=only(E256G, ends="2027-01-12"))
    assert list(found.not_ready) == ["a"] and found.ready == ["b"] and found.old == {"b": "2027-01-12"}
    said = found.as_dict()
    assert said["protocols"] == [DECIDES, NEWER] and said["date"] == "2027-06-30" and said["title"] == "mine"
    assert said["out_of_support"] == {"b": "2027-01-12"}


def test_the_answer_does_not_depend_on_the_order_of_the_results():
    documents = {"b": only(*SWS), "a": only(E256C), "c": document(error={"code": "unreachable", "message": "x"})}
    turned = dict(reversed(documents.items()))
    profiles = read_profiles("without_cbc, tls13_only")
    assert json.dumps(readiness_of(documents, profiles)) == json.dumps(readiness_of(turned, profiles))
    assert list(readiness_of(documents, profiles)) == ["without_cbc", "tls13_only"]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (7, "must be a list of names"),
        ([7], "must be a list of names"),
        (["nonsense"], "no built-in profile nonsense. There are without_cbc, tls13_only"),
        (["A b"], "no name of a profile"),
        ({"x": None}, "no built-in profile x"),
        ({"x": ["TLS 1.2"]}, "x: it must have the members title"),
        ({"x": {"suites": [E256G]}}, "x: unknown members: suites"),
        ({"x": {}}, "x: a list of suites is no list"),
        ({"x": {"accepted_suites": []}}, "names no cipher suite"),
        ({"x": {"accepted_suites": ["TLS_NONSENSE"]}}, "no Windows has the cipher suite TLS_NONSENSE"),
        ({"x": {"accepted_suites": ["lower"]}}, "is not the name of a cipher suite"),
        ({"x": {"accepted_suites": [E256G], "protocols": "TLS 1.2"}}, "must be a list of some of"),
        ({"x": {"accepted_suites": [E256G], "protocols": ["TLS 1.1"]}}, "must have TLS 1.2 or TLS 1.3"),
        ({"x": {"accepted_suites": [AES]}}, "has none of TLS 1.2"),
        ({"x": {"accepted_suites": [E256G], "date": "soon"}}, "a day such as 2027-06-30"),
        ({f"p{number}": None for number in range(21)}, "20 are the most"),
    ],
)
def test_a_profile_that_makes_no_sense_is_told(given, text):
    with pytest.raises(ValueError, match=text):
        read_profiles(given)


@pytest.mark.parametrize("damaged", [{}, {"facts": 1}, {"facts": {"os": 3}, "collection_version": "1"}])
def test_a_damaged_document_is_undetermined(damaged):
    found = ask({"accepted_suites": [E256G], "date": "2030-01-01"}, a=damaged)
    assert list(found.undetermined) == ["a"] and found.old == {}


def test_the_facts_that_decide_give_the_same_answers_as_all():
    documents = {
        "all": only(*SWS),
        "none": only("TLS_RSA_WITH_AES_128_CBC_SHA", common=[]),
        "newer": only(*SWS, AES, os_id="2022", tls13="enabled"),
        "below": only(E256C, position="downstream"),
        "unread": document(effective=[], list={"source": "unknown", "suites": []}),
        "denied": document(),
        "odd": {"collection_version": "1", "facts": {"ciphers": 7, "os": None}},
    }
    documents["denied"]["facts"]["ciphers"] = {"error": {"code": "access_denied", "message": "not allowed"}}
    small = {name: {**one, "facts": deciding_facts(one["facts"])} for name, one in documents.items()}
    profiles = list(built_in().values())
    told = readiness_of(documents, profiles)
    assert readiness_of(small, profiles) == told and "not allowed" in told["without_cbc"]["undetermined"]["denied"]
    assert len(json.dumps(small["all"])) < len(json.dumps(documents["all"])) / 2
