# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The page: its head, its parts in their order, what filters the hosts.

All is plain HTML, so nothing needs the script but filtering, copying and the choice of a theme: a browser opens and
searches closed sections by itself, and draws none of them before.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from ....text import many
from ...result import ISSUES, OUTCOMES, worst_first
from ..words import OUTCOME_WORDS, issue_name
from . import overview
from .host import Host, section
from .parts import Markup, element, moment, shown, start, together
from .readiness import readiness

_FOLDER = Path(__file__).parent
TITLE = "WSUS compliance"


def html(
    fleet: Mapping[str, Any],
    documents: Sequence[Mapping[str, Any]],
    titles: Mapping[str, str],
    compared: Mapping[str, Any] | None = None,
    before_at: str = "",
) -> str:
    """The report as one file of HTML.

    Args:
        fleet: the fleet's document.
        documents: of the hosts' result files.
        titles: issue -> what it is.
        compared: what ``compare`` says of an earlier audit and this one; None: there is nothing to compare with.
        before_at: when the earlier audit was.
    """
    differing = compared["hosts"] if compared else {}
    hosts = sorted(
        (Host(document, differing.get(document.get("host"))) for document in documents),
        key=lambda host: worst_first(host.outcome, host.document.get("host")),
    )
    rules = overview.rules_of(hosts)
    parts = [
        ("overview", "Overview", overview.overview(fleet)),
        ("issues", "Issues across hosts", overview.issues(hosts, titles)),
        ("first", "What to do first", overview.first_steps(hosts, rules)),
        *(
            [("changes", "Before and after", overview.changes(fleet, hosts, compared, before_at))]
            if compared is not None
            else []
        ),
        ("findings", "Findings across hosts", overview.findings(rules)),
        ("suites", "Cipher suites", overview.offers(hosts)),
        *([("readiness", "What if", readiness(fleet, hosts))] if fleet.get("readiness") else []),
        ("hosts", "Hosts", _hosts(hosts, compared is not None)),
    ]
    body = element(
        "body",
        element("a", "Skip to the hosts", href="#hosts", class_="skip"),
        _header(fleet),
        element(
            "nav", element("ul", *(_to(place, heading) for place, heading, _content in parts)), aria_label="Sections"
        ),
        element("main", *(_part(place, heading, content) for place, heading, content in parts)),
        element("footer", element("p", f"Written by wsus.compliance {shown(fleet['collection_version'], 40)}.")),
        element("p", role="status", id="said", class_="unseen"),
        _verbatim("script", "page.js"),
    )
    return f"<!doctype html>\n{element('html', _head(), body, lang='en')}\n"


def _to(place: str, heading: str) -> Markup:
    return element("li", element("a", heading, href=f"#{place}"))


def _part(place: str, heading: str, content: str) -> Markup:
    title = element("h2", heading, id=f"{place}-title")
    return element("section", title, content, id=place, tabindex=-1, aria_labelledby=f"{place}-title")


def _head() -> Markup:
    policy = f"default-src 'none'; script-src {_digest('page.js')}; style-src {_digest('page.css')}; base-uri 'none'"
    return element(
        "head",
        start("meta", charset="utf-8"),
        start("meta", http_equiv="Content-Security-Policy", content=f"{policy}; form-action 'none'"),
        start("meta", name="viewport", content="width=device-width, initial-scale=1"),
        start("meta", name="color-scheme", content="light dark"),
        start("meta", name="referrer", content="no-referrer"),
        element("title", TITLE),
        _verbatim("style", "page.css"),
    )


def _header(fleet: Mapping[str, Any]) -> Markup:
    outcome = fleet["outcome"]
    buttons = [
        element("button", text, type="button", id=name) for name, text in (("theme", "Dark"), ("print", "Print"))
    ]
    return element(
        "header",
        element(
            "div",
            element("h1", TITLE),
            element(
                "p",
                *("Audited ", moment(fleet["audited_at"]), ". Outcome of the fleet: "),
                element("strong", OUTCOME_WORDS[outcome]),
                ".",
            ),
        ),
        element("div", *buttons, class_="tools script", hidden=True),
    )


def _hosts(hosts: Sequence[Host], compared: bool) -> Markup:
    if not hosts:
        return element("p", "There are none.")
    return together(
        [
            _filter(hosts, compared),
            element(
                "noscript",
                element("p", "Without scripts there is no filter; open a host by its line.", class_="quiet"),
            ),
            element("p", many(len(hosts), "host"), id="shown", role="status"),
            element("div", *(section(host) for host in hosts), id="list"),
        ]
    )


def _filter(hosts: Sequence[Host], compared: bool) -> Markup:
    search = [
        element("label", "Search", for_="search"),
        start("input", type="search", id="search", autocomplete="off", spellcheck="false", aria_describedby="keys"),
        element("small", "Host, system, issue, finding, text. / to search, Esc to clear.", id="keys"),
    ]
    choices = [
        _choice(f"outcome-{name}", f"{OUTCOME_WORDS[name]} ({number:,})", name, checked=True)
        for name in reversed(OUTCOMES)
        if (number := sum(1 for host in hosts if host.outcome == name))
    ]
    present = [name for name in ISSUES if any(name in host.present for host in hosts)]
    options = [
        element("option", "any or none", value=""),
        *(element("option", issue_name(n), value=n) for n in present),
    ]
    changed = [_choice("changed", "only what changed", "changed", checked=False)] if compared else []
    return element(
        "form",
        element("div", *search, class_="field search"),
        element("fieldset", element("legend", "Outcome"), *choices),
        element(
            "div", element("label", "Issue", for_="issue"), element("select", *options, id="issue"), class_="field"
        ),
        *([element("fieldset", element("legend", "Earlier audit"), *changed)] if changed else []),
        element(
            "div",
            element("button", "Clear", type="reset"),
            element("button", "Open all shown", type="button", id="open"),
            element("button", "Close all", type="button", id="close"),
            class_="tools",
        ),
        id="filter",
        class_="script",
        role="search",
        aria_label="Hosts",
        hidden=True,
    )


def _choice(place: str, text: str, value: str, *, checked: bool) -> Markup:
    box = start("input", type="checkbox", id=place, name=place, value=value, checked=checked)
    return element("label", box, " ", text)


@cache
def _asset(name: str) -> str:
    """A file beside this one, as it stands in the page."""
    return (_FOLDER / name).read_text(encoding="utf-8")


def _verbatim(tag: str, name: str) -> Markup:
    return Markup(f"<{tag}>{_asset(name)}</{tag}>")


def _digest(name: str) -> str:
    """How the content security policy names an asset: no other script or style is taken, whatever a host says."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(_asset(name).encode()).digest()).decode()}'"
