"""Checks put to Great Expectations as few questions: each costs milliseconds, whatever the rows.

Nearly every check finds nothing, so checks are first asked together: whether the smallest of these
columns is below zero, whether any of those is blank, whether a state is one of several. Only where
that fails are they asked one by one, with the rows: those of them that can be at fault at all. A
long list of allowed values is looked up beforehand, since the library writes the list out anew some
eighty times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from pipeline.validation.checks import Check

_NOT_IN, _IN = "ExpectColumnValuesToNotBeInSet", "ExpectColumnValuesToBeInSet"
_BETWEEN, _PRESENT = "ExpectColumnValuesToBeBetween", "ExpectColumnValuesToNotBeNull"
_PAIR = "ExpectColumnPairValuesAToBeGreaterThanB"
_LONG_LIST = 20
_LIMITS = {"column", "min_value", "max_value"}
_EITHER = {"ignore_row_if": "either_value_is_missing", "or_equal": True}


@dataclass(frozen=True)
class Question:
    """One expectation, and the numbers of the checks that it answers.

    `made`: how the column asked about is made, where the frame lacks it. `parts`: the questions to
    ask instead once this one has failed; none: this one again.
    """

    expectation: str
    arguments: Mapping[str, Any]
    checks: tuple[int, ...]
    made: pl.Expr | None = None
    parts: tuple[Question, ...] = ()

    @property
    def columns(self) -> list[str]:
        """The columns that the expectation looks at."""
        arguments = self.arguments
        if "column_list" in arguments:
            return list(arguments["column_list"])
        if "column_A" in arguments:
            return [arguments["column_A"], arguments["column_B"]]
        return [arguments["column"]]

    @property
    def closer(self) -> tuple[Question, ...]:
        """What to ask once this one has failed."""
        return self.parts or (self,)

    @property
    def against(self) -> pl.Expr:
        """Whether a row speaks against it; of questions that can be parts only."""
        given = pl.col(self.columns[0])
        if self.expectation == _BETWEEN:
            low, high = (self.arguments.get(limit) for limit in ("min_value", "max_value"))
            below = pl.lit(False) if low is None else given.cast(pl.Float64) < low
            return below if high is None else below | (given.cast(pl.Float64) > high)
        if self.expectation == _PRESENT:
            return given.is_null()
        listed = given.is_in(list(self.arguments["value_set"]))
        return listed if self.expectation == _NOT_IN else ~listed


def questions(checks: Sequence[Check], schema: pl.Schema) -> list[Question]:
    """Every check in exactly one question. `schema` is that of the frame to be checked."""
    groups: dict[Any, list[Question]] = {}
    for question in _of_one_state(_single(c, n, schema) for n, c in enumerate(checks)):
        groups.setdefault(_group_of(question, schema), []).append(question)
    return [_together(group, own) for group, own in groups.items()]


def _single(check: Check, number: int, schema: pl.Schema) -> Question:
    arguments = dict(check.arguments)
    if not {"column_A", "column_list", "column"} & set(arguments):
        arguments["column"] = check.column
    if check.expectation == _PAIR and _EITHER.items() <= arguments.items():
        a, b = arguments["column_A"], arguments["column_B"]
        if {schema[a], schema[b]} <= {pl.Int64, pl.Float64}:
            return _difference(number, a, b)
    if check.expectation != _IN or len(arguments["value_set"]) <= _LONG_LIST:
        return Question(check.expectation, arguments, (number,))
    column, name = arguments["column"], f"__{number}_listed"
    allowed = pl.Series(list(arguments["value_set"]), dtype=schema[column]).implode()
    asked = {**arguments, "column": name, "value_set": [True]}
    return Question(_IN, asked, (number,), pl.col(column).is_in(allowed).alias(name))


def _difference(number: int, a: str, b: str) -> Question:
    """Below zero just where the first is the smaller: of whole numbers as of others (IEEE 754)."""
    name = f"__{number}_more"
    more = (pl.col(a) - pl.col(b)).cast(pl.Float64).alias(name)
    return Question(_BETWEEN, {"column": name, "min_value": 0}, (number,), more)


def _of_one_state(singles: Iterable[Question]) -> list[Question]:
    """`singles`, with those that forbid states of the same column as one."""
    found: dict[Any, Question] = {}
    for one in singles:
        by_state = one.expectation == _NOT_IN and set(one.arguments) == {"column", "value_set"}
        key = one.arguments["column"] if by_state else one.checks
        if before := found.get(key):
            forbidden = [*before.arguments["value_set"], *one.arguments["value_set"]]
            words = {**one.arguments, "value_set": forbidden}
            one = Question(_NOT_IN, words, before.checks + one.checks)
        found[key] = one
    return list(found.values())


def _group_of(question: Question, schema: pl.Schema) -> Any:
    """What a question has in common with those it can be asked together with."""
    arguments, name = question.arguments, question.expectation
    listed = name == _IN and question.made is not None
    if listed or (name == _PRESENT and set(arguments) == {"column"}):
        return (_PRESENT,)
    if name == _NOT_IN and set(arguments) == {"column", "value_set"}:
        return (_NOT_IN, *arguments["value_set"], schema[arguments["column"]])
    if name == _BETWEEN and set(arguments) <= _LIMITS and _is_number(question, schema):
        return (_BETWEEN, arguments.get("min_value"), arguments.get("max_value"))
    return question.checks


def _is_number(question: Question, schema: pl.Schema) -> bool:
    return question.made is not None or schema[question.columns[0]].is_numeric()


def _together(group: tuple[Any, ...], own: list[Question]) -> Question:
    if len(own) == 1:
        return own[0]
    numbers = tuple(n for q in own for n in q.checks)
    name = f"__{numbers[0]}_together"
    if group[0] == _PRESENT:
        asked = {"column": name, "value_set": [True]}
        made = pl.all_horizontal(_there(q) for q in own)
        return Question(_IN, asked, numbers, made.alias(name), tuple(own))
    if group[0] == _NOT_IN:
        forbidden, states = list(group[1:-1]), [pl.col(q.columns[0]) for q in own]
        bad = [pl.when(s.is_in(forbidden)).then(s) for s in states]
        asked = {"column": name, "value_set": forbidden}
        made = pl.coalesce(*bad, *states)
        return Question(_NOT_IN, asked, numbers, made.alias(name), tuple(own))
    low, high = group[1:]
    asked = {"column": name, "min_value": low, "max_value": high}
    return Question(_BETWEEN, asked, numbers, _farthest(own, low, high).alias(name), tuple(own))


def _there(question: Question) -> pl.Expr:
    """Whether the value is there; of a list of allowed ones, that what is there is in it."""
    if question.made is None:
        return pl.col(question.columns[0]).is_not_null()
    return question.made.fill_null(True)


def _farthest(own: Sequence[Question], low: float | None, high: float | None) -> pl.Expr:
    """The smallest where it is too small, else the largest."""
    columns = (pl.col(q.columns[0]) if q.made is None else q.made for q in own)
    given = [column.cast(pl.Float64) for column in columns]
    if high is None:
        return pl.min_horizontal(given)
    if low is None:
        return pl.max_horizontal(given)
    least, most = pl.min_horizontal(given), pl.max_horizontal(given)
    return pl.when(least < low).then(least).otherwise(most)


def narrowed(frame: pl.DataFrame, asked: Sequence[Question]) -> list[Question]:
    """The questions, those asked together with the parts only that a row of `frame` speaks against.

    Where none does, as nearly always, with all of them: then they are not expected to be asked.
    """
    against = {
        f"{n} {m}": part.against.any()
        for n, question in enumerate(asked)
        for m, part in enumerate(question.parts)
    }
    if not against:
        return list(asked)
    found = frame.select(**against).row(0, named=True)
    kept = (
        tuple(p for m, p in enumerate(q.parts) if found[f"{n} {m}"]) for n, q in enumerate(asked)
    )
    return [replace(q, parts=parts or q.parts) for q, parts in zip(asked, kept, strict=True)]


def bare_question(question: Question) -> Question:
    """`question` for one who has the columns already: without the way they are made."""
    parts = tuple(bare_question(part) for part in question.parts)
    return replace(question, arguments=dict(question.arguments), made=None, parts=parts)


def with_made(frame: pl.DataFrame, asked: Sequence[Question]) -> pl.DataFrame:
    """`frame` with the columns that the questions and their parts are about and it lacks."""
    each = [part for question in asked for part in (question, *question.parts)]
    return frame.with_columns(q.made for q in each if q.made is not None)


def of_checks(
    frame: pl.DataFrame, checks: Sequence[Check], answered: Sequence[tuple[Question, list[int]]]
) -> Iterator[tuple[int, list[int]]]:
    """(number of the check, failing row numbers) from the failing rows of each closer question."""
    for question, rows in answered:
        if len(question.checks) == 1:
            yield question.checks[0], rows
            continue
        states = frame[question.columns[0]].gather(rows).to_list()
        for number in question.checks:
            own = set(checks[number].arguments["value_set"])
            yield number, [r for r, state in zip(rows, states, strict=True) if state in own]
