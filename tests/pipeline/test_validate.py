"""Validation: planted faults must come back with their cell; what is sound must pass."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, time
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from audits.scorecard import load_editions
from pipeline.findings import Finding, Rule
from pipeline.sheets.declaration import Column, Comparison, SheetKind
from pipeline.validate import KnownWorld, Validated, validate
from pipeline.validation import batch
from pipeline.validation.checker import Checker, Here
from pipeline.validation.checks import Check
from pipeline.validation.questions import questions

SHEET = "表1"
LETTERS = {"branch_code": "A", "branch_name": "B", "month": "C", "served": "D", "identified": "E"}
LETTERS |= {"closed": "F", "referred": "G", "deposits": "H", "wealth_sales": "I", "kind": "J"}


@dataclass(frozen=True)
class Parsed:
    """What parse hands over, as agreed."""

    kind: str
    tables: dict[str, pl.DataFrame]
    column_map: pl.DataFrame
    periods: dict[int, str]
    findings: list[Finding] = field(default_factory=list)


def _money(id: str, over: Any) -> Column:
    return Column(id, id, id, "money", unit="元", over=over, minimum=0)


MONTHLY = SheetKind(
    id="monthly",
    zh="月报",
    en="monthly",
    columns=(
        Column("branch_code", "网点代码", "Branch code", "code", mandatory=True),
        Column("branch_name", "网点名称", "Branch name", "text"),
        Column("month", "月份", "Month", "month", mandatory=True),
        Column("served", "接待客户数", "Served", "count", maximum=99999),
        Column("identified", "识别客户数", "Identified", "count"),
        Column("closed", "成交数", "Closed", "count"),
        Column("referred", "转介数", "Referred", "count"),
        _money("deposits", "stock_end"),
        _money("wealth_sales", "flow"),
        Column("kind", "类别", "Kind", "text", choices=("甲", "乙")),
    ),
    key=("branch_code", "month"),
    comparisons=(
        Comparison("a", "identified", "served", "error", "识别不得大于接待。", "Too many."),
        Comparison("b", "closed", "referred", "warning", "成交大于转介。", "More closed."),
    ),
    table="performance",
    jumps=("served", "deposits"),
)
REGISTER = pl.DataFrame(
    {
        "branch_code": [f"0{n}" for n in range(1, 10)],
        "branch_name": [f"第{n}网点（营业部）" for n in range(1, 10)],
    }
)


def row(n: int, **changes: Any) -> dict[str, Any]:
    """A sound row of branch 0n, in sheet row n + 3 of file 0."""
    sound = {
        "file": 0,
        "sheet": SHEET,
        "row": n + 3,
        "branch_code": f"0{n}",
        "branch_name": f"第{n}网点（营业部）",
        "month": "2026-09",
        "served": 100 + n,
        "identified": 50,
        "closed": 5,
        "referred": 20,
        "deposits": Decimal(1_000_000 * n),
        "wealth_sales": Decimal(200_000),
        "kind": "甲",
    }
    return sound | changes


def monthly(rows: list[dict[str, Any]], findings: list[Finding] | None = None) -> Parsed:
    dtypes = {"file": pl.UInt32, "served": pl.Int64, "identified": pl.Int64}
    dtypes |= {"deposits": pl.Decimal(18, 2), "wealth_sales": pl.Decimal(18, 2)}
    frame = pl.DataFrame(rows, schema_overrides=dtypes, infer_schema_length=None)
    files = sorted(set(frame["file"].to_list()))
    letters = [
        {"file": f, "sheet": SHEET, "column": c, "letter": x, "row": None}
        for f in files
        for c, x in LETTERS.items()
    ]
    schema = {"file": pl.UInt32, "row": pl.Int64}
    column_map = pl.DataFrame(letters, schema_overrides=schema)
    periods = dict.fromkeys(files, "2026-09")
    return Parsed("monthly", {"performance": frame}, column_map, periods, findings or [])


def check_monthly(rows: list[dict[str, Any]], **known: Any) -> Validated:
    world = KnownWorld(**({"branches": REGISTER} | known))
    return validate({"monthly": monthly(rows)}, world, declared={"monthly": MONTHLY})


def where(result: Validated) -> set[tuple[str, str | None]]:
    return {(f.rule, f.cell) for f in result.findings}


SOUND = [row(n) for n in range(1, 6)]


def with_row(n: int, **changes: Any) -> list[dict[str, Any]]:
    return [r if r["row"] != n + 3 else r | changes for r in SOUND]


def test_a_sound_sheet_is_accepted_whole() -> None:
    result = check_monthly(SOUND)
    assert result.findings == []
    assert result.status == {0: "accepted"}
    assert result.good["performance"].height == 5
    assert result.quarantined.is_empty()


@pytest.mark.parametrize(
    ("changes", "rule", "cell"),
    [
        ({"month": None}, "mandatory", "C5"),
        ({"served": 100_000}, "range", "D5"),
        ({"identified": -1}, "range", "E5"),
        ({"kind": "丙"}, "choice", "J5"),
        ({"identified": 103}, "comparison", "E5"),
        ({"branch_code": "99"}, "unknown_branch", "A5"),
    ],
)
def test_an_error_costs_the_row_and_names_the_cell(
    changes: dict[str, Any], rule: str, cell: str
) -> None:
    result = check_monthly(with_row(2, **changes))
    assert where(result) == {(rule, cell)}
    assert result.status == {0: "partial"}
    assert 5 not in result.good["performance"]["row"].to_list()
    assert result.good["performance"].height == 4
    lost = result.quarantined.row(0, named=True)
    assert (lost["row"], lost["kind"], lost["period"]) == (5, "monthly", "2026-09")


def test_equal_is_not_too_many() -> None:
    assert check_monthly(with_row(2, identified=102)).findings == []


def test_a_blank_that_may_be_blank_is_no_finding() -> None:
    assert check_monthly(with_row(2, served=None, kind=None, deposits=None)).findings == []


def test_a_warning_passes_and_stays_visible() -> None:
    result = check_monthly(with_row(2, closed=21))
    assert where(result) == {("comparison_doubt", "F5")}
    assert result.status == {0: "warned"}
    assert result.good["performance"].height == 5


def test_the_sentence_names_values_and_cure_in_both_languages() -> None:
    finding = check_monthly(with_row(2, identified=103)).findings[0]
    assert finding.value == "103"
    assert "103" in finding.zh and "102" in finding.zh and "识别客户数" in finding.zh
    assert "102" in finding.en and "Served" in finding.en


def test_the_same_branch_twice_in_a_file_is_found_on_both_rows() -> None:
    result = check_monthly([*SOUND, row(2, row=20)])
    assert where(result) == {("duplicate_key", "A5"), ("duplicate_key", "A20")}
    assert result.good["performance"].height == 4


def test_the_same_branch_in_two_files_is_a_correction() -> None:
    again = [r | {"file": 1} for r in SOUND]
    assert check_monthly([*SOUND, *again]).status == {0: "accepted", 1: "accepted"}


def test_an_eaten_leading_zero_is_proposed() -> None:
    finding = check_monthly(with_row(2, branch_code="2")).findings[0]
    assert finding.rule == "unknown_branch"
    assert "02" in finding.zh and "02" in finding.en


def test_names_differ_only_if_they_really_do() -> None:
    assert check_monthly(with_row(2, branch_name="第2网点(营业部) ")).findings == []
    result = check_monthly(with_row(2, branch_name="第3网点（营业部）"))
    assert where(result) == {("name_differs", "B5")}
    assert "代码无误的，请把名称改成台账的" in result.findings[0].zh
    assert result.status == {0: "warned"}


def test_without_a_register_one_sentence_per_file_says_so() -> None:
    result = check_monthly(SOUND, branches=pl.DataFrame())
    assert [f.rule for f in result.findings] == ["no_register"]
    assert result.status == {0: "refused"}
    assert result.good["performance"].is_empty()


def test_on_the_first_day_a_register_sheet_of_the_same_run_counts() -> None:
    from pipeline.sheets import kinds

    branch = kinds()["branches"]
    columns = {c.id: None for c in branch.columns}
    rows = [
        columns
        | {"file": 1, "sheet": "台账", "row": n + 2, "level": "网点"}
        | {"branch_code": f"0{n}", "branch_name": f"第{n}网点（营业部）"}
        for n in range(1, 6)
    ]
    frame = pl.DataFrame(rows, schema_overrides={"file": pl.UInt32, "parent_code": pl.String})
    register = Parsed("branches", {"branch": frame}, monthly(SOUND).column_map.clear(), {})
    parsed = {"monthly": monthly(SOUND), "branches": register}
    result = validate(parsed, KnownWorld(), declared={"monthly": MONTHLY, "branches": branch})
    assert result.status == {0: "accepted", 1: "accepted"}


def test_the_other_sheets_are_held_against_what_of_the_register_is_taken() -> None:
    """A refused register makes nobody known: its branches would hang in the air."""
    from pipeline.sheets import kinds

    branch = kinds()["branches"]
    columns = {c.id: None for c in branch.columns}
    rows = [
        columns | {"file": 1, "sheet": "台账", "row": n + 2, "level": "网点"}
        | {"branch_code": f"0{n}", "branch_name": f"第{n}网点（营业部）", "parent_code": f"0{n}"}
        for n in range(1, 6)
    ]  # fmt: skip
    frame = pl.DataFrame(rows, schema_overrides={"file": pl.UInt32})
    register = Parsed("branches", {"branch": frame}, monthly(SOUND).column_map.clear(), {})
    parsed = {"monthly": monthly(SOUND), "branches": register}
    result = validate(parsed, KnownWorld(), declared={"monthly": MONTHLY, "branches": branch})
    assert result.status == {0: "refused", 1: "refused"}
    assert {f.rule for f in result.findings} == {"register_circle", "no_register"}


# ---- against last month ---------------------------------------------------------------------
def august(**factors: float) -> pl.DataFrame:
    frame = monthly(SOUND).tables["performance"].with_columns(month=pl.lit("2026-08"))
    return frame.with_columns(
        (pl.col(c) * f).cast(pl.Int64).cast(frame.schema[c]) for c, f in factors.items()
    )


@pytest.mark.parametrize(("factor", "found"), [(2.9, 0), (3.2, 1), (0.36, 0), (0.3, 1)])
def test_jumps_outside_a_third_to_three(factor: float, found: int) -> None:
    changed = with_row(2, deposits=Decimal(2_000_000) * Decimal(str(factor)))
    result = check_monthly(changed, performance=august(deposits=1))
    assert [(f.rule, f.cell) for f in result.findings] == [("jump", "H5")] * found
    assert result.status[0] == ("warned" if found else "accepted")


def test_one_branch_in_ten_thousands_is_an_error_that_proposes_the_unit() -> None:
    result = check_monthly(with_row(2, deposits=Decimal(210)), performance=august(deposits=1))
    errors = [f for f in result.findings if f.severity == "error"]
    assert [(f.rule, f.cell) for f in errors] == [("unit_scale", "H5")]
    assert "万元" in errors[0].zh and "上月" in errors[0].zh
    assert result.status == {0: "partial"}


def test_too_large_is_told_as_ten_thousand_times() -> None:
    result = check_monthly(
        with_row(2, deposits=Decimal(2_000_000) * 10_000), performance=august(deposits=1)
    )
    said = next(f for f in result.findings if f.rule == "unit_scale")
    assert "一万倍" in said.zh and "ten thousand times" in said.en


def test_without_last_month_the_other_branches_speak() -> None:
    result = check_monthly(with_row(2, deposits=Decimal(210)))
    assert where(result) == {("unit_scale", "H5")}
    assert "中位数" in result.findings[0].zh


def test_a_whole_sheet_in_the_wrong_unit_is_refused_with_one_sentence_per_column() -> None:
    small = [r | {"deposits": r["deposits"] / 10_000} for r in SOUND]
    result = check_monthly(small, performance=august(deposits=1.02))
    errors = [f for f in result.findings if f.severity == "error"]
    assert [(f.rule, f.cell) for f in errors] == [("unit_scale_sheet", "H4")]
    assert "5 行" in errors[0].zh
    assert result.status == {0: "refused"}


def test_a_flow_alone_may_be_that_small() -> None:
    result = check_monthly(with_row(2, wealth_sales=Decimal(20)), performance=august(deposits=1))
    assert where(result) == {("unit_doubt", "I5")}


def test_last_month_in_the_same_run_counts_too() -> None:
    old = [r | {"month": "2026-08", "file": 1, "deposits": r["deposits"] * 4} for r in SOUND]
    result = check_monthly([*SOUND, *old])
    assert Counter(f.rule for f in result.findings) == {"jump": 5}
    assert {f.file for f in result.findings} == {0}


def test_a_month_in_the_wrong_unit_does_not_blame_the_month_after_it() -> None:
    months = ("2026-07", "2026-08", "2026-09")
    rows = [r | {"month": m, "file": n} for n, m in enumerate(months) for r in SOUND]
    rows = [r | {"deposits": r["deposits"] / 10_000} if r["file"] == 1 else r for r in rows]
    result = check_monthly(rows)
    assert result.status == {0: "accepted", 1: "refused", 2: "accepted"}


# ---- what earlier steps said ----------------------------------------------------------------
BAD_CELL = Rule("test_bad_cell", "error", "row", "坏", "bad")


def test_a_cell_already_known_to_be_wrong_is_not_told_twice() -> None:
    earlier = BAD_CELL.at(0, SHEET, "C5", 5, "??")
    parsed = monthly(with_row(2, month=None), [earlier])
    result = validate(
        {"monthly": parsed}, KnownWorld(branches=REGISTER), declared={"monthly": MONTHLY}
    )
    assert result.findings == [earlier]
    assert result.status == {0: "partial"}
    assert result.good["performance"].height == 4


# ---- guards ---------------------------------------------------------------------------------
@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked in this process, where a test can spoil the way to the answer."""
    monkeypatch.setattr(batch, "checker", Here)


