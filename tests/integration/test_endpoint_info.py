# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Measurements of real TLS servers with known lists, and audits that go by them."""

from __future__ import annotations

import contextlib
import json
import socket
import stat
from typing import Any

import pytest
import yaml
from ansible_collections.wsus.compliance.plugins.plugin_utils.endpoint.measure import measure, read_proxy
from ansible_collections.wsus.compliance.plugins.plugin_utils.endpoint.result import Asked
from support.tls_servers import OPENSSL, ConnectProxy, Listener, closes, make_certificate, no_tls, s_server, silent

pytest.importorskip("sslyze", reason="sslyze is not installed (requirements-dev.txt): no endpoint can be measured")
if OPENSSL is None:
    pytest.skip("openssl is not on PATH: there is no server to measure", allow_module_level=True)

TIME = "2026-11-20T08:00:00.000Z"
SWS = {
    "ECDHE-RSA-AES256-GCM-SHA384": "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256": "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "ECDHE-RSA-AES256-SHA384": "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
    "ECDHE-RSA-AES128-SHA256": "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
}
VERSIONS = ("TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3")
PASSWORD = "p@ss:w\u00f6rd/1"
PROXY = "http://anna:p%40ss%3Aw%C3%B6rd%2F1@127.0.0.1:{}"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("tls"))


def measured(port: int, *protocols: str, proxy: str | None = None, timeout: float = 240, network_timeout: int = 10):
    through = read_proxy(proxy)
    asked = Asked(
        "localhost", port, through and through.shown, protocols or VERSIONS, through.secrets if through else ()
    )
    return measure(asked, through, timeout=timeout, network_timeout=network_timeout, now=lambda: TIME)


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


# --- what a server accepts --------------------------------------------------------------------------------------------


def test_tls_12_with_the_published_suites(certificate):
    with s_server(certificate, "-tls1_2", "-cipher", ":".join(reversed(SWS))) as port:
        found = measured(port)
    assert found.errors == () and found.complete
    assert found.protocols == {**dict.fromkeys(VERSIONS, "rejected"), "TLS 1.2": "accepted"}
    assert found.suites == {**dict.fromkeys(VERSIONS, ()), "TLS 1.2": tuple(SWS.values())}
    assert found.certificate is not None
    assert (found.certificate.subject, found.certificate.verified) == ("CN=localhost", False)
    assert found.groups and "X25519" in found.groups
    assert found.as_list().suites == tuple(SWS.values())


def test_old_versions(certificate):
    with s_server(certificate, "-no_tls1_3", "-cipher", "AES128-SHA:ECDHE-RSA-AES256-SHA:@SECLEVEL=0") as port:
        found = measured(port)
    both = {"TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"}
    assert {name: set(suites) for name, suites in found.suites.items()} == {
        **dict.fromkeys(VERSIONS, both),
        "TLS 1.3": set(),
    }
    assert found.complete, found.errors


def test_tls_13_alone(certificate):
    with s_server(certificate, "-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256") as port:
        found = measured(port, "TLS 1.2", "TLS 1.3")
    assert found.protocols == {"TLS 1.2": "rejected", "TLS 1.3": "accepted"}
    assert set(found.suites["TLS 1.3"]) == {"TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"}
    with pytest.raises(ValueError, match=r"no longer accepts TLS 1\.2"):
        found.as_list()


def test_through_a_proxy_that_wants_a_password(certificate):
    proxy = ConnectProxy("anna", PASSWORD)
    with s_server(certificate, "-tls1_2", "-cipher", ":".join(SWS)) as port, Listener(proxy) as listener:
        found = measured(port, "TLS 1.2", proxy=PROXY.format(listener.port))
        assert proxy.asked == {f"localhost:{port}"} and proxy.refused == 0
        wrong = measured(port, "TLS 1.2", proxy=PROXY.format(listener.port).replace("anna", "berta"))
    assert found.suites == {"TLS 1.2": tuple(SWS.values())} and found.complete
    assert found.proxy == f"http://127.0.0.1:{listener.port}"
    assert proxy.refused and wrong.protocols == {"TLS 1.2": "undetermined"}
    assert "rejected the CONNECT request" in wrong.errors[0]
    assert "ss:w" not in repr(wrong) and "berta" not in repr(wrong)


@pytest.mark.parametrize(
    ("handle", "text"),
    [
        (None, "rejected the connection"),
        (silent, "could not find a TLS version"),
        (no_tls, "could not find a TLS version"),
    ],
)
def test_what_answers_no_tls_is_undetermined(handle, text):
    with contextlib.nullcontext() if handle is None else Listener(handle) as listener:
        found = measured(closed_port() if listener is None else listener.port, network_timeout=1)
    assert set(found.protocols.values()) == {"undetermined"} and not found.complete
    assert text in found.errors[0]


def test_a_proxy_that_keeps_sslyze_for_ever_is_ended():
    with Listener(closes) as listener:
        found = measured(443, "TLS 1.2", proxy=f"http://127.0.0.1:{listener.port}", timeout=8)
    assert "not done within 8 seconds" in found.errors[0]


# --- the module, and an audit by what it measured ---------------------------------------------------------------------


