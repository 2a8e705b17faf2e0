"""The list of attacks names tests that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
DOCSTRING = ast.get_docstring(ast.parse((HERE / "__init__.py").read_text("utf-8"))) or ""
NAMED = sorted(set(re.findall(r"(\S+\.py)::(\w+)", DOCSTRING)))


@pytest.mark.parametrize(("path", "name"), NAMED, ids=[n for _, n in NAMED])
def test_it_exists(path: str, name: str) -> None:
    tree = ast.parse((HERE.parent / path).read_text("utf-8"))
    assert name in {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}


def test_there_are_many() -> None:
    assert len(NAMED) >= 30
