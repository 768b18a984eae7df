# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Results of hosts -> what AWX keeps of a job, and back: jobs share no disk, and a later one makes the fleet's report.

AWX hands what a job left to the later jobs of a workflow as extra variables, in which Ansible takes double braces for
a template. So all that came from a host is in ``data``, as the base64 of compressed JSON, which has no braces.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..endpoint.breaks import deciding_facts
from ..text import many
from .fleet import verdict, worst
from .result import OUTCOMES, SCHEMA_VERSION, worst_first

ARTIFACT_SCHEMA = "1.0"
PREFIX = "wsus_audit_"
"""Of the names of artifacts. The id of the job follows: slices of a job that used one name would replace each other."""
LIMIT = 256 * 1024
"""Most characters of an artifact as JSON. AWX keeps it in its database and in an event, and shows it on a page."""
UNPACKED_LIMIT = 256 * 1024 * 1024
"""Most bytes of the JSON that an artifact is unpacked to."""
_JOB = re.compile(r"[0-9A-Za-z_]{1,64}")
_NAME = re.compile(PREFIX + _JOB.pattern)
_MEMBERS = (
    *("collection_version", "host", "audited_at", "collected_at", "outcome", "compliant", "error", "profile"),
    "summary",
)


class ArtifactError(ValueError):
    """What is no artifact, or a damaged one; the text says what is wrong with it."""


def artifact_name(job: object) -> str | None:
    """The name under which a job publishes its artifact; None where ``job`` is no id.

    An id has 1 to 64 letters, digits and underscores.
    """
    text = str(job) if isinstance(job, (str, int)) and not isinstance(job, bool) else ""
    return PREFIX + text if _JOB.fullmatch(text) else None


def is_artifact_name(name: object) -> bool:
    """Whether a variable of this name holds an artifact."""
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def pack(documents: Sequence[Mapping[str, Any]], limit: int = LIMIT) -> dict[str, Any]:
    """The artifact of a job.

    Of facts only what readiness for another endpoint is judged by is in it. Where it would be too long the findings are
    left out, those of the best hosts first; where even that is too much, hosts are. ``left_out`` and ``note`` say so.

    Args:
        documents: those of the hosts (schemas/audit.schema.json).
        limit: most characters of the artifact as JSON.
    """
    order = sorted(documents, key=lambda one: worst_first(one["outcome"], one["host"]))
    whole, short = [_row(one, True) for one in order], [_row(one, False) for one in order]

    def made(hosts: int, detailed: int) -> dict[str, Any]:
        left = {"hosts": len(order) - hosts, "findings": hosts - detailed}
        return _artifact(order, [*whole[:detailed], *short[detailed:hosts]], left, limit)

    found = made(len(order), len(order))
    if _length(found) <= limit:
        return found
    if _length(made(len(order), 0)) <= limit:
        return _most(lambda number: made(len(order), number), len(order), limit)
    return _most(lambda number: made(number, 0), len(order), limit)


def unpack(artifact: object) -> tuple[list[dict[str, Any]], str]:
    """The documents of an artifact's hosts, and what is left out of it (empty: nothing is).

    What is in the documents is not checked here.

    Raises:
        ArtifactError: it is none, or it is damaged.
    """
    if not isinstance(artifact, Mapping) or not isinstance(artifact.get("schema_version"), str):
        raise ArtifactError("is no artifact of wsus.compliance")
    if artifact["schema_version"].partition(".")[0] != ARTIFACT_SCHEMA.partition(".")[0]:
        raise ArtifactError(
            f"has the schema {artifact['schema_version']!r:.40}, and this collection reads {ARTIFACT_SCHEMA}: use the "
            "version of the collection that wrote it"
        )
    content = _content(artifact.get("data"))
    findings, hosts = content.get("findings"), content.get("hosts")
    if not isinstance(findings, list) or not isinstance(hosts, list):
        raise ArtifactError("is damaged: its data has no hosts")
    sizes = [len(json.dumps(one)) for one in findings]
    total, documents = 0, []
    for host in hosts:
        numbers = host.get("findings") if isinstance(host, dict) else None
        if not isinstance(numbers, list) or not all(
            isinstance(one, int) and not isinstance(one, bool) and 0 <= one < len(findings) for one in numbers
        ):
            raise ArtifactError("is damaged: a host has findings that are not there")
        total += sum(sizes[one] for one in numbers)
        if total > UNPACKED_LIMIT:
            raise ArtifactError(f"is damaged: its findings have more than {UNPACKED_LIMIT:,} bytes")
        documents.append({**host, "findings": [findings[one] for one in numbers]})
    left = artifact.get("left_out")
    counts = [left.get(name) for name in ("hosts", "findings")] if isinstance(left, Mapping) else []
    return documents, _note(*(one if isinstance(one, int) else 0 for one in counts)) if len(counts) == 2 else ""