@pytest.mark.usefixtures("here")
def test_a_check_that_was_left_out_refuses_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    real = batch._suite
    monkeypatch.setattr(batch, "_suite", lambda height, asked: real(height, asked[:-1]))
    result = check_monthly(SOUND)
    assert [f.rule for f in result.findings] == ["validation_incomplete"]
    assert result.status == {0: "refused"}


@pytest.mark.usefixtures("here")
def test_rows_that_got_lost_refuse_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    real = batch._to_pandas
    monkeypatch.setattr(batch, "_to_pandas", lambda table: real(table).iloc[:-1])
    assert check_monthly(SOUND).status == {0: "refused"}


def test_a_check_that_could_not_run_refuses_the_batch() -> None:
    frame = pl.DataFrame({"a": ["x", "y"]})
    rule = Rule.registry["range"]
    between = Check(rule, "ExpectColumnValuesToBeBetween", {"min_value": 0}, "a")
    with pytest.raises(batch.Unchecked):
        batch.Pending(frame, [between]).failures()


def test_checks_asked_together_fail_each_by_itself() -> None:
    """Three blanks, two amounts below zero, two states: each at its own check, by hand."""
    frame = pl.DataFrame(
        {
            "a": [None, 1, 2, -3],
            "b": [1.5, None, -2.0, None],
            "s": ["ok", "late", "lost", "ok"],
            "code": ["c1", "x", None, "c30"],
        }
    )
    rule = Rule.registry["range"]
    low = {"min_value": 0.0, "max_value": None}
    not_in = "ExpectColumnValuesToNotBeInSet"
    checks = [
        Check(rule, "ExpectColumnValuesToNotBeNull", {}, "a"),
        Check(rule, "ExpectColumnValuesToBeBetween", low, "a"),
        Check(rule, not_in, {"column": "s", "value_set": ["late"]}, "s"),
        Check(rule, "ExpectColumnValuesToNotBeNull", {}, "b"),
        Check(rule, "ExpectColumnValuesToBeBetween", low, "b"),
        Check(rule, not_in, {"column": "s", "value_set": ["lost"]}, "s"),
        Check(
            rule, "ExpectColumnValuesToBeInSet", {"value_set": [f"c{i}" for i in range(50)]}, "code"
        ),
        Check(rule, not_in, {"column": "s", "value_set": ["never"]}, "s"),
    ]
    expected = [(0, [0]), (1, [3]), (2, [1]), (3, [1, 3]), (4, [2]), (5, [2]), (6, [1])]
    assert batch.Pending(frame, checks).failures() == expected


