"""Slices of the sorted table are what a look at every row gives."""

from __future__ import annotations

import polars as pl
import pytest

from pipeline.publishing.slices import of_metrics


@pytest.mark.parametrize("wanted", [["a"], ["b", "a.x"], ["c", "nothing"], ["nothing"], []])
@pytest.mark.parametrize("sort", [True, False])
def test_slices(wanted: list[str], sort: bool) -> None:
    names = ["c", "a", "a.x", "b", "a", "c", "adherence", "a.x"]
    values = pl.DataFrame({"metric": names, "value": range(8)})
    values = values.sort("metric", "value") if sort else values
    found = of_metrics(values, wanted).sort("metric", "value")
    assert found.equals(values.filter(pl.col("metric").is_in(wanted)).sort("metric", "value"))
