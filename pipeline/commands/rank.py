"""`mingcha rank`: honest ranks for any table from outside, a row per visit. Nothing is stored."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.commands.session import DONE, PARTLY, Session
from pipeline.commands.telling import telling

if TYPE_CHECKING:
    import polars as pl

    from pipeline.outside import Outside

# What a row of the JSON says, in this order; p_first_k and chance only with --first.
KEYS = ("unit", "n", "score", "rank", "expected", "low", "high", "tier", "reliability", "status")
_STATUS = {
    "unreliable": ("信度不足，不印名次", "not reliable enough for a rank"),
    "no_visit_variance": ("没有重复观测，无法估计误差", "nothing was seen twice: chance unknown"),
    "no_spread": ("重复观测完全相同，无法估计误差", "repeats never differ: chance unknown"),
    "alone": ("只有一个单位", "the only unit"),
    "no_score": ("没有得分", "no score"),
}
TIERS = {
    "above": ("高于", "above"),
    "average": ("与平均无显著差异", "not different"),
    "below": ("低于", "below"),
}
_CHANCE = {
    "certain": ("确定", "certain"),
    "possible": ("可能", "possible"),
    "impossible": ("把握很小", "hardly"),
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="rank", help="任何表格的名次：等次、区间、信度 · honest ranks for any table")(
        rank
    )


def rank(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV | Excel | Parquet")],
    unit: Annotated[str, typer.Option("--unit", help="单位列 · column of the unit ranked")],
    score: Annotated[str, typer.Option("--score", help="得分列，越高越好 · higher is better")],
    round: Annotated[
        str | None, typer.Option("--round", help="轮次列 · column of the round, taken out")
    ] = None,
    floor: Annotated[
        float, typer.Option("--floor", help="印名次所需的信度 · least reliability", min=0, max=1)
    ] = 0.70,
    first: Annotated[
        int | None,
        typer.Option("--first", help="给出进前 K 名的概率 · chance of the first K", min=1),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="随机种子 · seed", min=0)] = 20_260_101,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Exit 0 ranked, 1 a unit has no interval (its status says why) or a cell is wrong, 2 usage."""
    session: Session = ctx.obj
    with telling(session):
        table = honest_ranks(file, unit, score, round, floor=floor, first=first, seed=seed)
    rows = [_row(row, first) for row in table.iter_rows(named=True)]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, allow_nan=False))
    else:
        _show(session, rows)
    whole = bool(rows) and all(row["low"] is not None for row in rows)
    raise typer.Exit(DONE if whole else PARTLY)


def honest_ranks(
    file: Path,
    unit: str,
    score: str,
    round: str | None = None,
    *,
    floor: float = 0.70,
    first: int | None = None,
    seed: int = 0,
) -> pl.DataFrame:
    """Every unit of the file, best first; those without any score last. Fault: 1 content, 2 usage.

    Rows without a score are left out; a row with a score must name its unit (and its round).
    """
    import polars as pl

    from audits.statistics.ranks import Rules, pooled, ranked
    from pipeline.outside import read_outside

    given = read_outside(file)
    visits = pl.DataFrame({"unit": given.texts(unit), "score": given.measured(score)})
    visits = visits.with_columns(round=given.texts(round) if round else pl.lit("1"))
    _refuse_nameless(given, visits, {"unit": unit} | ({"round": round} if round else {}))
    pool = pooled(visits)
    ks = [] if first is None else [first]
    table = ranked(pool.units, pool, first=ks, rules=Rules(floor=floor, seed=seed))
    scored = table["unit"].to_list()
    others = visits.filter(~pl.col("unit").is_in(scored))["unit"].drop_nulls().unique().sort()
    rest = pl.DataFrame({"unit": others, "n": 0, "status": "no_score"}).cast({"n": pl.Int64})
    return pl.concat([table, rest], how="diagonal")


def _refuse_nameless(given: Outside, visits: pl.DataFrame, columns: dict[str, str]) -> None:
    """A row with a score must say whose it is."""
    for name, column in columns.items():
        missing = visits["score"].is_not_null() & visits[name].is_null()
        if missing.any():
            at = int(missing.arg_max() or 0)
            raise given.wrong(at, column, "", "为空，但该行有得分", "is blank, but has a score")


def _row(row: dict[str, Any], first: int | None) -> dict[str, Any]:
    from audits.statistics.ranks import chance

    told = {key: row.get(key) for key in KEYS}
    if first is not None:
        p = row.get(f"p_first_{first}")
        told |= {"p_first_k": p, "chance": chance(p)}
    return told


def _show(session: Session, rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    zh = ("单位", "观测数", "等次", "得分", "名次区间", "名次", "信度", "说明")
    en = ("unit", "n", "tier", "score", "rank interval", "rank", "reliability", "note")
    names = zh if session.lang == "zh" else en
    table = Table(box=None)
    with_chance = bool(rows) and "chance" in rows[0]
    for i, name in enumerate(names):
        table.add_column(name, justify="right" if i in (1, 3, 4, 5, 6) else "left", overflow="fold")
    if with_chance:
        table.add_column(session.say("进前列", "in the first K"))
    for row in rows:
        interval = "—" if row["low"] is None else f"{row['low']}–{row['high']}"
        cells = [
            row["unit"],
            str(row["n"]),
            _word(session, TIERS, row["tier"]),
            _number(row["score"], 2),
            interval,
            _number(row["rank"], 0),
            _number(row["reliability"], 2),
            _word(session, _STATUS, row["status"]),
        ]
        if with_chance:
            p = row["p_first_k"]
            said = _word(session, _CHANCE, row["chance"])
            cells.append(said if p is None else f"{said} {p:.0%}")
        table.add_row(*cells)
    written = io.StringIO()
    Console(file=written, width=140, highlight=False, markup=False).print(table)
    typer.echo(written.getvalue(), nl=False)


def _word(session: Session, words: dict[str, tuple[str, str]], key: str | None) -> str:
    return session.say(*words[key]) if key in words else ""


def _number(value: float | None, digits: int) -> str:
    return "—" if value is None else f"{value:.{digits}f}"