def play(fleet, options: dict[str, Any], *arguments: str):
    tasks = [
        {"wsus.compliance.endpoint_info": options, "register": "found"},
        {"ansible.builtin.copy": {"content": "{{ found | to_json }}", "dest": "./found.json"}, "check_mode": False},
    ]
    python = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    book = [{"hosts": "localhost", "gather_facts": False, "vars": python, "tasks": tasks}]
    run = fleet.run(*arguments, playbook=fleet.play(yaml.safe_dump(book)))
    file = fleet.folder / "found.json"
    return run, json.loads(file.read_text()) if file.exists() else None


def test_an_audit_by_what_was_measured(fleet, certificate):
    """The endpoint drops the CBC suites: who offers those alone is cut off."""
    (fleet.folder / "wsus-audit").mkdir()
    assert fleet.run("-e", "audit_hosts=healthy,issue3,issue5,dead").fleet["hosts"]["healthy"] == "compliant"
    (fleet.folder / "wsus-audit" / "broken.json").write_text("{")
    gone = [suite for name, suite in SWS.items() if "GCM" not in name]
    proxy = ConnectProxy("anna", PASSWORD)
    options = {"host": "localhost", "protocols": ["TLS 1.2"], "network_timeout": 10, "audit_dir": "./wsus-audit"}
    kept = {name: suite for name, suite in SWS.items() if "GCM" in name}
    with s_server(certificate, "-tls1_2", "-cipher", ":".join(kept)) as port, Listener(proxy) as listener:
        more = {"port": port, "dest": "./new/endpoint.json", "proxy": PROXY.format(listener.port)}
        run, found = play(fleet, {**options, **more}, "--check", "-vvv")
        assert run.code == 0, run.text
        assert not (fleet.folder / "new").exists(), "check mode writes nothing"
        assert found["complete"] and found["accepted_suites"] == list(kept.values())
        run, found = play(fleet, {**options, **more}, "-vvv")
    assert run.code == 0, run.text
    assert "w\u00f6rd" not in run.text + json.dumps(found) and "anna" not in json.dumps(found)
    file = fleet.folder / "new" / "endpoint.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o644 and found["changed"] is False
    saved = json.loads(file.read_text())
    assert saved == {name: found[name] for name in saved} and "anna" not in file.read_text()
    broken = {one["host"]: one["already"] for one in found["breaks"]}
    # 2012 R2 has the GCM suites with RSA only for DHE: its ECDHE ones are CBC.
    assert broken == {"issue3": False, "issue5": True}
    assert {one["host"] for one in found["not_judged"]} == {"broken", "dead"}
    assert "has nothing in common any more with issue3" in run.text

    again = fleet.run("-e", "audit_hosts=healthy,issue3", "-e", f"audit_endpoint={file}")
    assert again.code == 0, again.text
    rules = {one["id"]: one for one in again.document("issue3")["findings"]}
    assert rules["ciphers.common_suite"]["result"] == "fail"
    text = rules["ciphers.common_suite"]["evidence"][-1]["text"]
    assert f"measured at localhost:{port}, {found['measured_at']}" in text
    assert again.fleet["hosts"] == {"healthy": "compliant", "issue3": "noncompliant"}
    facts = again.document("healthy")["facts"]["ciphers"]
    assert not set(gone) & set(facts["endpoint_suites"]) and facts["endpoint_list"]["source"] == "measured"

    # As a variable, and by the role enforce.
    saved["complete"] = False
    for playbook, name in (("audit", "audit"), ("enforce", "enforce")):
        extra = json.dumps({f"{name}_hosts": "healthy", f"{name}_endpoint": saved})
        refused = fleet.run("-e", extra, playbook=f"wsus.compliance.{playbook}")
        assert refused.code == 2 and "endpoint can't replace the built-in list: it is not complete" in refused.text
    saved["complete"] = True
    extra = json.dumps({"enforce_hosts": "issue3", "enforce_endpoint": saved})
    enforced = fleet.run("-e", extra, playbook="wsus.compliance.enforce")
    assert enforced.document("issue3")["facts"]["ciphers"]["endpoint_list"]["source"] == "measured", enforced.text


def test_a_measurement_that_failed_does_not_replace_the_last_one(fleet):
    file = fleet.folder / "endpoint.json"
    file.write_text("the last one")
    run, _found = play(fleet, {"host": "127.0.0.1", "port": closed_port(), "dest": str(file), "network_timeout": 1})
    assert run.code == 2 and "could not be measured" in run.text
    assert file.read_text() == "the last one"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"host": "https://x"}, "host must be the name"),
        ({"port": 0}, "port must be a number from 1 to 65535"),
        ({"protocols": []}, "protocols names none"),
        ({"protocols": ["TLS 1.4"]}, "TLS 1.4"),
        ({"proxy": "https://anna:secret-1@x"}, "name its port for HTTP"),
        ({"previous": "./nothing.json"}, "nothing.json can't be read"),
        ({"previous": {"a": 1}}, "previous is not a measurement"),
        ({"audit_dir": "./nowhere"}, "audit_dir is no folder"),
    ],
)
def test_wrong_options_are_refused(fleet, options, text):
    run, _found = play(fleet, options)
    assert run.code == 2 and text in run.text, run.text
    assert "Traceback" not in run.text and "secret-1" not in run.text
