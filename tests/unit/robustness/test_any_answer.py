# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From what a host prints to its result file and the screen: nothing raises, nothing gets through."""

from __future__ import annotations

import json
import math
import tracemalloc
import unicodedata
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.assess import PROFILES, assess
from ansible_collections.wsus.compliance.plugins.plugin_utils.collect import AnswerError, check_answer
from ansible_collections.wsus.compliance.plugins.plugin_utils.collect.failure import error
from ansible_collections.wsus.compliance.plugins.plugin_utils.collect.output import read_output
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import build_facts
from ansible_collections.wsus.compliance.plugins.plugin_utils.report import result
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.files import plain
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.fleet import fleet, is_result
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.summary import fleet_lines, host_lines
from hypothesis import given, settings
from hypothesis import strategies as st
from support.whole_answer import LOST, answers, at, losses, put, walk

ABOUT = {"audited_at": "2026-11-24T02:31:04.353Z", "version": "1.0.0"}
SCHEMA = Path(result.__file__).parent / "schemas" / "audit.schema.json"
VALIDATOR = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
EVIL = "\x1b[31m{{ lookup('pipe', 'id') }}\x1b]0;t\x07\u202e\u2066\x9b2J\r\nfatal: [x]\x00\ud800"
HOSTS = ("rich-2022", "rich-2012r2", "issue4", "proxy")
PLACES = {host: list(walk(answers()[host]["raw"])) for host in HOSTS}


def audit(printed: str, profile: str = "standard") -> dict[str, Any]:
    """The document of a host that printed this, by the stations that the action assess goes through."""
    try:
        answer = check_answer(read_output(printed)[0])
    except AnswerError as problem:
        found = error(problem.code, problem.message)
        return result.not_audited("wsus1", found, profile=profile, **ABOUT)
    facts = build_facts(answer)
    return result.audited("wsus1", facts, assess(facts, profile=profile), profile=profile, **ABOUT)


def harmless(text: str, *, lines: bool) -> bool:
    """Nothing in it that a terminal acts on or that is invisible; line feeds and tabs where it may have lines."""
    allowed = "\n\t" if lines else ""
    return all(char in allowed or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in text)


def check(printed: str, profile: str = "standard") -> dict[str, Any]:
    """Everything that must hold for any output; the document as it is written."""
    document = plain(audit(printed, profile))
    text = json.dumps(document, allow_nan=False)
    assert text == json.dumps(plain(audit(printed, profile)), allow_nan=False), "another answer for the same input"
    assert not [f"{one.json_path}: {one.message:.200}" for one in VALIDATOR.iter_errors(document)]
    assert document["error"] is not None or document["findings"]
    assert all(harmless(one, lines=True) for one in texts(document))
    brief = plain(result.brief(document, "/x/wsus1.json"))
    assert is_result(brief) and len(json.dumps(brief)) < 8_000
    shown = [*host_lines({"wsus1": document}, 100), *fleet_lines(fleet({"wsus1": brief}, **ABOUT), 100, folder="./out")]
    assert all(harmless(line.text, lines=False) and len(line.text) <= 100 for line in shown)
    return document


def texts(node: Any) -> list[str]:
    """Every text and every name."""
    if isinstance(node, dict):
        return [text for name, item in node.items() for text in (name, *texts(item))]
    if isinstance(node, list):
        return [text for item in node for text in texts(item)]
    return [node] if isinstance(node, str) else []


NASTY = st.sampled_from(
    [EVIL, EVIL * 30, "x" * 70_000, "\u202e", "", "0", "1", "NaN", 0, -1, 1, 2**31, 2**64, 10**400, math.nan, math.inf]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | NASTY,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["path", "exists", "error", "code", "message", "values", "type", "data", "subkeys", EVIL])
            | st.text(max_size=8),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)


def printed(answer: Any) -> str:
    return json.dumps(answer) + "\r\n"


@pytest.mark.parametrize("host", HOSTS)
def test_what_is_whole_is_audited(host):
    document = check(printed(answers()[host]))
    assert document["error"] is None
    assert document["compliant"] is (host != "issue4")


@settings(max_examples=60)
@given(st.sampled_from(HOSTS), st.sampled_from(PROFILES), st.data())
def test_any_place_may_hold_anything(host, profile, data):
    answer = answers()[host]
    for _time in range(data.draw(st.integers(1, 4))):
        path, _node = data.draw(st.sampled_from(PLACES[host]))
        try:
            node = at(answer["raw"], path)
        except (KeyError, IndexError, TypeError):
            continue  # taken away by an earlier change
        lost = [loss for _name, loss in losses(path, node)]
        answer["raw"] = put(answer["raw"], path, data.draw(st.sampled_from(lost) | JSON))
    check(printed(answer), profile)


