"""One Great Expectations batch: a table of one kind, all files of a run together.

The library takes seconds to import, so it is imported here, late. Two guards stand against a
green result that is none: every configured check must have been evaluated, and the library must
have seen as many rows as it was handed.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from pipeline.validation.checks import Check
from pipeline.validation.expectations import expectation

_BRIEF = {"result_format": "BASIC", "partial_unexpected_count": 0}
_COMPLETE = {"result_format": "COMPLETE", "include_unexpected_rows": False}


class Unchecked(Exception):
    """A batch of which not every check was carried out on every row: nothing of it is taken."""


def failures(
    frame: pl.DataFrame, checks: Sequence[Check], whole: Any = None
) -> list[tuple[int, list[int]]]:
    """(index of the check, row numbers of `frame` that fail it), in the order of the checks.

    `whole` is what :func:`whole_table` gave for this run.

    Raises Unchecked if the library left out a check, or saw another number of rows.
    """
    if frame.is_empty() or not checks:
        return []
    results = _validate(_to_pandas(frame, checks), checks, whole)
    by_check = {r.expectation_config.meta["check"]: r for r in results}
    expected = {"rows", *range(len(checks))}
    if len(results) != len(expected) or set(by_check) != expected:
        raise Unchecked("a configured check was not evaluated")
    if not by_check["rows"].success or by_check["rows"].result["observed_value"] != frame.height:
        raise Unchecked("the number of rows is not what was handed in")
    found = [(n, _failed_rows(by_check[n], frame.height)) for n in range(len(checks))]
    return [(n, rows) for n, rows in found if rows]


def _failed_rows(result: Any, height: int) -> list[int]:
    if result.exception_info.get("raised_exception") or "element_count" not in result.result:
        raise Unchecked(f"{result.expectation_config.type} could not be carried out")
    if result.result["element_count"] > height:
        raise Unchecked("more rows were checked than handed in")
    rows = [int(i) for i in result.result.get("unexpected_index_list") or ()]
    if len(rows) != result.result["unexpected_count"] or (not rows and not result.success):
        raise Unchecked("a check failed without saying where")
    return rows


def _to_pandas(frame: pl.DataFrame, checks: Sequence[Check]) -> Any:
    """The columns that the checks look at; decimals as floats, times as seconds of the day."""
    wanted = sorted({c for check in checks for c in _looked_at(check)})
    casts = []
    for name in wanted:
        dtype = frame.schema[name]
        if dtype.is_decimal():
            casts.append(pl.col(name).cast(pl.Float64))
        elif dtype == pl.Time:
            casts.append((pl.col(name).cast(pl.Int64) // 1_000_000_000).alias(name))
        elif dtype == pl.Null:
            casts.append(pl.col(name).cast(pl.String))
        else:
            casts.append(pl.col(name))
    return frame.select(casts).to_pandas()


def _looked_at(check: Check) -> list[str]:
    arguments = check.arguments
    if "column_list" in arguments:
        return list(arguments["column_list"])
    if "column_A" in arguments:
        return [arguments["column_A"], arguments["column_B"]]
    return [arguments.get("column", check.column)]


def whole_table() -> Any:
    """Where batches come from: made once for a run, since making it costs more than a check."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # no call home, whatever the user's settings
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        asset = context.data_sources.add_pandas("run").add_dataframe_asset("table")
        return asset.add_batch_definition_whole_dataframe("all")


def _validate(pandas_frame: Any, checks: Sequence[Check], whole: Any = None) -> list[Any]:
    """A result of every check: in brief where nothing fails, with all places where something does.

    The places cost as much as the check itself, and most checks find nothing.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's own deprecations are not ours to mend
        batch = (whole or whole_table()).get_batch({"dataframe": pandas_frame})
        numbers = range(len(checks))
        brief = batch.validate(_suite(pandas_frame, checks, numbers), result_format=_BRIEF)
        failed = [r.expectation_config.meta["check"] for r in brief.results if not r.success]
        again = [n for n in failed if n != "rows"]
        if not again:
            return list(brief.results)
        full = batch.validate(_suite(pandas_frame, checks, again), result_format=_COMPLETE)
    return _both(brief.results, full.results)


def _both(brief: Sequence[Any], full: Sequence[Any]) -> list[Any]:
    """`brief` with the failed results in full. Unchecked: the two do not agree."""
    placed = {r.expectation_config.meta["check"]: r for r in full}
    found = []
    for result in brief:
        other = placed.pop(result.expectation_config.meta["check"], result)
        count = [r.result.get("unexpected_count") for r in (result, other)]
        if count[0] != count[1]:
            raise Unchecked("a check found another number of rows the second time")
        found.append(other)
    return found + list(placed.values())


def _suite(pandas_frame: Any, checks: Sequence[Check], numbers: Iterable[int]) -> Any:
    """The checks of those numbers, and the number of rows. At once: adding one by one compares
    each with all before it."""
    import great_expectations as gx

    count = expectation("ExpectTableRowCountToEqual")
    made = [count(value=len(pandas_frame), meta={"check": "rows"})]
    for number in numbers:
        check = checks[number]
        arguments = dict(check.arguments)
        if not {"column_A", "column_list", "column"} & set(arguments):
            arguments["column"] = check.column
        made.append(expectation(check.expectation)(**arguments, meta={"check": number}))
    return gx.ExpectationSuite("declared", expectations=made)
