# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the collector's process printed, before Ansible sees it; and the memory that it may take."""

from __future__ import annotations

import json
import re
import resource
import tracemalloc
from xml.etree import ElementTree

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.collect import memory
from ansible_collections.wsus.compliance.plugins.plugin_utils.collect.answer import AnswerError
from ansible_collections.wsus.compliance.plugins.plugin_utils.collect.output import read_output, shortened

RAW = {"os": {"é": "ü\u202e"}}
GOOD = {"changed": True, "contract": 1, "collected_at": "2026-11-24T02:31:04.353Z", "raw": RAW}
EVIL = "\x1b[31mred\u202e\x9b"
TAKEN = {name: GOOD[name] for name in ("contract", "collected_at", "raw")}


def ansible_gets(text):
    return json.loads(read_output(text)[1])


@pytest.mark.parametrize("before", ["", "\r\n", f"Loading profile {EVIL}\r\n", "a {b} c\n"])
@pytest.mark.parametrize("after", ["", "\r\n", f"\r\nbye {EVIL} }}\r\n"])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_the_answer_is_found_among_other_lines(before, after, ascii_only):
    answer, rest = read_output(before + json.dumps(GOOD, ensure_ascii=ascii_only) + after)
    assert answer == TAKEN
    assert json.loads(rest) == {"changed": False, "failed": False, "msg": ""}


def test_nothing_of_the_host_reaches_ansible_but_that_it_failed_and_why():
    internals = {
        "ansible_facts": {"wsus": EVIL},
        "warnings": [EVIL],
        "deprecations": [{"msg": EVIL}],
        "invocation": {EVIL: EVIL},
        "exception": EVIL,
        "diff": {"before": EVIL},
        "unreachable": True,
        "_ansible_no_log": True,
        "__ansible_type": "TaggedStr",
    }
    assert ansible_gets(json.dumps({**GOOD, **internals})) == {"changed": False, "failed": False, "msg": ""}
    failed = ansible_gets(json.dumps({**internals, "failed": True, "msg": f"{EVIL}{{{{ 1 }}}}"}))
    assert failed == {"changed": False, "failed": True, "msg": "\\x1b[31mred\\u202e\\x9b{{ 1 }}"}
    assert ansible_gets(json.dumps({"failed": "yes", "msg": {"a": 1}})) == {"changed": False, "failed": True, "msg": ""}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "text",
        "[1]",
        "7",
        "null",
        '"{}"',
        "[" * 100_000,
        "{",
        "{'a': 1}",
        '{"a": ' + "9" * 5_000 + "}",
        "\n\n{\n",
        "x {}",
    ],
)
def test_what_is_no_object_is_handed_on_harmless(text):
    assert read_output(text + EVIL) == ({}, shortened(text + EVIL))
    assert not re.search("[\x1b\x9b\u202e]", shortened(EVIL))


def test_a_long_text_is_handed_on_by_its_ends():
    found = shortened("begin " + EVIL * 100_000 + " end")
    assert found.startswith("begin ") and found.endswith(" end") and len(found) < 100_000


def test_the_last_of_equal_members_counts():
    assert read_output('{"contract": 2, "contract": 1, "raw": {}}')[0] == {"contract": 1, "raw": {}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"raw": ' + '{"a":' * 100_000, "nested too deeply"),
        ('{"raw": ' + "[" * 80 + "]" * 80 + "}", "deeper than 60"),
        ('{"raw": [' + "[]," * 1_000_000, "more than 2,000,000 items"),
        ("," * 2_000_001, "more than 2,000,000 items"),
        ("x" * (64 * 1024 * 1024 + 1), "more than 67,108,864 characters"),
    ],
    ids=["bottomless", "deep", "items", "commas", "long"],
)
def test_what_is_too_big_is_refused(text, words):
    tracemalloc.start()
    try:
        with pytest.raises(AnswerError, match=words) as caught:
            read_output(text)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.code == "malformed_answer"
    assert peak < 50_000_000, "it was made into objects first"


# --- memory -----------------------------------------------------------------------------------------------------------

SMALL = 64 << 20


@pytest.fixture
def unlimited():
    before = resource.getrlimit(resource.RLIMIT_AS)
    if before[0] != resource.RLIM_INFINITY or memory._size() is None:
        pytest.skip("this process has a limit already, or its size can't be told")
    yield before
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_memory_is_limited_and_free_again_afterwards(unlimited):
    with pytest.raises(MemoryError, match="more than 64 MiB"), memory.limited(SMALL):
        bytearray(2 * SMALL)
    bytearray(2 * SMALL)
    with memory.limited(4 * SMALL):
        bytearray(2 * SMALL)


def test_an_error_that_stands_for_a_lack_of_memory(unlimited):
    with pytest.raises(MemoryError, match="more than 64 MiB"), memory.limited(SMALL):
        try:
            bytearray(2 * SMALL)
        except MemoryError:
            raise ConnectionError("the cleanup failed") from None
    with pytest.raises(MemoryError, match="more than 64 MiB"), memory.limited(SMALL):
        kept = [b""]
        while memory._size() < resource.getrlimit(resource.RLIMIT_AS)[0] - (8 << 20):
            kept.append(bytes(4 << 20))
        raise ElementTree.ParseError("out of memory")


def test_other_errors_stay_what_they_are(unlimited):
    with pytest.raises(ConnectionError, match="reset"), memory.limited(SMALL):
        raise ConnectionError("reset")


def test_a_tighter_limit_of_the_system_stays(unlimited):
    tight = (memory._size() + 4 * SMALL, unlimited[1])
    resource.setrlimit(resource.RLIMIT_AS, tight)
    try:
        with memory.limited(8 * SMALL):
            assert resource.getrlimit(resource.RLIMIT_AS) == tight
    finally:
        resource.setrlimit(resource.RLIMIT_AS, unlimited)


def test_where_the_size_can_not_be_told_there_is_no_limit(unlimited, monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "_STATM", tmp_path / "none")
    with memory.limited(SMALL):
        assert resource.getrlimit(resource.RLIMIT_AS) == unlimited