@settings(max_examples=40)
@given(st.sampled_from(HOSTS), st.data())
def test_any_name_may_be_anything(host, data):
    """Members renamed, and new ones beside those that are there."""
    answer = answers()[host]
    maps = [path for path, node in PLACES[host] if isinstance(node, dict) and node]
    path = data.draw(st.sampled_from(maps))
    members = dict(at(answer["raw"], path))
    old = data.draw(st.sampled_from(sorted(members)))
    new = data.draw(st.sampled_from([EVIL, old.upper(), "error", "", "x" * 70_000, "__ansible_type"]) | st.text())
    members[new] = members.pop(old) if data.draw(st.booleans()) else members[old]
    check(printed({**answer, "raw": put(answer["raw"], path, members)}))


@settings(max_examples=60)
@given(JSON)
def test_any_json_is_an_answer_or_an_error(obj):
    check(printed(obj))
    check(printed({"contract": 1, "collected_at": obj, "raw": {"os": obj, "wsus": obj, "policy": obj}}))


@settings(max_examples=60)
@given(st.text(st.characters() | st.sampled_from('{}[]",:\n\x1b'), max_size=80), st.booleans())
def test_any_text_is_an_answer_or_an_error(text, whole):
    check(text + "\n" + (printed(answers()["rich-2022"]) if whole else ""))


def test_evil_text_in_every_place_at_once():
    """In each text and each name that the host has a say in."""
    for host in HOSTS:
        answer = answers()[host]
        for path, node in PLACES[host]:
            if isinstance(node, str) and path[-1] not in ("type", "last_write", "content"):
                answer["raw"] = put(answer["raw"], path, EVIL + node)
        document = check(printed(answer))
        assert document["error"] is None and document["compliant"] is not True
        assert r"\x1b[31m{{ lookup" in json.dumps(document).replace("\\\\", "\\")


def test_what_is_large_is_bounded():
    """One place of each kind holds more than any contract allows: what comes out stays small."""
    answer = answers()["rich-2022"]
    sizes = {}
    for path in (
        ("os", "current_version", "values", "ProductName", "data"),
        ("ciphers", "policy", "values", "Functions", "data"),
        ("wsus", "api", "configuration", "MUUrl"),
        ("policy", "rsop", "gpos", 0, "name"),
        ("w3wp", "config", "content"),
    ):
        huge = put(answer["raw"], path, "A" * 3_000_000)
        sizes[path] = len(json.dumps(check(printed({**answer, "raw": huge}))))
    many = {f"k{number}": {"path": EVIL, "exists": True, "values": {}} for number in range(20_000)}
    for path in (("schannel", "ciphers", "subkeys"), ("configmgr", "components"), ("services", "services")):
        sizes[path] = len(json.dumps(check(printed({**answer, "raw": put(answer["raw"], path, many)}))))
    assert max(sizes.values()) < 1_000_000, sizes


def test_a_document_takes_memory_in_proportion_to_its_answer():
    """Besides what the whole answer takes as objects: no place of it is multiplied."""
    answer = answers()["rich-2022"]
    items = [{"type": "REG_SZ", "data": "x" * 60_000}] * 10
    values = {f"v{number}": item for number, item in enumerate(items)}
    text = printed({**answer, "raw": put(answer["raw"], ("dotnet", "native_v4", "values"), values)})
    audit(text)  # what is loaded once does not count
    tracemalloc.start()
    try:
        audit(text)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6 * len(text), (peak, len(text))


@pytest.mark.parametrize("table", ["protocols", "ciphers", "hashes", "key_exchange_algorithms"])
@pytest.mark.parametrize("loss", [LOST, None, {"path": "p", "error": {"code": "access_denied", "message": "no"}}])
def test_the_schema_has_room_for_what_could_not_be_read(table, loss):
    answer = answers()["rich-2022"]
    document = check(printed({**answer, "raw": put(answer["raw"], ("schannel", table), loss)}))
    assert document["compliant"] is None


def test_lost_members_of_the_envelope():
    for name in ("contract", "raw", "collected_at"):
        answer = answers()["rich-2022"]
        for loss in (LOST, None, [], "text", EVIL, {}, {"error": {"code": "unreadable"}}, -1):
            document = check(printed(put(answer, (name,), loss)))
            assert document["compliant"] is not True or name == "collected_at"
            if name == "contract" or (name == "raw" and not isinstance(loss, dict)):
                assert document["error"]["code"] == "malformed_answer"
