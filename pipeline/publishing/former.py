"""What the former circular said, kept in the manifest: this one can say what is otherwise now.

The former publication is the newest of the period before, of the same length. Its figures of the
province stand in the manifest as they were printed, since a later revision of it changes nothing
of what was read then.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import polars as pl

from pipeline.folders import DataFolder
from pipeline.periods import previous
from pipeline.publication import open_publication
from pipeline.publishing.restatements import changed_values


def former_told(
    folder: DataFolder,
    period: str,
    tables: Mapping[str, pl.DataFrame],
    damaged: Collection[str] = (),
) -> dict[str, Any] | None:
    """{period, revision, stage, told: {metric: value of the province}, restated: how many of its
    values are otherwise in `tables`}; None where the period before was never published, or is among
    the `damaged`, so that nobody knows what it said."""
    found = open_publication(folder, previous(period))
    if found is None or found.path.name in damaged:
        return None
    own = pl.col("period") == found.period
    before = found.table("metric_value").filter(own)
    now = tables["metric_value"].filter(own)
    if now.is_empty():  # too long ago for this publication's history
        return None
    province = before.filter((pl.col("level") == "province") & (pl.col("status") == "ok"))
    told = province.filter(~pl.col("metric").str.contains(r"\.")).sort("metric")
    return {
        "period": found.period,
        "revision": found.revision,
        "stage": str(found.manifest["stage"]),
        "told": dict(told.select("metric", "value").iter_rows()),
        "restated": changed_values(before, now).height,
    }
