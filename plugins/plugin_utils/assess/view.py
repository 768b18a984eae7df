# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Typed access to facts: what is missing, unreadable or of another type is Undetermined: no check can pass on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, overload

T = TypeVar("T")


class Undetermined(Exception):
    """A fact that a check needs could not be read; the message says which and why."""


class Facts:
    """``ansible_facts.wsus`` as handed in; nothing about its content is trusted."""

    def __init__(self, data: Any) -> None:
        self.data: Mapping[str, Any] = data if isinstance(data, Mapping) else {}

    def need(self, kind: type[T], *path: str) -> T:
        """The member at *path*, which must be exactly of *kind* (a bool is no int).

        Raises:
            Undetermined: it is missing, null, an ERROR, or of another type.
        """
        value: Any = self.data
        for depth, name in enumerate(path):
            _refuse_error(value, path[:depth])
            if not isinstance(value, Mapping) or name not in value:
                raise Undetermined(f"{_name(path)} is not known")
            value = value[name]
        _refuse_error(value, path)
        if value is None:
            raise Undetermined(f"{_name(path)} could not be determined")
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise Undetermined(f"{_name(path)} has an unexpected form")
        return value

    @overload
    def get(self, kind: type[T], *path: str) -> T | None: ...

    @overload
    def get(self, kind: type[T], *path: str, default: T) -> T: ...

    def get(self, kind: type[T], *path: str, default: T | None = None) -> T | None:
        """As ``need``, with *default* in place of Undetermined: only for what does not decide a result."""
        try:
            return self.need(kind, *path)
        except Undetermined:
            return default

    def texts(self, *path: str) -> list[str]:
        """A list of text at *path*; Undetermined also where one item is not text."""
        items = self.need(list, *path)
        if not all(isinstance(item, str) for item in items):
            raise Undetermined(f"{_name(path)} has an unexpected form")
        return list(items)

    def records(self, *path: str) -> list[Mapping[str, Any]]:
        """A list of mappings at *path*; Undetermined also where one item is none."""
        items = self.need(list, *path)
        if not all(isinstance(item, Mapping) for item in items):
            raise Undetermined(f"{_name(path)} has an unexpected form")
        return list(items)

    def value(self, *path: str) -> Mapping[str, Any]:
        """A VALUE that could be read (it may not exist)."""
        value = self.need(dict, *path)
        if not isinstance(value.get("exists"), bool):
            raise Undetermined(f"{_name(path)} has an unexpected form")
        return value

    def shown(self, *path: str) -> list[Mapping[str, Any]]:
        """The VALUE at *path* as a list of evidence: empty where it could not be read. Never decides a result."""
        value = self.get(dict, *path)
        return [value] if value is not None and isinstance(value.get("exists"), bool) else []

    def why(self, *path: str) -> str | None:
        """The message of an ERROR at *path* or above it; None where there is none."""
        value: Any = self.data
        for name in ("", *path):
            if name:
                if not isinstance(value, Mapping) or name not in value:
                    return None
                value = value[name]
            message = error_message(value)
            if message:
                return message
        return None


def error_message(value: Any) -> str | None:
    """``message (code)`` of an ERROR, None of anything else."""
    if not isinstance(value, Mapping) or not isinstance(value.get("error"), Mapping):
        return None
    error = value["error"]
    return f"{error.get('message') or 'no message'} ({error.get('code') or 'unreadable'})"


def _refuse_error(value: Any, path: tuple[str, ...]) -> None:
    message = error_message(value)
    if message:
        raise Undetermined(f"{_name(path)} could not be read: {message}")


def _name(path: tuple[str, ...]) -> str:
    return ".".join(path) or "the facts"
