"""The files of the sample, opened with another library than the one that wrote them."""

from __future__ import annotations

import json
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from pipeline.sample import faults, messy_monthly, messy_scorecards
from pipeline.sample.build import write_sample
from pipeline.sample.options import Options

Truth = dict[str, Any]


def grid(path: Path, values: bool = True) -> Any:
    return openpyxl.load_workbook(path, data_only=values).worksheets[0]


def entries(truth: Truth, way: str) -> list[dict[str, Any]]:
    return [m for m in truth["messy"] if way in m["ways"]]


def rows_of(sample: Path, entry: dict[str, Any]) -> list[dict[str, Any]]:
    told = json.loads((sample / entry["canonical"]).read_text("utf-8"))
    rows: list[dict[str, Any]] = told["rows"]
    return rows


def bytes_of(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_the_folders_come_in_the_order_of_reading(sample: Path) -> None:
    assert sorted(p.name for p in sample.iterdir()) == [
        "1-register", "2-targets", "3-shoppers", "4-performance", "5-scorecards", "6-plans",
        "7-actions", "8-appeals", "truth", "truth.json",
    ]  # fmt: skip
    assert {p.suffix for p in (sample / "truth").rglob("*") if p.is_file()} == {".json"}


def test_same_seed_same_bytes_other_seed_other_bytes(tmp_path: Path) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        write_sample(tmp_path / name, Options(branches=8, months=4, rounds=1, seed=seed))
    first, again, other = (bytes_of(tmp_path / n) for n in "abc")
    assert first == again
    same = [f for f in first if f in other and first[f] == other[f]]
    assert not [f for f in same if f.startswith(("4-", "5-"))]


def test_a_tenth_of_the_workbooks_is_messy(sample: Path, truth: Truth) -> None:
    written = [p for p in sample.rglob("*") if p.is_file() and p.suffix != ".json"]
    assert truth["workbooks"] == len(written)
    assert 0.08 <= len(truth["messy"]) / len(written) <= 0.16
    assert all((sample / m["file"]).is_file() for m in truth["messy"])


def test_every_way_and_every_fault_is_there(truth: Truth) -> None:
    met = {w for m in truth["messy"] for w in m["ways"]}
    assert {w for b in messy_monthly.BUNDLES for w in b} <= met
    assert {w for b in messy_scorecards.BUNDLES for w in b} <= met
    assert {f.__name__ for f in faults.MONTHLY} <= met
    kinds = {m["fault"]["kind"] for m in truth["messy"] if m["kind"] == "scorecard" if "fault" in m}
    assert len(kinds) == len(faults.SCORECARD) + 1
    assert {"zip_gbk_names", "csv_gbk", "scrambled_file"} <= met


def test_every_fault_lies_at_its_cell(sample: Path, truth: Truth) -> None:
    seen = 0
    for entry in truth["messy"]:
        fault = entry.get("fault")
        if not fault or fault["cell"] is None:
            continue
        sheet = openpyxl.load_workbook(sample / entry["file"], data_only=True)[fault["sheet"]]
        value = sheet[fault["cell"]].value
        assert (None if value is None else str(value)) == fault["value"], entry
        seen += 1
    assert seen >= 16


def test_uncached_formulas_have_no_result_and_cached_ones_do(sample: Path, truth: Truth) -> None:
    for entry in entries(truth, "uncached_formula"):
        cell = entry["fault"]["cell"]
        assert str(grid(sample / entry["file"], values=False)[cell].value).startswith("=")
        assert grid(sample / entry["file"])[cell].value is None
    (entry, *_) = entries(truth, "cached_formulas")
    raw, done = grid(sample / entry["file"], values=False), grid(sample / entry["file"])
    spots = [c.coordinate for row in raw for c in row if str(c.value).startswith("=")]
    served = [r["served"] for r in rows_of(sample, entry)]
    assert [done[s].value for s in spots] == served


def test_identified_exceeds_served_only_where_planted(sample: Path, truth: Truth) -> None:
    (entry,) = entries(truth, "identified_over_served")
    sheet = grid(sample / entry["file"])
    header = [c.value for c in sheet[1]]
    served, identified = header.index("接待客户数"), header.index("识别客户数")
    bad = [r[0].value for r in sheet.iter_rows(min_row=2) if r[identified].value > r[served].value]
    assert bad == [entry["fault"]["branch_code"]]
    assert entry["fault"]["branch_code"] not in {r["branch_code"] for r in rows_of(sample, entry)}


def test_the_wrong_total_is_wrong_in_one_column_only(sample: Path, truth: Truth) -> None:
    (entry,) = entries(truth, "wrong_total")
    rows = list(grid(sample / entry["file"]).values)
    header, data, total = rows[0], rows[1:-1], rows[-1]
    wrong = [
        header[i] for i in range(3, len(header))
        if abs(sum(Decimal(str(r[i])) for r in data) - Decimal(str(total[i]))) > Decimal("0.005")
    ]  # fmt: skip
    assert wrong == ["接待客户数"]


def test_money_named_in_the_title_scales_back_to_the_cent(sample: Path, truth: Truth) -> None:
    (entry, *_) = entries(truth, "codes_as_numbers")
    assert "money_in_wan_title" in entry["ways"]
    rows = list(grid(sample / entry["file"]).values)
    assert "万元" in str(rows[0][0])
    header = rows[1]
    code, deposits = header.index("网点代码"), header.index("储蓄存款余额")
    got = {f"{r[code]:08d}": round(Decimal(str(r[deposits])) * 10_000, 2) for r in rows[2:]}
    want = {r["branch_code"]: Decimal(r["deposits"]) for r in rows_of(sample, entry)}
    assert got == want
    assert any(c.startswith("0") for c in want)


def test_money_in_yi_headers_scales_back_to_the_cent(sample: Path, truth: Truth) -> None:
    (entry, *_) = entries(truth, "money_in_yi_header")
    rows = list(grid(sample / entry["file"]).values)
    header = rows[0]
    code, aum = header.index("网点代码"), header.index("管理资产（亿元）")
    got = {r[code]: round(Decimal(str(r[aum])) * 10**8, 2) for r in rows[1:] if r[code] != "合计"}
    assert got == {r["branch_code"]: Decimal(r["aum"]) for r in rows_of(sample, entry)}


def test_what_is_left_blank_is_missing_in_the_canonical_rows(sample: Path, truth: Truth) -> None:
    (entry, *_) = entries(truth, "leave_blank")
    rows = rows_of(sample, entry)
    missing = [(r["branch_code"], k) for r in rows for k, v in r.items() if v is None]
    assert missing and {k for _, k in missing} <= {"outreach", "won_back", "invited",
                                                   "wealth_sales"}  # fmt: skip


def test_the_unnamed_unit_is_ten_thousand_times_too_small(sample: Path, truth: Truth) -> None:
    file = truth["wrong_unit"]
    (entry,) = [m for m in truth["messy"] if m["file"] == file]
    rows = list(grid(sample / file).values)
    assert "万元" not in str(rows)
    deposits = rows[0].index("储蓄存款余额")
    month = rows[1][2]
    before = f"{month[:5]}{int(month[5:]) - 1:02d}"
    earlier = list(grid(sample / "4-performance" / f"{before}.xlsx").values)
    start = next(i for i, r in enumerate(earlier) if "网点代码" in r or "机构代码" in r)
    at = next(
        i for i, v in enumerate(earlier[start]) if str(v).startswith(("储蓄存款余额", "储蓄余额"))
    )
    then = {str(r[0]).zfill(8): r[at] for r in earlier[start + 1 :] if r[at]}
    unit = 1 if "万元" not in str(earlier[0][0]) else 10_000
    ratios = [then[r[0]] * unit / r[deposits] for r in rows[1:]]
    assert all(8_000 < ratio < 12_000 for ratio in ratios)
    assert entry["expect"] == "refused"


def test_the_resent_file_differs_in_exactly_three_cells(sample: Path, truth: Truth) -> None:
    resent = truth["resent"]
    old, new = grid(sample / resent["original"]), grid(sample / resent["file"])
    differing = {
        c.coordinate: (old[c.coordinate].value, c.value)
        for row in new for c in row if old[c.coordinate].value != c.value
    }  # fmt: skip
    assert differing == {c["cell"]: (c["old"], c["new"]) for c in resent["changes"]}
    assert len(differing) == 3
    assert old.dimensions == new.dimensions
    assert sorted([resent["original"], resent["file"]])[1] == resent["file"]


def test_zip_names_and_csv_are_gbk(sample: Path, truth: Truth) -> None:
    (packed,) = entries(truth, "zip_gbk_names")
    with zipfile.ZipFile(sample / packed["file"]) as bundle:
        names = [i.filename.encode("cp437").decode("gbk") for i in bundle.infolist()]
    assert len(names) == 24 and all("网点" in n for n in names)
    (flat,) = entries(truth, "csv_gbk")
    body = (sample / flat["file"]).read_bytes()
    assert body.decode("gbk").startswith("网点代码,")
    with pytest.raises(UnicodeDecodeError):
        body.decode("utf-8")


def test_scrambled_files_are_no_workbooks(sample: Path, truth: Truth) -> None:
    scrambled = entries(truth, "scrambled_file")
    assert {m["kind"] for m in scrambled} == {"performance", "scorecard"}
    assert not any(zipfile.is_zipfile(sample / m["file"]) for m in scrambled)


def test_what_was_refused_for_its_structure_came_again_right(sample: Path, truth: Truth) -> None:
    mended = [m for m in truth["messy"] if "corrected_by" in m]
    assert len(mended) == 4
    for entry in mended:
        assert (sample / entry["corrected_by"]).is_file()
        assert entry["corrected_by"] > entry["file"]


def test_a_messy_scorecard_says_what_its_canonical_rows_say(sample: Path, truth: Truth) -> None:
    (entry, *_) = entries(truth, "answers_ticks")
    sheet = list(grid(sample / entry["file"]).values)
    start = next(i for i, r in enumerate(sheet) if r[0] == "考核项编号")
    hall = {r[0]: r[3] for r in sheet[start + 1 :]}
    told = {r["item_id"]: r["answer"] for r in rows_of(sample, entry) if r["encounter"] == 0}
    for item, answer in told.items():
        shown = hall[item]
        assert (1 if shown == "√" else 0 if shown == "×" else shown) == answer
    assert {"√", "×"} <= set(hall.values())


def test_merged_two_row_headers_name_their_groups(sample: Path, truth: Truth) -> None:
    (entry, *_) = [m for m in entries(truth, "two_row_header") if m["kind"] == "scorecard"]
    sheet = grid(sample / entry["file"])
    upper = next(r for r in sheet.iter_rows() if r[0].value == "考核项编号")
    lower = next(sheet.iter_rows(min_row=upper[0].row + 1))
    assert [c.value for c in upper[3:6]] == ["检查结果", None, None]
    assert [c.value for c in lower[3:6]] == ["厅堂", "柜台1", "柜台2"]
    assert f"D{upper[0].row}:F{upper[0].row}" in {str(r) for r in sheet.merged_cells.ranges}


def test_hidden_columns_are_hidden(sample: Path, truth: Truth) -> None:
    for entry in entries(truth, "hidden_column"):
        sheet = grid(sample / entry["file"])
        assert sheet.column_dimensions["D"].hidden


def test_visits_follow_from_the_plan(sample: Path) -> None:
    for book in (sample / "6-plans").iterdir():
        rows = list(grid(book).values)[1:]
        made = [r for r in rows if r[3] == "covert-1" and r[7] == "已完成"]
        files = list((sample / "5-scorecards" / book.stem).glob("*-[123].xlsx"))
        assert len(made) == len(files)
