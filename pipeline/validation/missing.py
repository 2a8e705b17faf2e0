"""Who is not in the sheet: branches that the register, or the sheet sent before, has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from pipeline.findings import Finding, Rule
from pipeline.periods import days_of
from pipeline.validation.subject import Subject

NAMED = 10  # branches that a sentence names; more are counted
# Of the branches under its node a sheet must have so many to count as the sheet of that node: a
# few corrected rows are no incomplete province.
WHOLE = 0.5

LEFT_OUT = Rule(
    "branches_left_out", "warning", "none",
    "{month} 先前报送的表中有、本表没有的网点共 {count} 个：{codes}。"
    "它们仍以先前的数字为准；若是漏报，请补上后重报，无误可忽略。",
    "Branches of the sheet sent before for {month} that are not in this one ({count}): {codes_en}. "
    "Their former figures stay; add them if they were forgotten, ignore this if not.",
)  # fmt: skip
INCOMPLETE = Rule(
    "period_incomplete", "warning", "none",
    "{month} 的汇总表缺少 {count} 个营业中的网点（{node} 共 {all} 个）：{codes}。"
    "请补报；已停业的，请在机构台账填写停业日期。",
    "Open branches that the consolidated sheet of {month} lacks ({count}; {node} has {all}): "
    "{codes_en}. "
    "Report them too; if they have closed, enter the closing day in the register.",
)  # fmt: skip
NODES_LEFT_OUT = Rule(
    "register_left_out", "warning", "none",
    "先前台账中有、本表没有而已有数据的机构共 {count} 个：{codes}。它们仍按先前的台账保留；"
    "若已撤销，请填写停业日期后整表重报，若是漏列请补上。",
    "Nodes of the former register with data that are not in this one ({count}): {codes_en}. They "
    "stay as they were; if they have closed, enter the closing day, if forgotten, add them.",
)  # fmt: skip


def _listed(codes: Sequence[str]) -> dict[str, Any]:
    """The words {count}, {codes} and {codes_en} of a sentence."""
    shown = [*codes[:NAMED], *(["…"] if len(codes) > NAMED else [])]
    return {"count": len(codes), "codes": "、".join(shown), "codes_en": ", ".join(shown)}


def missing_nodes(subject: Subject) -> list[Finding]:
    """A register sent again without nodes that facts hang on: one warning per workbook."""
    before = subject.known.branches
    if subject.kind.id != "branches" or "branch_code" not in before.columns:
        return []
    own = subject.parsed.tables["branch"]
    with_facts = before.join(subject.known.told_of, on="branch_code", how="semi")
    lacking = with_facts.join(own, on="branch_code", how="anti")["branch_code"].unique().sort()
    if lacking.is_empty():
        return []
    places = own.unique("file", keep="first", maintain_order=True).select("file", "sheet")
    said = _listed(lacking.to_list())
    return [NODES_LEFT_OUT.at(file, sheet, **said) for file, sheet in places.iter_rows()]


def missing_branches(subject: Subject) -> list[Finding]:
    """Consolidated monthly sheets without branches they should have, one warning of each kind."""
    if subject.kind.table != "performance":
        return []
    rows = subject.parsed.tables["performance"].drop_nulls(["branch_code", "month"])
    several = pl.col("branch_code").n_unique().over("file", "month") > 1
    own = rows.filter(several).select("file", "sheet", "month", "branch_code")
    if own.is_empty():
        return []
    lines = lines_of(subject.register)
    in_run = {m: set(codes) for m, codes in rows.group_by("month").agg("branch_code").iter_rows()}
    earlier = _sheets_of(rows, "file"), _sheets_of(subject.known.sent, "seq")
    found: list[Finding] = []
    sheets = own.group_by("file", "month", maintain_order=True).agg(
        pl.col("sheet").first(), pl.col("branch_code").unique()
    )
    for file, month, sheet, listed in sheets.iter_rows():
        codes = set(listed)
        in_run_before = [branches for at, branches in earlier[0].get(month, ()) if at < file]
        stored = [branches for _, branches in earlier[1].get(month, ())]
        before = _before([*in_run_before, *stored], codes) - codes
        if before:
            found.append(LEFT_OUT.at(file, sheet, month=month, **_listed(sorted(before))))
        there = before | in_run[month] | _stored(subject, month)
        found += _incomplete(subject, lines, (file, sheet), month, codes, there)
    return found


def _before(earlier: Iterable[set[str]], codes: set[str]) -> set[str]:
    """Branches of the latest earlier consolidated sheet of the month that shares one with us."""
    return next((own for own in earlier if len(own) > 1 and own & codes), set())


def _sheets_of(rows: pl.DataFrame, key: str) -> dict[str, list[tuple[int, set[str]]]]:
    """By month: (key, branches) of each of its sheets, the latest first."""
    known = rows.drop_nulls(["branch_code", "month"])
    grouped = known.group_by("month", key).agg(pl.col("branch_code").unique())
    found: dict[str, list[tuple[int, set[str]]]] = {}
    for month, at, codes in grouped.sort(key, descending=True).iter_rows():
        found.setdefault(month, []).append((at, set(codes)))
    return found


def _stored(subject: Subject, month: str) -> set[str]:
    sent = subject.known.sent
    return set(sent.filter(pl.col("month") == month)["branch_code"])


def lines_of(register: pl.DataFrame) -> dict[str, list[str]]:
    """Per branch (网点) its line of superiors from the top down to itself."""
    if not {"parent_code", "level"} <= set(register.columns):
        return {}
    rows = register.select("branch_code", "parent_code", "level").rows()
    parents = {code: parent for code, parent, _ in rows}
    return {code: _line(code, parents) for code, _, level in rows if level == "网点"}


def _line(code: str, parents: Mapping[str, str | None]) -> list[str]:
    line: list[str] = []
    at: str | None = code
    while at is not None and at in parents and at not in line:
        line.append(at)
        at = parents[at]
    return line[::-1]


def _incomplete(
    subject: Subject,
    lines: Mapping[str, list[str]],
    place: tuple[int, str],
    month: str,
    codes: set[str],
    there: set[str],
) -> list[Finding]:
    """What the smallest node over all branches of the sheet has open, and the sheet lacks."""
    node = _over([lines[c] for c in codes if c in lines])
    if node is None:
        return []
    open_ = _open(subject.register, month)
    below = {c for c, line in lines.items() if node in line and c in open_}
    lacking = sorted(below - there)
    if not lacking or len(codes & below) < WHOLE * len(below):
        return []
    names = dict(subject.register.select("branch_code", "branch_name").iter_rows())
    words = _listed(lacking) | {"month": month, "node": names.get(node) or node}
    return [INCOMPLETE.at(*place, **words, all=len(below))]


def _over(lines: Sequence[list[str]]) -> str | None:
    """The lowest node that all lines have in common; None if there is none."""
    common = None
    for step in zip(*(line[:-1] for line in lines), strict=False):
        if len(set(step)) > 1:
            break
        common = step[0]
    return common


def _open(register: pl.DataFrame, month: str) -> set[str]:
    """Codes of what is open on some day of the month."""
    days = days_of(month)
    open_ = register
    if "opened" in register.columns:
        open_ = open_.filter(pl.col("opened").is_null() | (pl.col("opened") <= days[-1]))
    if "closed" in register.columns:
        open_ = open_.filter(pl.col("closed").is_null() | (pl.col("closed") >= days[0]))
    return set(open_["branch_code"])
