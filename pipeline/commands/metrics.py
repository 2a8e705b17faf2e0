"""`mingcha metrics`: the values of a publication, as table, JSON, CSV or Parquet."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from pipeline.commands.numbers import plain
from pipeline.commands.opening import period_of, publication_of
from pipeline.commands.session import USAGE, Session
from pipeline.commands.telling import telling
from pipeline.faults import Fault
from pipeline.publishing.soundness import refuse_changed

FORMATS = ("table", "json", "csv", "parquet")
COLUMNS = (
    *("metric", "scope", "level", "period", "numerator", "denominator", "value"),
    *("n", "low", "high", "status"),
)
# What Excel and WPS take for a formula at the start of a cell.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="metrics", help="查看已发布的指标 · values of a publication")(metrics)


def metrics(
    ctx: typer.Context,
    period: Annotated[str, typer.Option("--period", help="2026-09 | 2026Q3 | 2026")],
    revision: Annotated[int | None, typer.Option("--revision")] = None,
    scope: Annotated[
        list[str] | None, typer.Option("--scope", help="机构代码或 peer:组 · code or peer:group")
    ] = None,
    metric: Annotated[
        list[str] | None, typer.Option("--metric", help="指标；adherence.* 含其下各项 · X or X.*")
    ] = None,
    format: Annotated[str, typer.Option("--format", help="table | json | csv | parquet")] = "table",
    out: Annotated[Path | None, typer.Option("-o", "--out", help="文件 · file")] = None,
) -> None:
    """Print or write the published values of one period."""
    session: Session = ctx.obj
    with telling(session):
        _check(format, out)
        wanted = period_of(period)
        publication = publication_of(session, wanted, revision)
        refuse_changed(publication, "metric_value")
        values = publication.table("metric_value").filter(pl.col("period") == wanted)
        chosen = select(values, metric or [], scope or []).select(COLUMNS)
        _give(session, chosen, format, out)


def _check(format: str, out: Path | None) -> None:
    if format not in FORMATS:
        raise Fault(
            f"没有“{format}”这种格式；可用：{', '.join(FORMATS)}。",
            f"There is no format {format!r}; choose from: {', '.join(FORMATS)}.",
            USAGE,
        )
    if format == "parquet" and out is None:
        raise Fault(
            "Parquet 是二进制格式，不能直接显示；请用 -o 指定文件。",
            "Parquet is a binary format and is not printed; name a file with -o.",
            USAGE,
        )


def select(values: pl.DataFrame, metrics: list[str], scopes: list[str]) -> pl.DataFrame:
    """The values of these metrics and scopes; all where none is named.

    `X` is metric X alone, `X.*` is X with everything under it. Fault (2) for a name that the
    publication does not have: an empty answer would look like a zero.
    """
    if metrics:
        known = values["metric"].unique()
        found = {m for name in metrics for m in _matching(name, known)}
        values = values.filter(pl.col("metric").is_in(sorted(found)))
    if scopes:
        for scope in scopes:
            if not values["scope"].eq(scope).any():
                raise _unknown("机构或同类组", "scope", scope)
        values = values.filter(pl.col("scope").is_in(scopes))
    return values


def _matching(name: str, known: pl.Series) -> list[str]:
    if name.endswith(".*"):
        stem = name[:-2]
        found = [m for m in known if m == stem or m.startswith(f"{stem}.")]
    else:
        found = [m for m in known if m == name]
    if not found:
        raise _unknown("指标", "metric", name)
    return found


def _unknown(zh: str, en: str, name: str) -> Fault:
    return Fault(f"该发布中没有{zh}“{name}”。", f"The publication has no {en} {name!r}.", USAGE)


def _give(session: Session, values: pl.DataFrame, format: str, out: Path | None) -> None:
    if format == "parquet" and out is not None:
        values.write_parquet(out)
    elif format == "table":
        _table(values, out)
    else:
        text = _json(values) if format == "json" else csv_text(values)
        if out is None:
            sys.stdout.write(text)
        else:
            # Excel takes a CSV without the mark for GBK and shows Chinese as rubbish.
            out.write_text(text, "utf-8-sig" if format == "csv" else "utf-8")
    if out is not None:
        typer.echo(session.say(f"已写入 {out}", f"Written: {out}"), err=True)


def _json(values: pl.DataFrame) -> str:
    return json.dumps(values.to_dicts(), ensure_ascii=False, allow_nan=False) + "\n"


def csv_text(values: pl.DataFrame) -> str:
    """CSV in which no text can become a formula: an apostrophe goes before it."""
    safe = values.with_columns(
        pl.when(_dangerous(column))
        .then(pl.concat_str(pl.lit("'"), column))
        .otherwise(column)
        .alias(column)
        for column, type in values.schema.items()
        if type == pl.String
    )
    return safe.write_csv()


def _dangerous(column: str) -> pl.Expr:
    return pl.any_horizontal(pl.col(column).str.starts_with(sign) for sign in _FORMULA)


def _table(values: pl.DataFrame, out: Path | None) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None)
    for column in COLUMNS:
        number = values.schema[column].is_numeric()
        table.add_column(column, justify="right" if number else "left", overflow="fold")
    for row in values.rows():
        table.add_row(*("—" if v is None else _short(v) for v in row))
    written = io.StringIO()
    wide = Console(file=written, width=200, highlight=False, markup=False)
    wide.print(table)
    if out is None:
        typer.echo(written.getvalue(), nl=False)
    else:
        out.write_text(written.getvalue(), "utf-8")


def _short(value: object) -> str:
    return plain(value) if isinstance(value, float) else str(value)
