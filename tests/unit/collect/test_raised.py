# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which of the exceptions that a connection plugin met is the one that tells what happened."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.collect.raised import raised

# Its file name makes the difference, as with Ansible's own plugins.
PLUGIN = '''
def run(receive, clean_up):
    """As winrm runs a command."""
    try:
        receive()
    except TimeoutError as problem:
        raise RuntimeError(f"winrm connection error: {problem}")
    except LookupError:
        raise RuntimeError("winrm send_input failed")
    finally:
        clean_up()
'''
SPACE: dict[str, Any] = {}
exec(compile(PLUGIN, "/site-packages/ansible/plugins/connection/winrm.py", "exec"), SPACE)


def nothing() -> None:
    pass


def fails(*problems: Exception) -> Any:
    """A function that raises the last one, while it handles the one before it: as libraries wrap exceptions."""

    def call(rest: tuple[Exception, ...] = problems) -> None:
        if len(rest) == 1:
            raise rest[0]
        try:
            call(rest[:-1])
        except Exception:
            raise rest[-1]  # noqa: B904 - its context is what matters

    return call


def told(receive: Any, clean_up: Any) -> tuple[str, str, str]:
    with pytest.raises(Exception) as caught:
        SPACE["run"](receive, clean_up)
    first, last = raised(caught.value)
    return first.names[0], first.text, last


def test_one_failure():
    found = told(fails(OSError("errno 104"), ValueError("protocol"), ConnectionError("aborted")), nothing)
    assert found == ("builtins.ConnectionError", "aborted", "")


def test_the_clean_up_fails_too():
    receive = fails(OSError("errno 104"), ConnectionError("aborted"))
    clean_up = fails(OSError("errno 111"), ConnectionError("refused"))
    assert told(receive, clean_up) == ("builtins.ConnectionError", "aborted", "refused")


def test_the_plugins_own_word_sums_up():
    assert told(fails(TimeoutError("30 s")), nothing) == (
        "builtins.RuntimeError",
        "winrm connection error: 30 s",
        "",
    )
    clean_up = fails(ConnectionError("refused"))
    assert told(fails(KeyError("no JSON")), clean_up) == ("builtins.RuntimeError", "winrm send_input failed", "refused")


def test_what_says_nothing_has_its_name():
    assert told(fails(ConnectionError("aborted")), fails(StopIteration()))[2] == "StopIteration"


def test_an_exception_of_no_plugin():
    with pytest.raises(ConnectionError) as caught:
        fails(OSError("below"), ConnectionError("above"))()
    first, last = raised(caught.value)
    assert (first.text, last) == ("above", "")
    assert first.names[0] == "builtins.ConnectionError" and "builtins.OSError" in first.names


def test_a_circle_of_exceptions_ends():
    one, two = ValueError("one"), ValueError("two")
    one.__context__, two.__context__ = two, one
    assert raised(one)[0].text == "one"
