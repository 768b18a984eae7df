# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""policy.py: who owns a value, and when it may be called local."""

from __future__ import annotations

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import policy
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.context import Context
from hypothesis import given
from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)

SSL = r"HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002"
NET = r"HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319"
GUID, OTHER = "{11111111-2222-3333-4444-555555555555}", "{99999999-2222-3333-4444-555555555555}"
GPO_ID = f"CN={GUID},CN=Policies,CN=System,DC=example,DC=test"
DATA_STORE = (
    r"C:\Windows\System32\GroupPolicy\DataStore\0\SysVol\example.test\Policies" + f"\\{GUID}\\Machine\\Registry.pol"
)
HISTORY = f"C:\\ProgramData\\Microsoft\\Group Policy\\History\\{OTHER}\\Machine\\Preferences\\Registry\\Registry.xml"
ERROR = {"error": {"code": "access_denied", "message": "no"}}


def setting(key=SSL[5:], name="Functions", deleted=False, precedence=1, gpo_id=GPO_ID):
    return {
        "key": key,
        "value_name": name,
        "value_type": 1,
        "deleted": deleted,
        "precedence": precedence,
        "gpo_id": gpo_id,
    }


def item(key=NET[5:], name="SchUseStrongCrypto", action="U", hive="HKEY_LOCAL_MACHINE", uid=GUID):
    return {"uid": uid, "hive": hive, "key": key, "name": name, "type": "REG_DWORD", "action": action}


def pol(entries=(), path=DATA_STORE, exists=True):
    return {
        "path": path,
        "exists": exists,
        "last_write": None,
        "entries": [{"key": k, "value_name": n, "type": 1} for k, n in entries],
    }


def raw(settings=(), gpos=None, items=(), local=(), domain=(), **members):
    return {
        "rsop": {
            "settings": list(settings),
            "gpos": [{"id": GPO_ID, "name": "TLS hardening", "guid": GUID}] if gpos is None else gpos,
        },
        "rsop_logging": {"path": policy.RSOP_KEY, "exists": False, "last_write": None, "values": {}},
        "preferences": {
            "path": "C:\\h",
            "exists": True,
            "files": [{"path": HISTORY, "last_write": None, "items": list(items)}],
        },
        "registry_pol": {
            "local": pol(local, path=r"C:\Windows\System32\GroupPolicy\Machine\Registry.pol"),
            "domain": {"path": "C:\\d", "exists": True, "files": [pol(domain)]},
        },
        **members,
    }


def owner(subset, path=SSL, name="Functions"):
    return policy.owner_lookup(subset)(path, name)


def test_nothing_names_it():
    assert owner(raw()) == "local"
    assert owner(raw(), NET, "SchUseStrongCrypto") == "local"


def test_rsop_by_name():
    assert owner(raw([setting()])) == "gpo:TLS hardening"
    assert owner(raw([setting()]), name="EccCurves") == "local"


@pytest.mark.parametrize(
    "path",
    [
        SSL,
        SSL.upper(),
        SSL.replace("HKLM", "HKEY_LOCAL_MACHINE"),
        SSL.replace("HKLM\\", "HKLM:\\"),
        SSL + "\\",
        SSL.replace("\\", "\\\\"),
    ],
)
def test_spelling_of_keys(path):
    assert owner(raw([setting()]), path, "FUNCTIONS") == "gpo:TLS hardening"
    assert owner(raw([setting(key=path)])) == "gpo:TLS hardening"


def test_precedence_and_deletion():
    assert owner(raw([setting(precedence=2)])) == "local"
    assert owner(raw([setting(precedence=2, gpo_id="x"), setting()])) == "gpo:TLS hardening"
    assert owner(raw([setting(deleted=True)])) == "local"
    assert owner(raw([setting(name="**del.Functions")])) == "local"
    assert owner(raw([setting(name="**soft.Functions")])) == "gpo:TLS hardening"


