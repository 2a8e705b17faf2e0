"""Checks put to Great Expectations as few questions: each costs milliseconds, whatever the rows.

Nearly every check finds nothing, so checks are first asked together: whether the smallest of these
columns is below zero, whether any of those is blank, whether a state is one of several. Only where
that fails are they asked one by one, with the rows. A long list of allowed values is looked up
beforehand, since the library writes the list out anew some eighty times.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from pipeline.validation.checks import Check

_NOT_IN, _IN = "ExpectColumnValuesToNotBeInSet", "ExpectColumnValuesToBeInSet"
_BETWEEN, _PRESENT = "ExpectColumnValuesToBeBetween", "ExpectColumnValuesToNotBeNull"
_LONG_LIST = 20
_LEAST_LIMITS = {"column", "min_value", "max_value"}


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


def questions(checks: Sequence[Check], schema: pl.Schema) -> list[Question]:
    """Every check in exactly one question. `schema` is that of the frame to be checked."""
    groups: dict[Any, list[Question]] = {}
    for number, check in enumerate(checks):
        question = _single(check, number, schema)
        groups.setdefault(_group_of(question, schema), []).append(question)
    return [q for group, own in groups.items() for q in _together(group, own)]


def _single(check: Check, number: int, schema: pl.Schema) -> Question:
    arguments = dict(check.arguments)
    if not {"column_A", "column_list", "column"} & set(arguments):
        arguments["column"] = check.column
    if check.expectation != _IN or len(arguments["value_set"]) <= _LONG_LIST:
        return Question(check.expectation, arguments, (number,))
    column = arguments["column"]
    allowed = pl.Series(list(arguments["value_set"]), dtype=schema[column]).implode()
    asked = {**arguments, "column": f"__{number}_listed", "value_set": [True]}
    return Question(_IN, asked, (number,), pl.col(column).is_in(allowed).alias(asked["column"]))


def _group_of(question: Question, schema: pl.Schema) -> Any:
    """What a question has in common with those it can be asked together with."""
    arguments, name = question.arguments, question.expectation
    if name == _PRESENT and set(arguments) == {"column"}:
        return (_PRESENT,)
    if name == _NOT_IN and set(arguments) == {"column", "value_set"}:
        return (_NOT_IN, arguments["column"])
    one_sided = name == _BETWEEN and arguments.get("max_value") is None
    if one_sided and set(arguments) <= _LEAST_LIMITS and schema[arguments["column"]].is_numeric():
        return (_BETWEEN, arguments["min_value"])
    return question.checks


def _together(group: tuple[Any, ...], own: list[Question]) -> list[Question]:
    if len(own) == 1:
        return own
    numbers = tuple(n for q in own for n in q.checks)
    columns = [q.columns[0] for q in own]
    name = f"__{numbers[0]}_together"
    if group[0] == _NOT_IN:
        forbidden = [v for q in own for v in q.arguments["value_set"]]
        return [Question(_NOT_IN, {"column": columns[0], "value_set": forbidden}, numbers)]
    if group[0] == _PRESENT:
        all_there = pl.all_horizontal(pl.col(c).is_not_null() for c in columns).alias(name)
        asked = {"column": name, "value_set": [True]}
        return [Question(_IN, asked, numbers, all_there, tuple(own))]
    least = pl.min_horizontal(pl.col(c).cast(pl.Float64) for c in columns).alias(name)
    return [Question(_BETWEEN, {"column": name, "min_value": group[1]}, numbers, least, tuple(own))]


def bare_question(question: Question) -> Question:
    """`question` for one who has the columns already: without the way they are made."""
    parts = tuple(bare_question(part) for part in question.parts)
    return replace(question, arguments=dict(question.arguments), made=None, parts=parts)


def with_made(frame: pl.DataFrame, asked: Sequence[Question]) -> pl.DataFrame:
    """`frame` with the columns that the questions are about and it lacks."""
    return frame.with_columns(q.made for q in asked if q.made is not None)


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
