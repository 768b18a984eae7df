# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""wsus.py: role, endpoint, hierarchy, proxy, synchronization."""

from __future__ import annotations

import json

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import wsus
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.context import Context
from hypothesis import given
from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)

ERROR = {"error": {"code": "connection_failed", "message": "no"}}


def key(path, values=None, exists=True):
    return {"path": path, "exists": exists, "last_write": None, "values": values or {}}


def text(data):
    return {"type": "REG_SZ", "data": data}


def dword(data):
    return {"type": "REG_DWORD", "data": data}


def raw(configuration=None, setup=None, services=None, **api):
    return {
        "setup": key(
            wsus.SETUP, {"SqlServerName": text(r"MICROSOFT##WID"), "PortNumber": dword(8530), **(setup or {})}
        ),
        "role_services": key(
            wsus.SETUP + r"\Installed Role Services", services or {"UpdateServices-Services": dword(2)}
        ),
        "api": {
            "reached_by": "assembly",
            "server": {"Name": "WSUS1", "Version": "10.0.14393.2969", "PortNumber": 8531, "UseSecureConnection": True},
            "configuration": configuration or {},
            "subscription": {"SynchronizeAutomatically": True, "Status": "NotProcessing"},
            "last_synchronization": {"Id": "1", "Result": "Succeeded"},
            **api,
        },
    }


def build(*args, **kwargs):
    return wsus.build(raw(*args, **kwargs), Context())


@pytest.mark.parametrize(
    ("url", "host", "kind"),
    [
        ("https://sws.update.microsoft.com", "sws.update.microsoft.com", "sws"),
        ("https://sws.update.microsoft.com/", "sws.update.microsoft.com", "sws"),
        (" https://SWS.Update.Microsoft.COM.:443/v6?x ", "sws.update.microsoft.com", "sws"),
        ("http://sws.update.microsoft.com", "sws.update.microsoft.com", "other"),
        ("https://sws.update.microsoft.com:8443/v6", "sws.update.microsoft.com", "other"),
        ("https://sws.update.microsoft.com:99999/", "sws.update.microsoft.com", "other"),
        (" https://sws1.update.microsoft.com", "sws1.update.microsoft.com", "sws1"),
        ("https://fe2.update.microsoft.com/v6", "fe2.update.microsoft.com", "fe2"),
        ("https://fe2.update.microsoft.com", "fe2.update.microsoft.com", "fe2"),
        ("https://update.microsoft.com/v6", "update.microsoft.com", "other"),
        ("https://sws.update.microsoft.com.evil.test/", "sws.update.microsoft.com.evil.test", "other"),
        ("https://sws.update.microsoft.com@evil.test/", "evil.test", "other"),
        ("https://evil.test/sws.update.microsoft.com", "evil.test", "other"),
        ("https://evil.test\\@sws.update.microsoft.com", "evil.test", "other"),
        ("sws.update.microsoft.com", None, "other"),
        ("https://", None, "other"),
        ("", None, "other"),
        (None, None, None),
        (7, None, None),
        (ERROR, None, None),
    ],
)
def test_endpoint(url, host, kind):
    found = build({"MUUrl": url, "RedirectorChangeNumber": 4002})["endpoint"]
    assert (found["host"], found["kind"], found["redirector_change_number"]) == (host, kind, 4002)


def test_user_info_of_urls_and_proxies_is_masked():
    found = build(
        {
            "MUUrl": "https://me:secret@sws.update.microsoft.com",
            "ProxyName": "me:secret@proxy",
            "SslProxyName": "a:secret@b",
        }
    )
    assert "secret" not in json.dumps(found)
    assert found["endpoint"]["kind"] == "sws"


def test_messages_of_the_api_hold_no_password():
    message = "http://bob:S3cret@proxy:8080/ said 407, sent Proxy-Authorization: Basic Ym9iOlMzY3JldA== to it"
    error = {"error": {"code": "connection_failed", "message": message}}
    found = build(
        {"SyncFromMicrosoftUpdate": False, "UpstreamWsusServerName": "bob:S3cret@up", "MUUrl": error},
        last_synchronization={"Result": "Failed", "ErrorText": message},
    )
    whole = wsus.build({"api": error, "setup": error}, Context())
    for text in (json.dumps(found), json.dumps(whole)):
        assert "S3cret" not in text and "Ym9i" not in text and "***@proxy:8080/ said 407" in text
    assert found["hierarchy"]["upstream"]["name"] == "***@up"


