"""List sheets: one row of the sheet is one row of the fact table."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from pipeline.findings import Finding
from pipeline.parsing import rules
from pipeline.parsing.headers import MONEY_UNITS, names_of
from pipeline.parsing.numbers import yuan
from pipeline.parsing.tables import data_of, lines_of
from pipeline.parsing.text import dense
from pipeline.parsing.totals import total_findings
from pipeline.parsing.values import Typed, value_findings, wide
from pipeline.sheets import kinds
from pipeline.sheets.declaration import SheetKind
from pipeline.workbook.cells import letter

if TYPE_CHECKING:
    from pipeline.recognise import Part

Tables = tuple[dict[str, pl.DataFrame], list[Finding]]
LARGEST_CENTS = 10**17  # what DECIMAL(18,2) surely holds
COUNT_UNITS = {"万户": 4, "万笔": 4, "万人": 4, "万次": 4}

_At = tuple[int, str, str, int]  # file, sheet, cell, row


def sourced(frame: pl.DataFrame, sheets: pl.DataFrame) -> pl.DataFrame:
    """`frame` with file, sheet, row in front instead of sid."""
    placed = frame.join(sheets.select("sid", "file", "sheet"), on="sid", maintain_order="left")
    front = ["file", "sheet", "row"]
    return placed.select(*front, *(c for c in frame.columns if c not in ("sid", "row")))


def list_tables(part: Part, found: Typed, sheets: pl.DataFrame, kind: SheetKind) -> Tables:
    """The fact table of a list kind, and what could not be read. `found`: see `typed_tables`."""
    columns = {c.id: c for c in kind.columns if not c.derived}
    data = data_of(found)
    findings = value_findings(data, columns, sheets)
    findings += total_findings(found, part.rows, sheets, kind)
    lines = lines_of(part, sheets)
    values = wide(data, lines["line"], list(kind.columns)).drop("line")
    frame = pl.concat([lines.select("sid", "row"), values], how="horizontal")
    if "month" in columns:
        headed = part.columns.filter(pl.col("column") == "month").select("sid")
        frame, told = _with_title_month(frame, data, sheets, headed)
        findings += told
    if kind.id == "targets":
        frame, told = _with_products(frame, data, sheets)
        findings += told
    return {kind.table: sourced(frame, sheets)}, findings


def _with_title_month(
    frame: pl.DataFrame, data: dict[str, pl.DataFrame], sheets: pl.DataFrame, headed: pl.DataFrame
) -> tuple[pl.DataFrame, list[Finding]]:
    """A sheet without a month column reports the month of its title or name.

    `headed` (sid) have the column: where it is blank, that is told at its cells.
    """
    months = data.get("month", pl.DataFrame(schema={"sid": pl.UInt32, "rule": pl.String}))
    titled = sheets.select("sid", "file", "sheet", "month").join(
        months.select("sid").unique(), on="sid", how="anti"
    )
    lacking = titled.filter(pl.col("month").is_null()).join(frame, on="sid", how="semi")
    lacking = lacking.join(headed, on="sid", how="anti")
    findings = [
        rules.MONTH_UNKNOWN.at(f, s) for f, s in lacking.select("file", "sheet").iter_rows()
    ]
    by_title = titled.select("sid", title="month")
    filled = frame.join(by_title, on="sid", how="left", maintain_order="left")
    filled = filled.with_columns(month=pl.coalesce("month", "title")).drop("title")
    return filled, findings + _differing(months, sheets)


def _differing(months: pl.DataFrame, sheets: pl.DataFrame) -> list[Finding]:
    """One warning per sheet whose month column says another month than its title."""
    if "title" not in months.columns:
        return []
    other = months.filter(pl.col("value") != pl.col("title")).unique("sid", keep="first")
    other = other.join(sheets.select("sid", "file", "sheet"), on="sid").sort("sid")
    told = other.select("file", "sheet", "row", "col", "value", "title")
    return [
        rules.MONTH_DIFFERS.at(file, sheet, f"{letter(col)}{row}", row, value, title=title)
        for file, sheet, row, col, value, title in told.iter_rows()
    ]


def _products() -> pl.DataFrame:
    """name (normalised), product_id, product_name, money: what a target may be set for."""
    names = names_of("performance").table
    rows = [(n, c.id, c.zh, c.type == "money") for n, c in names.items() if c.over is not None]
    schema = ["name", "product_id", "product_name", "money"]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _powers() -> pl.DataFrame:
    """unit (as written), of_money, unit_power."""
    units = kinds()["targets"].column("unit").choices
    counts = {u: 0 for u in units if u not in MONEY_UNITS} | COUNT_UNITS
    rows = [(u, True, p) for u, p in MONEY_UNITS.items()]
    rows += [(u, False, p) for u, p in counts.items()]
    schema = {"known_unit": pl.String, "of_money": pl.Boolean, "unit_power": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _with_products(
    frame: pl.DataFrame, data: dict[str, pl.DataFrame], sheets: pl.DataFrame
) -> tuple[pl.DataFrame, list[Finding]]:
    """Targets with product_id, and the target scaled by its own row's unit, exactly."""
    order = frame.columns
    cents = (
        data["money"].select(
            "sid", "row", "cents", "headed", "rule", own=pl.col("unit").is_not_null()
        )
        if "money" in data
        else None
    )
    if cents is None:
        return frame, []
    name = dense(pl.col("product")).str.to_lowercase()
    known = frame.drop("product_id").with_columns(name=name, known_unit=dense(pl.col("unit")))
    known = known.join(_products(), on="name", how="left", maintain_order="left")
    known = known.join(_powers(), on="known_unit", how="left", maintain_order="left")
    known = known.join(cents, on=["sid", "row"], how="left", maintain_order="left")
    # the row's unit, and what the cell, the header or the title say: one of them, or the same
    told_twice = pl.col("own") | pl.col("headed").is_not_null()
    differs = told_twice & (pl.col("own") | (pl.col("headed") != pl.col("unit_power")))
    wrong = (
        pl.col("unit").is_not_null()
        & pl.col("product_id").is_not_null()
        & ((pl.col("of_money") != pl.col("money")).fill_null(True) | (differs & pl.col("money")))
    )
    extra = pl.when(~told_twice).then("unit_power").otherwise(0)
    factor = pl.lit(10, pl.Int64).pow(extra.fill_null(0)).cast(pl.Int64)
    fits = pl.col("cents").abs() < LARGEST_CENTS // factor
    # 万元 over a column of amounts says nothing of the households and contracts among them
    bare = pl.when(~pl.col("money") & ~pl.col("own")).then("headed").fill_null(0)
    kept = pl.col("cents") // pl.lit(10, pl.Int64).pow(bare).cast(pl.Int64)
    scaled = pl.when(fits).then(kept * factor)
    usable = pl.col("rule").is_null() & ~wrong
    scale = known.with_columns(
        # one product, one name: however it is written, it is the same target
        product=pl.coalesce("product_name", "product"),
        wrong=wrong,
        unlike=wrong & (pl.col("of_money") == pl.col("money")).fill_null(False),
        target=pl.when(usable).then(yuan(scaled)),
        large=usable & ~fits,
    )
    return scale.select(order), _target_findings(scale, data, sheets)


