# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The quick way through big raw logs finds what the thorough way finds."""

from __future__ import annotations

import random

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.logs import decode, quick
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.logs import read as reading
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.logs.blocks import Batch
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.logs.quick import relevant
from support.log_samples import CLASSES, STACK, of_class, read, softdist

PIECE = 128 * 1024
WRITTEN_BY_WSUS = [name for name, (component, _message) in CLASSES.items() if component]


def noise(generator: random.Random, count: int) -> list[str]:
    return [
        softdist(
            generator.choice(["ServerImplementation.UpdateCache", "ClientImplementation.SyncUpdates"]),
            f"Revision {generator.randrange(10**9)} of the catalog was looked at, and all is well so far",
            f"2026-03-{generator.randrange(1, 29):02} 05:06:07.{generator.randrange(1000):03}",
            "Info",
            generator.choice(["w3wp.4", "WsusService.12"]),
        )
        for _line in range(count)
    ]


@pytest.fixture(scope="module")
def big() -> str:
    generator = random.Random(4)
    lines = noise(generator, 5_000)
    for name in WRITTEN_BY_WSUS * 2:
        level = "Info" if name in ("success", "started") else generator.choice(["Error", "Warning"])
        text = of_class(name, level=level, time=f"2026-02-{generator.randrange(1, 29):02} 01:02:03.456")
        lines.insert(generator.randrange(len(lines)), text + (STACK + "\r\n" if generator.random() < 0.5 else ""))
    lines.insert(2_000, softdist("A.B", "SCHANNEL Protocol 'TLS 1.0' disabled", level="Info"))
    lines.insert(3_000, softdist("A.B", "EventId=501,Type=Information,Category=X,Message=Started", level="Info"))
    lines.insert(4_000, softdist("A.B", "An odd error"))
    return "".join(lines)


def both(text: str, monkeypatch: pytest.MonkeyPatch) -> list[dict]:
    monkeypatch.setattr(decode, "PIECE", PIECE)
    results = []
    for quickly in (True, False):
        monkeypatch.setattr(reading, "QUICK", quickly)
        results.append(read(text))
    return results


def test_quick_and_thorough_agree(big, monkeypatch):
    quick, thorough = both(big, monkeypatch)
    assert quick == thorough
    assert {event["class"] for event in quick["events"]} == set(WRITTEN_BY_WSUS)
    assert quick["unclassified"]["count"] == 1 and len(quick["startups"]) == 1
    assert quick["records"] == 5_000 + 2 * len(WRITTEN_BY_WSUS) + 3


def test_most_of_it_is_not_parsed(big):
    batch = big.encode()[:PIECE]
    batch = batch[: batch.rfind(b"\n") + 1]
    found = relevant(Batch(batch, 0, len(batch)))
    assert found is not None
    parts, skipped = found
    assert skipped > 700 and sum(map(len, parts)) < len(batch) / 3


@pytest.mark.parametrize("cut", [0, 1, 135, 500])
def test_records_over_the_edge_of_a_batch(big, cut, monkeypatch):
    pad = softdist("A.B", "p" * (PIECE - 400 - cut), level="Info")
    text = pad + of_class("tls_reset", level="Warning") + STACK + "\r\n" + big
    quick, thorough = both(text, monkeypatch)
    assert quick == thorough


@pytest.mark.parametrize(
    "batch",
    [
        b"",
        b"x" * 100_000,
        b"no columns at all\r\n" * 5_000,
        of_class("tls_reset").encode() * 2_000,
        b"".join(line.replace("\t", " ").encode() for line in noise(random.Random(1), 2_000)),
    ],
    ids=["empty", "one line", "no columns", "nothing but failures", "tabs lost"],
)
def test_what_is_not_raw_or_not_sparse_is_parsed_as_a_whole(batch):
    assert relevant(Batch(batch, 0, len(batch))) is None


def test_wrapped_within_a_big_log(monkeypatch):
    generator = random.Random(9)
    failure = of_class("tls_reset", level="Error").strip()
    wrapped = "\r\n".join(failure[at : at + 80] for at in range(0, len(failure), 80)) + "\r\n"
    quick, thorough = both("".join([*noise(generator, 2_000), wrapped, *noise(generator, 1_000)]), monkeypatch)
    assert quick == thorough and [event["class"] for event in quick["events"]] == ["tls_reset"]


