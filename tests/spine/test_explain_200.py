"""200 random published values, walked back to the cells of the originals by another library."""

from __future__ import annotations

import datetime
import hashlib
import importlib
import math
import random
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from openpyxl import load_workbook
from openpyxl.utils.cell import coordinate_from_string

from pipeline.explain import explain
from pipeline.explaining.originals import original_texts, originals
from pipeline.folders import DataFolder
from pipeline.publication import Publication, open_publication
from tests.spine.conftest import Province, made_once

SEED = 20260930
# Most at the leaves: a value of the province rests on every workbook and takes long to explain.
LEVELS = {
    "province": 10,
    "city": 15,
    "direct": 20,
    "sub_branch": 50,
    "branch": 90,
    "peer_group": 15,
}
WANTED = sum(LEVELS.values())
Sheet = dict[str, Any]  # A1 address -> value as openpyxl has it
Told = dict[str, Any]  # one explanation, as JSON
# Money of a sheet is in the unit that its title or its column's header names (domain §4).
UNITS = {"亿元": 100_000_000, "百万元": 1_000_000, "万元": 10_000, "千元": 1000}
MONEY = {"closed_amount", "deposits", "deposits_average", "aum", "fee_income", "income"}
MONEY |= {"wealth_sales", "insurance_sales"}  # the columns of design §4 that are sums of money
HEAD = 12  # header and title rows lie at most so deep in the sample's workbooks


@cache
def workbook(path: Path) -> dict[str, Sheet]:
    """Every sheet of an archived original, read by openpyxl alone; the bytes are what they say."""
    assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem
    assert path.suffix == ".xlsx", "the sample has no other format; teach this test"
    book = load_workbook(path, data_only=True, read_only=True)
    return {
        sheet.title: {
            cell.coordinate: cell.value
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None
        }
        for sheet in book.worksheets
    }


@cache
def original(folder: DataFolder, sha256: str) -> dict[str, Sheet]:
    """The original of this hash, found by its name in the archive and nothing else."""
    (path,) = folder.archive.rglob(f"{sha256}.*")
    return workbook(path)


def chosen(publication: Publication) -> list[dict[str, Any]]:
    """As many published figures of each level as LEVELS says, of any metric and period."""
    values = publication.table("metric_value").filter(pl.col("status") == "ok")
    values = values.sort("metric", "scope", "period")
    dice, picked = random.Random(SEED), []
    for level, share in LEVELS.items():
        pool = values.filter(pl.col("level") == level)
        picked += [pool.row(i, named=True) for i in dice.sample(range(pool.height), share)]
    return picked


def read_once(publication: Publication, folder: DataFolder) -> Callable[..., pl.DataFrame]:
    """`original_texts` for this folder, but each original is read once and not 200 times."""
    every = publication.table("source")["sha256"].unique().to_list()
    texts = original_texts(folder, originals(folder), every)
    return lambda _folder, _known, wanted: texts.filter(pl.col("sha256").is_in(wanted))


@pytest.fixture(scope="module")
def told(province: Province) -> Iterator[list[tuple[dict[str, Any], Told]]]:
    """(published value, its explanation) of each chosen value."""
    publication = open_publication(province.folder, "2026Q3")
    assert publication is not None
    with pytest.MonkeyPatch.context() as patch:
        made_once(patch)
        patch.setattr(
            importlib.import_module("pipeline.explain"),
            "original_texts",
            read_once(publication, province.folder),
        )
        yield explained(publication, province.folder)


def explained(publication: Publication, folder: DataFolder) -> list[tuple[dict[str, Any], Told]]:
    return [
        (v, explain(publication, v["metric"], v["scope"], v["period"], folder=folder))
        for v in chosen(publication)
    ]


def same(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return a is b
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)


def summed(component: Told) -> float:
    """Σ of the rows shown; an average over months is divided by them."""
    total = math.fsum(row["value"] or 0 for row in component["rows"])
    return total / (component["mean_over_months"] or 1)


def over(top: float, bottom: float) -> float | None:
    return top / bottom if bottom else None


