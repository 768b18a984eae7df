# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is new, whom it breaks, and how old a list is."""

from __future__ import annotations

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.assess import assess
from ansible_collections.wsus.compliance.plugins.plugin_utils.endpoint.breaks import judge
from ansible_collections.wsus.compliance.plugins.plugin_utils.endpoint.news import from_earlier, from_table, news_of
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import build_facts
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.endpoint_list import EndpointList
from support.plan_hosts import COLLECTED, host
from unit.assess.sample import healthy

from .measured import E256C, E256G, HOST, SILENT, SWS, answer, found, scanned

ALL = ("TLS 1.0", "TLS 1.2", "TLS 1.3")


def all_of(tls12=tuple(SWS), tls10=(), tls13=(), **asked):
    said = answer(tls12=scanned(list(tls12)), tls10=scanned(list(tls10)), tls13=scanned(list(tls13)))
    return found(said, protocols=ALL, **asked)


def test_no_difference_is_no_news():
    news = news_of(all_of(), from_table(HOST))
    assert (news["changed"], news["lines"], news["suites"]) == (False, [], {})
    assert news["compared_with"] == {"source": "built_in", "date": "2020-08"}


def test_news_against_the_table():
    news = news_of(
        all_of(tls12=[E256G, "TLS_RSA_WITH_NULL_SHA256"], tls13=["TLS_AES_128_GCM_SHA256"]), from_table(HOST)
    )
    assert news["changed"] is True
    assert news["protocols"] == {"added": ["TLS 1.3"], "removed": []}
    assert news["suites"] == {"TLS 1.2": {"added": ["TLS_RSA_WITH_NULL_SHA256"], "removed": SWS[1:]}}
    assert len(news["lines"]) == 3 and "than the built-in list of 2020-08" in news["lines"][0]


def test_news_against_an_earlier_measurement():
    news = news_of(all_of(tls12=[]), from_earlier(all_of(tls10=["TLS_RSA_WITH_AES_128_CBC_SHA"])))
    assert news["protocols"] == {"added": [], "removed": ["TLS 1.0", "TLS 1.2"]}
    assert set(news["suites"]) == {"TLS 1.0", "TLS 1.2"}


def test_what_is_undetermined_is_no_news():
    silent = found(answer(tls12=scanned([E256G], SWS[1:], SILENT)))
    assert news_of(silent, from_table(HOST))["changed"] is None
    assert news_of(silent, from_table(HOST))["suites"] == {}
    assert news_of(all_of(), from_earlier(silent))["suites"] == {}
    assert news_of(found(host="example.com"), from_table("example.com"))["changed"] is None
    assert from_table("sws1.update.microsoft.com").suites == {}


# --- whom it breaks ---------------------------------------------------------------------------------------------------


def document(facts, **more):
    return {"collection_version": "1.0.0", "facts": facts, "error": None, **more}


def audited(**ciphers):
    facts = healthy()
    facts["ciphers"].update(ciphers)
    return facts


def test_a_host_with_a_suite_in_common_gets_through():
    one = judge("a", document(audited(effective=[E256G])), found().offer)
    assert one.breaks is False and E256G in one.reason


def test_a_host_without_breaks():
    facts = audited(effective=[E256C], list={"source": "policy", "suites": [E256C]}, common=[E256C])
    one = judge("a", document(facts), all_of(tls12=SWS[:2]).offer)
    assert (one.breaks, one.already) == (True, False) and "1 suites offered, none" in one.reason
    facts["ciphers"]["common"] = []
    assert judge("a", document(facts), all_of(tls12=SWS[:2]).offer).already is True


def test_a_suite_that_may_be_usable_leaves_it_open():
    facts = audited(effective=[], list={"source": "policy", "suites": [E256G]}, killed=[])
    assert judge("a", document(facts), found().offer).breaks is None
    facts["ciphers"]["killed"] = [{"name": E256G, "by": "HKLM\\x"}]
    assert judge("a", document(facts), found().offer).breaks is True


