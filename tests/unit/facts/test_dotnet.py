# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""dotnet.py: how .NET chooses the protocol.

The truth tables are by reasoning from Microsoft's "Transport Layer Security (TLS) best practices with .NET Framework"
(SchUseStrongCrypto, SystemDefaultTlsVersions, the two DontEnable switches and their defaults for a target of 4.5).
"""

from __future__ import annotations

import base64
import json
from pathlib import Path

import jsonschema
import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import dotnet, dotnet_release
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import tables as tables_package
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.context import Context
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.tables import load_table
from hypothesis import given
from hypothesis import strategies as st

NET45, NET451, NET452, NET46, NET462, NET472, NET48 = 378389, 378675, 379893, 393295, 394802, 461814, 528449
SYSTEM_DEFAULT, STRONG = "SystemDefaultTlsVersions", "SchUseStrongCrypto"
DONT_SYSTEM, DONT_STRONG = dotnet.DONT_SYSTEM_DEFAULT, dotnet.DONT_STRONG_CRYPTO

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)


def dword(number):
    return {"type": "REG_DWORD", "data": number}


def text(data):
    return {"type": "REG_SZ", "data": data}


ERROR = {"error": {"code": "access_denied", "message": "no"}}


def key(path, values=None, exists=True):
    return {
        "path": path,
        "exists": exists,
        "last_write": "2026-11-01T10:00:00.000Z" if exists else None,
        "values": values or {},
    }


def raw(native_v4=None, release=NET472, app_context=None, **members):
    keys = {name: key(path, exists=False) for name, path in dotnet.KEYS.items()}
    if native_v4 is not None:
        keys["native_v4"] = key(dotnet.KEYS["native_v4"], native_v4)
    ndp = {"Install": dword(1), "Version": text("4.x")}
    if release is not None:
        ndp["Release"] = dword(release)
    return {
        **keys,
        "app_context_native": key(dotnet.APP_CONTEXT["native"], app_context, exists=app_context is not None),
        "app_context_wow6432": key(dotnet.APP_CONTEXT["wow6432"], exists=False),
        "ndp_v4": key(dotnet_release.NDP_V4, ndp),
        "ndp_v35": key(dotnet.NDP_V35, exists=False),
        **members,
    }


def config(overrides=None, content=None):
    """The raw subset w3wp: no file, or one with the overrides."""
    path = r"C:\Windows\System32\inetsrv\w3wp.exe.config"
    if overrides is None and content is None:
        return {"config": {"path": path, "exists": False, "size": None, "last_write": None, "content": None}}
    if content is None:
        content = f'<configuration><runtime><AppContextSwitchOverrides value="{overrides}"/></runtime></configuration>'
    data = content.encode()
    encoded = base64.b64encode(data).decode()
    return {"config": {"path": path, "exists": True, "size": len(data), "last_write": None, "content": encoded}}


def imported(subset, w3wp=None, os=None):
    ctx = Context({"dotnet": subset, "w3wp": config() if w3wp is None else w3wp}, os=os)
    return dotnet.build(subset, ctx)["import"]


# (SystemDefaultTlsVersions, SchUseStrongCrypto) with nothing else set -> asks_for, methods.registry
REGISTRY = [
    ({}, "old_only", False),
    ({SYSTEM_DEFAULT: dword(1)}, "system_default", True),
    ({STRONG: dword(1)}, "named", True),
    ({SYSTEM_DEFAULT: dword(1), STRONG: dword(1)}, "system_default", True),
    ({SYSTEM_DEFAULT: dword(0), STRONG: dword(0)}, "old_only", False),
    ({SYSTEM_DEFAULT: dword(0), STRONG: dword(1)}, "named", True),
    ({SYSTEM_DEFAULT: dword(1), STRONG: dword(0)}, "system_default", True),
    # Any number but 1 does not enable while the switch stands at its default of a 4.5 program.
    ({SYSTEM_DEFAULT: dword(2), STRONG: dword(0xFFFFFFFF)}, "old_only", False),
    # Only REG_DWORD is read.
    ({SYSTEM_DEFAULT: text("1"), STRONG: {"type": "REG_QWORD", "data": 1}}, "old_only", False),
    ({SYSTEM_DEFAULT: text("1"), STRONG: dword(1)}, "named", True),
    # One value could not be read: what the other leaves open is unknown.
    ({SYSTEM_DEFAULT: ERROR}, "unknown", None),
    ({SYSTEM_DEFAULT: ERROR, STRONG: dword(1)}, "unknown", True),
    ({SYSTEM_DEFAULT: dword(1), STRONG: ERROR}, "system_default", True),
    ({STRONG: ERROR}, "unknown", None),
]


@pytest.mark.parametrize(("values", "asks_for", "method"), REGISTRY)
@pytest.mark.parametrize("release", [NET45, NET452, NET462, NET48, None])
def test_registry_alone(values, asks_for, method, release):
    found = imported(raw(values, release=release))
    if asks_for == "system_default" and release != NET48 and values.get(STRONG) != dword(1):
        # "System default" came to older releases by rollups, which nobody looked for.
        asks_for, method = "unknown", None
    assert (found["asks_for"], found["methods"]["registry"]) == (asks_for, method)
    names = {"named": ["TLS 1.0", "TLS 1.1", "TLS 1.2"], "old_only": ["SSL 3.0", "TLS 1.0"]}
    assert found["names"] == names.get(asks_for, [])
    assert found["methods"]["w3wp_config"] is False
    assert found["reason"]


# (native v4 values, overrides) with .NET 4.7.2 -> asks_for, methods.registry, methods.w3wp_config
CONFIG = [
    ({}, f"{DONT_SYSTEM}=false", "system_default", False, True),
    ({}, f"{DONT_STRONG}=false", "named", False, True),
    ({}, f"{DONT_STRONG}=false;{DONT_SYSTEM}=false", "system_default", False, True),
    ({}, f"{DONT_SYSTEM}=true", "old_only", False, False),
    ({}, f"{DONT_SYSTEM}=no", "old_only", False, False),
    ({}, f"{DONT_SYSTEM.lower()}=false", "old_only", False, False),  # names are case-sensitive
    ({}, f" x=true; {DONT_SYSTEM}=false", "old_only", False, False),  # and blanks are part of them
    # A registry 0 defeats the switch, any other number does not.
    ({SYSTEM_DEFAULT: dword(0)}, f"{DONT_SYSTEM}=false", "old_only", False, False),
    ({SYSTEM_DEFAULT: dword(2)}, f"{DONT_SYSTEM}=false", "system_default", False, True),
    (
        {SYSTEM_DEFAULT: dword(0), STRONG: dword(0)},
        f"{DONT_SYSTEM}=false;{DONT_STRONG}=false",
        "old_only",
        False,
        False,
    ),
    ({SYSTEM_DEFAULT: dword(0), STRONG: dword(1)}, f"{DONT_SYSTEM}=false", "named", True, False),
    ({SYSTEM_DEFAULT: text("0")}, f"{DONT_SYSTEM}=false", "system_default", False, True),
    ({SYSTEM_DEFAULT: ERROR}, f"{DONT_SYSTEM}=false", "unknown", None, None),
    # The switch set to true does not forbid what the registry value 1 enables.
    ({SYSTEM_DEFAULT: dword(1)}, f"{DONT_SYSTEM}=true", "system_default", True, False),
    ({SYSTEM_DEFAULT: dword(1), STRONG: dword(1)}, f"{DONT_SYSTEM}=false", "system_default", True, True),
]


@pytest.mark.parametrize(("values", "overrides", "asks_for", "registry", "by_config"), CONFIG)
def test_config(values, overrides, asks_for, registry, by_config):
    found = imported(raw(values), config(overrides))
    assert found["asks_for"] == asks_for
    assert found["methods"] == {"registry": registry, "w3wp_config": by_config}


@pytest.mark.parametrize("release", [NET45, NET451, NET452])
def test_config_does_nothing_before_46(release):
    """Stock 2012 and 2012 R2: the registry method works, the config file does not."""
    found = imported(raw({}, release=release), config(f"{DONT_SYSTEM}=false"))
    assert (found["asks_for"], found["methods"]["w3wp_config"]) == ("old_only", False)
    assert found["switches"][DONT_SYSTEM] == {"value": True, "source": "target_framework"}
    assert "older than 4.6" in found["reason"]
    assert imported(raw({STRONG: dword(1)}, release=release), config(f"{DONT_SYSTEM}=false"))["asks_for"] == "named"


def test_config_from_46():
    found = imported(raw({}, release=NET46), config(f"{DONT_STRONG}=false"))
    assert (found["asks_for"], found["methods"]["w3wp_config"]) == ("named", True)
    found = imported(raw({}, release=NET46), config(f"{DONT_SYSTEM}=false"))
    assert (found["asks_for"], found["methods"]["w3wp_config"]) == ("unknown", None)
    assert "older than 4.7" in found["reason"]


@pytest.mark.parametrize(("os_id", "asks_for"), [("2016", "system_default"), ("2012R2", "unknown")])
def test_462_of_windows_server_2016_is_serviced_by_windows(os_id, asks_for):
    found = imported(raw({}, release=NET462), config(f"{DONT_SYSTEM}=false"), os={"id": os_id, "os": os_id})
    assert found["asks_for"] == asks_for


def test_without_dotnet_4_nothing_is_known_of_the_import():
    subset = raw({SYSTEM_DEFAULT: dword(1), STRONG: dword(1)}, ndp_v4=key("p", exists=False))
    found = imported(subset)
    assert found["asks_for"] == "unknown" and "not installed" in found["reason"]


def test_unknown_release_leaves_the_switch_open_but_not_the_registry():
    found = imported(raw({}, release=None), config(f"{DONT_SYSTEM}=false"))
    assert (found["asks_for"], found["methods"]["w3wp_config"]) == ("unknown", None)
    assert found["switches"][DONT_SYSTEM]["value"] is None
    values = {SYSTEM_DEFAULT: dword(1), STRONG: dword(1)}
    found = imported(raw(values, release=None), config(f"{DONT_SYSTEM}=false"))
    assert (found["asks_for"], found["methods"]["registry"]) == ("system_default", True)
    assert imported(raw({}, release=None), config(f"{DONT_SYSTEM}=true"))["asks_for"] == "old_only"


@pytest.mark.parametrize(
    "w3wp",
    [
        {"error": {"code": "unreadable", "message": ""}},
        {"config": ERROR},
        {},
        config(content="<configuration>"),
        config(content="<!DOCTYPE a><configuration/>"),
    ],
)
def test_config_not_known(w3wp):
    found = imported(raw({}), w3wp)
    assert (found["asks_for"], found["methods"]["w3wp_config"]) == ("unknown", None)
    assert found["switches"][DONT_SYSTEM] == {"value": None, "source": "w3wp.exe.config"}
    found = imported(raw({SYSTEM_DEFAULT: dword(1), STRONG: dword(1)}), w3wp)
    assert (found["asks_for"], found["methods"]["registry"]) == ("system_default", True)
    # .NET 4.5 reads no switches, so the file does not matter.
    assert imported(raw({}, release=NET45), w3wp)["asks_for"] == "old_only"


# Data of the registry switch -> (asks_for, value, source)
APP_CONTEXT = [
    (text("false"), "system_default", False, "registry"),
    (text("FALSE"), "system_default", False, "registry"),
    (text("True"), "old_only", True, "registry"),
    (text("0"), "old_only", True, "target_framework"),
    (text(""), "old_only", True, "target_framework"),
    (dword(0), "old_only", True, "target_framework"),
    ({"type": "REG_EXPAND_SZ", "data": "false"}, "system_default", False, "registry"),
    # Versions of .NET differ: longer than five characters, or a list.
    (text("  false"), "unknown", None, "registry"),
    ({"type": "REG_MULTI_SZ", "data": ["false"]}, "unknown", None, "registry"),
    ({"type": "REG_MULTI_SZ", "data": ["x"]}, "old_only", True, "target_framework"),
    (ERROR, "unknown", None, "registry"),
]


@pytest.mark.parametrize(("value", "asks_for", "switch", "source"), APP_CONTEXT)
def test_registry_switch(value, asks_for, switch, source):
    found = imported(raw({}, app_context={DONT_SYSTEM: value}))
    assert found["asks_for"] == asks_for
    assert found["switches"][DONT_SYSTEM] == {"value": switch, "source": source}


def test_config_stands_above_the_registry_switch():
    found = imported(raw({}, app_context={DONT_SYSTEM: text("false")}), config(f"{DONT_SYSTEM}=true"))
    assert found["switches"][DONT_SYSTEM] == {"value": True, "source": "w3wp.exe.config"}
    assert found["asks_for"] == "old_only"
    # A config value that is no boolean is passed over.
    found = imported(raw({}, app_context={DONT_SYSTEM: text("false")}), config(f"{DONT_SYSTEM}=1"))
    assert found["switches"][DONT_SYSTEM] == {"value": False, "source": "registry"}


def test_registry_switch_needs_46_too():
    assert imported(raw({}, release=NET452, app_context={DONT_SYSTEM: text("false")}))["asks_for"] == "old_only"


def test_wow6432_does_not_count_for_the_import():
    subset = raw({})
    subset["wow6432_v4"] = key(dotnet.KEYS["wow6432_v4"], {SYSTEM_DEFAULT: dword(1), STRONG: dword(1)})
    subset["app_context_wow6432"] = key(dotnet.APP_CONTEXT["wow6432"], {DONT_SYSTEM: text("false")})
    assert imported(subset)["asks_for"] == "old_only"


def test_documented_set():
    full = {SYSTEM_DEFAULT: dword(1), STRONG: dword(1)}
    subset = {**raw(), **{name: key(path, full) for name, path in dotnet.KEYS.items()}}
    assert dotnet.build(subset, Context())["documented_set"] == {"complete": True, "missing": []}
    subset["wow6432_v2"] = key(dotnet.KEYS["wow6432_v2"], {**full, STRONG: text("1")})
    assert dotnet.build(subset, Context())["documented_set"] == {
        "complete": False,
        "missing": [dotnet.KEYS["wow6432_v2"] + "\\" + STRONG],
    }
    subset["wow6432_v2"] = {"path": dotnet.KEYS["wow6432_v2"], **ERROR}
    assert dotnet.build(subset, Context())["documented_set"] == {"complete": None, "missing": []}
    subset["native_v2"] = key(dotnet.KEYS["native_v2"], exists=False)
    found = dotnet.build(subset, Context())["documented_set"]
    assert found["complete"] is False and len(found["missing"]) == 2


@pytest.mark.parametrize(
    ("release", "version"),
    [(378388, None), (378389, "4.5"), (378758, "4.5.1"), (379893, "4.5.2"), (393297, "4.6"), (394271, "4.6.1"),
     (394806, "4.6.2"), (460805, "4.7"), (461310, "4.7.1"), (461814, "4.7.2"), (528049, "4.8"), (528449, "4.8"),
     (533325, "4.8.1"), (600000, "4.8.1"), (None, None)],
)  # fmt: skip
def test_version(release, version):
    found = dotnet.build(raw({}, release=release), Context())
    assert (found["release"], found["version"]) == (release, version)


def test_installed():
    assert dotnet.build(raw({}), Context())["installed"] is True
    assert dotnet.build(raw({}), Context())["v35_installed"] is False
    assert dotnet.build(raw({}, ndp_v4=ERROR), Context())["installed"] is None
    assert dotnet.build(raw({}, ndp_v4=key("p", {"Install": dword(0)})), Context())["installed"] is False
    assert dotnet.build(raw({}, ndp_v4=key("p", {"Install": text("1")})), Context())["installed"] is None


def test_values_carry_owner():
    found = dotnet.build(raw({STRONG: dword(1)}), Context(owner=lambda path, name: f"gpo:{name}"))
    value = found["strong_crypto"]["native_v4"]["sch_use_strong_crypto"]
    assert (value["exists"], value["data"], value["owner"]) == (True, 1, "gpo:SchUseStrongCrypto")


def test_table_and_schema():
    folder = Path(tables_package.__file__).parent
    schema = json.loads((folder / "schemas" / "dotnet_releases.json").read_text(encoding="utf-8"))
    table = load_table("dotnet_releases")
    plain = {
        "sources": dict(table["sources"]),
        "releases": [{**row, "source": list(row["source"])} for row in table["releases"]],
    }
    jsonschema.validate(plain, schema)
    releases = [row["release"] for row in plain["releases"]]
    assert releases == sorted(set(releases)) and len(releases) == 11
    assert all(name in plain["sources"] for row in plain["releases"] for name in row["source"])


@given(JSON, JSON)
def test_never_raises(subset, w3wp):
    mapping = (
        subset if isinstance(subset, dict) else {"native_v4": subset, "ndp_v4": subset, "app_context_native": subset}
    )
    found = dotnet.build(mapping, Context({"dotnet": mapping, "w3wp": w3wp}))
    assert found["import"]["asks_for"] in ("system_default", "named", "old_only", "unknown")


NUMBERS = st.sampled_from([None, 0, 1, 2, 0xFFFFFFFF])
SWITCH = st.sampled_from([None, "true", "false"])


@given(NUMBERS, NUMBERS, SWITCH, SWITCH, st.sampled_from([NET45, NET46, NET48]))
def test_fail_closed_against_a_plain_model(system, strong, dont_system, dont_strong, release):
    """Everything known: the answer is that of the documented rule, and never unknown where .NET is new enough."""
    values = {name: dword(data) for name, data in ((SYSTEM_DEFAULT, system), (STRONG, strong)) if data is not None}
    pairs = [f"{name}={data}" for name, data in ((DONT_SYSTEM, dont_system), (DONT_STRONG, dont_strong)) if data]

    def on(number, dont):
        dont_enable = dont != "false" or release < NET46
        return number == 1 if dont_enable else number != 0

    wanted = "system_default" if on(system, dont_system) else "named" if on(strong, dont_strong) else "old_only"
    if wanted == "system_default" and release != NET48 and not on(strong, dont_strong):
        wanted = "unknown"  # it may lack the rollup that brought this choice
    found = imported(raw(values, release=release), config(";".join(pairs)) if pairs else config())
    assert found["asks_for"] == wanted
    if True in found["methods"].values():
        assert wanted != "old_only"
    if wanted not in ("old_only", "unknown"):
        assert True in found["methods"].values()
