# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resolution sync_endpoint."""

from __future__ import annotations

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.plan import finish, plan_endpoint
from support.plan_hosts import facts, host, plan

FE2 = {"MUUrl": "https://fe2.update.microsoft.com/v6", "RedirectorChangeNumber": 0}
SWS = {"MUUrl": "https://sws.update.microsoft.com", "RedirectorChangeNumber": 4002}


def wsus(name="healthy", **configuration):
    found = host(name)
    found.raw["wsus"]["api"]["configuration"].update(configuration)
    return found


def only(made):
    (operation,) = made.operations
    return dict(operation.before), dict(operation.after)


def test_both_members_at_once():
    made = plan(host("endpoint-fe2"), "all")
    assert only(made) == (FE2, SWS)
    assert [(restart.what, restart.need) for restart in made.restarts] == [
        ("iisreset", "required"), ("WsusService", "required")
    ]  # fmt: skip
    assert made.operations[0].findings == ("endpoint.mu_url", "endpoint.redirector_change_number")


def test_the_number_alone():
    url = "https://SWS.update.microsoft.com/v6"
    made = plan(wsus(MUUrl=url, RedirectorChangeNumber=0), "sync_endpoint")
    assert only(made) == ({"MUUrl": url, "RedirectorChangeNumber": 0}, {"MUUrl": url, "RedirectorChangeNumber": 4002})


@pytest.mark.parametrize("url", ["http://sws.update.microsoft.com", "https://sws.update.microsoft.com:8443"])
def test_another_way_to_the_same_host_is_another_endpoint(url):
    assert only(plan(wsus(MUUrl=url), "sync_endpoint"))[1] == SWS


def test_an_endpoint_of_ones_own():
    made = finish([plan_endpoint(facts(wsus()), "https://mirror.corp.example/x/")])
    assert only(made)[1] == {"MUUrl": "https://mirror.corp.example/x/", "RedirectorChangeNumber": 4002}
    there = wsus(MUUrl="https://mirror.corp.example/x", RedirectorChangeNumber=7)
    assert not plan_endpoint(facts(there), "https://mirror.corp.example/x/").operations
    assert (
        only(finish([plan_endpoint(facts(there), "https://mirror.corp.example/x/", 8)]))[1]["RedirectorChangeNumber"]
        == 8
    )


@pytest.mark.parametrize(
    ("configuration", "where", "text"),
    [
        (
            {"SyncFromMicrosoftUpdate": False, "UpstreamWsusServerName": "top.corp.example"},
            "refused",
            "top.corp.example",
        ),
        ({"SyncFromMicrosoftUpdate": False, "IsReplicaServer": True}, "refused", "Replica"),
        ({"IsReplicaServer": True}, "refused", "topmost"),
        ({"IsReplicaServer": None}, "unresolved", "replica"),
        ({"SyncFromMicrosoftUpdate": {"error": {"code": "unreadable", "message": "x"}}}, "unresolved", "position"),
        ({"MUUrl": "https://user:secret@fe2.update.microsoft.com"}, "refused", "user info"),
        ({"UseProxy": True, "ProxyName": ""}, "refused", "proxy that has no name"),
        ({"RedirectorChangeNumber": "4002"}, "unresolved", "redirector_change_number"),
    ],
)
def test_not_here(configuration, where, text):
    made = plan(wsus("endpoint-fe2", **configuration), "sync_endpoint")
    assert not made.operations and text in getattr(made, where)[0].reason and made.failures()
    assert "secret" not in str(made.as_dict())


def test_without_api_or_role():
    found = host("endpoint-fe2")
    found.raw["wsus"]["api"] = {"error": {"code": "service_unavailable", "message": "503"}}
    made = plan(found, "sync_endpoint")
    assert "WsusPool" in made.unresolved[0].next_step and not made.operations
    facts_found = facts(found)
    facts_found["wsus"]["role"]["installed"] = False
    assert "role" in plan_endpoint(facts_found).refused[0].reason


def test_an_old_endpoint_is_not_gone_back_to():
    draft = plan_endpoint(facts(wsus()), "https://sws1.update.microsoft.com")
    assert not draft.operations and "2022-01-10" in draft.refused[0].reason


@pytest.mark.parametrize(
    "proxy", [{"UseProxy": False, "ProxyName": ""}, {"UseProxy": True, "ProxyName": "proxy.corp.example"}]
)
def test_a_proxy_that_is_complete_or_not_used_keeps_nothing_back(proxy):
    assert only(plan(wsus("endpoint-fe2", **proxy), "all")) == (FE2, SWS)


def test_a_proxy_without_a_name_keeps_back_the_endpoint_alone():
    made = plan(wsus("issue1", MUUrl=FE2["MUUrl"], UseProxy=True, ProxyName=""), "all")
    assert [(refusal.id, "Proxy Server" in refusal.next_step) for refusal in made.refused] == [("sync_endpoint", True)]
    assert {operation.resolution for operation in made.operations} == {"dotnet_strong_crypto"} and not made.failures()
    assert not plan(wsus(UseProxy=True, ProxyName=""), "sync_endpoint").refused, "there is nothing to save"
