"""Judging: what each file of a command is worth, and which of its rows are taken."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from pipeline.findings import Finding, Rule
from pipeline.known import known_world
from pipeline.sheets import kinds
from pipeline.warehouse.store import Warehouse
from pipeline.workbook.cells import ReadBatch, ReceivedFile
from pipeline.workbook.rules import HIDDEN

if TYPE_CHECKING:
    from audits.scorecard import Edition
    from pipeline.parsing.headers import ExtraSpellings
    from pipeline.parsing.turning import Lying
    from pipeline.validation.ahead import Ahead

_SOURCE = ["file", "sheet", "row"]
NO_KIND = Rule(
    "upload.no_kind",
    "error",
    "workbook",
    "看不出这是哪一种报表。请用 mingcha template 取得模板后填写。",
    "What kind of sheet this is cannot be told. Fill in a template: mingcha template",
)
EDITION_CHANGED = Rule(
    "edition_changed",
    "error",
    "workbook",
    "评分表版本 {value} 启用后内容被改动，按它填的评分表不能录入。"
    "请恢复该版本的原内容，改动另立新版本，然后重新报送。",
    "Scorecard edition {value} was changed after its first use, so scorecards of it cannot be "
    "taken. Put its text back, make the change a new edition, and send again.",
)
EDITION_STRANGE = Rule(
    "edition_strange",
    "error",
    "workbook",
    "本库同类检查一直按 {other} 一系的版本评分，{value} 与它不相接续，两者的执行率和名次不能混算。"
    "请在 {value} 中写明上一版，或用另一个数据目录（mingcha --data 目录）录入。",
    "Visits of this kind are scored by editions of the line of {other}; {value} does not follow "
    "them, and the two must not be averaged. Name its former edition, or use another data folder "
    "(mingcha --data DIR).",
)


@dataclass(frozen=True)
class Read:
    """Everything that can be known without the stores."""

    batch: ReadBatch
    kinds: dict[int, str]
    parsed: dict[str, Any]  # kind -> Parsed
    findings: list[Finding]
    # Sheets of which `parsed` and `findings` speak with rows and columns exchanged, see `turning`.
    lying: Lying = field(default_factory=dict)
    restored: bool = False  # whether branch codes have been held against the register
    ahead: Callable[[], Mapping[str, Ahead]] = dict  # by kind: what has been asked already


@dataclass
class Verdict:
    """What one file is worth. `rows`: of its main table, that are taken."""

    status: str
    kind: str | None = None
    period: str | None = None
    rows: int = 0
    findings: list[Finding] = field(default_factory=list)


@dataclass
class Judged:
    """`facts`: rows to be taken, by table, keyed by `file`; `dropped`: rows kept out, per file.

    Keyed by the index of a file in the whole sending, of which `files` may be a part.
    """

    files: list[ReceivedFile]
    verdicts: dict[int, Verdict]
    facts: dict[str, pl.DataFrame]
    dropped: dict[int, dict[str, list[list[Any]]]]
    upload_ids: dict[int, str] = field(default_factory=dict)


def read_and_parse(
    files: Sequence[Path],
    *,
    names: Sequence[str] | None = None,
    spellings: ExtraSpellings | None = None,
    editions: Mapping[str, Edition] | None = None,
    looked_at: Callable[[Read], Read] = lambda read: read,
    progress: Callable[[int, int], None] = lambda done, known: None,
) -> Read:
    """Reads, recognises and parses, in portions; whatever is wrong is a finding.

    `names`: what the files were called when they were received, where they lie elsewhere now;
    `spellings`: header spellings that the office has confirmed; `editions`: those there are, by
    default those that come with Mingcha. `looked_at` may add to each portion while its cells are
    there; the result is without them. `progress`: files read, known.
    """
    from pipeline.portions import in_portions

    called = [path.name for path in files] if names is None else names
    named = list(zip(files, called, strict=True))
    return in_portions(
        named, lambda batch: looked_at(understand(batch, spellings, editions)), progress
    )


def understand(
    batch: ReadBatch,
    spellings: ExtraSpellings | None = None,
    editions: Mapping[str, Edition] | None = None,
) -> Read:
    """Recognises and parses what was read."""
    from pipeline.parse import parse
    from pipeline.parsing.returned import without_lists
    from pipeline.parsing.turning import stood_up, turned_findings
    from pipeline.recognise import recognise

    batch = without_lists(batch)
    upright, recognised, lying = stood_up(batch, recognise(batch, spellings), spellings)
    parsed = parse(upright, recognised, editions)
    findings = _told_by_reading(batch.findings, recognised.kinds, lying)
    findings = [*turned_findings(findings, lying), *recognised.findings]
    return Read(batch, recognised.kinds, parsed, findings, lying)


def _told_by_reading(
    findings: Sequence[Finding], kinds: Mapping[int, str], lying: Lying
) -> list[Finding]:
    """`findings` without what is hidden, where recognising says whether it was read."""
    return [
        f
        for f in findings
        if f.rule not in HIDDEN or f.file not in kinds or (f.file, f.sheet or "") in lying
    ]


def judge(
    read: Read,
    warehouse: Warehouse,
    strict: bool = False,
    office: sqlite3.Connection | None = None,
    by_appeal: bool = False,
) -> Judged:
    """Validates and decides. `strict`: an error or warning anywhere refuses the workbook.

    `office`: the office database; without it nothing is held against the list of shoppers.
    `by_appeal`: read anew as an appeal decided, which a sealed round allows.
    """
    from pipeline.parsing.turning import facts_upright, told_upright
    from pipeline.validate import validate
    from pipeline.validation.telling import by_file

    if not read.restored:
        read = with_codes(read, warehouse.live("branch"))
    sent = {file.sha256 for file in read.batch.files}
    known = known_world(read.parsed, warehouse, office, sent, by_appeal)
    found = [*read.findings, *_by_edition(read.parsed, known.editions, warehouse)]
    validated = validate(read.parsed, known, found, ahead=read.ahead)
    told = told_upright(validated.findings, read.lying)
    refused = {f.file: "refused" for f in told if f.rule == "transposed"}
    status = validated.status | refused
    findings = by_file(told)
    verdicts = {
        f.index: _verdict(read, f.index, findings.get(f.index, []), status, strict)
        for f in read.batch.files
    }
    facts = tables(read.parsed)
    good = validated.good | {"column_map": facts["column_map"]} if facts else {}
    taken = _without_refused(good, verdicts)
    dropped = _dropped(facts, taken, verdicts)
    _count(verdicts, taken)
    taken |= _without_refused({"quarantine": validated.quarantined}, verdicts)
    return Judged(list(read.batch.files), verdicts, facts_upright(taken, read.lying), dropped)


def _by_edition(parsed: Mapping[str, Any], now: Any, warehouse: Warehouse) -> list[Finding]:
    """A finding for each workbook scored by an edition that was changed after its first use, or
    that has nothing to do with those by which visits of its instrument were scored so far."""
    from pipeline.warehouse.editions import changed_editions, strange_editions

    frames = [one.tables["visit"] for one in parsed.values() if "visit" in one.tables]
    if not frames:
        return []
    changed = sorted(changed_editions(warehouse, now))
    visits = pl.concat([f.select("file", "sheet", "edition") for f in frames])
    told = visits.filter(pl.col("edition").is_in(changed)).unique(maintain_order=True)
    found = [EDITION_CHANGED.at(f, sheet, value=e) for f, sheet, e in told.iter_rows()]
    each = visits.drop_nulls().unique(maintain_order=True)
    strange = strange_editions(warehouse, each["edition"].unique(maintain_order=True), now)
    return found + [
        EDITION_STRANGE.at(f, sheet, value=e, other=strange[e])
        for f, sheet, e in each.iter_rows()
        if e in strange
    ]


def with_codes(read: Read, register: pl.DataFrame) -> Read:
    """`read` with lost leading zeros of branch codes put back.

    The register is the stored one (branch_code; may be empty) and the register sheets of this very
    batch, whose own codes are restored against the stored one first.
    """
    from pipeline.parse import restore

    codes = pl.DataFrame(schema={"branch_code": pl.String})
    if "branch_code" in register.columns:
        codes = register.select("branch_code")
    found = dict(read.parsed)
    if "branches" in found:
        found["branches"] = restore(found["branches"], codes)
        codes = pl.concat([codes, found["branches"].tables["branch"].select("branch_code")])
    parsed = {kind: restore(one, codes) for kind, one in found.items()}
    return replace(read, parsed=parsed, restored=True)


def tables(parsed: Mapping[str, Any]) -> dict[str, pl.DataFrame]:
    """Rows by fact table, from all kinds, with the column map; keyed by `file`."""
    parts: dict[str, list[pl.DataFrame]] = {}
    for one in parsed.values():
        for table, frame in {**one.tables, "column_map": one.column_map}.items():
            cast = [pl.col("file").cast(pl.UInt32)]
            cast += [pl.col(c).cast(pl.Int64) for c in ("row",) if c in frame.columns]
            parts.setdefault(table, []).append(frame.with_columns(cast))
    return {t: pl.concat(p, how="diagonal_relaxed") for t, p in sorted(parts.items())}


def _verdict(
    read: Read, index: int, own: list[Finding], status: Mapping[int, str], strict: bool
) -> Verdict:
    kind = read.kinds.get(index)
    said = status.get(index, "accepted")
    if kind is None or (strict and said in ("warned", "partial")):
        said = "refused"
    if kind is None and not own:
        own = [NO_KIND.at(index)]
    period = read.parsed[kind].periods.get(index) if kind in read.parsed else None
    return Verdict(said, kind, period, 0, own)


def _without_refused(
    facts: Mapping[str, pl.DataFrame], verdicts: Mapping[int, Verdict]
) -> dict[str, pl.DataFrame]:
    taken = [index for index, v in verdicts.items() if v.status != "refused"]
    return {t: of_files(f, taken) for t, f in facts.items()}


def of_files(frame: pl.DataFrame, files: Sequence[int]) -> pl.DataFrame:
    """The rows of these files, in their order; nothing is copied where that is all of them."""
    own = pl.Series(files, dtype=pl.UInt32).implode()
    wanted = frame.select(pl.col("file").cast(pl.UInt32).is_in(own))["file"]
    return frame if wanted.all() else frame.filter(wanted)


def _dropped(
    facts: Mapping[str, pl.DataFrame],
    taken: Mapping[str, pl.DataFrame],
    verdicts: Mapping[int, Verdict],
) -> dict[int, dict[str, list[list[Any]]]]:
    """{file: {table: [[sheet, row], …]}} of the rows that a partial workbook lost."""
    partial = [index for index, v in verdicts.items() if v.status == "partial"]
    found: dict[int, dict[str, list[list[Any]]]] = {}
    for table, frame in facts.items():
        if table == "column_map" or not partial:
            continue
        own = frame.filter(pl.col("file").is_in(partial)).select(_SOURCE).unique()
        lost = own.join(taken[table].select(_SOURCE), on=_SOURCE, how="anti").sort(_SOURCE)
        for file, sheet, row in lost.iter_rows():
            found.setdefault(file, {}).setdefault(table, []).append([sheet, row])
    return found


def _count(verdicts: Mapping[int, Verdict], taken: Mapping[str, pl.DataFrame]) -> None:
    """Rows taken of each file's main table (of scorecards: answers)."""
    counted = {
        table: dict(frame.group_by("file").len().iter_rows())
        for table, frame in taken.items()
        if table != "column_map"
    }
    for index, verdict in verdicts.items():
        if verdict.kind is not None and verdict.status != "refused":
            table = kinds()[verdict.kind].table or "visit"
            verdict.rows = counted.get(table, {}).get(index, 0)


def used_editions(
    facts: Mapping[str, pl.DataFrame], office: sqlite3.Connection
) -> dict[str, dict[str, Any]]:
    """Editions that the visits to be taken were made by, as JSON."""
    visits = facts.get("visit")
    if visits is None or visits.is_empty():
        return {}
    from pipeline.office.editions import known
    from pipeline.warehouse.editions import body_of

    editions = known(office)
    names = visits.get_column("edition").unique().drop_nulls().sort()
    return {name: body_of(editions[name]) for name in names if name in editions}
