# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an audit must find on a host of the lab: tests/lab/expected/*.yml, and how a result is compared with it.

A file says, for one scenario, `about` and `reason`, then `expect`, and under `personas` what differs on some
("2012 2012R2" is two). `_defaults.yml` is below every file. Members of `expect`:

  compliant    true, false or null
  findings     {rule: result}; "*" stands for all rules
  issues       {name: verdict}
  facts        {dotted path: value}
  owner        {rule: owner that its finding names}
  needs        {rule: restart that its finding names}
  resolution   {rule: resolution that its finding names}

A list of results, verdicts or of `compliant` means any of them: the documents leave it open. A result may depend on the
date: {until: date, before: RESULT, after: RESULT}. A fact, owner, ... may be {any: [...]}, {re: pattern},
{contains: item, or part of a mapping, of a list}, {unchecked: true}. All rules of docs/reference/findings.md and all
issues are compared, not only those that a file names.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
FOLDER = HERE / "expected"
FINDINGS_PAGE = HERE.parent.parent / "docs" / "reference" / "findings.md"
ISSUES = ("endpoint", "issue_1", "issue_2", "issue_3", "issue_4", "issue_5", "proxy", "other")
RESULTS = {"pass", "fail", "error", "unknown", "notapplicable", "notchecked", "informational"}
VERDICTS = {"confirmed", "likely", "possible", "excluded", "undetermined"}
OUTCOMES = {True: "compliant", False: "noncompliant", None: "undetermined"}
COUNTED = {"high", "medium"}
BY_RULE = ("owner", "needs", "resolution")
MEMBERS = {"compliant", "findings", "issues", "facts", *BY_RULE}
MATCHERS = {"any", "re", "contains", "unchecked"}
MISSING = object()


class ExpectationError(ValueError):
    """A file of expectations is wrong."""


@functools.cache
def severities() -> dict[str, str]:
    """Every rule of the contract with its severity."""
    found: dict[str, str] = {}
    for line in FINDINGS_PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 4 and cells[2] in {"high", "medium", "low", "info"}:
            found.update(dict.fromkeys(re.findall(r"`([a-z0-9_.]+)`", cells[1]), cells[2]))
    if len(found) < 30:
        raise ExpectationError(f"the table of rules was not found in {FINDINGS_PAGE}")
    return found


@dataclass(frozen=True)
class Expectation:
    """What must be found in one cell."""

    reason: str
    compliant: Any
    findings: dict[str, Any]
    issues: dict[str, Any]
    facts: dict[str, Any]
    by_rule: dict[str, dict[str, Any]]


def expectation(scenario: str, persona: str) -> Expectation:
    """The defaults, then what the scenario's file says, each with what it says of the persona."""
    defaults, own = _file("_defaults"), _file(scenario)
    merged: dict[str, Any] = {name: {} for name in MEMBERS}
    for layer in [*_layers(defaults, persona), *_layers(own, persona)]:
        for name, value in layer.items():
            if name == "compliant":
                merged[name] = value
                continue
            if "*" in value:
                merged[name] = dict.fromkeys(severities(), value["*"])
            merged[name] |= {key: item for key, item in value.items() if key != "*"}
    return Expectation(
        reason=own["reason"].strip(),
        compliant=merged["compliant"],
        findings={rule: _at(result, date.today()) for rule, result in merged["findings"].items()},
        issues=merged["issues"],
        facts=merged["facts"],
        by_rule={name: merged[name] for name in BY_RULE},
    )


def scenarios() -> list[str]:
    """The scenarios that have a file."""
    return sorted(path.stem for path in FOLDER.glob("*.yml") if not path.stem.startswith("_"))


def _at(result: Any, today: date) -> Any:
    if not isinstance(result, dict):
        return result
    return result["before"] if today < date.fromisoformat(result["until"]) else result["after"]


def _layers(content: dict[str, Any], persona: str) -> Iterator[dict[str, Any]]:
    yield content["expect"]
    for names, layer in content.get("personas", {}).items():
        if persona in str(names).split():
            yield layer


