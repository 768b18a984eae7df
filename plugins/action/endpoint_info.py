# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an endpoint accepts today: measured from the controller, compared with what was known, and with an audit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail

from ..plugin_utils._action import WsusAction, now
from ..plugin_utils._checks import given_measurement
from ..plugin_utils.endpoint.breaks import Judged, judge
from ..plugin_utils.endpoint.measure import NoScanner, measure, read_proxy
from ..plugin_utils.endpoint.model import PROTOCOLS, Measurement
from ..plugin_utils.endpoint.news import from_earlier, from_table, news_of
from ..plugin_utils.endpoint.result import Asked
from ..plugin_utils.facts.endpoint_list import ENDPOINT
from ..plugin_utils.report.files import FLEET, FileError, plain, read_json, write_json
from ..plugin_utils.text import clean

SPEC = {
    "host": {"type": "str", "default": ENDPOINT},
    "port": {"type": "int", "default": 443},
    "proxy": {"type": "str", "no_log": True},
    "protocols": {"type": "list", "elements": "str", "default": list(PROTOCOLS[2:]), "choices": list(PROTOCOLS)},
    "timeout": {"type": "int", "default": 600},
    "network_timeout": {"type": "int", "default": 5},
    "previous": {"type": "raw"},
    "audit_dir": {"type": "path"},
    "dest": {"type": "path"},
}
RESULT_LIMIT = 32 * 1024**2
"""Most bytes of a result file of an audit that is read."""
LINE_LIMIT = 10
"""Hosts that the news name; the result has all."""


class ActionModule(WsusAction):
    """The user-facing ``wsus.compliance.endpoint_info``. It connects to no host of the inventory."""

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(None, task_vars)
        options = self.options(SPEC)
        places = {name: self.place(options, name) for name in ("audit_dir", "dest")}
        asked, proxy = _asked(options)
        # What is wrong with these is said before anything is measured.
        earlier = None if options["previous"] is None else given_measurement("previous", options["previous"])
        folder = None if places["audit_dir"] is None else Path(places["audit_dir"]).absolute()
        if folder is not None and not folder.is_dir():
            raise AnsibleActionFail(f"audit_dir is no folder: {folder}")
        try:
            found = measure(
                asked, proxy, timeout=options["timeout"], network_timeout=options["network_timeout"], now=now
            )
        except NoScanner as problem:
            raise AnsibleActionFail(str(problem)) from None

        news = news_of(found, from_earlier(earlier) if earlier is not None else from_table(found.host))
        dest = None if places["dest"] is None else Path(places["dest"]).absolute()
        more = _broken(folder, dest, found) if folder is not None else {"breaks": None, "not_judged": None}
        warnings = [*news["lines"], *_lines(found, more)]
        written = dest is not None and found.complete
        if dest is not None and written and not self._task.check_mode:
            try:
                write_json(dest, found.as_dict())
            except FileError as problem:
                raise AnsibleActionFail(str(problem)) from None  # its text says the cause
        document = {**found.as_dict(), "news": news, **more, "path": str(dest) if written else None}
        kept = {**result, "changed": False, **plain(document)}
        if warnings:
            kept["warnings"] = [*result.get("warnings", ()), *(clean(text, 1_000) for text in warnings)]
        if not any(answer != "undetermined" for answer in found.protocols.values()):
            kept |= {"failed": True, "msg": f"{found.place} could not be measured: {'; '.join(found.errors)}"}
        return kept


def _asked(options: Mapping[str, Any]) -> tuple[Asked, Any]:
    """What is asked for, and the proxy.

    Raises:
        AnsibleActionFail: an option makes no sense.
    """
    host = options["host"].strip().rstrip(".")
    if not host or len(host) > 253 or any(char.isspace() or char in "/@?#\\" for char in host):
        raise AnsibleActionFail("host must be the name or the address of a host, without https:// and port")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            raise AnsibleActionFail("host is no name that DNS can have") from None
    for name, least, most in (("port", 1, 65535), ("timeout", 1, 7_200), ("network_timeout", 1, 60)):
        if not least <= options[name] <= most:
            raise AnsibleActionFail(f"{name} must be a number from {least} to {most}")
    protocols = [name for name in PROTOCOLS if name in options["protocols"]]
    if not protocols:
        raise AnsibleActionFail(f"protocols names none. Leave it out, or name some of {', '.join(PROTOCOLS)}")
    try:
        proxy = read_proxy(options["proxy"])
    except ValueError as problem:
        raise AnsibleActionFail(str(problem)) from None
    shown, secrets = (None, ()) if proxy is None else (proxy.shown, proxy.secrets)
    return Asked(host.lower(), options["port"], shown, protocols, secrets), proxy


def _documents(folder: Path, dest: Path | None) -> Iterator[tuple[str, Mapping[str, Any] | str]]:
    """(host, its result file, or why that can't be read), by name of the file."""
    for path in sorted(folder.glob("*.json")):
        if path.name == FLEET or path.name.startswith(".") or path == dest:
            continue
        try:
            document = read_json(path, RESULT_LIMIT)
        except FileError as problem:
            yield path.stem, str(problem)
            continue
        name = document.get("host")
        yield (clean(name, 200) if isinstance(name, str) else path.stem), document


def _broken(folder: Path, dest: Path | None, found: Measurement) -> dict[str, Any]:
    """``{breaks: [{host, reason, already}], not_judged: [{host, reason}]}``."""
    judged: list[Judged | None] = [
        Judged(host, None, document) if isinstance(document, str) else judge(host, document, found.offer)
        for host, document in _documents(folder, dest)
    ]
    known = [one for one in judged if one is not None]
    return {
        "breaks": [
            {"host": one.host, "reason": one.reason, "already": one.already} for one in known if one.breaks is True
        ],
        "not_judged": [{"host": one.host, "reason": one.reason} for one in known if one.breaks is None],
    }


def _lines(found: Measurement, more: Mapping[str, Any]) -> list[str]:
    """What has to be said of it."""
    lines = []
    newly = [one["host"] for one in more["breaks"] or () if not one["already"]]
    if newly:
        rest = f" and {len(newly) - LINE_LIMIT} more" if len(newly) > LINE_LIMIT else ""
        lines.append(f"{found.place} has nothing in common any more with {', '.join(newly[:LINE_LIMIT])}{rest}")
    if more["not_judged"]:
        lines.append(f"{len(more['not_judged'])} result files do not tell whether their hosts get through: not_judged")
    if not found.complete:
        lines.append(f"The measurement is not complete, and can't replace the built-in list: {'; '.join(found.errors)}")
    elif found.certificate is None or not found.certificate.verified:
        lines.append(
            f"No root store vouches for the certificate that {found.place} showed: a proxy that decrypts may have "
            "answered"
        )
    return lines
