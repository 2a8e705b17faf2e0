"""One Great Expectations batch: a table of one kind, all files of a run together.

The library takes seconds to import and is asked in another process (`checker.py`), so it is
imported here, late. Two guards stand against a green result that is none: every configured check
must have been evaluated, and the library must have seen as many rows as it was handed.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import polars as pl

from pipeline.validation.checker import checker
from pipeline.validation.checks import Check
from pipeline.validation.expectations import expectation
from pipeline.validation.questions import (
    Question,
    bare_question,
    narrowed,
    of_checks,
    questions,
    with_made,
)

_BRIEF = {"result_format": "BASIC", "partial_unexpected_count": 0}
_COMPLETE = {"result_format": "COMPLETE", "include_unexpected_rows": False}


class Unchecked(Exception):
    """A batch of which not every check was carried out on every row: nothing of it is taken."""


class Pending:
    """Checks that have been put and not been heard yet.

    `alike`: each of them looks at one row at a time, and most rows are alike in what is looked at.
    Then such rows are asked about once for all of them.
    """

    def __init__(self, frame: pl.DataFrame, checks: Sequence[Check], alike: bool = False) -> None:
        self.frame, self.checks = frame, checks
        self.asked: list[Question] = []
        if frame.is_empty() or not checks:
            return
        asked = questions(checks, frame.schema)
        self.frame = with_made(frame, asked)
        self.asked = narrowed(self.frame, asked)
        table = self.frame.select(_columns(self.asked))
        self._each = Alike(table) if alike else None
        if self._each:
            table = self._each.once
        bare = [bare_question(question) for question in self.asked]
        self.said = checker().ask(table.height, _sent(table, self.asked), bare)

    def failures(self) -> list[tuple[int, list[int]]]:
        """(index of the check, row numbers of the frame that fail it), in the order of the checks.

        Raises Unchecked if the library left out a check, or saw another number of rows.
        """
        if not self.asked:
            return []
        rows = [(_closer(self.asked, at), self._rows(said)) for at, said in self.said.result()]
        found = dict(of_checks(self.frame, self.checks, rows))
        return [(number, found[number]) for number in sorted(found) if found[number]]

    def _rows(self, said: list[int]) -> list[int]:
        return said if self._each is None else self._each.all_of(said)


class Alike:
    """The rows of a table, each kind of them once. `once`: those, in the order of their first."""

    def __init__(self, table: pl.DataFrame) -> None:
        self._table = table
        counted = table.group_by(table.columns, maintain_order=True).len("__rows")
        self.once, self._count = counted.drop("__rows"), counted["__rows"]

    def all_of(self, rows: Sequence[int]) -> list[int]:
        """Every row of the table that is like one of these of `once`, in order.

        Raises Unchecked if that is not as many as there were.
        """
        wanted = self.once[list(rows)]
        found = self._table.with_row_index("__row").join(
            wanted, on=wanted.columns, how="semi", nulls_equal=True, maintain_order="left"
        )["__row"]
        if len(found) != self._count[list(rows)].sum():
            raise Unchecked("another number of rows is alike than was counted")
        return found.to_list()


def _columns(asked: Sequence[Question]) -> list[str]:
    """The columns that are looked at, now or at length."""
    return sorted({c for q in asked for part in (q, *q.closer) for c in part.columns})


def _closer(asked: Sequence[Question], at: tuple[int, int]) -> Question:
    return asked[at[0]].closer[at[1]]


def answers(
    height: int, table: bytes, asked: Sequence[Question]
) -> list[tuple[tuple[int, int], list[int]]]:
    """The failing rows of each closer question, by its place (question, part of it).

    `table`: the columns asked about, as :func:`_sent` has them, `height` rows of them.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's own deprecations are not ours to mend
        from great_expectations.validator.validator import Validator

        batch = whole_table().get_batch({"dataframe": _to_pandas(table)})
        # Made once: a batch that is told to validate fetches and fingerprints itself anew.
        validator = Validator(
            execution_engine=batch.data.execution_engine,
            data_context=batch.datasource.data_context,
            batches=[batch],
        )
        return _answers(validator, height, asked)