@functools.cache
def _file(name: str) -> dict[str, Any]:
    path = FOLDER / f"{name}.yml"
    if not path.is_file():
        raise ExpectationError(f"no expectation for scenario {name}: {path} is missing")
    content = yaml.safe_load(path.read_text("utf-8"))
    problems = list(_problems(content))
    if problems:
        raise ExpectationError(f"{path.name}: " + "; ".join(problems))
    return content


def _problems(content: Any) -> Iterator[str]:
    if not isinstance(content, dict):
        yield "not a mapping"
        return
    for name in sorted({"about", "reason", "expect"} - content.keys()):
        yield f"{name} is missing"
    for name in sorted(content.keys() - {"about", "reason", "expect", "personas"}):
        yield f"unknown member {name}"
    yield from _layer_problems("expect", content.get("expect", {}))
    for names, layer in content.get("personas", {}).items():
        yield from _layer_problems(f"personas.{names}", layer)


def _layer_problems(place: str, layer: Any) -> Iterator[str]:
    for name in sorted(layer.keys() - MEMBERS):
        yield f"{place}: unknown member {name}"
    for one in _alternatives(layer.get("compliant")):
        if one not in (True, False, None):
            yield f"{place}.compliant: {one!r}"
    for rule, result in layer.get("findings", {}).items():
        if rule not in severities() and rule != "*":
            yield f"{place}.findings: {rule} is no rule of findings.md"
        if isinstance(result, dict) and result.keys() != {"until", "before", "after"}:
            yield f"{place}.findings.{rule}: until, before and after are needed"
        parts = [result["before"], result["after"]] if isinstance(result, dict) else [result]
        for word in (word for part in parts for word in _alternatives(part)):
            if word not in RESULTS:
                yield f"{place}.findings.{rule}: {word!r} is no result"
    for issue, verdict in layer.get("issues", {}).items():
        if issue not in ISSUES:
            yield f"{place}.issues: {issue} is no issue"
        for word in _alternatives(verdict):
            if word not in VERDICTS:
                yield f"{place}.issues.{issue}: {word!r} is no verdict"
    for name in BY_RULE:
        for rule in layer.get(name, {}):
            if rule not in severities():
                yield f"{place}.{name}: {rule} is no rule of findings.md"
    for name in ("facts", *BY_RULE):
        for key, wanted in layer.get(name, {}).items():
            if isinstance(wanted, dict) and not (len(wanted) == 1 and wanted.keys() <= MATCHERS):
                yield f"{place}.{name}.{key}: one of {', '.join(sorted(MATCHERS))} is needed"


