# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What --diff shows: readable, safe to show, without secrets."""

from __future__ import annotations

import base64

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.raw import ErrorInfo, FileEntry
from ansible_collections.wsus.compliance.plugins.plugin_utils.plan import PackageFile, finish, plan_switch
from ansible_collections.wsus.compliance.plugins.plugin_utils.plan.config_text import config_text
from ansible_collections.wsus.compliance.plugins.plugin_utils.plan.diff import diff_of, planned
from ansible_collections.wsus.compliance.plugins.plugin_utils.plan.model import REGISTRY_VALUE, Operation
from ansible_collections.wsus.compliance.plugins.plugin_utils.plan.w3wp_config import check_path, file_operation
from hypothesis import given
from hypothesis import strategies as st
from support.plan_hosts import config, host, local_list, plan
from time_limit import at_most

SECRET = """<configuration>
  <connectionStrings>
    <add name="db" connectionString="Server=x;Password=hunter2" />
  </connectionStrings>
  <appSettings>
    <add key="ApiPassword" value='hunter2'/>
    <add value="hunter2" key="client-secret"/>
    <add key="Colour" value="blue"/>
    <password>hunter2</password>
  </appSettings>
  <system.web><machineKey validationKey="hunter2" decryptionKey='hunter2'/></system.web>
  <!-- <add key="pwd" value="hunter2"/> https://user:hunter2@host/ -->
  <runtime><dependentAssembly publicKeyToken="b77a5c561934e089"/></runtime>
</configuration>"""


def test_the_registry():
    (diff,) = planned(plan(host("issue1"), "dotnet_strong_crypto", strong_crypto_set="required"))
    key = r"HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319"
    assert diff == {
        "before": "",
        "after": f"{key}\\SystemDefaultTlsVersions = REG_DWORD 1\n{key}\\SchUseStrongCrypto = REG_DWORD 1\n",
        "before_header": "registry",
        "after_header": "registry",
    }


def test_wsus_and_packages_and_lists():
    (diff,) = planned(plan(host("endpoint-fe2"), "sync_endpoint"))
    assert diff["before"] == "MUUrl = https://fe2.update.microsoft.com/v6\nRedirectorChangeNumber = 0\n"
    assert diff["after"] == "MUUrl = https://sws.update.microsoft.com\nRedirectorChangeNumber = 4002\n"
    made = plan(host("issue3"), "monthly_rollup", package=PackageFile(r"D:\windows8.1-kb4561666-x64.msu"))
    assert planned(made)[0]["after"] == "windows8.1-kb4561666-x64.msu installed\n"
    found = local_list("issue5", ["TLS_A", "TLS_B"], "REG_MULTI_SZ")
    (diff,) = planned(plan(found, "cipher_suite_order"))
    assert "REG_MULTI_SZ TLS_A, TLS_B" in diff["before"]


def test_a_file_as_its_text():
    found = config(host("issue1"), SECRET)
    (diff,) = planned(plan(found, "w3wp_config"))
    assert diff["before_header"] == r"%SystemRoot%\System32\inetsrv\w3wp.exe.config"
    added = set(diff["after"].splitlines()) - set(diff["before"].splitlines())
    assert "AppContextSwitchOverrides" in "".join(added) and len(added) == 1
    assert "hunter2" not in str(diff) and 'value="blue"' in diff["before"] and "b77a5c561934e089" in diff["before"]


def test_a_file_whose_content_is_not_known():
    operation = file_operation("w3wp_config", "x", "p", b"old", b"new")
    (diff,) = diff_of([(operation, {"exists": True, "sha256": "0" * 64, "size": 7}, operation.after)])
    assert diff["before"] == f"(7 bytes, SHA-256 {'0' * 64})\n" and diff["after"] == "new\n"


def test_what_a_host_says_moves_no_cursor():
    before = {"exists": True, "type": "REG_SZ", "data": "a\x1b[2J\nb\u202e"}
    operation = Operation(REGISTRY_VALUE, "r", "w", before, {"exists": False}, "HKLM\\x", "n\x1b")
    (diff,) = planned(finish([]).__class__((operation,)))
    assert diff["before"] == "HKLM\\x\\n\\x1b = REG_SZ a\\x1b[2J b\\u202e\n"


@given(st.text(max_size=200))
def test_any_text_is_shown(text):
    shown = config_text(text)
    assert "\x1b" not in shown and config_text(text) == shown


@pytest.mark.parametrize(
    "text", ["a=" * 300_000, "<" * 600_000, "key='" * 120_000, "a" * 600_000, "<a b='" + " " * 600_000]
)
def test_no_text_takes_long(text):
    with at_most(5):
        config_text(text)


# --- one switch, as a module asks for it -----------------------------------------------------------------------------


def entry(text):
    return FileEntry("p", True, len(text), None, text.encode())


def test_a_file_is_made_changed_and_left():
    path = r"D:\Apps\My Service\svc.exe.config"
    (operation,) = plan_switch(FileEntry(path, False), path, "Switch.X", True).operations
    assert operation.before == {"exists": False} and b"Switch.X=true" in base64.b64decode(operation.after["content"])
    text = base64.b64decode(operation.after["content"]).decode()
    assert not plan_switch(entry(text), path, "Switch.X", True).operations
    (back,) = plan_switch(entry(text), path, "Switch.X", state="absent").operations
    assert b"Switch.X" not in base64.b64decode(back.after["content"])
    assert not plan_switch(FileEntry(path, False), path, "Switch.X", state="absent").operations


@pytest.mark.parametrize(
    "file", [FileEntry("p", None, error=ErrorInfo("access_denied", "no")), FileEntry("p", True, 5, None, None)]
)
def test_a_file_that_was_not_read(file):
    draft = plan_switch(file)
    assert draft.unresolved and not draft.operations


@pytest.mark.parametrize(
    "path",
    ["", "w3wp.exe.config", r"\\server\share\a.exe.config", r"C:\..\a.exe.config", r"C:\a.config", r"C:\a:b.exe.config",
     "C:\\a\n.exe.config", r"%TEMP%\a.exe.config", "C:\\" + "a" * 300 + ".exe.config"],
)  # fmt: skip
def test_paths_that_are_none(path):
    with pytest.raises(ValueError, match="path"):
        check_path(path)