def plainly(data: bytes, start: int, end: int) -> tuple[list[int], int]:
    """What places() tells, asked byte by byte."""
    hits = [
        at
        for anchor in quick.ANCHORS
        for at in range(start, end)
        if data.startswith(anchor, at) and at + len(anchor) <= end
    ]
    heads = sum(1 for at in range(start, end - 4) if data[at : at + 5] == b" UTC\t")
    return sorted(hits), heads


def odd_log(generator: random.Random, count: int) -> bytes:
    """Records of all levels, with anchors, lines without a head, more tabs, records that were cut and what follows."""
    told = [anchor.decode().strip() for anchor in quick.TEXTS]
    lines = []
    for _line in range(count):
        level = generator.choice(["Info"] * 12 + ["Error", "Warning", "Trace", "Change"])
        message = generator.choice(
            ["short", "H" * 40, "m" * generator.randrange(120), "a\ttab", generator.choice(told)]
        )
        line = softdist(generator.choice(["A.B", *told]) if generator.random() < 0.1 else "A.B", message, level=level)
        end = generator.choice(["\r\n"] * 8 + ["\n", "\r\n   at A.B()\r\n", "\r\n\r\n"])
        line = line.strip() + end
        lines.append(line[: generator.randrange(len(line))] if generator.random() < 0.05 else line)
    return "".join(lines).encode()


@pytest.mark.parametrize("window", [16, 100, 333, 1 << 14])
@pytest.mark.parametrize("seed", range(4))
def test_places_are_those_of_a_plain_search(window, seed, monkeypatch):
    monkeypatch.setattr(quick, "LEVEL_WINDOW", window)
    monkeypatch.setattr(quick, "_SPARSE", 1)
    generator = random.Random(seed)
    data = odd_log(generator, 120)
    start, end = generator.randrange(300), len(data) - generator.randrange(300)
    for batch in (Batch(data, 0, len(data)), Batch(data, start, end)):
        expected = plainly(*batch)
        assert quick.places(batch) == expected and len(expected[0]) > 10


@pytest.mark.parametrize("window", range(40, 160, 7))
def test_a_level_at_each_place_of_a_window(window, monkeypatch):
    monkeypatch.setattr(quick, "LEVEL_WINDOW", window)
    monkeypatch.setattr(quick, "_SPARSE", 1)
    record = softdist("A.B", "m", level="Info").encode()
    data = record * 3 + softdist("A.B", "m", level="Error").encode() + record * 2
    for pad in range(len(record) + 1):
        padded = b"x" * pad + b"\r\n" + data
        assert quick.places(Batch(padded, 0, len(padded))) == ([padded.index(b" UTC\tError")], 6)


@pytest.mark.parametrize("letters", [0, 1, 500, 5_000])
def test_a_text_is_found_by_its_rare_letter_whether_it_is_rare_or_not(letters):
    text = b"SCHANNEL Protocol"
    data = b"H." * letters + text + b"SCHANNEL" + text * 2 + b"." * 5_000 + b"H" * letters + text
    expected = [at for at in range(len(data)) if data.startswith(text, at)]
    assert list(quick._places(Batch(data, 0, len(data)), text)) == expected and len(expected) == 4
    cut = Batch(data, expected[0] + 1, len(data) - 1)
    assert list(quick._places(cut, text)) == expected[1:3]


def test_quick_and_thorough_agree_for_pieces_of_any_size(big, monkeypatch):
    generator = random.Random(12)
    monkeypatch.setattr(reading, "QUICK", False)
    thorough = read(big)
    monkeypatch.setattr(reading, "QUICK", True)
    skipped = []

    def counted(batch):
        found = relevant(batch)
        skipped.append(found[1] if found else 0)
        return found

    monkeypatch.setattr(reading, "relevant", counted)
    for size in [20_011, *(generator.randrange(15_000, 200_000) for _size in range(5))]:
        monkeypatch.setattr(decode, "PIECE", size)
        assert read(big) == thorough
    assert sum(skipped) > 5_000
