"""Publishing: the parts on a province made by hand. The way through ingest is at the end."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hand_facts import FILE_A, FILE_B, REGISTER, letters, live, month_row

from pipeline.faults import Fault
from pipeline.publication_tables import TABLES
from pipeline.publishing.content_hash import content_hash, table_hash
from pipeline.publishing.coverage import coverage
from pipeline.publishing.differences import differences
from pipeline.publishing.hierarchy import scope_members, scope_table
from pipeline.publishing.restatements import (
    SOURCES,
    as_json,
    causes,
    changed_values,
    restatement_table,
)
from pipeline.publishing.taken_over import take_over
from pipeline.publishing.writing import sweep, write_whole
from pipeline.warehouse.schema import fact_tables


def facts_from(tables: dict[str, pl.DataFrame], end: str = "2026-09") -> dict[str, pl.DataFrame]:
    """As publishing takes them over; tables not given are empty."""
    return take_over(lambda t: tables[t] if t in tables else live(t, []), end)


# --- the tree ---------------------------------------------------------------------------------


def test_a_ragged_tree_has_every_level_and_the_peer_groups() -> None:
    scope = scope_table(live("branch", REGISTER))
    levels = dict(scope.select("scope", "level").rows())
    assert levels == {
        "01": "province",
        "0101": "city",
        "010101": "sub_branch",
        "01010101": "branch",
        "01010102": "branch",
        "0199": "direct",
        "019901": "branch",
        "peer:甲": "peer_group",
        "peer:乙": "peer_group",
    }
    assert scope.schema == pl.Schema(TABLES["scope"])


def test_members_are_branches_only_at_every_level() -> None:
    members = scope_members(live("branch", REGISTER))
    by_scope = {s: set(m["branch_code"]) for (s,), m in members.group_by("scope")}
    assert by_scope == {
        "01": {"01010101", "01010102", "019901"},
        "0101": {"01010101", "01010102"},
        "010101": {"01010101", "01010102"},
        "0199": {"019901"},
        "01010101": {"01010101"},
        "01010102": {"01010102"},
        "019901": {"019901"},
        "peer:甲": {"01010101", "019901"},
        "peer:乙": {"01010102"},
    }
    assert members.is_unique().all()


def test_a_branch_with_a_lost_parent_is_still_in_the_province_and_a_circle_is_told() -> None:
    rows = [dict(r) for r in REGISTER]
    rows[2]["parent_code"] = "nowhere"
    members = scope_members(live("branch", rows))
    assert set(members.filter(pl.col("scope") == "01")["branch_code"]) == {
        "01010101",
        "01010102",
        "019901",
    }
    assert members.filter(pl.col("scope") == "nowhere").is_empty()
    rows[1]["parent_code"], rows[2]["parent_code"] = "010101", "0101"
    with pytest.raises(Fault, match="成环"):
        scope_members(live("branch", rows))


def test_the_period_is_part_of_the_content() -> None:
    tables = {"coverage": pl.DataFrame({"scope": ["1"], "status": ["reported"]})}
    assert content_hash(tables, "2026-09") != content_hash(tables, "2026Q3")
    assert content_hash(tables, "2026-09") == content_hash(tables, "2026-09")


# --- facts taken over -------------------------------------------------------------------------


def test_facts_carry_the_file_and_nobody() -> None:
    visit = {"visit_id": "v1", "branch_code": "01010101", "visit_date": date(2026, 9, 3)}
    plan = {"plan_id": "p1", "branch_code": "01010101", "planned_date": date(2026, 9, 3)}
    facts = facts_from(
        {
            "branch": live("branch", REGISTER),
            "visit": live("visit", [visit | {"shopper_id": "S007"}]),
            "planned_visit": live("planned_visit", [plan | {"shopper_id": "S007"}]),
            "column_map": live("column_map", letters(FILE_A, {"shopper_id": "F", "round": "B"})),
        }
    )
    for name, frame in facts.items():
        assert not {"shopper_id", "head", "email", "upload_id", "seq"} & set(frame.columns), name
        assert "S007" not in frame.write_csv(), name
    assert facts["visit"]["sha256"].to_list() == [FILE_A]
    assert facts["column_map"]["column"].to_list() == ["round"]


def test_facts_end_with_the_period_and_answers_follow_their_visit() -> None:
    visits = [
        {"visit_id": "in", "branch_code": "01010101", "visit_date": date(2026, 9, 30)},
        {"visit_id": "after", "branch_code": "01010101", "visit_date": date(2026, 10, 1)},
    ]
    answers = [
        {"visit_id": v, "encounter": 1, "item_id": "a", "answer": 1.0} for v in ("in", "after")
    ]
    months = [month_row("01010101", m) for m in ("2026-08", "2026-09", "2026-10")]
    facts = facts_from(
        {
            "visit": live("visit", visits),
            "answer": live("answer", answers),
            "performance": live("performance", months),
        }
    )
    assert facts["visit"]["visit_id"].to_list() == ["in"]
    assert facts["answer"]["visit_id"].to_list() == ["in"]
    assert facts["performance"]["month"].to_list() == ["2026-08", "2026-09"]


# --- content hash -----------------------------------------------------------------------------


def two_months(seq: int, backwards: bool) -> dict[str, pl.DataFrame]:
    rows = [month_row("01010101", "2026-08") | {"row": 3}, month_row("01010102", "2026-09")]
    rows[1] |= {"row": 4}
    ordered = rows[::-1] if backwards else rows
    return facts_from({"performance": live("performance", ordered, seq)})


def test_the_hash_knows_neither_order_nor_ledger_numbers() -> None:
    assert content_hash(two_months(1, False)) == content_hash(two_months(99, True))


@pytest.mark.parametrize(
    ("column", "other"),
    [
        ("spoken", 51),
        ("income", Decimal("100.01")),
        ("row", 5),
        ("sheet", "表2"),
        ("sha256", FILE_B),
        ("served", None),
    ],
)
def test_the_hash_sees_every_value_and_every_place(column: str, other: object) -> None:
    first = facts_from({"performance": live("performance", [month_row("01010101", "2026-08")])})
    row = month_row("01010101", "2026-08") | {column: other}
    second = facts_from({"performance": live("performance", [row])})
    assert content_hash(first) != content_hash(second)


def test_missing_is_not_the_empty_text_and_text_does_not_flow_over() -> None:
    frames = [
        pl.DataFrame({"a": [a], "b": [b]}, schema={"a": pl.String, "b": pl.String})
        for a, b in ((None, "x"), ("", "x"), ("x", ""), ("x,", ""), ("null", "x"))
    ]
    assert len({table_hash("t", f) for f in frames}) == len(frames)


def test_the_hash_leaves_out_what_the_clock_decides_and_the_restatements() -> None:
    day = {"scope": "b", "period": "2026-08", "kind": "performance", "due": date(2026, 9, 7)}
    frames = {
        s: pl.DataFrame([day | {"status": s}], schema=TABLES["coverage"])
        for s in ("reported", "late", "not_reported")
    }
    hashes = {s: content_hash({"coverage": f}) for s, f in frames.items()}
    assert hashes["reported"] == hashes["late"] != hashes["not_reported"]
    told = pl.DataFrame({"metric": ["m"]})
    assert content_hash({"restatement": told}) == content_hash({"restatement": told.clear()})


def test_the_last_bits_of_a_sum_do_not_change_the_hash() -> None:
    values = [pl.DataFrame({"v": [v]}) for v in (0.1 + 0.2, 0.3, 0.30000001)]
    first, second, third = (table_hash("t", v) for v in values)
    assert first == second != third


# --- restatements -----------------------------------------------------------------------------


def sent_twice() -> tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame]]:
    """A file of two branches, sent again with three cells changed and one column moved."""
    rows = [month_row("01010101", "2026-09"), month_row("01010102", "2026-09")]
    again = [dict(r) | {"sha256": FILE_B, "row": 10 + i} for i, r in enumerate(rows)]
    again[0] |= {"spoken": 60, "income": Decimal("120.50")}
    again[1] |= {"served": None}
    columns = {"branch_code": "A", "month": "C", "served": "L", "spoken": "M", "income": "Z"}
    old = letters(FILE_A, columns)
    new = letters(FILE_B, columns | {"spoken": "N"})
    return (
        facts_from(
            {"performance": live("performance", rows), "column_map": live("column_map", old)}
        ),
        facts_from(
            {"performance": live("performance", again, 2), "column_map": live("column_map", new)}
        ),
    )


def test_three_changed_cells_are_told_and_nothing_else() -> None:
    changes = differences(*sent_twice())
    told = ["change", "branch_code", "column", "old", "new", "sha256", "cell", "former_cell"]
    assert changes.select(told).rows() == [
        ("changed", "01010101", "income", "100.00", "120.50", FILE_B, "Z10", "Z3"),
        ("changed", "01010101", "spoken", "50", "60", FILE_B, "N10", "M3"),
        ("changed", "01010102", "served", "100", None, FILE_B, "L11", "L4"),
    ]


def test_sent_again_unchanged_changes_nothing() -> None:
    before, _ = sent_twice()
    moved = {
        n: f.with_columns(pl.lit(FILE_B).alias("sha256")) if "sha256" in f.columns else f
        for n, f in before.items()
    }
    assert differences(before, moved).is_empty()


def test_a_new_branch_is_one_line_not_forty() -> None:
    one = facts_from({"performance": live("performance", [month_row("01010101", "2026-09")])})
    two = facts_from(
        {
            "performance": live(
                "performance", [month_row("01010101", "2026-09"), month_row("01010102", "2026-09")]
            )
        }
    )
    assert differences(one, two).select("change", "branch_code", "column").rows() == [
        ("added", "01010102", None)
    ]
    assert differences(two, one)["change"].to_list() == ["removed"]


def test_an_answer_is_told_with_its_own_cell() -> None:
    visit = {"visit_id": "v", "branch_code": "01010101", "visit_date": date(2026, 9, 3)}
    answer = {"visit_id": "v", "encounter": 1, "item_id": "a", "cell": "E12"}
    before, after = (
        facts_from(
            {"visit": live("visit", [visit]), "answer": live("answer", [answer | {"answer": a}])}
        )
        for a in (1.0, 0.0)
    )
    row = differences(before, after).row(0, named=True)
    assert (row["cell"], row["old"], row["new"], row["branch_code"], row["month"]) == (
        "E12",
        "1.0",
        "0.0",
        "01010101",
        "2026-09",
    )


def values(rows: list[tuple[str, str, str, float | None]]) -> pl.DataFrame:
    return pl.DataFrame(
        [dict(zip(("metric", "scope", "period", "value"), r, strict=True)) for r in rows],
        schema=TABLES["metric_value"],
    )


def test_changed_values_are_exactly_those() -> None:
    old = values(
        [
            ("m", "a", "2026-09", 0.5),
            ("m", "b", "2026-09", 0.5),
            ("m", "c", "2026-09", 1.0),
            ("m", "d", "2026-09", None),
        ]
    )
    new = values(
        [
            ("m", "a", "2026-09", 0.6),
            ("m", "b", "2026-09", 0.5 + 1e-15),
            ("m", "c", "2026-09", None),
            ("m", "d", "2026-09", None),
            ("m", "e", "2026-09", 0.1),
            ("invented", "a", "2026-09", 1.0),
        ]
    )
    assert changed_values(old, new).rows() == [
        ("m", "a", "2026-09", 0.5, 0.6),
        ("m", "c", "2026-09", 1.0, None),
        ("m", "e", "2026-09", None, 0.1),
    ]


def test_causes_are_cells_of_the_metric_the_scope_and_the_window() -> None:
    changes = differences(*sent_twice())  # 0 income, 1 spoken of 01010101; 2 served of 01010102
    restated = pl.DataFrame(
        [("speak", "01", "2026-09"), ("speak", "01010101", "2026-09"), ("speak", "01", "2026-08")],
        schema=["metric", "scope", "period"],
        orient="row",
    ).with_columns(pl.lit(0.5).alias("former_value"), pl.lit(0.6).alias("value"))
    sources = pl.DataFrame(
        [
            ("speak", "performance", "spoken", "period"),
            ("speak", "performance", "served", "period"),
        ],
        schema=SOURCES,
        orient="row",
    )
    members = scope_members(live("branch", REGISTER))
    caused = causes(restated, changes, members, sources, "2026-09")
    assert caused.rows() == [
        ("speak", "01", "2026-09", 1),
        ("speak", "01", "2026-09", 2),
        ("speak", "01010101", "2026-09", 1),
    ]
    table = restatement_table(restated, changes, caused, 3, "other")
    assert table["former_revision"].to_list() == [3, 3, 3]
    assert table.filter(pl.col("scope") == "01010101")["cause"].item() == (
        f"{FILE_B} 表 N10: 50 -> 60"
    )
    assert table.filter(pl.col("period") == "2026-08")["cause"].item() == "other"
    entries = as_json(restated, changes, caused)
    assert [len(e["values"]) for e in entries] == [0, 2, 1]
    assert entries[1]["former"] == {"sha256": FILE_A, "sheet": "表", "cell": "M3"}


# --- coverage, writing ------------------------------------------------------------------------


def test_coverage_tells_the_four_states_and_leaves_out_who_was_closed() -> None:
    rows = [dict(r) for r in REGISTER]
    rows.append(rows[-1] | {"branch_code": "019902"})
    rows.append(rows[-1] | {"branch_code": "019903", "closed": date(2026, 7, 31)})
    rows.append(rows[-1] | {"branch_code": "019904", "closed": None, "opened": date(2026, 9, 1)})
    got = pl.DataFrame(
        # 2026-08 is due on the fifth business day of September: Monday the 7th
        [("01010101", "2026-08", date(2026, 9, 7)), ("01010102", "2026-08", date(2026, 9, 8))],
        schema=["branch_code", "month", "received"],
        orient="row",
    )
    held = pl.DataFrame([("019901", "2026-08")], schema=["branch_code", "month"], orient="row")
    told = coverage(scope_table(live("branch", rows)), ["2026-08"], got, held)
    assert told.select("scope", "due", "status").rows() == [
        ("01010101", date(2026, 9, 7), "reported"),
        ("01010102", date(2026, 9, 7), "late"),
        ("019901", date(2026, 9, 7), "pending_correction"),
        ("019902", date(2026, 9, 7), "not_reported"),
    ]


def test_a_publication_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "2026-09-r1"
    frame = pl.DataFrame({"a": [1]})
    with pytest.raises(TypeError):
        write_whole(target, {"t": frame}, {"not for JSON": object()})
    assert not target.exists()
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []
    manifest = write_whole(target, {"t": frame}, {"period": "2026-09"})
    assert manifest["tables"]["t"]["rows"] == 1
    with pytest.raises(FileExistsError):
        write_whole(target, {"t": frame}, {"period": "2026-09"})


def test_every_dated_table_is_a_fact_table() -> None:
    from pipeline.publishing.taken_over import DATED, FOLLOWS

    declared = fact_tables()
    for name, column in DATED.items():
        assert column in declared[name].columns
    for name, (leader, key) in FOLLOWS.items():
        assert key in declared[name].columns and key in declared[leader].columns
