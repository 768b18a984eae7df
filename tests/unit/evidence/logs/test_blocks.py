# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A stream is cut into batches of whole lines, wherever its pieces end."""

from __future__ import annotations

import random

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.logs import records
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.logs.blocks import LINE_LIMIT, Lines
from support.log_samples import CLASSES, STACK, ccm, site_server, softdist


def pieces(generator: random.Random, data: bytes) -> list[bytes]:
    found = []
    while data:
        size = generator.choice([1, 2, 7, 40, 1_000])
        found.append(data[:size])
        data = data[size:]
    return found


@pytest.mark.parametrize("ends", [["\n"], ["\r\n"], ["\r"], ["\n", "\r\n"]], ids=repr)
@pytest.mark.parametrize("seed", range(5))
def test_batches_are_whole_lines_and_all_that_was_read(ends, seed):
    generator = random.Random(seed)
    text = "".join("x" * generator.randrange(80) + generator.choice(ends) for _line in range(60)) + generator.choice(
        ["", "unfinished"]
    )
    source = Lines(pieces(generator, text.encode()))
    batches = list(source.batches())
    assert b"".join(batch.text() for batch in batches) == text.encode() and source.dropped == 0
    assert all(batch.start < batch.end <= len(batch.data) for batch in batches)
    assert all(batch.text().endswith((b"\n", b"\r")) for batch in batches[:-1])
    lines = [line for batch in batches for line in source.lines(batch.text())]
    assert [line for line in lines if line] == [line for line in text.splitlines() if line]


@pytest.mark.parametrize("seed", range(5))
def test_long_lines_are_cut_wherever_the_pieces_end(seed):
    generator = random.Random(seed)
    size = LINE_LIMIT + generator.randrange(1, 3 * LINE_LIMIT)
    data = b"first\r\n" + b"y" * size + b"\r\nlast\r\n"
    cuts = sorted(generator.randrange(len(data)) for _cut in range(6))
    source = Lines(data[at:to] for at, to in zip([0, *cuts], [*cuts, len(data)], strict=True) if at < to)
    lines = [line for batch in source.batches() for line in source.lines(batch.text()) if line]
    assert lines == ["first", "y" * LINE_LIMIT, "last"] and source.dropped == size - LINE_LIMIT


@pytest.mark.parametrize("seed", range(20))
def test_lines_of_a_stack_are_read_like_any_other(seed, monkeypatch):
    generator = random.Random(seed)
    stack = [*STACK.split("\n"), "   at x SMS_WSUS_SYNC_MANAGER 12", "   --- $$<SMS_X><3-4-2026 00:06:07.089+300>"]
    stack += [
        "   at <![LOG[x",
        "   at w3wp.5",
        "   --- 2026-03-04 05:06:07.089 UTC",
        "   at A.B   text",
        "   at EventId=384",
    ]
    opening = [softdist(*CLASSES["dns"]).strip()] * 5
    opening += [site_server("x"), ccm("y"), "Log Name: Application", "Event[0]:", "plain", ""]
    lines = "\n".join(generator.choice(stack if generator.random() < 0.7 else opening) for _line in range(80)).split(
        "\n"
    )

    def told() -> list[str]:
        source = records.Records()
        return [repr(record) for record in [*source.feed(lines), *source.end()]]

    quickly = told()
    monkeypatch.setattr(records, "_STACK", ())
    assert quickly == told() and len(quickly) > 1