@dataclass(frozen=True)
class _Row:
    """A host as JSON: what a report needs of its document, and its findings, each by itself."""

    host: str
    findings: tuple[str, ...]


def _row(document: Mapping[str, Any], detailed: bool) -> _Row:
    """The row of a document, with its findings or without."""
    issues = document.get("issues") or {}
    host = {
        "schema_version": document.get("schema_version") or SCHEMA_VERSION,
        **{member: document.get(member) for member in _MEMBERS},
        "unreachable": document["outcome"] == "unreachable",
        "facts": deciding_facts(document.get("facts")),
        "issues": {
            issue: found if detailed and isinstance(found, Mapping) else {"verdict": verdict(found) or "undetermined"}
            for issue, found in issues.items()
        },
    }
    return _Row(_json(host), tuple(map(_json, document.get("findings") or ())) if detailed else ())


def _artifact(
    order: Sequence[Mapping[str, Any]], rows: Sequence[_Row], left: Mapping[str, int], limit: int
) -> dict[str, Any]:
    outcomes = [str(one["outcome"]) for one in order]
    return {
        "schema_version": ARTIFACT_SCHEMA,
        "outcome": worst(outcomes),
        "counts": {name: outcomes.count(name) for name in OUTCOMES},
        "limit": limit,
        "left_out": dict(left),
        "note": _note(left["hosts"], left["findings"]),
        "data": _data(rows),
    }


def _note(hosts: int, findings: int) -> str:
    """What is left out, as a sentence; empty where nothing is."""
    parts = [(hosts, ""), (findings, "the findings of ")]
    left = " and ".join(f"{of}{many(number, 'host')}" for number, of in parts if number)
    return f"{left} left out, as the artifact would be too long: use more slices" if left else ""


def _data(rows: Sequence[_Row]) -> str:
    """Hosts, with findings that several of them have written once, as base64."""
    numbers: dict[str, int] = {}
    hosts = []
    for row in rows:
        found = ",".join(str(numbers.setdefault(finding, len(numbers))) for finding in row.findings)
        hosts.append(f'{row.host[:-1]},"findings":[{found}]}}')
    text = f'{{"findings":[{",".join(numbers)}],"hosts":[{",".join(hosts)}]}}'
    return base64.b64encode(zlib.compress(text.encode("ascii"), 6)).decode("ascii")


def _content(data: object) -> dict[str, Any]:
    if not isinstance(data, str):
        raise ArtifactError("is damaged: it has no data")
    try:
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(base64.b64decode(data, validate=True), UNPACKED_LIMIT)
    except (binascii.Error, ValueError, zlib.error) as problem:
        raise ArtifactError(f"is damaged: its data can't be unpacked ({problem})") from None
    if not unpacker.eof:
        raise ArtifactError(f"is damaged: its data is cut, or has more than {UNPACKED_LIMIT:,} bytes")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise ArtifactError("is damaged: its data is not JSON") from None
    if not isinstance(content, dict):
        raise ArtifactError("is damaged: its data has no hosts")
    return content


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def _length(artifact: Mapping[str, Any]) -> int:
    return len(json.dumps(artifact))


def _most(made: Callable[[int], dict[str, Any]], number: int, limit: int) -> dict[str, Any]:
    """The largest of the artifacts of 0 to ``number`` hosts that is not too long, or nearly that.

    The next number to try is in proportion: what all of it takes is about even, and each try compresses anew.
    """
    best, low, high = made(0), 0, number
    while high - low > 1 + number // 100:
        place = low + (high - low) // 2 if low else number * limit // _length(made(number))
        place = min(max(place, low + 1), high - 1)
        found = made(place)
        if _length(found) <= limit:
            best, low = found, place
        else:
            high = place
    return best