@pytest.mark.parametrize("length", range(3_970, 4_001))
def test_a_message_cut_by_the_collector_ends_in_no_half_password(length):
    text = ("word " * 1_000)[: length - 11] + "http://b:S3"
    assert len(text) == length
    found = build(last_synchronization={"ErrorText": (text + "cret@proxy")[:4_000]})
    assert "S3" not in found["synchronization"]["last"]["error_text"] or length + 10 < 4_000


@pytest.mark.parametrize(
    ("number", "kept"), [(0, 0), (2**40, 2**40), (-1, -1), (2**64, None), ("4002", None), (True, None)]
)
def test_redirector_change_number(number, kept):
    assert build({"RedirectorChangeNumber": number})["endpoint"]["redirector_change_number"] == kept


@pytest.mark.parametrize(
    ("flag", "position", "upstream"),
    [
        (True, "topmost", None),
        (False, "downstream", {"name": "up.example.test", "port": 8531, "ssl": True}),
        (None, None, None),
        ("False", None, None),
        (0, None, None),
        (ERROR, None, None),
    ],
)
def test_hierarchy(flag, position, upstream):
    configuration = {
        "SyncFromMicrosoftUpdate": flag,
        "IsReplicaServer": False,
        "UpstreamWsusServerName": "up.example.test",
        "UpstreamWsusServerPortNumber": 8531,
        "UpstreamWsusServerUseSsl": True,
    }
    assert build(configuration)["hierarchy"] == {"position": position, "replica": False, "upstream": upstream}


@pytest.mark.parametrize(
    ("server", "kind"),
    [
        (r"MICROSOFT##WID", "WID"),
        (r"np:\\.\pipe\MICROSOFT##WID\tsql\query", "WID"),
        (r"%computername%\MICROSOFT##SSEE", "WID"),
        (r"SQL1\WSUS", "SQL Server"),
        ("", None),
    ],
)
def test_database(server, kind):
    found = build(setup={"SqlServerName": text(server), "SqlDatabaseName": text("SUSDB")})["role"]["database"]
    assert found == {"kind": kind, "server": server, "name": "SUSDB"}


def test_role():
    found = build(setup={
        "UsingSSL": dword(0), "ServerCertificateName": text("wsus.example.test"), "ContentDir": text(r"D:\WSUS"),
        "TargetDir": text("C:\\Program Files\\Update Services\\"), "VersionString": text("10.0.14393.0"),
    })["role"]  # fmt: skip
    assert (found["installed"], found["services"], found["version"]) == (
        True,
        ["UpdateServices-Services"],
        "10.0.14393.0",
    )
    assert (found["port"], found["ssl"], found["certificate_name"]) == (8530, False, "wsus.example.test")
    assert (found["content_dir"], found["target_dir"]) == (r"D:\WSUS", "C:\\Program Files\\Update Services\\")


def test_role_by_the_api_where_the_registry_is_silent():
    found = build(setup={"PortNumber": text("8530")})["role"]
    assert (found["port"], found["ssl"], found["version"]) == (8531, True, "10.0.14393.2969")


@pytest.mark.parametrize(
    ("setup", "services", "installed"),
    [
        (key("p", exists=False), key("q", exists=False), False),
        ({"path": "p", **ERROR}, key("q", exists=False), None),
        (None, None, None),
        (key("p"), key("q", {"UpdateServices-UI": dword(2)}), False),
        (key("p"), key("q", {"UpdateServices-UI": dword(2), "UpdateServices-WidDatabase": dword(2)}), True),
        (key("p"), key("q", {"UpdateServices-Services": dword(0), "UpdateServices-UI": dword(2)}), False),
        (key("p"), key("q", exists=False), None),
        (key("p", {"SqlServerName": text("SQL1")}), {"path": "q", **ERROR}, True),
        (key("p", {"SqlServerName": ERROR}), key("q", {"UpdateServices-UI": dword(2)}), None),
    ],
)
def test_installed(setup, services, installed):
    assert (
        wsus.build({"setup": setup, "role_services": services, "api": ERROR}, Context())["role"]["installed"]
        is installed
    )