def test_limits_comparisons_and_states_asked_together_fail_each_by_itself() -> None:
    """Limits on both sides, wholes and parts, states of several columns, by hand. Of the whole
    numbers two differ by one where a float cannot tell them apart."""
    large = 2**53
    frame = pl.DataFrame(
        {
            "r": [0.2, 1.0, 3.5, None, 0.3],
            "q": [1.0, None, 0.1, 3.0, 0.3],
            "all": [large, 5, 7, None, 4],
            "some": [large + 1, 5, 9, 3, 4],
            "paid": [1.5, 2.0, None, 0.0, 2.0],
            "left": [1.5, 2.5, 1.0, -1.0, 2.0],
            "s": ["ok", "row", "ok", None, "sheet"],
            "t": ["sheet", "ok", "ok", "ok", "ok"],
        }
    )
    rule = Rule.registry["range"]
    between, not_in = "ExpectColumnValuesToBeBetween", "ExpectColumnValuesToNotBeInSet"
    either = {"or_equal": True, "ignore_row_if": "either_value_is_missing"}

    def pair(a: str, b: str) -> Check:
        found = {"column_A": a, "column_B": b} | either
        return Check(rule, "ExpectColumnPairValuesAToBeGreaterThanB", found, a)

    checks = [
        *(Check(rule, between, {"min_value": 0.25, "max_value": 3.0}, c) for c in ("r", "q")),
        pair("all", "some"),
        pair("paid", "left"),
        *(
            Check(rule, not_in, {"column": c, "value_set": [state]}, c)
            for c in ("s", "t")
            for state in ("sheet", "row")
        ),
    ]
    expected = [(0, [0, 2]), (1, [2]), (2, [0, 2]), (3, [1]), (4, [4]), (5, [1]), (6, [0])]
    assert len(questions(checks, frame.schema)) == 3
    assert batch.Pending(frame, checks).failures() == expected


