# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""SOAP envelopes of WS-Management: parse a request, write a reply or a fault."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.sax.saxutils import escape

NS = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "x": "http://schemas.xmlsoap.org/ws/2004/09/transfer",
    "w": "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd",
    "p": "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd",
    "rsp": "http://schemas.microsoft.com/wbem/wsman/1/windows/shell",
}
SHELL_URI = NS["rsp"] + "/cmd"
CONTENT_TYPE = "application/soap+xml;charset=UTF-8"

# Codes of wsmerror.h and Win32 that clients look for.
INVALID_XML = 0x80338043
RESOURCE_NOT_FOUND = 0x80338000
ACTION_NOT_SUPPORTED = 0x80338013
SHELL_NOT_FOUND = 0x8033805B
SHELL_QUOTA = 0x803381A5
OPERATION_TIMEOUT = 0x80338029
OPERATION_ABORTED = 995
BROKEN_PIPE = 109

_FAULT_ACTION = "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"
_SECONDS = re.compile(r"PT([0-9]{1,6}(?:\.[0-9]{1,6})?)S\Z")
_SPACES = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NS.items())


class Fault(Exception):
    """A WS-Management fault."""

    def __init__(self, code: int, text: str, subcode: str = "w:InternalError") -> None:
        super().__init__(text)
        self.code, self.text, self.subcode = code, text, subcode

    def body(self) -> str:
        """The fault as SOAP body."""
        text = escape(self.text)
        return (
            f"<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>{self.subcode}</s:Value></s:Subcode></s:Code>"
            f'<s:Reason><s:Text xml:lang="en-US">{text}</s:Text></s:Reason><s:Detail>'
            '<f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" '
            f'Code="{self.code}" Machine="simulator"><f:Message>{text}</f:Message></f:WSManFault></s:Detail></s:Fault>'
        )


def timed_out() -> Fault:
    """What WinRM says when an operation has not ended within the time that the client gave it: most ask again."""
    return Fault(
        OPERATION_TIMEOUT,
        "The WS-Management service cannot complete the operation within the time specified in OperationTimeout.",
        "w:TimedOut",
    )


class _NoDoctype(ElementTree.TreeBuilder):
    """Builds the tree, and stops where a document type begins: entities never come to be."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        """Called by the parser where it meets a document type."""
        raise Fault(INVALID_XML, "A document type is not allowed.", "w:SchemaValidationError")


@dataclass(frozen=True)
class Request:
    """One request: its header and body, the action and its last word, and the message id."""

    head: ElementTree.Element
    body: ElementTree.Element
    action: str
    message_id: str

    @property
    def operation(self) -> str:
        """The last word of the action, such as Receive."""
        return self.action.rpartition("/")[2]

    @property
    def shell_id(self) -> str:
        """The shell that the request is for."""
        return self.head.findtext("w:SelectorSet/w:Selector", "", NS).strip().upper()

    @property
    def patience(self) -> float:
        """How many seconds the client gives the operation, such as PT20S or PT1.5S."""
        text = self.head.findtext("w:OperationTimeout", "", NS).strip()
        found = _SECONDS.match(text)
        return min(float(found[1]), 3600.0) if found else 60.0

    def number(self, path: str, default: int) -> int:
        """A number of the header."""
        text = self.head.findtext(path, "", NS).strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default


def parse(data: bytes) -> Request:
    """Return the request, or raise Fault."""
    parser = ElementTree.XMLParser(target=_NoDoctype())
    try:
        parser.feed(data)
        root = parser.close()
    except (ElementTree.ParseError, ValueError, LookupError):
        raise Fault(INVALID_XML, "The request is not well-formed XML.", "w:SchemaValidationError") from None
    head, body = root.find("s:Header", NS), root.find("s:Body", NS)
    if head is None or body is None:
        raise Fault(INVALID_XML, "The request has no SOAP header or body.", "w:SchemaValidationError")
    return Request(head, body, head.findtext("a:Action", "", NS).strip(), head.findtext("a:MessageID", "", NS).strip())


def reply(request: Request, body: str) -> bytes:
    """The answer to a request."""
    return _envelope(request.action + "Response", request.message_id, body)


def fault_reply(fault: Fault, request: Request | None) -> bytes:
    """The fault that answers a request."""
    return _envelope(_FAULT_ACTION, request.message_id if request else "", fault.body())


def _envelope(action: str, relates: str, body: str) -> bytes:
    related = f"<a:RelatesTo>{escape(relates)}</a:RelatesTo>" if relates else ""
    return (
        f'<s:Envelope xml:lang="en-US" {_SPACES}><s:Header><a:Action>{escape(action)}</a:Action>'
        f"<a:MessageID>uuid:{str(uuid.uuid4()).upper()}</a:MessageID>"
        f"<a:To>{NS['a']}/role/anonymous</a:To>{related}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()
