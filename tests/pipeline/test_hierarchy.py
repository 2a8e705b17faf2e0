"""A register whose superiors go round in a circle is told, never summed."""

from __future__ import annotations

import polars as pl
import pytest

from pipeline.faults import Fault
from pipeline.publishing.hierarchy import scope_members


def register(parents: dict[str, str | None]) -> pl.DataFrame:
    level = {"1": "省行", "11": "二级分行", "12": "二级分行"}
    rows = [
        {"branch_code": code, "level": level.get(code, "网点"), "parent_code": parent}
        for code, parent in parents.items()
    ]
    return pl.DataFrame(rows).with_columns(peer_group=pl.lit("综合"))


def test_every_branch_is_in_its_city_and_the_province() -> None:
    found = scope_members(register({"1": None, "11": "1", "12": "1", "111": "11", "121": "12"}))
    assert found.filter(pl.col("scope") == "11")["branch_code"].to_list() == ["111"]
    assert found.filter(pl.col("scope") == "1")["branch_code"].to_list() == ["111", "121"]


@pytest.mark.parametrize("parents", [{"11": "12", "12": "11"}, {"11": "11", "12": "1"}])
def test_a_circle_is_a_fault_with_its_codes(parents: dict[str, str]) -> None:
    with pytest.raises(Fault, match="11"):
        scope_members(register({"1": None, **parents, "111": "11", "121": "12"}))
