"""What is known before a batch is judged: of the stores only what its checks will ask for."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

import polars as pl

from pipeline.periods import shift_month
from pipeline.warehouse import layers
from pipeline.warehouse.store import Warehouse

# A branch's own median over some months says whether the month before is any yardstick.
LOOK_BACK = 6
_BATCH = "asked_about"  # the branches and months, or visits, of the batch


def today() -> date:
    """The day at the office, by the clock of the ledger."""
    from pipeline.office import proceedings

    return proceedings.today()


def known_world(
    parsed: Mapping[str, Any],
    warehouse: Warehouse,
    office: sqlite3.Connection | None = None,
    own: Collection[str] = (),
    by_appeal: bool = False,
) -> Any:
    """What sheets are checked against (KnownWorld): register, editions, and earlier facts.

    `parsed` as from parse, with its codes restored. Without `office` no list of shoppers is known,
    nor any edition but those that come with Mingcha.
    `own`: SHA-256 of the files themselves, since a file read anew with corrections is not held
    against what it said before. `by_appeal`: nor against its round, which is sealed.
    """
    from pipeline.office import editions, rounds, shoppers
    from pipeline.validate import KnownWorld

    months = _asked(parsed, "performance", ["branch_code", "month"])
    newest = _newest(warehouse, _asked(parsed, "visit", ["visit_id"]), own)
    return KnownWorld(
        branches=warehouse.live("branch"),
        editions=editions.known(office),
        performance=_months_of(warehouse, months),
        sent=_sent(warehouse, months, own),
        visits=_of_visits(warehouse, "visit", newest),
        answers=_of_visits(warehouse, "answer", newest),
        that_day=_that_day(warehouse, _asked(parsed, "visit", ["branch_code", "visit_date"]), own),
        targets=warehouse.live("target") if "targets" in parsed else _NOBODY,
        told_of=_told_of(warehouse) if "branches" in parsed else _NOBODY,
        shoppers=shoppers.live(office) if office is not None else _NOBODY,
        rounds={} if office is None or by_appeal else rounds.standing(office),
        actions=_actions(parsed, office),
        today=today(),
    )


def _actions(parsed: Mapping[str, Any], office: sqlite3.Connection | None) -> Mapping[str, Any]:
    """The office's own corrective actions, where the batch speaks of any."""
    from pipeline.office import actions

    if office is None or not {"actions", "action_ledger"} & set(parsed):
        return {}
    return actions.standing(actions.acts(office))


_NOBODY = pl.DataFrame(schema={"branch_code": pl.String, "shopper_id": pl.String})


def _asked(parsed: Mapping[str, Any], table: str, columns: list[str]) -> pl.DataFrame:
    """The distinct keys that the batch tells of."""
    frames = [p.tables[table] for p in parsed.values() if table in p.tables]
    keys = [f.select(columns).cast(pl.String).drop_nulls() for f in frames
            if set(columns) <= set(f.columns)]  # fmt: skip
    return pl.concat([pl.DataFrame(schema=dict.fromkeys(columns, pl.String)), *keys]).unique()


@contextmanager
def _asking(warehouse: Warehouse, keys: pl.DataFrame) -> Iterator[None]:
    warehouse.connection.register(_BATCH, keys)
    try:
        yield
    finally:
        warehouse.connection.unregister(_BATCH)


def _months_of(warehouse: Warehouse, keys: pl.DataFrame) -> pl.DataFrame:
    """The live months of those branches, from LOOK_BACK months before to the month itself.

    The question is the warehouse's own, asked of a `performance` that holds those rows alone.
    """
    nothing = "SELECT *, '' AS sha256 FROM performance LIMIT 0"
    if keys.is_empty():  # as in most sittings of a large sending
        return warehouse.query(nothing)
    back = pl.concat(
        [keys.with_columns(month=_shifted(keys["month"], -n)) for n in range(LOOK_BACK + 1)]
    ).unique()
    few = (
        "WITH performance AS (SELECT p.* FROM main.performance AS p"
        f" SEMI JOIN {_BATCH} USING (branch_code, month))"
    )
    with _asking(warehouse, back):
        if warehouse.query(f"{few} SELECT 1 FROM performance LIMIT 1").is_empty():
            return warehouse.query(nothing)  # planning to merge them takes a tenth of a second
        depth = warehouse.query(f"{few} {layers.depth(warehouse.tables)}").item()
        live = layers.live(warehouse.tables, int(depth))
        return warehouse.query(f"{few} SELECT * FROM ({live})")


def _shifted(months: pl.Series, by: int) -> pl.Series:
    moved = {m: shift_month(m, by) for m in months.unique()}
    return months.replace_strict(moved, return_dtype=pl.String)


def _sent(warehouse: Warehouse, keys: pl.DataFrame, own: Collection[str]) -> pl.DataFrame:
    """[branch_code, month, upload_id, seq] of every accepted row of the batch's months."""
    with _asking(warehouse, keys.select("month").unique()):
        sent = warehouse.query(
            "SELECT DISTINCT branch_code, month, upload_id, seq FROM performance"
            f" SEMI JOIN {_BATCH} USING (month) ORDER BY ALL"
        )
    return sent.filter(_of_others(own))


def _newest(warehouse: Warehouse, ids: pl.DataFrame, own: Collection[str]) -> pl.DataFrame:
    """[visit_id, seq] of the newest upload in another file of each of those visits."""
    with _asking(warehouse, ids):
        dated = warehouse.query(
            f"SELECT visit_id, seq, upload_id FROM visit SEMI JOIN {_BATCH} USING (visit_id)"
        )
    return dated.filter(_of_others(own)).group_by("visit_id").agg(pl.col("seq").max())


def _of_visits(warehouse: Warehouse, table: str, newest: pl.DataFrame) -> pl.DataFrame:
    """The facts of those visits in those uploads."""
    if newest.is_empty():  # as nearly always, and there may be millions of answers
        return warehouse.query(f"SELECT * FROM {table} LIMIT 0")
    with _asking(warehouse, newest):
        return warehouse.query(f"SELECT * FROM {table} SEMI JOIN {_BATCH} USING (visit_id, seq)")


def _that_day(warehouse: Warehouse, days: pl.DataFrame, own: Collection[str]) -> pl.DataFrame:
    """Visits to those branches on those days, as far as they came in other files."""
    if days.is_empty():
        return warehouse.query("SELECT * FROM visit LIMIT 0")
    with _asking(warehouse, days.with_columns(pl.col("visit_date").str.to_date())):
        found = warehouse.query(
            f"SELECT * FROM visit SEMI JOIN {_BATCH} USING (branch_code, visit_date) ORDER BY seq"
        )
    found = found.filter(_of_others(own))
    return found.unique("visit_id", keep="last", maintain_order=True)


def _of_others(own: Collection[str]) -> pl.Expr:
    """Rows that came in other files than these."""
    return ~pl.col("upload_id").str.split(":").list.first().is_in(list(own))


def _told_of(warehouse: Warehouse) -> pl.DataFrame:
    """[branch_code] of every branch with facts."""
    return warehouse.query(
        "SELECT DISTINCT branch_code FROM performance UNION SELECT DISTINCT branch_code FROM visit"
    )
