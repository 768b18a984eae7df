# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Result files: names that can't leave their folder, writing in one step, reading with a bound."""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..text import visible

FLEET = "fleet.json"
MODE = 0o644
READ_LIMIT = 256 * 1024 * 1024
"""Most bytes of a result file that is read back. A real one has about 100 kB."""
_DEPTH_LIMIT = 100
_AS_THEY_ARE = frozenset({bool, int, type(None)})
_ESCAPE = re.compile(rb"\\[bfru]")
"""An escape of JSON that may stand for a character that is not shown as it is."""
_NAME_LIMIT = 200
"""Most characters of a file name; file systems allow 255 bytes, and a temporary name is longer."""


class FileError(OSError):
    """A result file that could not be written or read; the text names the file and the reason."""


def file_name(host: str) -> str:
    """The file name for an inventory name.

    Letters, digits, ``.``, ``_``, ``-`` and ``~`` stay, all else is percent-encoded (UTF-8), so different names have
    different files. A leading dot is encoded too (``..``, hidden files), and so is the first letter of a host that is
    called ``fleet``.
    """
    name = quote(host, safe="", errors="surrogatepass")
    if not name:
        return "%.json"
    if name.startswith(".") or name.casefold() == Path(FLEET).stem:
        name = f"%{ord(name[0]):02X}{name[1:]}"
    if len(name) > _NAME_LIMIT:
        digest = hashlib.sha256(host.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        name = f"{name[: _NAME_LIMIT - 17]}%{digest}"
    return f"{name}.json"


def plain(obj: object, depth: int = 0) -> Any:
    """``obj`` as the plain types of JSON: Ansible hands over subclasses of them, and evidence may hold anything.

    The one door to Ansible, whose callbacks show text as it is: control, bidirectional and other invisible characters
    become visible escapes, in names too. Infinite numbers become text, what is nested deeper than 100 levels is left
    out (``null``), other types become text.
    """
    kind = obj.__class__
    if kind in _AS_THEY_ARE:
        return obj
    if isinstance(obj, str):
        if kind is str and obj.isprintable():  # most of a document
            return obj
        return visible(str.__str__(obj))
    if isinstance(obj, int):
        return int(obj)
    if isinstance(obj, float):
        return float(obj) if math.isfinite(obj) else str(float(obj))
    if depth >= _DEPTH_LIMIT:
        return None
    if isinstance(obj, (dict, Mapping)):  # a dict is told without asking its abstract class
        return {
            name if name.__class__ is str and name.isprintable() else visible(str(name)): plain(item, depth + 1)
            for name, item in obj.items()
        }
    if isinstance(obj, (list, tuple, set, frozenset)):
        return [plain(item, depth + 1) for item in obj]
    return obj.isoformat() if isinstance(obj, date) else visible(str(obj))


def write_text(path: str | os.PathLike[str], text: str, mode: int = MODE) -> None:
    """Writes a file in one step: a reader sees the old one or the new one. A missing folder is made.

    Raises:
        FileError: the folder or the file can't be written.
    """
    target = Path(path)
    temporary: str | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_dir():
            raise IsADirectoryError(21, "is a folder")
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".wsus-", suffix=".tmp")
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            os.fchmod(stream.fileno(), mode)
            stream.write(text)
        Path(temporary).replace(target)
        temporary = None
    except OSError as problem:
        raise FileError(f"{target} can't be written: {problem.strerror or problem}") from problem
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def write_json(path: str | os.PathLike[str], document: Mapping[str, Any], mode: int = MODE) -> None:
    """Writes ``document`` as ``write_text`` does.

    The text is ASCII, and control and bidirectional characters stand in it as in what Ansible gets (``plain``): neither
    a program that shows the file nor one that shows a value of it can be misled by host data.

    Raises:
        FileError: the folder or the file can't be written.
    """
    # Not dump(), which never uses the encoder in C.
    write_text(path, json.dumps(plain(document), indent=1, allow_nan=False) + "\n", mode)


def read_json(path: str | os.PathLike[str], limit: int = READ_LIMIT) -> dict[str, Any]:
    """The object in a JSON file of at most ``limit`` bytes, as ``plain`` leaves it.

    Raises:
        FileError: the file is missing, too big, or no JSON object.
    """
    try:
        with Path(path).open("rb") as stream:
            content = stream.read(limit + 1)
    except OSError as problem:
        raise FileError(f"{path} can't be read: {problem.strerror or problem}") from problem
    if len(content) > limit:
        raise FileError(f"{path} has more than {limit:,} bytes")
    try:
        document = json.loads(content, parse_float=_finite, parse_constant=_finite)
        if not isinstance(document, dict):
            raise FileError(f"{path} is not a JSON object")
        # What write_json wrote is plain already, and a fleet has a thousand of such files.
        return document if _is_visible(content) and _is_shallow(document) else plain(document)
    except (ValueError, RecursionError) as problem:
        raise FileError(f"{path} is not JSON") from problem


def _finite(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else str(number)


def _is_visible(content: bytes) -> bool:
    """Whether no text of this JSON has anything but ASCII that is shown, tabs and line feeds."""
    # JSON in UTF-16 or UTF-32 is ASCII too, byte by byte, and each of its characters has a zero.
    if not content.isascii() or b"\x7f" in content or b"\0" in content:
        return False
    return not _ESCAPE.search(content.replace(rb"\\", b""))


def _is_shallow(document: dict[str, Any]) -> bool:
    """Whether ``plain`` would leave out nothing of it."""
    level: list[Any] = [document]
    for _depth in range(_DEPTH_LIMIT):
        level = [
            item
            for container in level
            for item in (container.values() if container.__class__ is dict else container)
            if item.__class__ is dict or item.__class__ is list
        ]
        if not level:
            return True
    return False
