# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Turn a merged scenario into the state of a host."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any

from .behaviour import behaviour_of
from .scenario import Scenario, ScenarioError
from .state import (
    ConnectionFault,
    Environment,
    File,
    Key,
    Output,
    Policy,
    PolicyFile,
    Problem,
    Process,
    Registry,
    RegistryData,
    Service,
    State,
    Value,
)
from .times import format_time, parse_time

_TIME_MEMBERS = frozenset({"LastConfigChange", "StartTime", "EndTime"})
_ALL_OPERATIONS = frozenset({"Create", "Command", "Send", "Receive", "Signal", "Delete"})
_SERVICES = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\"


def build_state(scenario: Scenario, start: datetime, where: str = "scenario") -> State:
    """Return the state that `scenario` describes; relative times count from `start`."""
    return _Builder(scenario, start, where).state()


class _Builder:
    def __init__(self, scenario: Scenario, start: datetime, where: str) -> None:
        self.scenario, self.start, self.where = scenario, start, where
        self.installed = self.time(scenario.get("installed", "-400d"), "installed")

    def fail(self, place: str, text: str) -> ScenarioError:
        return ScenarioError(f"{self.where}: {place}: {text}")

    def time(self, text: str | None, place: str) -> datetime:
        if text is None:
            return self.installed
        try:
            return parse_time(text, self.start)
        except ValueError as error:
            raise self.fail(place, str(error)) from None

    def section(self, name: str) -> dict[str, Any]:
        return self.scenario.get(name) or {}

    def state(self) -> State:
        services = {name.lower(): self.service(name, body) for name, body in self.section("services").items()}
        boot = self.scenario.get("boot_time")
        behaviour = behaviour_of(self.scenario, self.api_objects)
        return State(
            about=self.scenario.get("about", ""),
            registry=Registry(self.keys(services), self.installed),
            files={path.lower(): self.file(path, body) for path, body in self.section("files").items()},
            services=services,
            processes=self.processes(),
            # A map without an error is what is left when one was taken back.
            boot_time=self.problem(boot) or self.time(boot if isinstance(boot, str) else "-9d", "boot_time"),
            environment=Environment(
                powershell_version=self.scenario.get("powershell_version", "5.1.0.0"),
                **self.section("environment"),
            ),
            wsus_api=self.wsus_api(),
            policy=self.policy(),
            subset_problems={name: _problem(error) for name, error in self.section("failed_subsets").items()},
            fault=self.fault(behaviour.timing.boot),
            output=self.output(),
            contract=self.scenario.get("contract", 1),
            behaviour=behaviour,
        )

    # -- registry ------------------------------------------------------------------------------------------------
    def keys(self, services: dict[str, Service]) -> dict[str, Key]:
        keys: dict[str, Key] = {}
        for path, body in self.section("registry").items():
            place = f"registry.{path}"
            values = {
                name.lower(): self.value(f"{place}.values.{name}", name, v)
                for name, v in (body.get("values") or {}).items()
            }
            keys[path.lower()] = Key(
                path, self.time(body.get("last_write"), f"{place}.last_write"), values, self.problem(body)
            )
        for service in services.values():
            self.service_key(keys, service)
        return keys

    def service_key(self, keys: dict[str, Key], service: Service) -> None:
        """What `services` says stands in the registry too, unless the scenario writes the value itself."""
        old = keys.get((_SERVICES + service.name).lower(), Key(_SERVICES + service.name, self.installed))
        made = [Value("Start", "REG_DWORD", service.start)]
        if service.account is not None:
            made.append(Value("ObjectName", "REG_SZ", service.account))
        if service.delayed:
            made.append(Value("DelayedAutostart", "REG_DWORD", 1))
        values = {**{value.name.lower(): value for value in made}, **old.values}
        keys[old.path.lower()] = Key(old.path, old.last_write, values, old.problem)

    def value(self, place: str, name: str, spec: Any) -> Value:
        if isinstance(spec, str):
            return Value(name, "REG_SZ", spec)
        if isinstance(spec, int):
            return Value(name, "REG_DWORD", spec)
        if isinstance(spec, list):
            return Value(name, "REG_MULTI_SZ", spec)
        problem = self.problem(spec)
        if problem:
            return Value(name, "REG_UNKNOWN", None, problem)
        if "type" not in spec:
            raise self.fail(place, "'type' is missing; allowed: {type, data} or {error}")
        return Value(name, spec["type"], self.data(place, spec["type"], spec.get("data")))

    def data(self, place: str, kind: str, data: Any) -> RegistryData:
        """The data of a value in the contract's form, if it fits the type."""
        allowed = DATA_FORMS[kind]
        result = allowed.convert(data)
        if result is None and kind != "REG_UNKNOWN":
            raise self.fail(f"{place}.data", f"{data!r:.60} does not fit {kind}; allowed: {allowed.text}")
        return result

    # -- the rest of the machine -------------------------------------------------------------------------------------
    def file(self, path: str, body: Any) -> File:
        if isinstance(body, str):
            body = {"text": body}
        place = f"files.{path}"
        when = self.time(body.get("last_write"), f"{place}.last_write")
        problem = self.problem(body)
        given = [name for name in ("text", "base64", "size") if name in body]
        if len(given) > 1:
            raise self.fail(place, f"{' and '.join(given)} exclude each other; allowed: one of text, base64, size")
        if "base64" in body:
            content = self.base64(f"{place}.base64", body["base64"])
        elif "size" in body:
            return File(path, when, None, body["size"], problem)
        else:
            content = _bytes(body.get("text", ""))
        return File(path, when, content, len(content), problem)

    def base64(self, place: str, text: str) -> bytes:
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise self.fail(place, "is not base64") from None

    def service(self, name: str, body: dict[str, Any]) -> Service:
        known = {key: value for key, value in body.items() if key != "error"}
        return Service(name, **known, problem=self.problem(body))

    def processes(self) -> list[Process] | Problem:
        body = self.scenario.get("processes", [])
        return self.problem(body) or [
            Process(
                item["name"],
                item["process_id"],
                self.time(item["started"], f"processes[{index}].started") if item.get("started") else None,
                item.get("app_pool"),
            )
            for index, item in enumerate(body if isinstance(body, list) else [])
        ]

    def wsus_api(self) -> dict[str, Any] | Problem | None:
        api = self.section("wsus").get("api")
        if api is None:
            return None
        problem = self.problem(api)
        if problem:
            return problem
        result: dict[str, Any] = {"reached_by": api.get("reached_by", "assembly")}
        for part, members in api.items():
            if isinstance(members, dict):
                result[part] = self.problem(members) or {
                    name: self.member(f"wsus.api.{part}.{name}", name, value) for name, value in members.items()
                }
        return result

    def api_objects(self, place: str, objects: list[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
        """Objects of the API, such as the entries of its history."""
        return tuple(
            {name: self.member(f"{place}[{index}].{name}", name, value) for name, value in item.items()}
            for index, item in enumerate(objects)
        )

    def member(self, place: str, name: str, value: Any) -> Any:
        if isinstance(value, dict):
            problem = self.problem(value)
            if not problem:
                raise self.fail(place, "is a map without error; allowed: a value, or {error}")
            return problem
        if name in _TIME_MEMBERS:
            if not isinstance(value, str):
                raise self.fail(place, f"{value!r} is not a time")
            return format_time(self.time(value, place))
        return value

    # -- policy ------------------------------------------------------------------------------------------------------
    def policy(self) -> Policy:
        body = self.section("policy")
        rsop = body.get("rsop") or {}
        pol = body.get("registry_pol") or {}
        local = pol.get("local")
        return Policy(
            settings=rsop.get("settings") or [],
            gpos=rsop.get("gpos") or [],
            rsop_problem=self.problem(rsop),
            preferences=self.policy_files(body.get("preferences"), "items", "policy.preferences"),
            local_pol=None
            if local is None
            else self.policy_file({"path": "", **local}, "entries", "policy.registry_pol.local"),
            domain_pol=self.policy_files(pol.get("domain"), "entries", "policy.registry_pol.domain"),
        )

    def policy_files(self, body: dict[str, Any] | None, what: str, place: str) -> list[PolicyFile] | Problem | None:
        if body is None:
            return None
        return self.problem(body) or [
            self.policy_file(item, what, f"{place}.files[{index}]")
            for index, item in enumerate(body.get("files") or [])
        ]

    def policy_file(self, body: dict[str, Any], what: str, place: str) -> PolicyFile:
        when = self.time(body.get("last_write"), f"{place}.last_write")
        return PolicyFile(body["path"], when, body.get(what) or [], self.problem(body))

    # -- what modules print ------------------------------------------------------------------------------------------
    def output(self) -> Output | None:
        body = self.section("output")
        if not body:
            return None
        given = [name for name in ("text", "base64", "members") if name in body]
        if len(given) > 1:
            raise self.fail(
                "output", f"{' and '.join(given)} exclude each other; allowed: one of text, base64, members"
            )
        content = self.base64("output.base64", body["base64"]) if "base64" in body else None
        return Output(
            _bytes(body["text"]) if "text" in body else content,
            body.get("members", {}),
            _bytes(body.get("before", "")),
            _bytes(body.get("after", "")),
            body.get("repeat", 1),
            _bytes(body.get("stderr", "")),
            body.get("exit_code"),
        )

    # -- errors and faults ---------------------------------------------------------------------------------------------
    @staticmethod
    def problem(body: Any) -> Problem | None:
        if isinstance(body, dict) and body.get("error") is not None:
            return _problem(body["error"])
        return None

    def fault(self, boot: float) -> ConnectionFault | None:
        body = self.section("connection")
        if not body:
            return None
        kind = body["fault"]
        code = body.get("code", 403 if kind == "http" else 5)
        if kind == "http" and code not in {status for status in HTTPStatus if status >= 400}:
            raise self.fail("connection.code", f"{code} is no HTTP status of an error; allowed: such as 403, 503")
        late = kind in ("cut", "stall", "reboot")
        operations = frozenset(body.get("on", {"Receive"} if late else _ALL_OPERATIONS))
        return ConnectionFault(
            kind,
            operations,
            body.get("times", 1 if kind == "reboot" else None),
            float(body.get("seconds", boot if kind == "reboot" else 60)),
            body.get("after", 0),
            body.get("at", "start" if kind == "reset" else "body"),
            code,
            body.get("message", "Access is denied."),
        )


def _bytes(text: str) -> bytes:
    """UTF-8, and half a surrogate pair as the three bytes that are no UTF-8."""
    return text.encode("utf-8", "surrogatepass")


def _problem(error: dict[str, str]) -> Problem:
    code = error.get("code", "unreadable")
    return Problem(code, error.get("message", f"The scenario says: {code}."))


class _Form:
    """What data a registry type takes, and how it becomes the contract's form; None = it does not fit."""

    def __init__(self, text: str, convert: Callable[[Any], RegistryData]) -> None:
        self.text, self.convert = text, convert


def _number(bits: int) -> _Form:
    top = (1 << bits) - 1
    return _Form(f"0 to {top}", lambda data: data if isinstance(data, int) and 0 <= data <= top else None)


def _hex(data: Any) -> str | None:
    if not isinstance(data, str):
        return None
    try:
        return bytes.fromhex(data).hex()
    except ValueError:
        return None


_TEXT = _Form("text", lambda data: data if isinstance(data, str) else None)
_HEX = _Form("hexadecimal text such as 18000000", _hex)
DATA_FORMS = {
    "REG_SZ": _TEXT,
    "REG_EXPAND_SZ": _TEXT,
    "REG_DWORD": _number(32),
    "REG_QWORD": _number(64),
    "REG_MULTI_SZ": _Form("a list of text", lambda data: data if isinstance(data, list) else None),
    "REG_BINARY": _HEX,
    "REG_NONE": _HEX,
    "REG_UNKNOWN": _Form("nothing", lambda data: None),
}