def test_two_hundred_of_all_levels_and_most_metrics(
    told: list[tuple[dict[str, Any], Told]],
) -> None:
    assert len(told) == WANTED == 200
    assert {value["level"] for value, _ in told} == set(LEVELS)
    assert len({value["period"] for value, _ in told}) == 8  # six months, two quarters
    assert len({value["metric"] for value, _ in told}) > 60


def test_the_rows_add_up_to_what_was_published(told: list[tuple[dict[str, Any], Told]]) -> None:
    for value, said in told:
        sums = [summed(c) for c in said["components"]]
        if len(sums) == 4:  # of two ratios, the ratios are published
            assert same(over(sums[0], sums[1]), value["numerator"]), value
            assert same(over(sums[2], sums[3]), value["denominator"]), value
        else:
            assert same(sums[0], value["numerator"]), value
            assert len(sums) == 1 or same(sums[1], value["denominator"]), value


def cells(told: list[tuple[dict[str, Any], Told]]) -> Iterator[tuple[str, Told]]:
    """(metric, cell) of every cell named in any explanation."""
    for value, said in told:
        for component in said["components"]:
            for row in component["rows"]:
                for cell in row["cells"]:
                    yield value["metric"], cell


def unit_of(sheet: Sheet, address: str) -> int:
    """Yuan per unit of a money column: its header's unit, else the one of the sheet's title."""
    column, row = coordinate_from_string(address)
    heads = [str(sheet.get(f"{column}{r}", "")) for r in range(1, min(row, HEAD))]
    titles = [str(v) for a, v in sheet.items() if coordinate_from_string(a)[1] < min(row, 4)]
    for text in (*heads, *(t for t in titles if "单位" in t)):
        for unit, yuan in UNITS.items():
            if unit in text:
                return yuan
    return 1


def as_told(found: Any) -> set[Any]:
    """How a value of openpyxl may be told in JSON: itself, or a date as ISO text."""
    if isinstance(found, datetime.datetime):
        return {found.date().isoformat(), found.isoformat(sep=" ")}
    if isinstance(found, datetime.date | datetime.time):
        return {found.isoformat()}
    if isinstance(found, int):  # a branch code that Excel made a number of
        return {found, str(found)}
    return {found}


def test_every_cell_named_says_so_in_the_original(
    province: Province, told: list[tuple[dict[str, Any], Told]]
) -> None:
    looked = 0
    for metric, cell in cells(told):
        found = original(province.folder, cell["sha256"])[cell["sheet"]].get(cell["cell"])
        if isinstance(cell["value"], int | float):  # also of a number that was typed as text
            assert same(float(cell["value"]), float(found)), (metric, cell, found)
        else:
            assert cell["value"] in as_told(found), (metric, cell, found)
        looked += 1
    assert looked > WANTED


def test_every_row_that_counts_has_its_cell(told: list[tuple[dict[str, Any], Told]]) -> None:
    for value, said in told:
        for component in said["components"]:
            bare = [r for r in component["rows"] if r["value"] and not r["cells"]]
            assert not bare, (value, component["name"], bare[:2])


def test_figures_are_the_cells_in_the_units_of_their_sheets(
    province: Province, told: list[tuple[dict[str, Any], Told]]
) -> None:
    """A performance figure of one cell is that cell's number times the unit of its sheet."""
    looked = scaled = 0
    for value, said in told:
        for component in said["components"]:
            if component["fact"] != "performance" or len(component["sources"]) != 1:
                continue
            for row in component["rows"]:
                for cell in row["cells"]:
                    sheet = original(province.folder, cell["sha256"])[cell["sheet"]]
                    number = sheet[cell["cell"]]
                    unit = unit_of(sheet, cell["cell"]) if cell["column"] in MONEY else 1
                    if isinstance(number, str) or isinstance(cell["fact"], str):
                        continue  # text is compared as text above
                    assert same(cell["fact"], number * unit), (value, cell, number, unit)
                    if len(row["cells"]) == 1:
                        assert same(row["value"], number * unit), (value, row, number, unit)
                    looked, scaled = looked + 1, scaled + (unit != 1)
    assert looked > WANTED and scaled > 0
