# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever happens to a log on its way, it adds no class, and how it is cut into chunks plays no part."""

from __future__ import annotations

import textwrap

from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.logs.signatures import compact, load_signatures
from hypothesis import given, settings
from hypothesis import strategies as st
from support.log_samples import CLASSES, ccm, of_class, read, site_server, softdist

NAMES = sorted(CLASSES)
names = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4)


def has(given_names: list[str]) -> set[str]:
    """All classes that any row sees in these samples: a cut one may fall back to a more general one of them."""
    rows = load_signatures()
    return {row.name for name in given_names for row in rows.matching(compact(" ".join(CLASSES[name])))}


def found(data: str | bytes, **more: int) -> set[str]:
    return {event["class"] for event in read(data, **more)["events"]}


def framed(name: str, framing: str) -> str:
    component, message = CLASSES[name]
    if framing == "softdist":
        return softdist(component or "Some.Component", message)
    if framing == "none":
        return f"{component} {message}\n\n"
    return site_server(f"{component} {message}") if framing == "site_server" else ccm(f"{component} {message}")


framings = st.sampled_from(["softdist", "site_server", "ccm", "none"])
samples = st.lists(st.tuples(st.sampled_from(NAMES), framings), min_size=1, max_size=4)


@given(samples)
@settings(deadline=None, max_examples=30)
def test_any_mixture_of_framings_has_its_classes(parts):
    assert found("".join(framed(*part) for part in parts)) <= has([name for name, _framing in parts])
    for name, framing in parts:
        assert name in found(framed(name, framing)), (name, framing)


@given(samples, st.integers(1, 3000), st.sampled_from(["utf-8", "utf-8-sig", "utf-16-le", "utf-16"]))
@settings(deadline=None, max_examples=30)
def test_chunks_play_no_part(parts, size, encoding):
    data = "".join(framed(*part) for part in parts).encode(encoding)
    assert read(data, size=size) == read(data)


@given(names, st.integers(20, 200), st.booleans())
@settings(deadline=None, max_examples=40)
def test_a_wrap_adds_no_class_and_loses_none_with_columns(chosen, width, hard):
    raw = [of_class(name).strip() for name in chosen]
    if hard:
        lines = [line[at : at + width] for line in raw for at in range(0, len(line), width)]
    else:
        lines = [piece for line in raw for piece in textwrap.wrap(line, width, break_long_words=False)]
    result = found("\n".join(lines))
    assert result <= has(chosen)
    # Wrapped columns of two programs in one file can't be told apart.
    if width >= 60 and all(CLASSES[name][0] for name in chosen):
        assert set(chosen) <= result


@given(names, st.data())
@settings(deadline=None, max_examples=40)
def test_a_cut_end_adds_no_class(chosen, data):
    text = "".join(map(of_class, chosen)).encode(data.draw(st.sampled_from(["utf-8", "utf-16-le"])))
    assert found(text[: data.draw(st.integers(0, len(text)))]) <= has(chosen)


@given(names, st.data())
@settings(deadline=None, max_examples=40)
def test_a_cut_beginning_adds_no_class(chosen, data):
    text = "".join(map(of_class, chosen)).encode()
    assert found(text[data.draw(st.integers(0, len(text))) :]) <= has(chosen)


@given(names)
@settings(deadline=None, max_examples=40)
def test_lost_columns_lose_no_class(chosen):
    raw = [of_class(name) for name in chosen if CLASSES[name][0]]
    expected = {name for name in chosen if CLASSES[name][0]}
    for change in (
        lambda line: line.replace("\t", " "),
        lambda line: line.replace("\t", "    "),
        lambda line: line.replace("\t", ""),
        lambda line: line.split("UTC\t")[1],
        lambda line: "> " + line,
    ):
        assert found("".join(map(change, raw))) == expected


@given(st.binary(max_size=3000))
@settings(deadline=None, max_examples=80)
def test_any_bytes(data):
    result = read(data)
    assert result["sources"][0]["size"] in (len(data), 0) or result["sources"][0]["error"] is not None
    assert read(data, size=13) == result


@given(st.text(max_size=2000), names)
@settings(deadline=None, max_examples=50)
def test_any_text_between(text, chosen):
    first, last = of_class("tls_reset"), of_class("dns")
    data = (first + text + "\r\n" + last).encode("utf-8", "replace")
    assert {"tls_reset", "dns"} <= found(data)