def test_an_endpoint_without_tls_12_breaks_all():
    assert judge("a", document(healthy()), all_of(tls12=[]).offer).breaks is True
    assert judge("a", document(healthy()), found({"first": {"error": "x"}}).offer).breaks is None


@pytest.mark.parametrize(("state", "breaks"), [("disabled", True), ("half_disabled", True), ("unknown", None)])
def test_tls_12_of_the_host_counts(state, breaks):
    facts = healthy()
    facts["schannel"]["protocols"]["TLS 1.2"]["client"]["state"] = state
    assert judge("a", document(facts), found().offer).breaks is breaks


def test_hosts_that_do_not_talk_to_microsoft_are_left_out():
    downstream, none = healthy(), healthy()
    downstream["wsus"]["hierarchy"]["position"] = "downstream"
    none["wsus"]["role"]["installed"] = False
    assert judge("a", document(downstream), all_of(tls12=[])) is None
    assert judge("a", document(none), all_of(tls12=[])) is None


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"facts": {}},
        document(None),
        document({}),
        document({"ciphers": {"error": {"code": "x", "message": "y"}}}),
        document(audited(effective=None)),
        document(audited(effective=[1])),
        document({**healthy(), "os": {"id": "1999"}}),
        document({}, error={"code": "timeout", "message": "no answer"}),
    ],
)
def test_a_file_that_does_not_tell_is_told(data):
    one = judge("a", data, found().offer)
    assert one.breaks is None and one.reason


def test_it_judges_as_an_audit_by_that_list_would():
    """The stored facts are enough: for each list the verdict of the raw state and that of its facts are the same."""
    raw = {"contract": 1, "collected_at": COLLECTED, "raw": host().raw}
    stored = build_facts(raw)
    for suites in (SWS, SWS[2:], ["TLS_RSA_WITH_AES_256_CBC_SHA"], ["TLS_PSK_WITH_NULL_SHA256"]):
        anew = build_facts(raw, accepted=suites)["ciphers"]
        one = judge("a", document(stored), all_of(tls12=suites).offer)
        assert anew["determined"] and one.breaks is (not anew["common"]), suites


# --- how old it is ----------------------------------------------------------------------------------------------------


def origin(measured_at, verified=True):
    facts = build_facts(
        {"contract": 1, "collected_at": "2026-11-24T02:31:04.353Z", "raw": host().raw},
        accepted=EndpointList(tuple(SWS), f"{HOST}:443", measured_at, verified),
    )
    rules = {one["id"]: one for one in assess(facts)["findings"]}
    return facts["ciphers"]["endpoint_list"], rules


@pytest.mark.parametrize(
    ("measured_at", "age", "text"),
    [
        ("2026-11-20T08:00:00.000Z", 3, "3 days before the host was read"),
        ("2026-08-01T00:00:00.000Z", 115, "more than 90, so measure again"),
        ("2026-11-25T00:00:00.000Z", -1, "later than the host's clock"),
    ],
)
def test_findings_say_how_old_the_list_is(measured_at, age, text):
    fact, rules = origin(measured_at)
    assert (fact["source"], fact["host"], fact["age_days"]) == ("measured", f"{HOST}:443", age)
    for name in ("ciphers.common_suite", "ciphers.algorithm_disabled", "ciphers.curve_order"):
        assert text in rules[name]["evidence"][-1]["text"]
        assert rules[name]["result"] == "pass", "age fails nothing"


def test_findings_say_that_the_certificate_was_not_verified():
    assert (
        "a proxy that decrypts"
        in origin("2026-11-20T08:00:00.000Z", False)[1]["ciphers.common_suite"]["evidence"][-1]["text"]
    )


def test_the_built_in_list_says_what_it_is():
    raw = {"contract": 1, "collected_at": COLLECTED, "raw": host().raw}
    built_in = {"source": "built_in", "host": HOST, "date": "2020-08", "age_days": None, "verified": None}
    assert build_facts(raw)["ciphers"]["endpoint_list"] == built_in
    assert build_facts(raw, accepted=SWS)["ciphers"]["endpoint_list"]["source"] == "option"
