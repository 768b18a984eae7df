# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Invented log records: one for each class, in each framing. Hosts, ids and times are nobody's."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.logs import LogSource, read_logs

STACK = (
    "   at System.Net.TlsStream.ProcessAuthentication(LazyAsyncResult result)\n"
    "   --- End of inner exception stack trace ---"
)
CLASSES: dict[str, tuple[str, str]] = {
    name: (row.get("component", ""), row["message"])
    for name, row in yaml.safe_load(Path(__file__).with_suffix(".yml").read_text("utf-8")).items()
}
"""Component and message of each class; without a component Configuration Manager writes it."""
TLS = {"catalog_import", "tls_reset", "tls_no_common_algorithm", "auth_closed", "trust", "trust_detail", "generic_ssl"}


def softdist(
    component: str,
    message: str,
    time: str = "2026-03-04 05:06:07.089",
    level: str = "Error",
    process: str = "WsusService.25",
) -> str:
    """A record as WSUS writes it."""
    return f"{time} UTC\t{level}\t{process}\t{component}\t{message}\r\n"


def site_server(
    message: str, time: str = "03-04-2026 00:06:07.089", bias: int = 300, component: str = "SMS_WSUS_SYNC_MANAGER"
) -> str:
    """A record as Configuration Manager's site server writes it."""
    return f"{message}~  $$<{component}><{time}{bias:+d}><thread=5120 (0x1400)>\r\n"


def ccm(message: str, kind: int = 3) -> str:
    """A record as Configuration Manager's client writes it."""
    return (
        f'<![LOG[{message}]LOG]!><time="00:06:07.089+300" date="3-4-2026" component="SMS_WSUS_SYNC_MANAGER" context="" '
        f'type="{kind}" thread="5120" file="wsyncaction.cpp:71">\r\n'
    )


def of_class(name: str, **columns: str) -> str:
    """The sample of a class, as that program writes it which has it in its log."""
    component, message = CLASSES[name]
    return softdist(component, message, **columns) if component else site_server(message)


def read(
    *texts: str | bytes, names: Iterable[str] = (), since: str | None = None, size: int = 1 << 20
) -> dict[str, Any]:
    """The result for logs with these contents, in chunks of a size."""
    sources = []
    given = list(names)
    for number, text in enumerate(texts):
        data = text.encode() if isinstance(text, str) else text
        chunks = [data[at : at + size] for at in range(0, len(data), size)]
        sources.append(LogSource(given[number] if number < len(given) else f"log-{number}", chunks))
    return read_logs(sources, since).as_dict()


def classes(result: dict[str, Any]) -> list[str]:
    """The classes of the events."""
    return [event["class"] for event in result["events"]]