def _answers(
    validator: Any, height: int, asked: Sequence[Question]
) -> list[tuple[tuple[int, int], list[int]]]:
    """First all in brief, then those that failed at length: the rows cost as much as the check
    itself, and most checks find nothing."""
    brief = _ask(validator, height, asked, _BRIEF)
    failed = [n for n, result in enumerate(brief) if not result.success]
    places = [(n, part) for n in failed for part in range(len(asked[n].closer))]
    if not places:
        return []
    closer = [_closer(asked, at) for at in places]
    rows = [_failed_rows(r) for r in _ask(validator, height, closer, _COMPLETE)]
    answered = list(zip(places, rows, strict=True))
    for number in failed:
        own = {row for (question, _), found in answered if question == number for row in found}
        if len(own) != brief[number].result["unexpected_count"]:
            raise Unchecked("a check found another number of rows the second time")
    return answered


def _ask(
    validator: Any, height: int, asked: Sequence[Question], form: Mapping[str, Any]
) -> list[Any]:
    """The result of every question, in their order, after a look at whether it is one."""
    validated = validator.graph_validate(
        configurations=[e.configuration for e in _suite(height, asked)],
        runtime_configuration={"result_format": dict(form)},
    )
    results = {r.expectation_config.meta["check"]: r for r in validated}
    expected = {"rows", *range(len(asked))}
    if len(validated) != len(expected) or set(results) != expected:
        raise Unchecked("a configured check was not evaluated")
    rows = results.pop("rows")
    if not rows.success or rows.result["observed_value"] != height:
        raise Unchecked("the number of rows is not what was handed in")
    for result in results.values():
        if result.exception_info.get("raised_exception") or "element_count" not in result.result:
            raise Unchecked(f"{result.expectation_config.type} could not be carried out")
        if result.result["element_count"] > height:
            raise Unchecked("more rows were checked than handed in")
        if result.success != (result.result["unexpected_count"] == 0):
            raise Unchecked("a check failed without saying where")
    return [results[number] for number in range(len(asked))]


def _failed_rows(result: Any) -> list[int]:
    rows = [int(i) for i in result.result.get("unexpected_index_list") or ()]
    if len(rows) != result.result["unexpected_count"]:
        raise Unchecked("a check failed without saying where")
    return rows


def _sent(table: pl.DataFrame, asked: Sequence[Question]) -> bytes:
    """The table as it is handed over; decimals as floats, times as seconds.

    Texts of which only matters whether they are the same are sent as numbers.
    """
    parts = [part for q in asked for part in (q, *q.closer)]
    read = {c for part in parts if "column_list" not in part.arguments for c in part.columns}
    casts = []
    for name, dtype in table.schema.items():
        if dtype == pl.String and name not in read:
            casts.append(pl.col(name).cast(pl.Categorical).to_physical())
        elif dtype.is_decimal():
            casts.append(pl.col(name).cast(pl.Float64))
        elif dtype == pl.Time:
            casts.append((pl.col(name).cast(pl.Int64) // 1_000_000_000).alias(name))
        elif dtype == pl.Null:
            casts.append(pl.col(name).cast(pl.String))
        else:
            casts.append(pl.col(name))
    return table.select(casts).write_ipc_stream(None).getvalue()


def _to_pandas(table: bytes) -> Any:
    return pl.read_ipc_stream(table).to_pandas()


@cache
def whole_table() -> Any:
    """Where batches come from: made once, since making it costs more than a check."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # no call home, whatever the user's settings
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        asset = context.data_sources.add_pandas("run").add_dataframe_asset("table")
        return asset.add_batch_definition_whole_dataframe("all")


def _suite(height: int, asked: Sequence[Question]) -> list[Any]:
    """The questions, and the number of rows."""
    count = expectation("ExpectTableRowCountToEqual")
    made = [count(value=height, meta={"check": "rows"})]
    for number, question in enumerate(asked):
        words = {**question.arguments, "meta": {"check": number}}
        made.append(expectation(question.expectation)(**words))
    return made
