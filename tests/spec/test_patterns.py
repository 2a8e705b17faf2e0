"""Regular expressions mean the same in every Python that is supported.

Possessive quantifiers and atomic groups do not in all of 3.11 (CPython gh-101955, gh-106052): under
Debian 12's 3.11.2 one of them refused every workbook.
"""

from __future__ import annotations

import ast
import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_MARKS = ("*+", "++", "?+", "}+", "(?>")  # without which no expression has any of them


def expressions(source: str) -> Iterator[str | bytes]:
    """Every literal that may be one."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            text = node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value
            if any(mark in text for mark in _MARKS):
                yield node.value


def is_possessive(expression: str | bytes) -> bool:
    told = io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.suppress(re.error):
        re.compile(expression, re.DEBUG)
    return "POSSESSIVE_REPEAT" in told.getvalue() or "ATOMIC_GROUP" in told.getvalue()


@pytest.mark.parametrize("room", ["audits", "pipeline", "dashboards"])
def test_no_expression_is_possessive(room: str) -> None:
    sources = {path: path.read_text("utf-8") for path in sorted((_ROOT / room).rglob("*.py"))}
    assert len(sources) > 10
    marked = {p: s for p, s in sources.items() if any(mark in s for mark in _MARKS)}
    assert not [(p.name, e) for p, s in marked.items() for e in expressions(s) if is_possessive(e)]


@pytest.mark.parametrize("written", ["a*+", "(?:%s|b)++c", "[0-9]{1,3}+", "(?>ab)c", b"a?+"])
def test_possessive_ones_are_seen(written: str | bytes) -> None:
    assert [is_possessive(e) for e in expressions(f"x = {written!r}")] == [True]


@pytest.mark.parametrize("written", [r"\++", "[*+]+", "a+?b", r"\d*\+", "C++ (?"])
def test_others_are_not(written: str) -> None:
    assert not any(is_possessive(e) for e in expressions(f"x = {written!r}"))
