"""Numbers as people read them: points with the decimals that they have, axes without noughts."""

from __future__ import annotations

import polars as pl
import pytest

from dashboards import charts
from dashboards.formats import DASH, exact
from pipeline.reports.saying import points as printed


@pytest.mark.parametrize(
    ("value", "written"),
    [(2.0, "2"), (1.5, "1.5"), (1.25, "1.25"), (0.125, "0.13"), (10.0, "10"), (100.0, "100"),
     (0.0, "0"), (1234.5, "1,234.5"), (10 / 3, "3.33"), (None, DASH)],
)  # fmt: skip
def test_points_have_the_decimals_they_need_as_in_the_documents(
    value: float | None, written: str
) -> None:
    assert exact(value) == written
    assert value is None or printed(value) == written


@pytest.mark.parametrize(("values", "domain"), [([75.0, 75.0], [74.0, 76.0]), ([75.0, 80.0], None)])
def test_a_course_that_never_moves_has_an_axis_of_whole_numbers(
    values: list[float], domain: list[float] | None
) -> None:
    lines = pl.DataFrame({"period": ["2026Q2", "2026Q3"], "value": values, "name": ["A", "A"]})
    drawn = charts.trend(lines, value="v", period="p", name="n", order=["A"], points=True)
    y = drawn.to_dict()["layer"][0]["encoding"]["y"]
    assert y["axis"]["format"] == ",~f" and y["scale"].get("domain") == domain