def _target_findings(
    scale: pl.DataFrame, data: dict[str, pl.DataFrame], sheets: pl.DataFrame
) -> list[Finding]:
    placed = scale.join(sheets.select("sid", "file", "sheet"), on="sid")
    told = (
        (_unnamed(), "product", "text", _unknown_product),
        (pl.col("wrong"), "unit", "text", _wrong_unit),
        (pl.col("large"), "target", "money", _too_large),
        (_unit_unsaid(), "target", "money", _assumed_unit),
    )
    findings = []
    for bad, column, source, tell in told:
        cells = data[source].filter(pl.col("column") == column).select("sid", "row", "col")
        lines = placed.filter(bad).join(cells, on=["sid", "row"]).sort("sid", "row")
        for line in lines.iter_rows(named=True):
            cell = f"{letter(line['col'])}{line['row']}"
            findings.append(tell(line, (line["file"], line["sheet"], cell, line["row"])))
    return findings


def _unnamed() -> pl.Expr:
    return pl.col("product").is_not_null() & pl.col("product_id").is_null()


def _unit_unsaid() -> pl.Expr:
    unsaid = pl.col("unit").is_null() & pl.col("headed").is_null()
    money = pl.col("money").fill_null(False) & pl.col("target").is_not_null()
    return money & unsaid & ~pl.col("own").fill_null(False)


def _unknown_product(line: dict[str, Any], at: _At) -> Finding:
    near = names_of("performance").nearest(line["product"], set())
    guess = {"guess_zh": "请用业绩报表的列名。", "guess_en": "Use one of its column names."}
    if near:
        guess = {
            "guess_zh": f"是否为“{near}”？是的请照此改写。",
            "guess_en": f"Did you mean {near}? If so, write it like that.",
        }
    file, sheet, cell, row = at
    return rules.PRODUCT_UNKNOWN.at(file, sheet, cell, row, line["product"], **guess)


def _wrong_unit(line: dict[str, Any], at: _At) -> Finding:
    rule = rules.TARGET_UNIT_TWICE if line["unlike"] else rules.TARGET_UNIT
    return rule.at(*at, line["unit"], product=line["product"])


def _assumed_unit(line: dict[str, Any], at: _At) -> Finding:
    return rules.TARGET_UNIT_ASSUMED.at(*at)


def _too_large(line: dict[str, Any], at: _At) -> Finding:
    return rules.TOO_LARGE.at(*at, str(Decimal(line["cents"]) / 100))
