"""What sheets are checked against: everything that was known before they came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from audits.actions import Action
from audits.rounds import Round
from audits.scorecard import Edition


def _none(**columns: type[pl.DataType]) -> pl.DataFrame:
    return pl.DataFrame(schema=columns)


@dataclass(frozen=True)
class KnownWorld:
    """What was there before: the register, the editions, and earlier facts.

    `branches`: live register. `performance`: live months, as far as checks look back. `sent`
    [branch_code, month, upload_id, seq]: which upload told of which branch, for the months asked
    about. `visits`, `answers`: live facts of the visits that come again; `that_day`: visits of the
    same branches and days. `targets`: live ones, where the batch has any. `told_of` [branch_code]:
    branches with facts. `shoppers` [shopper_id, name, home_branch]: the office's list, without
    columns if it has none. `rounds`: those on record, by id; `actions`: the office's own corrective
    actions, by id. `today`: the day of the run; None: no visit is too late.
    """

    branches: pl.DataFrame = field(default_factory=pl.DataFrame)
    editions: Mapping[str, Edition] = field(default_factory=dict)
    performance: pl.DataFrame = field(default_factory=pl.DataFrame)
    sent: pl.DataFrame = field(
        default_factory=lambda: _none(
            branch_code=pl.String, month=pl.String, upload_id=pl.String, seq=pl.Int64
        )
    )
    visits: pl.DataFrame = field(default_factory=lambda: _none(visit_id=pl.String))
    answers: pl.DataFrame = field(default_factory=lambda: _none(visit_id=pl.String))
    that_day: pl.DataFrame = field(default_factory=pl.DataFrame)
    targets: pl.DataFrame = field(default_factory=pl.DataFrame)
    told_of: pl.DataFrame = field(default_factory=lambda: _none(branch_code=pl.String))
    shoppers: pl.DataFrame = field(default_factory=lambda: _none(shopper_id=pl.String))
    rounds: Mapping[str, Round] = field(default_factory=dict)
    actions: Mapping[str, Action] = field(default_factory=dict)
    today: date | None = None
