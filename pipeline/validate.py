"""Validation: suites derived from the declarations, one batch per table of a kind and run.

What a check finds becomes a finding with file, sheet, cell and cure; what it costs follows
design §4: a structural error, or any error in a one-visit scorecard, refuses the workbook; in a
consolidated sheet an error costs the row (of a visit: the visit).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from pipeline.findings import Finding
from pipeline.sheets import kinds
from pipeline.sheets.declaration import SheetKind
from pipeline.validation import rules
from pipeline.validation.batch import Pending, Unchecked
from pipeline.validation.checks import Check, declared_checks, plain
from pipeline.validation.codes import branch_checks, known_code, with_register
from pipeline.validation.crossing import cross_findings
from pipeline.validation.history import history_batch, history_checks
from pipeline.validation.locating import Places
from pipeline.validation.outcome import emptied, quarantined_rows, rows_kept, statuses
from pipeline.validation.subject import Subject
from pipeline.validation.visits import answer_batch, answer_checks, visit_batch, visit_checks
from pipeline.validation.world import KnownWorld

if TYPE_CHECKING:
    from pipeline.parse import Parsed

__all__ = ["KnownWorld", "Validated", "validate"]


@dataclass(frozen=True)
class Validated:
    """`status`: accepted, warned, partial or refused per file. `good`: rows to take, per table.

    `quarantined`: file, sheet, row, kind, branch_code, period of the rows that an error kept out
    of a file that is otherwise taken.
    """

    findings: list[Finding]
    status: dict[int, str]
    good: dict[str, pl.DataFrame]
    quarantined: pl.DataFrame


def validate(
    parsed: Mapping[str, Parsed],
    known: KnownWorld,
    findings: Sequence[Finding] = (),
    declared: Mapping[str, SheetKind] | None = None,
) -> Validated:
    """Check everything that was parsed in one run.

    `findings` are those of earlier steps (reading, recognising); with those of `parsed` they are
    part of the result and weigh in the status. `declared` defaults to the registry of kinds.
    Nothing is raised: a batch that could not be checked completely is refused with a finding.
    """
    declared = kinds() if declared is None else declared
    found = [*findings, *(f for p in parsed.values() for f in p.findings)]
    # the register first: the other sheets are held against what of it is taken
    for group in ({"branches"} & set(parsed), set(parsed) - {"branches"}):
        order = sorted(group, key=lambda kind: (kind != "shoppers", kind))
        shared: dict[str, pl.DataFrame] = {}
        found += _group_findings(
            [Subject(parsed, kind, declared, known, found, shared) for kind in order]
        )
    found = list(dict.fromkeys(found))
    status = statuses(parsed, declared, found)
    kept = rows_kept(parsed, found, status)
    status = emptied(status, kept)
    return Validated(found, status, kept, quarantined_rows(parsed, kept, status))


def _group_findings(subjects: Sequence[Subject]) -> list[Finding]:
    """What is found in the tables of several kinds, of which none but the first is a yardstick.

    All questions are put before the first answer is waited for.
    """
    first = [[Pending(*batch) for batch in _batches(subject)] for subject in subjects]
    own = [_heard(subject, asked) for subject, asked in zip(subjects, first, strict=True)]
    second = [
        [Pending(*batch) for batch in _later_batches(subject, told)]
        for subject, told in zip(subjects, own, strict=True)
    ]
    found: list[Finding] = []
    for subject, told, asked in zip(subjects, own, second, strict=True):
        told += _heard(subject, asked)
        found += told
        found += cross_findings(_knowing(subject, found))
    return found


def _knowing(subject: Subject, more: Sequence[Finding]) -> Subject:
    """The same sheets, with what has been found since."""
    told = [*subject.told, *more]
    kind, shared = subject.kind.id, subject.shared
    return Subject(subject.all, kind, subject.declared, subject.known, told, shared)


def _heard(subject: Subject, asked: Sequence[Pending]) -> list[Finding]:
    """The findings of what was asked; of an answer that is none, that the files are unchecked."""
    told: list[Finding] = []
    for pending in asked:
        try:
            failed = pending.failures()
        except Unchecked:
            files = sorted(set(pending.frame["file"].to_list()))
            return [rules.INCOMPLETE.at(int(f)) for f in files]
        for number, rows in failed:
            check = pending.checks[number]
            told += _findings_of(pending.frame, rows, check, subject.places)
    return told


def _batches(subject: Subject) -> Iterator[tuple[pl.DataFrame, list[Check]]]:
    """(frame, checks) of each table of the kind."""
    parsed, kind, known = subject.parsed, subject.kind, subject.known
    editions = dict(known.editions)
    if kind.layout == "list":
        yield _list_batch(parsed.tables[kind.table], kind, subject.register)
        return
    visits, answers = parsed.tables.get("visit"), parsed.tables.get("answer")
    if visits is None or answers is None:
        return
    heads = tuple(c for c in (*kind.head, *kind.columns) if c.id in visits.columns)
    frame = visit_batch(with_register(visits, subject.register), editions, known.today)
    checks = declared_checks(kind, heads) + visit_checks(editions, known.today)
    yield frame, checks + branch_checks(kind, visits.columns, subject.register)
    key = ("file", "visit_id", "encounter", "item_id")
    lines = parsed.tables.get("encounter")
    single = answers
    if kind.layout == "visit_list" and lines is not None:
        yield _named_lines(lines, visits), [_LINE_TWICE]
        single = answers.join(_twice(lines), on=["file", "sheet", "row"], how="anti")
    yield single, [_unique(key, "answer", "考核项", "item")]
    yield answer_batch(answers, visits, editions), answer_checks(editions)


def _later_batches(
    subject: Subject, told: Sequence[Finding]
) -> Iterator[tuple[pl.DataFrame, list[Check]]]:
    """Performance against earlier months: a row that failed by itself (`told`) is no yardstick."""
    kind = subject.kind
    table = subject.parsed.tables.get(kind.table)
    if kind.layout != "list" or not kind.jumps or table is None:
        return
    if {"branch_code", "month"} <= set(table.columns):
        kept = _knowing(subject, told).kept[kind.table]
        frame = history_batch(table, subject.known.performance, kind, kept)
        yield frame, history_checks(kind, table.columns)


def _list_batch(
    table: pl.DataFrame, kind: SheetKind, register: pl.DataFrame
) -> tuple[pl.DataFrame, list[Check]]:
    columns = tuple(c for c in kind.columns if c.id in table.columns and not c.derived)
    frame = with_register(table, register)
    checks = declared_checks(kind, columns)
    if kind.key and set(kind.key) <= set(table.columns):
        zh = "、".join(kind.column(c).zh for c in kind.key)
        en = ", ".join(kind.column(c).en for c in kind.key)
        checks.append(_unique(("file", *kind.key), kind.key[0], zh, en))
    if kind.id != "branches":
        checks += branch_checks(kind, table.columns, register)
    elif "parent_code" in table.columns:
        checks.append(known_code(kind, "parent_code", register))
    return frame, checks


def _named_lines(lines: pl.DataFrame, visits: pl.DataFrame) -> pl.DataFrame:
    """The rows of a list of visits with branch and day, for the sentence."""
    about = visits.select("file", "visit_id", "branch_code", "visit_date")
    about = about.unique(["file", "visit_id"], keep="first")
    return lines.join(about, on=["file", "visit_id"], how="left", maintain_order="left")


def _twice(lines: pl.DataFrame) -> pl.DataFrame:
    """[file, sheet, row] of the rows of a list that are about the same encounter as another."""
    same = pl.struct("file", "visit_id", "encounter").is_duplicated()
    return lines.filter(same).select("file", "sheet", "row").unique()


# A row of a list is told once, not for each of its answers.
_LINE_TWICE = Check(
    rules.DUPLICATE,
    "ExpectCompoundColumnsToBeUnique",
    {"column_list": ["file", "visit_id", "encounter"], "ignore_row_if": "any_value_is_missing"},
    "branch_code",
    {"key": "一次暗访的同一行（网点、轮次、版本、日期、进入时间和次序）",
     "key_en": "row of a visit (branch, round, edition, date, time in and encounter)"},
    lambda row: {"value": " ".join(plain(row[c]) for c in ("branch_code", "visit_date"))},
)  # fmt: skip


def _unique(key: tuple[str, ...], column: str, zh: str, en: str) -> Check:
    """Twice the same key in one file. (In two files it is a correction: the newer one counts.)"""
    return Check(
        rules.DUPLICATE,
        "ExpectCompoundColumnsToBeUnique",
        {"column_list": list(key), "ignore_row_if": "any_value_is_missing"},
        column,
        {"key": zh, "key_en": en},
        lambda row: {"value": " ".join(str(row[c]) for c in key[1:] if c != "visit_id")},
    )


def _findings_of(
    frame: pl.DataFrame, rows: list[int], check: Check, places: Places
) -> list[Finding]:
    """The findings of one failed check; a rule about a whole sheet speaks once per sheet."""
    failed = frame[rows].rows(named=True)
    if check.rule.reach != "workbook":
        return [f for row in failed if (f := places.finding(check, row)) is not None]
    groups: dict[tuple[Any, Any], list[Mapping[str, Any]]] = {}
    for row in failed:
        groups.setdefault((row["file"], row["sheet"]), []).append(row)
    made = (places.finding(check, g[0], count=len(g)) for g in groups.values())
    return [f for f in made if f is not None]