@pytest.mark.parametrize(
    ("gpos", "gpo_id", "wanted"),
    [
        ([], GPO_ID, f"gpo:{GUID}"),
        ([{"id": GPO_ID.upper(), "name": "N", "guid": GUID}], GPO_ID, "gpo:N"),
        (
            [{"id": "LocalGPO", "name": "Local Group Policy", "guid": "Local Group Policy"}],
            "LocalGPO",
            "gpo:Local Group Policy",
        ),
        ([], "LocalGPO", "gpo:LocalGPO"),
        ([], None, "gpo:unknown"),
        (None, "", "gpo:unknown"),
        (7, GPO_ID, f"gpo:{GUID}"),
    ],
)
def test_names_of_gpos(gpos, gpo_id, wanted):
    subset = raw([setting(gpo_id=gpo_id)])
    subset["rsop"]["gpos"] = gpos
    assert owner(subset) == wanted


def test_hostile_names():
    hostile = "a\x1b[31m\r\nb\u202ec\x00\u200bd" + "x" * 5000
    found = owner(raw([setting()], gpos=[{"id": GPO_ID, "name": hostile, "guid": GUID}]))
    assert found.startswith("gpo:a[31mbcdx") and len(found) == 4 + policy.NAME_LIMIT
    assert owner(raw([setting()], gpos=[{"id": GPO_ID, "name": "\x1b\n", "guid": GUID}])) == f"gpo:{GUID}"


@pytest.mark.parametrize(
    ("action", "wanted"),
    [("C", "p"), ("R", "p"), ("U", "p"), ("u", "p"), (None, "p"), ("D", "local"), ("X", "unknown")],
)
def test_preference_actions(action, wanted):
    found = owner(raw(items=[item(action=action)]), NET, "schusestrongcrypto")
    assert found == (f"preference:{OTHER}" if wanted == "p" else wanted)


def test_preferences_below_policies_and_default_values():
    assert owner(raw(items=[item(key=SSL[5:], name="Functions")])) == f"preference:{OTHER}"
    assert owner(raw(items=[item(name="")]), NET, "") == f"preference:{OTHER}"
    assert owner(raw(items=[item(name="")]), NET, "SchUseStrongCrypto") == "local"
    assert owner(raw(items=[item(hive="HKEY_CURRENT_USER")]), NET, "SchUseStrongCrypto") == "local"


def test_preference_without_a_gpo_folder():
    subset = raw(items=[item(uid="{abc}")])
    subset["preferences"]["files"][0]["path"] = "C:\\x\\Registry.xml"
    assert owner(subset, NET, "SchUseStrongCrypto") == "preference:{abc}"


def test_rsop_stands_above_preferences():
    subset = raw([setting(key=NET[5:], name="SchUseStrongCrypto")], items=[item()])
    assert owner(subset, NET, "SchUseStrongCrypto") == "gpo:TLS hardening"
    assert [entry["source"] for entry in policy.build(subset, Context())["owned"]] == ["rsop", "preferences"]


def test_registry_pol_alone():
    assert owner(raw(domain=[(SSL[5:], "Functions")])) == f"gpo:{GUID}"
    assert owner(raw(local=[(SSL[5:], "Functions")])) == "gpo:local policy"
    assert owner(raw(domain=[(SSL[5:], "**del.Functions")])) == "local"
    assert owner(raw(domain=[(SSL[5:], "**delvals.")])) == "local"
    both = raw([setting()], domain=[(SSL[5:], "Functions")])
    assert owner(both) == "gpo:TLS hardening"
    assert [entry["source"] for entry in policy.build(both, Context())["owned"]] == ["rsop"]


LOGGING_OFF = {
    "path": policy.RSOP_KEY,
    "exists": True,
    "last_write": None,
    "values": {"RSoPLogging": {"type": "REG_DWORD", "data": 0}},
}

NO_POL = pol(exists=False)
NO_DOMAIN = {"path": "d", "exists": False, "files": []}
BROKEN_DOMAIN = {"path": "d", "exists": True, "files": [{"path": "x", **ERROR}]}

