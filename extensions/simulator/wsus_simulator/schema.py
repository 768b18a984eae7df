# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The schema of scenario files, and its errors in words that name the place, the fault and what is allowed."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

SCHEMA_FILE = Path(__file__).resolve().parent.parent / "scenario.schema.json"
_TYPES = {
    "object": "a map",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


@functools.lru_cache(maxsize=1)
def validator() -> Draft202012Validator:
    """The validator of scenario files."""
    return Draft202012Validator(json.loads(SCHEMA_FILE.read_text("utf-8")))


def first_problem(data: object) -> str | None:
    """Return "place: what is wrong; allowed: ..." of the first fault, or None."""
    try:
        # The deepest first: it says most. Names that are no text can't be sorted by jsonschema.
        errors = sorted(validator().iter_errors(data), key=lambda e: (-len(e.absolute_path), str(e.absolute_path)))
    except TypeError:
        return "a name is not text; put it in quotes"
    if not errors:
        return None
    error = errors[0]
    place = _place(error)
    return f"{place}: {_explain(error)}" if place else _explain(error)


def _place(error: ValidationError) -> str:
    text = ""
    for part in error.absolute_path:
        text += f"[{part}]" if isinstance(part, int) else f"{'.' if text else ''}{part}"
    return text


def _explain(error: ValidationError) -> str:
    schema: dict[str, Any] = error.schema if isinstance(error.schema, dict) else {}
    value: Any = error.instance
    wanted: Any = error.validator_value
    about = f"; {schema['description']}" if schema.get("description") else ""
    if error.validator == "additionalProperties":
        known = sorted(schema.get("properties", {}))
        unknown = sorted(str(name) for name in value if name not in known)
        return f"unknown key {', '.join(map(repr, unknown))}; allowed: {', '.join(known)}{about}"
    if error.validator == "type":
        kinds = [wanted] if isinstance(wanted, str) else wanted
        return f"{_show(value)} is {_kind(value)}; allowed: {' or '.join(_TYPES[kind] for kind in kinds)}{about}"
    if error.validator == "enum":
        return f"{_show(value)} is not known; allowed: {', '.join(map(str, wanted))}{about}"
    if error.validator in ("required", "dependentRequired"):
        return f"{error.message.split(chr(39))[1]!r} is missing{about}"
    if error.validator in ("minimum", "maximum"):
        low, high = schema.get("minimum", "..."), schema.get("maximum", "...")
        return f"{_show(value)} is out of range; allowed: {low} to {high}{about}"
    if error.validator in ("pattern", "propertyNames"):
        return f"{_show(value)} has a wrong form{about}"
    return f"{error.message[:200]}{about}"


def _kind(value: Any) -> str:
    names = {
        dict: "a map",
        list: "a list",
        str: "text",
        bool: "true or false",
        int: "a whole number",
        float: "a number",
    }
    return "null" if value is None else names.get(type(value), type(value).__name__)


def _show(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return repr(text if len(text) <= 60 else text[:57] + "...")
