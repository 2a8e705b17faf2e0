"""Figures as a reader sees them: expected texts are written by hand."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.render import theme


@pytest.mark.parametrize(
    ("value", "format", "digits", "text"),
    [
        (0.0312, "pp", 1, "+3.1"),
        (-0.0312, "pp", 1, "-3.1"),
        (-0.0001, "pp", 1, "0.0"),
        (0.0001, "pp", 1, "0.0"),
        (896.0, "count", 1, "896"),
        (1234567.0, "count", 0, "1,234,567"),
        (0.8739, "percent", 1, "87.4%"),
        (1234.5, "decimal", 2, "1,234.50"),
        (None, "pp", 1, "—"),
    ],
)
def test_a_figure_as_text(value: Any, format: Any, digits: int, text: str) -> None:
    assert theme.shown(value, format, digits) == text