def test_api_not_reached():
    found = wsus.build(
        {
            "setup": key("p", exists=False),
            "role_services": key("q", exists=False),
            "api": {"error": {"code": "role_absent", "message": "m"}},
        },
        Context(),
    )
    assert found["api"] == {"reached": False, "by": None, "error": {"code": "role_absent", "message": "m"}}
    assert found["endpoint"] == {"mu_url": None, "host": None, "kind": None, "redirector_change_number": None}
    assert found["hierarchy"] == {"position": None, "replica": None, "upstream": None}
    assert found["synchronization"] == {"status": None, "automatic": None, "last": None}
    for malformed in (None, 1, [], {}):
        assert wsus.build({"api": malformed}, Context())["api"]["error"]["code"] == "malformed"


def test_api_reached_with_errors_inside():
    found = build({"MUUrl": ERROR, "SyncFromMicrosoftUpdate": True})
    assert found["api"]["reached"] is True and found["api"]["by"] == "assembly"
    assert found["api"]["error"] == {"code": "connection_failed", "message": "configuration.MUUrl: no"}
    assert (found["endpoint"]["mu_url"], found["hierarchy"]["position"]) == (None, "topmost")
    found = build(last_synchronization=ERROR)
    assert found["api"]["error"]["message"] == "last_synchronization: no"
    assert found["synchronization"]["last"] is None and found["synchronization"]["status"] == "NotProcessing"
    assert build()["api"]["error"] is None
    assert build(reached_by="magic")["api"]["by"] is None


def test_proxy():
    found = build({
        "UseProxy": True, "ProxyName": "proxy.example.test", "ProxyServerPort": 8080, "ProxyUserName": "svc",
        "ProxyUserDomain": "EX", "HasProxyPassword": True, "ProxyPassword": "never", "UseSeparateProxyForSsl": False,
        "SslProxyName": "", "SslProxyServerPort": 70000,
    })  # fmt: skip
    assert found["proxy"] == {
        "used": True, "name": "proxy.example.test", "port": 8080, "user": "EX\\svc", "has_password": True,
        "ssl_separate": False, "ssl_name": "", "ssl_port": None,
    }  # fmt: skip
    assert "never" not in json.dumps(found)


def test_synchronization():
    last = {
        "Id": "6b3d2c1a", "StartTime": "2026-11-01T10:00:00.000Z", "EndTime": "0001", "Result": "Failed",
        "Error": "UssCommunicationError", "ErrorText": "WebException " * 1000, "StartedManually": True,
    }  # fmt: skip
    found = build(
        {
            "LogFilePath": r"C:\x.log",
            "LogLevel": "Info",
            "ServerId": "g",
            "LastConfigChange": "2026-10-01T00:00:00.000Z",
        },
        last_synchronization=last,
    )
    assert found["synchronization"]["last"]["started"] == "2026-11-01T10:00:00.000Z"
    assert found["synchronization"]["last"]["ended"] is None
    assert (found["synchronization"]["last"]["result"], found["synchronization"]["last"]["manual"]) == ("Failed", True)
    assert 3_900 < len(found["synchronization"]["last"]["error_text"]) <= 4000
    assert found["log"] == {"path": r"C:\x.log", "level": "Info"}
    assert (found["server_id"], found["last_config_change"]) == ("g", "2026-10-01T00:00:00.000Z")


@given(JSON)
def test_never_raises(value):
    wsus.build(value if isinstance(value, dict) else {"setup": value, "role_services": value, "api": value}, Context())
    wsus.build(
        raw(
            {"MUUrl": value, "ProxyName": value, "SyncFromMicrosoftUpdate": value},
            server=value,
            last_synchronization=value,
        ),
        Context(),
    )


@given(st.text(max_size=60))
def test_any_url(url):
    assert build({"MUUrl": url})["endpoint"]["kind"] in ("sws", "sws1", "fe2", "other")
