"""Validation: suites derived from the declarations, one batch per table of a kind and run.

What a check finds becomes a finding with file, sheet, cell and cure; what it costs follows
design §4: a structural error, or any error in a one-visit scorecard, refuses the workbook; in a
consolidated sheet an error costs the row (of a visit: the visit).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from audits.scorecard import Edition
from pipeline.findings import Finding
from pipeline.sheets import kinds
from pipeline.sheets.declaration import SheetKind
from pipeline.validation import rules
from pipeline.validation.batch import Unchecked, failures, whole_table
from pipeline.validation.checks import Check, declared_checks, names
from pipeline.validation.history import history_batch, history_checks
from pipeline.validation.locating import Places
from pipeline.validation.outcome import emptied, quarantined_rows, rows_kept, statuses
from pipeline.validation.visits import answer_batch, answer_checks, visit_batch, visit_checks

if TYPE_CHECKING:
    from pipeline.parse import Parsed


@dataclass(frozen=True)
class KnownWorld:
    """What was there before: the register, the editions, and earlier performance facts."""

    branches: pl.DataFrame = field(default_factory=pl.DataFrame)
    editions: Mapping[str, Edition] = field(default_factory=dict)
    performance: pl.DataFrame = field(default_factory=pl.DataFrame)


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
    codes = _known_codes(parsed, known)
    whole = whole_table()
    for kind_id in sorted(parsed):
        found += _kind_findings(parsed[kind_id], declared[kind_id], known, codes, found, whole)
    found = list(dict.fromkeys(found))
    status = statuses(parsed, declared, found)
    kept = rows_kept(parsed, found, status)
    status = emptied(status, kept)
    return Validated(found, status, kept, quarantined_rows(parsed, kept, status))


def _kind_findings(
    parsed: Parsed,
    kind: SheetKind,
    known: KnownWorld,
    codes: pl.DataFrame,
    earlier: Sequence[Finding],
    whole: Any,
) -> list[Finding]:
    places = Places(parsed.column_map, earlier)
    told = list(earlier)
    for frame, checks in _batches(parsed, kind, known, codes, told):
        try:
            failed = failures(frame, checks, whole)
        except Unchecked:
            files = sorted(set(frame["file"].to_list()))
            return [rules.INCOMPLETE.at(int(f)) for f in files]
        for number, rows in failed:
            told += _findings_of(frame, rows, checks[number], places)
    return told[len(earlier) :]


def _batches(
    parsed: Parsed, kind: SheetKind, known: KnownWorld, codes: pl.DataFrame, told: list[Finding]
) -> Iterable[tuple[pl.DataFrame, list[Check]]]:
    """(frame, checks) of each table of the kind; of performance also against earlier months.

    `told` grows while this is being walked: a row that failed by itself is no yardstick.
    """
    editions = dict(known.editions)
    if kind.layout == "list":
        table = parsed.tables[kind.table]
        yield _list_batch(table, kind, codes)
        if kind.jumps and {"branch_code", "month"} <= set(table.columns):
            one = {kind.id: parsed}
            kept = rows_kept(one, told, statuses(one, {kind.id: kind}, told))[kind.table]
            frame = history_batch(table, known.performance, kind, kept)
            yield frame, history_checks(kind, table.columns)
        return
    visits, answers = parsed.tables.get("visit"), parsed.tables.get("answer")
    if visits is None or answers is None:
        return
    heads = tuple(c for c in (*kind.head, *kind.columns) if c.id in visits.columns)
    frame = visit_batch(_with_register(visits, codes), editions)
    checks = declared_checks(kind, heads) + visit_checks(editions)
    yield frame, checks + _branch_checks(kind, visits.columns, codes)
    key = ("file", "visit_id", "encounter", "item_id")
    yield answers, [_unique(key, "answer", "考核项", "item")]
    yield answer_batch(answers, visits, editions), answer_checks(editions)


def _list_batch(
    table: pl.DataFrame, kind: SheetKind, codes: pl.DataFrame
) -> tuple[pl.DataFrame, list[Check]]:
    columns = tuple(c for c in kind.columns if c.id in table.columns and not c.derived)
    frame = _with_register(table, codes)
    checks = declared_checks(kind, columns)
    if kind.key and set(kind.key) <= set(table.columns):
        zh = "、".join(kind.column(c).zh for c in kind.key)
        en = ", ".join(kind.column(c).en for c in kind.key)
        checks.append(_unique(("file", *kind.key), kind.key[0], zh, en))
    if kind.id != "branches":
        checks += _branch_checks(kind, table.columns, codes)
    elif "parent_code" in table.columns:
        checks.append(_known_code(kind, "parent_code", codes))
    return frame, checks


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


def _known_codes(parsed: Mapping[str, Parsed], known: KnownWorld) -> pl.DataFrame:
    """branch_code, branch_name of the register, with the register sheets of this very run."""
    frames = [known.branches] if "branch_code" in known.branches.columns else []
    if "branches" in parsed:
        frames.append(parsed["branches"].tables["branch"])
    schema = {"branch_code": pl.String, "branch_name": pl.String}
    parts = [f.select(pl.col(c).cast(pl.String) for c in schema) for f in frames]
    if not parts:
        return pl.DataFrame(schema=schema)
    both = pl.concat(parts).drop_nulls("branch_code")
    return both.unique("branch_code", keep="last", maintain_order=True)


def _with_register(frame: pl.DataFrame, codes: pl.DataFrame) -> pl.DataFrame:
    """Add `name_given` and `name_known`, spelt alike, and `register_name` as it is written."""
    if not {"branch_code", "branch_name"} <= set(frame.columns):
        return frame
    register = codes.rename({"branch_name": "register_name"})
    joined = frame.join(register, on="branch_code", how="left", maintain_order="left")
    return joined.with_columns(
        name_given=_alike(joined["branch_name"]), name_known=_alike(joined["register_name"])
    )


def _alike(names_: pl.Series) -> pl.Series:
    """Names without the differences that do not matter: width of brackets, spaces."""
    spelt = {n: "".join(unicodedata.normalize("NFKC", n).split()) for n in names_.unique() if n}
    return names_.replace_strict(spelt, default=None, return_dtype=pl.String)


def _branch_checks(kind: SheetKind, present: Sequence[str], codes: pl.DataFrame) -> list[Check]:
    if "branch_code" not in present:
        return []
    checks = [_known_code(kind, "branch_code", codes)]
    if "branch_name" in present and kind.id != "branches":
        pair = {"column_A": "name_given", "column_B": "name_known"}
        checks.append(
            Check(
                rules.NAME_DIFFERS,
                "ExpectColumnPairValuesToBeEqual",
                pair | {"ignore_row_if": "either_value_is_missing"},
                "branch_name",
                of_row=lambda row: {"other": row["register_name"]},
            )
        )
    return checks


def _known_code(kind: SheetKind, column: str, codes: pl.DataFrame) -> Check:
    known = codes["branch_code"].to_list()
    allowed = {"value_set": known or [""]}
    if not known:
        return Check(rules.NO_REGISTER, "ExpectColumnValuesToBeInSet", allowed, column)
    bare = {code.lstrip("0"): code for code in known}

    def of_row(row: Mapping[str, Any]) -> dict[str, str]:
        near = bare.get(str(row[column]).lstrip("0"))
        hint, hint_en = (f"，是否应为 {near}", f"; should it be {near}?") if near else ("", "")
        return {"hint": hint, "hint_en": hint_en}

    words = names(kind.column(column))
    return Check(
        rules.UNKNOWN_BRANCH, "ExpectColumnValuesToBeInSet", allowed, column, words, of_row
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
