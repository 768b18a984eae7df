# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""JUnit XML for pipelines: a host is a test suite, a rule a test case.

There is no standard; what the readers of Jenkins, GitLab, Azure Pipelines and GitHub have in common is used. A rule
that fails is a ``failure``; one that could not be determined is an ``error``, as a test that could not be run; one
that does not apply or was not asked for is ``skipped``.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from typing import Any

from ...text import clean, visible
from ..shapes import records
from .words import details_of, per_finding, text_of

_ELEMENTS = {
    "fail": "failure",
    "error": "error",
    "unknown": "error",
    "notapplicable": "skipped",
    "notchecked": "skipped",
}
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to say."""


def junit(documents: Iterable[Mapping[str, Any]]) -> str:
    """JUnit XML of the documents of hosts."""
    root = ET.Element("testsuites", name="wsus.compliance")
    totals = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for document in documents:
        suite = _suite(document)
        for name in totals:
            totals[name] += int(suite.get(name, "0"))
        root.append(suite)
    for name, number in totals.items():
        root.set(name, str(number))
    root.set("time", "0")
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(document: Mapping[str, Any]) -> ET.Element:
    host = _xml(clean(document.get("host"), 255))
    suite = ET.Element("testsuite", name=host)
    properties = ET.SubElement(suite, "properties")
    for name in ("outcome", "profile", "collection_version", "schema_version"):
        ET.SubElement(properties, "property", name=name, value=_xml(text_of(document, name)))
    error = document.get("error")
    if isinstance(error, Mapping):
        cases = [_not_audited(host, error)]
    else:
        cases = [_case(host, finding) for finding in records(document.get("findings"))]
        if not cases:  # a suite of no tests would be green
            cases = [_not_audited(host, {"code": "no_findings", "message": "The result has no findings"})]
    counts = {
        "tests": len(cases),
        **{
            name: sum(1 for case in cases if case.find(element) is not None)
            for name, element in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))
        },
    }
    for name, number in counts.items():
        suite.set(name, str(number))
    suite.set("time", "0")
    # Its readers want a local time without a zone; UTC is said by no suffix of it.
    suite.set("timestamp", _xml(text_of(document, "audited_at"))[:19])
    suite.extend(cases)
    return suite


def _not_audited(host: str, error: Mapping[str, Any]) -> ET.Element:
    case = ET.Element("testcase", classname=host, name="audit", time="0")
    message = _xml(text_of(error, "message"))
    ET.SubElement(case, "error", message=message, type=_xml(text_of(error, "code"))).text = message
    return case


def _case(host: str, finding: Mapping[str, Any]) -> ET.Element:
    rule, told = _told(finding)
    case = ET.Element("testcase", classname=host, name=rule, time="0")
    case.extend(told)
    return case


@per_finding
def _told(finding: Mapping[str, Any]) -> tuple[str, list[ET.Element]]:
    """The name of a case, and what is in it: nothing where the rule passed. It may be in the cases of many hosts."""
    rule, result = _xml(text_of(finding, "id")), text_of(finding, "result")
    if result == "pass":
        return rule, []
    element = _ELEMENTS.get(result)
    if result == "informational":
        told = ET.Element("system-out")
        told.text = _details(finding)
    elif element is None:
        # A result that this version does not know is not one that passed.
        told = ET.Element("error", message=_xml(f"unknown result {result}"), type="unknown")
        told.text = _details(finding)
    else:
        told = ET.Element(element, message=_xml(f"{text_of(finding, 'title')}: {text_of(finding, 'actual')}"))
        if element != "skipped":
            told.set("type", _xml(f"{result} {text_of(finding, 'severity')}"))
            told.text = _details(finding)
    return rule, [told]


def _details(finding: Mapping[str, Any]) -> str:
    return _xml("\n".join(f"{label}: {text}" for label, text in details_of(finding)))


def _xml(text: str) -> str:
    """Text that any XML parser reads back as it is."""
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", visible(text))