# What could not be read -> owner below Policies, owner elsewhere
UNREAD = [
    ({"rsop": ERROR}, "unknown", "unknown"),
    ({"rsop": None}, "unknown", "unknown"),
    ({"rsop": {"gpos": []}}, "unknown", "unknown"),
    ({"rsop": {"settings": [{}], "gpos": []}}, "unknown", "unknown"),
    ({"rsop_logging": LOGGING_OFF}, "unknown", "unknown"),
    ({"rsop_logging": ERROR}, "unknown", "unknown"),
    ({"rsop_logging": None}, "unknown", "unknown"),
    ({"preferences": {"path": "x", **ERROR}}, "unknown", "unknown"),
    ({"preferences": {"path": "x", "exists": True, "files": [{"path": "y", **ERROR}]}}, "unknown", "unknown"),
    ({"preferences": {"path": "x", "exists": False, "files": []}}, "local", "local"),
    ({"preferences": {"path": "x"}}, "unknown", "unknown"),
    ({"registry_pol": ERROR}, "unknown", "local"),
    ({"registry_pol": {"local": {"path": "x", **ERROR}, "domain": NO_DOMAIN}}, "unknown", "local"),
    ({"registry_pol": {"local": NO_POL, "domain": {"path": "d", **ERROR}}}, "unknown", "local"),
    ({"registry_pol": {"local": NO_POL, "domain": BROKEN_DOMAIN}}, "unknown", "local"),
    ({"registry_pol": {"local": NO_POL, "domain": NO_DOMAIN}}, "local", "local"),
    ({"registry_pol": None}, "unknown", "local"),
]


@pytest.mark.parametrize(("members", "below", "elsewhere"), UNREAD)
def test_local_needs_that_everything_was_read(members, below, elsewhere):
    subset = raw(**members)
    assert owner(subset) == below
    assert owner(subset, NET, "SchUseStrongCrypto") == elsewhere
    facts = policy.build(subset, Context())
    readable = {name: facts[name]["readable"] for name in ("rsop", "preferences", "registry_pol")}
    assert all(readable.values()) is (below == "local")
    assert all((facts[name]["reason"] is None) is ok for name, ok in readable.items())


def test_an_owner_that_was_read_stays_where_something_else_was_not():
    assert owner(raw([setting()], preferences=ERROR, registry_pol=ERROR)) == "gpo:TLS hardening"
    # Logging is off: what RSOP holds may be old; the file of the policy still names the value.
    assert owner(raw([setting()], rsop_logging=LOGGING_OFF)) == "unknown"
    assert owner(raw([setting()], rsop_logging=LOGGING_OFF, domain=[(SSL[5:], "Functions")])) == f"gpo:{GUID}"


def test_a_list_that_may_be_cut_proves_no_absence():
    many = [setting(name=f"v{number}") for number in range(policy.RSOP_LIMIT)]
    assert owner(raw(many)) == "unknown"
    assert owner(raw(many), name="v7") == "gpo:TLS hardening"
    assert owner(raw(many[1:])) == "local"


def test_other_hives():
    assert owner(raw(), "HKCU\\SOFTWARE\\Policies\\x", "y") == "unknown"
    assert owner(raw(), "HKEY_USERS\\S-1-5-18\\x", "y") == "unknown"


def test_facts():
    found = policy.build(raw([setting()], items=[item()]), Context())
    assert found["rsop"] == {"readable": True, "reason": None}
    assert found["owned"] == [
        {"path": SSL, "name": "Functions", "owner": "gpo:TLS hardening", "source": "rsop"},
        {"path": NET, "name": "SchUseStrongCrypto", "owner": f"preference:{OTHER}", "source": "preferences"},
    ]
    assert set(found) == {"rsop", "preferences", "registry_pol", "owned"}


@given(JSON, st.text(max_size=40), st.text(max_size=20))
def test_never_raises(value, path, name):
    subset = (
        value
        if isinstance(value, dict)
        else dict.fromkeys(("rsop", "rsop_logging", "preferences", "registry_pol"), value)
    )
    policy.build(subset, Context())
    assert owner(subset, path, name) == "unknown"
    inner = raw()
    inner["rsop"]["settings"] = [value]
    inner["preferences"]["files"] = [value, {"path": "x", "items": [value]}]
    inner["registry_pol"]["domain"]["files"] = [value, {"path": "x", "exists": True, "entries": [value]}]
    policy.build(inner, Context())
    assert owner(inner) == "unknown"


@given(st.text(max_size=600))
def test_clean_names(name):
    cleaned = policy.clean_name(name)
    assert len(cleaned) <= policy.NAME_LIMIT
    assert policy.clean_name(cleaned) == cleaned
    assert not any(ord(char) < 32 for char in cleaned)


def test_fips_mode_is_never_called_local():
    """Security Settings write it, which neither RSOP's registry class nor Registry.pol shows."""
    lookup = policy.owner_lookup(raw())
    path = r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa\FipsAlgorithmPolicy"
    assert lookup(path, "Enabled") == "unknown"