def test_rows_that_are_alike_are_asked_about_once(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pl.DataFrame(
        {"a": [3.0, None, 1.0, 3.0, None, 3.0], "b": [2.0, 2.0, None, 4.0, 2.0, 4.0]}
    )
    either = {"ignore_row_if": "either_value_is_missing", "or_equal": True}
    pair = {"column_A": "a", "column_B": "b"} | either
    rule = Rule.registry["range"]
    checks = [
        Check(rule, "ExpectColumnPairValuesAToBeGreaterThanB", pair, "a"),
        Check(rule, "ExpectColumnValuesToBeBetween", {"min_value": 3, "max_value": 9}, "b"),
    ]
    heights = []

    class Heard(Here):
        def ask(self, *asked: Any) -> Any:
            heights.append(asked[0])
            return super().ask(*asked)

    monkeypatch.setattr(batch, "checker", Heard)
    for alike in (False, True):
        found = batch.Pending(frame, checks, alike).failures()
        assert found == [(0, [3, 5]), (1, [0, 1, 4])]
    assert heights == [6, 4]


def test_a_part_that_was_not_asked_refuses_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which of the checks asked together are at fault is looked up; a wrong guess is no answer."""
    frame = pl.DataFrame({"a": [1, -1], "b": [-2, 1]})
    low = {"min_value": 0.0, "max_value": None}
    rule = Rule.registry["range"]
    checks = [Check(rule, "ExpectColumnValuesToBeBetween", low, c) for c in ("a", "b")]
    real = batch.narrowed

    def one_only(frame: pl.DataFrame, asked: Any) -> Any:
        return [replace(q, parts=q.parts[:1]) for q in real(frame, asked)]

    monkeypatch.setattr(batch, "narrowed", one_only)
    with pytest.raises(batch.Unchecked):
        batch.Pending(frame, checks).failures()


def test_a_killed_checker_costs_time_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed while idle, then answered all the same; the next one is a process again."""
    asked = Checker()
    monkeypatch.setattr(batch, "checker", lambda: asked)
    frame = pl.DataFrame({"a": [None, 1]})
    blank = Check(Rule.registry["range"], "ExpectColumnValuesToNotBeNull", {}, "a")
    assert batch.Pending(frame, [blank]).failures() == [(0, [0])]
    for process in asked._processes:
        process.begin()
        assert process.process
        process.process.kill()
    for _ in range(3):
        assert batch.Pending(frame, [blank]).failures() == [(0, [0])]
    assert any(p.process and p.process.poll() is None for p in asked._processes)
    asked.end()


@pytest.mark.usefixtures("here")
def test_one_batch_for_all_files_of_a_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    real = batch._to_pandas

    def counted(table: bytes) -> Any:
        calls.append(len(real(table)))
        return real(table)

    monkeypatch.setattr(batch, "_to_pandas", counted)
    check_monthly([r | {"file": f} for f in range(40) for r in SOUND])
    # all files at once: each row by itself, then against the months before
    assert calls == [200, 200]


# ---- scorecards -----------------------------------------------------------------------------
EDITIONS = load_editions()
HEADS = ("branch_code", "branch_name", "round", "edition", "visit_date", "time_in", "time_out")


def visit_row(file: int, **changes: Any) -> dict[str, Any]:
    return {
        "file": file,
        "sheet": SHEET,
        "row": 2,
        "visit_id": f"v{file}",
        "branch_code": "01",
        "branch_name": "第1网点（营业部）",
        "round": "2026Q3",
        "edition": "covert-1",
        "visit_date": date(2026, 9, 1),
        "time_in": time(9, 30),
        "time_out": time(10, 5),
        "shopper_id": "S01",
        "customer_role": "普通客户",
        "union_present": True,
    } | changes


def answer_rows(file: int, counters: int = 1) -> list[dict[str, Any]]:
    """All items of covert-1 answered; item n stands in row 20 + n, hall in D, counters in E…"""
    rows = []
    for n, item in enumerate(EDITIONS["covert-1"].items):
        places = [0] if item.scope == "visit" else range(1, counters + 1)
        for place in places:
            best = float(item.levels or 1) if item.effect == "earn" else 0.0
            rows.append(
                {
                    "file": file,
                    "sheet": SHEET,
                    "row": 20 + n,
                    "visit_id": f"v{file}",
                    "encounter": place,
                    "item_id": item.id,
                    "answer": best,
                    "not_applicable": False,
                    "reason": None,
                    "cell": f"{'DEFGH'[place]}{20 + n}",
                }
            )
    return rows


def scorecards(visits: list[dict[str, Any]], answers: list[dict[str, Any]]) -> dict[str, Parsed]:
    overrides = {"file": pl.UInt32, "encounter": pl.Int32, "reason": pl.String}
    tables = {
        "visit": pl.DataFrame(
            visits,
            schema_overrides={"file": pl.UInt32, "time_in": pl.Time, "customer_role": pl.String},
            infer_schema_length=None,
        ),
        "answer": pl.DataFrame(answers, schema_overrides=overrides, infer_schema_length=None),
    }
    column_map = pl.DataFrame(
        [
            {"file": v["file"], "sheet": SHEET, "column": c, "letter": "B", "row": 2 + n}
            for v in visits
            for n, c in enumerate((*HEADS, "shopper_id", "customer_role"))
        ],
        schema_overrides={"file": pl.UInt32},
    )
    return {"scorecard": Parsed("scorecard", tables, column_map, {})}


TODAY = date(2026, 11, 1)


def check_card(
    changes: dict[tuple[int, str], dict[str, Any]] | None = None, counters: int = 1, **head: Any
) -> Validated:
    rows = [
        r | (changes or {}).get((r["encounter"], r["item_id"]), {})
        for r in answer_rows(0, counters)
    ]
    rows = [r for r in rows if not r.pop("left_out", False)]
    known = KnownWorld(branches=REGISTER, editions=EDITIONS, today=TODAY)
    return validate(scorecards([visit_row(0, **head)], rows), known)


def cell_of(item: str, place: int = 0) -> str:
    ids = [i.id for i in EDITIONS["covert-1"].items]
    return f"{'DEFGH'[place]}{20 + ids.index(item)}"


def test_a_sound_scorecard_is_accepted() -> None:
    result = check_card(counters=2)
    assert result.findings == []
    assert result.status == {0: "accepted"}


@pytest.mark.parametrize(
    ("place", "item", "change", "rule"),
    [
        (0, "ENV01", {"answer": None}, "blank_answer"),
        (0, "ENV01", {"answer": 3.0}, "answer_range"),
        (0, "ENV01", {"answer": 1.5}, "answer_range"),
        (0, "HALL03", {"answer": -1.0}, "answer_range"),
        (1, "STEP2A", {"answer": 2.0}, "answer_range"),
        (1, "STEP5D", {"answer": None}, "blank_answer"),
        (0, "ENV01", {"answer": None, "not_applicable": True}, "not_applicable_not_allowed"),
    ],
)
def test_a_wrong_answer_refuses_the_workbook_at_its_cell(
    place: int, item: str, change: dict[str, Any], rule: str
) -> None:
    result = check_card({(place, item): change})
    assert where(result) == {(rule, cell_of(item, place))}
    assert item in result.findings[0].zh and item in result.findings[0].en
    assert result.status == {0: "refused"}
    assert result.good["answer"].is_empty() and result.good["visit"].is_empty()


@pytest.mark.parametrize(
    ("place", "item", "change"),
    [
        (0, "HALL03", {"answer": 2.5}),  # minutes may be broken
        (0, "ENV03", {"answer": None, "not_applicable": True}),
        (1, "STEP5A", {"answer": None}),  # a case of another kind of customer
    ],
)
def test_what_is_right_is_not_blamed(place: int, item: str, change: dict[str, Any]) -> None:
    assert check_card({(place, item): change}).findings == []


def test_a_promise_not_made_leaves_its_keeping_blank() -> None:
    blank = {(1, "STEP4A"): {"answer": 0.0}, (1, "STEP4B"): {"answer": None}}
    assert check_card(blank).findings == []
    assert where(check_card({(1, "STEP4B"): {"answer": None}})) == {
        ("blank_answer", cell_of("STEP4B", 1))
    }


def test_a_missing_item_is_told_by_name() -> None:
    result = check_card({(0, "COMP21"): {"left_out": True}})
    assert [f.rule for f in result.findings] == ["missing_item"]
    assert "COMP21" in result.findings[0].zh
    assert result.status == {0: "refused"}


def test_strange_items_and_places() -> None:
    known = KnownWorld(branches=REGISTER, editions=EDITIONS)
    stranger = answer_rows(0)[0] | {"item_id": "ZZZ", "row": 300, "cell": "D300"}
    moved = answer_rows(0)[0] | {"encounter": 1, "cell": "E20"}
    result = validate(scorecards([visit_row(0)], [*answer_rows(0), stranger, moved]), known)
    assert where(result) == {("unknown_item", "D300"), ("wrong_place", "E20")}


def test_an_item_twice_is_told() -> None:
    known = KnownWorld(branches=REGISTER, editions=EDITIONS)
    twice = answer_rows(0)[0] | {"row": 300, "cell": "D300"}
    result = validate(scorecards([visit_row(0)], [*answer_rows(0), twice]), known)
    assert where(result) == {("duplicate_key", "D20"), ("duplicate_key", "D300")}


def test_an_unused_second_counter_column_is_not_blank() -> None:
    unused = {(2, i.id): {"answer": None} for i in EDITIONS["covert-1"].items}
    assert check_card(unused, counters=2).findings == []
    forgotten = {(1, i.id): {"answer": None} for i in EDITIONS["covert-1"].items}
    assert {f.rule for f in check_card(forgotten).findings} == {"blank_answer"}


@pytest.mark.parametrize(
    ("head", "rule", "cell"),
    [
        ({"time_out": time(9, 30)}, "time_order", "B8"),
        ({"customer_role": None}, "customer_role_needed", "B10"),
        ({"customer_role": "路人"}, "choice", "B10"),
        ({"edition": "covert-9"}, "unknown_edition", "B5"),
        ({"round": None}, "mandatory", "B4"),
        ({"branch_code": "77"}, "unknown_branch", "B2"),
        ({"round": "2026Q9"}, "pattern", "B4"),
        ({"round": "2026q3"}, "pattern", "B4"),
        ({"visit_date": date(1900, 1, 1)}, "visit_outside_round", "B6"),
        ({"visit_date": date(2026, 6, 30)}, "visit_outside_round", "B6"),
        ({"visit_date": date(2026, 10, 15)}, "visit_outside_round", "B6"),
        # what is still to come is outside all the same
        ({"visit_date": date(2026, 12, 1)}, "visit_outside_round", "B6"),
    ],
)
def test_a_wrong_head_is_told_at_its_cell(head: dict[str, Any], rule: str, cell: str) -> None:
    result = check_card(**head)
    assert (rule, cell) in where(result)
    # nothing but what follows from it: an unknown role leaves the cases of step five unasked
    assert {f.rule for f in result.findings} == {rule}
    assert result.status == {0: "refused"}


@pytest.mark.parametrize(
    ("head", "rules"),
    [
        ({"visit_date": date(2026, 7, 1)}, set()),
        ({"visit_date": date(2026, 9, 30)}, set()),
        ({"visit_date": date(2026, 10, 1)}, {"visit_after_round"}),  # put off, and told
        ({"visit_date": date(2026, 10, 14)}, {"visit_after_round"}),
        ({"round": "2026Q4", "visit_date": TODAY}, set()),
        # the machine's clock decides about nothing: a warning
        ({"round": "2026Q4", "visit_date": date(2026, 11, 2)}, {"visit_in_future"}),
    ],
)
def test_a_visit_lies_in_its_round(head: dict[str, Any], rules: set[str]) -> None:
    result = check_card(**head)
    assert {f.rule for f in result.findings} == rules
    assert result.status == {0: "warned" if rules else "accepted"}


def test_sentences_give_dates_and_times_as_they_are_written() -> None:
    (times,) = check_card(time_out=time(9, 20)).findings
    assert "离开时间是 09:20，进入时间是 09:30" in times.zh and "09:20" in times.en
    (outside,) = check_card(visit_date=date(2025, 9, 1)).findings
    assert outside.value == "2025-09-01"
    assert "2026-07-01 至 2026-09-30" in outside.zh and "2026-07-01 to 2026-09-30" in outside.en
    both = check_card(round="2026Q9", visit_date=date(1900, 1, 1)).findings
    assert {(f.rule, f.cell) for f in both} == {("pattern", "B4"), ("visit_long_ago", "B6")}
    (future,) = check_card(round="2026Q4", visit_date=date(2026, 12, 1)).findings
    assert "2026-11-01" in future.zh and "2026-12-01" in future.en


@pytest.mark.parametrize(
    ("changes", "zh", "en"),
    [
        ({"identified": -1}, "应不小于 0", "must be at least 0"),
        ({"served": 100_000}, "应在 0 至 99999 之间", "must be between 0 and 99999"),
    ],
)
def test_a_range_is_said_as_what_the_value_must_be(
    changes: dict[str, Any], zh: str, en: str
) -> None:
    (finding,) = [f for f in check_monthly(with_row(2, **changes)).findings if f.rule == "range"]
    assert zh in finding.zh and en in finding.en and "…" not in finding.zh + finding.en


def test_one_bad_scorecard_does_not_cost_the_others() -> None:
    rows = [r for file in range(3) for r in answer_rows(file)]
    rows[5]["answer"] = 9.0
    known = KnownWorld(branches=REGISTER, editions=EDITIONS)
    result = validate(scorecards([visit_row(f) for f in range(3)], rows), known)
    assert result.status == {0: "refused", 1: "accepted", 2: "accepted"}
    assert set(result.good["answer"]["file"].to_list()) == {1, 2}


def test_the_same_visit_sent_twice_in_one_run_is_judged_twice() -> None:
    rows = answer_rows(0) + [r | {"file": 1} for r in answer_rows(0)]
    rows[-1]["answer"] = None
    visits = [visit_row(0), visit_row(0) | {"file": 1}]
    result = validate(scorecards(visits, rows), KnownWorld(REGISTER, EDITIONS))
    assert result.status == {0: "accepted", 1: "refused"}


def _month(file: int, month: str, scale: Decimal = Decimal(1)) -> list[dict[str, Any]]:
    """The sound rows as a workbook of `month`, its money times `scale`."""
    money = ("deposits", "wealth_sales")
    return [
        r
        | {"file": file, "month": month}
        | {c: (r[c] * scale).quantize(Decimal("0.01")) for c in money}
        for r in SOUND
    ]


def test_a_refused_month_is_no_yardstick_for_the_next() -> None:
    wrong = _month(1, "2026-08", Decimal("0.0001"))
    found = check_monthly([*_month(0, "2026-07"), *wrong, *_month(2, "2026-09")])
    assert found.status == {0: "accepted", 1: "refused", 2: "accepted"}
    # the unit is said, once per column, and no jump beside it
    told = [f.rule for f in found.findings if f.file == 1]
    assert set(told) == {"unit_scale_sheet"}


def test_a_workbook_without_a_row_left_is_refused() -> None:
    found = check_monthly([row(1, identified=900), row(2, file=1, identified=900), row(3, file=1)])
    assert found.status == {0: "refused", 1: "partial"}
    assert found.good["performance"]["branch_code"].to_list() == ["03"]
