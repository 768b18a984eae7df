# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The raw state of a host that operations can be carried out on: docs/reference/apply.md in a few lines.

Neither the PowerShell nor the simulator: a third reading of the contract, which plans and rollbacks are held against.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from collections.abc import Iterator
from typing import Any

HOST = {"machine_name": "WSUS01", "machine_guid": "0f5c3f0a-0000-4000-8000-000000000001"}
ABSENT = {"exists": False}


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def chain(*records: dict[str, Any]) -> list[str]:
    """The lines of a journal."""
    lines, digits = [], ""
    for record in records:
        text = json.dumps(record)
        digits = hashlib.sha256((digits + text).encode()).hexdigest()
        lines.append(f"{digits} {text}")
    return lines


class RawHost:
    """``raw`` by subset, as the collector returns it; changed in place."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw = copy.deepcopy(raw)
        self.seconds = 0

    def time(self) -> str:
        """The next second of the host's clock."""
        self.seconds += 1
        return f"2026-11-25T12:{self.seconds // 60:02d}:{self.seconds % 60:02d}.000Z"

    # --- registry ---

    def _nodes(self, node: Any, parent: Any = None) -> Iterator[tuple[dict[str, Any], Any]]:
        if isinstance(node, dict):
            if "path" in node and ("values" in node or "subkeys" in node):
                yield node, parent
            for member in node.values():
                yield from self._nodes(member, node)

    def key(self, path: str) -> dict[str, Any] | None:
        """The KEY or TREE of that path."""
        return next(
            (node for node, _parent in self._nodes(self.raw) if node["path"].casefold() == path.casefold()), None
        )

    def missing_keys(self, path: str) -> list[str]:
        """What must be made for ``path``, the outermost first."""
        missing: list[str] = []
        while (node := self.key(path)) is None or not node["exists"]:
            missing.insert(0, path)
            path = path.rpartition("\\")[0]
            if self.key(path) is None and not path.upper().startswith(
                "HKLM\\SYSTEM\\CURRENTCONTROLSET\\CONTROL\\SECURITY"
            ):
                break
        return missing

    def make_key(self, path: str) -> dict[str, Any]:
        node = self.key(path)
        if node is None:
            parent = self.make_key(path.rpartition("\\")[0])
            name = path.rpartition("\\")[2]
            holds = "subkeys" if parent["path"].endswith("\\Protocols") else "values"
            node = {"path": path, "exists": True, "last_write": self.time(), holds: {}}
            if holds == "subkeys":
                node["truncated"] = False
            parent["subkeys"][name] = node
        node["exists"] = True
        return node

    def remove_key(self, path: str) -> None:
        """Removes it where it holds nothing."""
        node = self.key(path)
        if node is None or node.get("values") or node.get("subkeys"):
            return
        for other, _parent in self._nodes(self.raw):
            name = path.rpartition("\\")[2]
            if other.get("subkeys", {}).get(name) is node:
                del other["subkeys"][name]
                return
        node["exists"] = False
        node["last_write"] = None

    # --- states ---

    def state(self, operation: dict[str, Any]) -> dict[str, Any]:
        """STATE, FILE STATE (with content) or configuration."""
        kind = operation["kind"]
        if kind == "wsus_configuration":
            configuration = self.raw["wsus"]["api"]["configuration"]
            return {name: configuration[name] for name in operation["before"]}
        if kind == "file":
            content = self.raw["w3wp"]["config"].get("content")
            if content is None:
                return ABSENT
            data = base64.b64decode(content)
            return {"exists": True, "sha256": digest(data), "size": len(data), "content": content}
        found = (self.key(operation["path"]) or {}).get("values", {}).get(operation["name"])
        return ABSENT if found is None else {"exists": True, **found}

    def write(self, operation: dict[str, Any]) -> None:
        kind, after = operation["kind"], operation["after"]
        if kind == "wsus_configuration":
            self.raw["wsus"]["api"]["configuration"].update(after)
        elif kind == "file":
            config = self.raw["w3wp"]["config"]
            config.update(
                exists=after["exists"],
                content=after.get("content"),
                size=after.get("size"),
                last_write=self.time() if after["exists"] else None,
            )
        else:
            key = self.make_key(operation["path"])
            key["values"].pop(operation["name"], None)
            if after["exists"]:
                key["values"][operation["name"]] = {"type": after["type"], "data": after["data"]}
            key["last_write"] = self.time()
            for path in operation.get("remove_keys", []):
                self.remove_key(path)

    # --- apply ---

    def apply(
        self,
        operations: list[dict[str, Any]],
        *,
        purpose: str = "enforce",
        rolls_back: str | None = None,
        notes: Any = None,
        check_mode: bool = False,
    ) -> dict[str, Any]:
        """The answer of ``apply``."""
        found = {operation["id"]: self.state(operation) for operation in operations}
        answers = [
            {
                "id": operation["id"],
                "status": self._compared(operation, found[operation["id"]], check_mode),
                "found": _without_content(found[operation["id"]]),
                "after": None,
                "error": None,
            }
            for operation in operations
        ]
        answer = {
            "changed": any(item["status"] == "pending" for item in answers),
            "contract": 1,
            "host": HOST,
            "applied_at": self.time(),
            "stage": "compared",
            "journal": None,
            "operations": answers,
            "stopped": None,
        }
        wrong = [item["id"] for item in answers if item["status"] == "mismatch"]
        if wrong:
            for item in answers:
                item["status"] = "not_reached" if item["status"] == "writing" else item["status"]
            return {**answer, "stopped": {"id": wrong[0], "code": "mismatch", "message": "another value is there"}}
        if check_mode:
            return answer
        write = [operation for operation, item in zip(operations, answers, strict=True) if item["status"] == "writing"]
        if write:
            answer["journal"] = self._write(write, answers, found, purpose, rolls_back, notes or {})
        return {**answer, "stage": "finished", "changed": bool(write)}

    @staticmethod
    def _compared(operation: dict[str, Any], found: dict[str, Any], check_mode: bool) -> str:
        plain = _without_content(found)
        if plain == _without_content(operation["after"]):
            return "already"
        if plain != operation["before"]:
            return "mismatch"
        return "pending" if check_mode else "writing"

    def _write(self, write, answers, found, purpose, rolls_back, notes) -> dict[str, Any]:
        identity = f"20261125T12{self.seconds:07d}Z-0a1b2c3d"
        records: list[dict[str, Any]] = [
            {
                "record": "begin",
                "journal": 1,
                "id": identity,
                "purpose": purpose,
                "rolls_back": rolls_back,
                "host": HOST,
                "user": "CORP\\admin",
                "at": self.time(),
                "collection_version": "1.0.0",
                "powershell_version": "5.1",
            }
        ]
        for operation in write:
            state = found[operation["id"]]
            missing = self.missing_keys(operation["path"]) if operation["kind"] == "registry_value" else []
            records.append(
                {
                    "record": "operation",
                    **operation,
                    "before": _without_content(state),
                    "after": _without_content(operation["after"]),
                    "missing_keys": missing,
                    "note": notes.get(operation["id"]),
                }
            )
            if "content" in state:
                records.append({"record": "blob", "sha256": state["sha256"], "content": state["content"]})
        records.append({"record": "ready", "at": self.time()})
        for operation in write:
            records.append({"record": "writing", "id": operation["id"], "at": self.time()})
            self.write(operation)
            records.append({"record": "applied", "id": operation["id"], "at": self.time()})
            item = next(item for item in answers if item["id"] == operation["id"])
            item.update(status="applied", after=_without_content(self.state(operation)))
        records.append({"record": "end", "at": self.time(), "outcome": "complete"})
        path = f"C:\\ProgramData\\wsus.compliance\\journal\\{identity}.journal"
        return {"id": identity, "path": path, "lines": chain(*records)}

    def without_times(self) -> Any:
        """The raw state, but for when keys and files were written."""

        def plain(node: Any) -> Any:
            if isinstance(node, dict):
                return {name: plain(item) for name, item in node.items() if name != "last_write"}
            return [plain(item) for item in node] if isinstance(node, list) else node

        return plain(self.raw)


def _without_content(state: dict[str, Any]) -> dict[str, Any]:
    return {name: item for name, item in state.items() if name != "content"}
