"""Figures as a reader sees them: expected texts are written by hand."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.render import theme


@pytest.mark.parametrize(
    ("value", "format", "digits", "text"),
    [
        (0.0312, "pp", 1, "+3.1"),
        (-0.0312, "pp", 1, "−3.1"),
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


@pytest.mark.parametrize(
    ("value", "format", "digits", "text"),
    [  # as Excel, LibreOffice and a browser's toFixed have it
        (91.25, "points", 1, "91.3"),
        (-91.25, "decimal", 1, "−91.3"),
        (0.125, "percent", 0, "13%"),
        (0.0005, "percent", 1, "0.1%"),
        (1234.5, "integer", 0, "1,235"),
        (0.00049, "percent", 1, "0.0%"),
        (2.675, "money", 2, "2.68"),
        (1e15, "count", 0, "1,000,000,000,000,000"),
    ],
)
def test_halves_are_rounded_as_in_excel(value: float, format: Any, digits: int, text: str) -> None:
    assert theme.shown(value, format, digits) == text
