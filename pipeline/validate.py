"""Validation: suites derived from the declarations, one batch per table of a kind and run.

What a check finds becomes a finding with file, sheet, cell and cure; what it costs follows
design §4: a structural error, or any error in a one-visit scorecard, refuses the workbook; in a
consolidated sheet an error costs the row (of a visit: the visit).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from audits.scorecard import Edition
from pipeline.findings import Finding
from pipeline.sheets import kinds
from pipeline.sheets.declaration import SheetKind
from pipeline.validation import rules
from pipeline.validation.ahead import Ahead
from pipeline.validation.batch import Pending, Unchecked
from pipeline.validation.cards import answer_batches
from pipeline.validation.checks import Check, declared_checks, unique
from pipeline.validation.codes import branch_checks, known_code, with_register
from pipeline.validation.crossing import cross_findings
from pipeline.validation.history import history_batch, history_checks
from pipeline.validation.locating import Places
from pipeline.validation.outcome import emptied, quarantined_rows, rows_kept, statuses
from pipeline.validation.subject import Subject
from pipeline.validation.visits import visit_batch, visit_checks
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
    ahead: Callable[[], Mapping[str, Ahead]] = dict,
) -> Validated:
    """Check everything that was parsed in one run.

    `findings` are those of earlier steps (reading, recognising); with those of `parsed` they are
    part of the result and weigh in the status. `declared` defaults to the registry of kinds.
    `ahead`: gives what was asked about cards before, by kind; used where it is still about the
    same.
    Nothing is raised: a batch that could not be checked completely is refused with a finding.
    """
    declared = kinds() if declared is None else declared
    found = [*findings, *(f for p in parsed.values() for f in p.findings)]
    # the register first: the other sheets are held against what of it is taken
    for group in ({"branches"} & set(parsed), set(parsed) - {"branches"}):
        order = sorted(group, key=lambda kind: (kind != "shoppers", kind))
        shared: dict[str, pl.DataFrame] = {}
        found += _group_findings(
            [Subject(parsed, kind, declared, known, found, shared) for kind in order], ahead
        )
    found = list(dict.fromkeys(found))
    status = statuses(parsed, declared, found)
    kept = rows_kept(parsed, found, status)
    status = emptied(status, kept)
    return Validated(found, status, kept, quarantined_rows(parsed, kept, status))


def _group_findings(
    subjects: Sequence[Subject], ahead: Callable[[], Mapping[str, Ahead]]
) -> list[Finding]:
    """What is found in the tables of several kinds, of which none but the first is a yardstick.

    All questions are put before the first answer is waited for; those about rows that are asked
    about a second time come first.
    """
    ordered = sorted(subjects, key=lambda subject: not subject.kind.jumps)
    first = {subject.kind.id: _first_asked(subject, ahead) for subject in ordered}
    own, second = dict[str, list[Finding]](), dict[str, list[Pending]]()
    for subject in ordered:
        id = subject.kind.id
        own[id] = _heard(subject, first[id])
        second[id] = [Pending(*batch) for batch in _later_batches(subject, own[id])]
    found: list[Finding] = []
    for subject in subjects:
        told = own[subject.kind.id] + _heard(subject, second[subject.kind.id])
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


def _first_asked(subject: Subject, ahead: Callable[[], Mapping[str, Ahead]]) -> list[Pending]:
    """What each table of the kind is asked by itself."""
    parsed, kind, editions = subject.parsed, subject.kind, dict(subject.known.editions)
    if kind.layout == "list":
        return [Pending(*_list_batch(parsed.tables[kind.table], kind, subject.register))]
    if not {"visit", "answer"} <= set(parsed.tables):
        return []
    heads = Pending(*_head_batch(subject, editions))
    already = ahead().get(kind.id)
    if already and already.holds(parsed.tables, editions):
        return [heads, *already.asked]
    return [heads, *(Pending(*batch) for batch in answer_batches(kind, parsed, editions))]


def _head_batch(subject: Subject, editions: dict[str, Edition]) -> tuple[pl.DataFrame, list[Check]]:
    """Visits against the register, their edition and the day of the run."""
    kind, known = subject.kind, subject.known
    visits = subject.parsed.tables["visit"]
    heads = tuple(c for c in (*kind.head, *kind.columns) if c.id in visits.columns)
    frame = visit_batch(with_register(visits, subject.register), editions, known.today)
    checks = declared_checks(kind, heads) + visit_checks(editions, known.today)
    return frame, checks + branch_checks(kind, visits.columns, subject.register)


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
        checks.append(unique(("file", *kind.key), kind.key[0], zh, en))
    if kind.id != "branches":
        checks += branch_checks(kind, table.columns, register)
    elif "parent_code" in table.columns:
        checks.append(known_code(kind, "parent_code", register))
    return frame, checks


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