def _alternatives(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# --- Comparison -------------------------------------------------------------------------------------------------------


def differences(result: Mapping[str, Any], wanted: Expectation) -> list[str]:
    """Every way in which a result file is not what it must be; empty when it is."""
    lines = list(_shape(result))
    if lines:
        return lines
    findings = {finding["id"]: finding for finding in result["findings"]}
    lines += _compliant(result, wanted, findings)
    for rule, results in wanted.findings.items():
        found = findings.get(rule)
        if found and found["result"] not in _alternatives(results):
            detail = " ".join(str(found.get("actual")).split())[:300]
            lines.append(f"finding {rule}: {_show(results)} expected, {found['result']} found: {detail}")
    for issue, verdicts in wanted.issues.items():
        found = result["issues"].get(issue, {})
        if found and found["verdict"] not in _alternatives(verdicts):
            why = {name: found.get(name) for name in ("evidence_for", "evidence_against", "missing") if found.get(name)}
            lines.append(f"issue {issue}: {_show(verdicts)} expected, {found['verdict']} found: {why}")
    for path, value in wanted.facts.items():
        lines += _value(f"fact {path}", value, look_up(result["facts"], path))
    for name, rules in wanted.by_rule.items():
        for rule, value in rules.items():
            finding = findings.get(rule, {})
            found = (finding.get("remediation") or {}).get("resolution") if name == "resolution" else finding.get(name)
            lines += _value(f"{name} of {rule}", value, found)
    return lines


def _shape(result: Mapping[str, Any]) -> Iterator[str]:
    """Members that everything else needs."""
    if result.get("error"):
        yield f"the host could not be audited: {result['error']}"
        return
    found = [finding["id"] for finding in result["findings"]]
    for rule in sorted(severities().keys() - set(found)):
        yield f"finding {rule} is missing"
    for rule in sorted(set(found) - severities().keys()):
        yield f"finding {rule} is not in findings.md"
    if len(found) != len(set(found)):
        yield "a rule has two findings"
    if sorted(result["issues"]) != sorted(ISSUES):
        yield f"issues are {', '.join(sorted(result['issues']))}"


def _compliant(
    result: Mapping[str, Any], wanted: Expectation, findings: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    compliant = result["compliant"]
    if compliant not in _alternatives(wanted.compliant):
        yield f"compliant: {_show(wanted.compliant)} expected, {compliant} found"
    if result["outcome"] != OUTCOMES.get(compliant):
        yield f"outcome {result['outcome']} beside compliant {compliant}"
    if compliant != derived({rule: finding["result"] for rule, finding in findings.items()}):
        yield f"compliant {compliant} does not follow from the findings"
    for rule, finding in findings.items():
        if finding["severity"] != severities()[rule]:
            yield f"finding {rule}: severity {finding['severity']}, findings.md says {severities()[rule]}"
    counts = dict.fromkeys(RESULTS, 0)
    for finding in findings.values():
        counts[finding["result"]] = counts.get(finding["result"], 0) + 1
    if {name: result["summary"].get(name) for name in counts} != counts:
        yield f"summary {result['summary']} does not count the findings {counts}"
    for rule, finding in findings.items():
        if finding["result"] in {"fail", "unknown", "error"} and not (finding["actual"] and finding["rationale"]):
            yield f"finding {rule}: {finding['result']} without actual or rationale"
        if finding["result"] == "fail" and not (finding.get("remediation") or {}).get("text"):
            yield f"finding {rule}: fail without a remediation"
    for name, issue in result["issues"].items():
        if issue["verdict"] in {"confirmed", "likely", "possible"} and not (
            issue["evidence_for"] and issue["remediation"]
        ):
            yield f"issue {name}: {issue['verdict']} without evidence or remediation"
        if issue["verdict"] == "undetermined" and not issue["missing"]:
            yield f"issue {name}: undetermined, but nothing is named that is missing"


def derived(results: Mapping[str, str]) -> bool | None:
    """`compliant` as findings.md derives it."""
    counted = {results[rule] for rule, severity in severities().items() if severity in COUNTED}
    if "fail" in counted:
        return False
    return None if counted & {"unknown", "error"} else True


def look_up(tree: Any, path: str) -> Any:
    """The fact at a dotted path; names of members may hold dots ("TLS 1.2"): the longest that is there counts."""
    if not path:
        return tree
    if not isinstance(tree, Mapping):
        return MISSING
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        name = ".".join(parts[:length])
        if name in tree:
            return look_up(tree[name], ".".join(parts[length:]))
    return MISSING


def _value(what: str, wanted: Any, found: Any) -> Iterator[str]:
    if isinstance(wanted, dict) and "unchecked" in wanted:
        return
    if found is MISSING:
        yield f"{what}: {_show(wanted)} expected, it is not there"
    elif not _matches(wanted, found):
        yield f"{what}: {_show(wanted)} expected, {found!r} found"


def _matches(wanted: Any, found: Any) -> bool:
    if not isinstance(wanted, dict):
        return type(wanted) is type(found) and wanted == found
    if "any" in wanted:
        return any(_matches(one, found) for one in wanted["any"])
    if "re" in wanted:
        return isinstance(found, str) and re.fullmatch(wanted["re"], found, re.I | re.S) is not None
    item = wanted["contains"]
    if isinstance(item, dict) and isinstance(found, list):
        return any(
            isinstance(one, dict) and item.items() <= {k: v for k, v in one.items() if k in item}.items()
            for one in found
        )
    return isinstance(found, str | list) and item in found


def _show(wanted: Any) -> str:
    return " or ".join(str(one) for one in wanted) if isinstance(wanted, list) else str(wanted)
