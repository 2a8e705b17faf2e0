"""The follow-up kit of a city: its files are written, read back with another library, counted."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest

from pipeline.following.kit import write, zipped
from pipeline.reports.follow_up import LISTED, NAMED, CityKit, chat, letter
from pipeline.reports.follow_up_words import WORDS

DAY, BY = date(2026, 10, 14), date(2026, 10, 19)


def owed(branch: str, status: str = "not_reported") -> dict[str, Any]:
    return {
        "branch_code": f"0101{branch}",
        "branch_name": f"{branch}网点",
        "month": "2026-09",
        "due": date(2026, 10, 13),
        "status": status,
    }


def action(number: int, **more: Any) -> dict[str, Any]:
    own = {
        "action": f"Z2026Q3-0101{number:04d}-TR01",
        "branch_code": f"0101{number:04d}",
        "branch_name": f"松涛{number}网点",
        "city": "0101",
        "edition": "open-1",
        "item_id": "TR01",
        "round": "2026Q3",
        "severity": "major",
        "owner": "branch_head",
        "issued": "2026-09-20",
        "due": "2026-10-10",
        "state": "open",
        "waits_for": "branch",
        "overdue": True,
        "recurring": False,
        "measure": "",
        "evidence": "",
        "done": None,
        "closed": None,
    }
    return own | more


ANSWERED = {"state": "replied", "waits_for": "office", "overdue": False, "done": "2026-10-08"}
CLOSED = {
    "state": "closed", "waits_for": None, "overdue": False, "closed": "2026-10-09",
    "measure": "=HYPERLINK(1)", "recurring": True,
}  # fmt: skip
# By hand: of five actions four are not closed, two overdue, one of those recurring, one answered.
ACTIONS = [
    action(1),
    action(2, recurring=True),
    action(3, overdue=False, due="2026-10-20"),
    action(4, **ANSWERED),
    action(5, **CLOSED),
]
ITEMS = {("open-1", "TR01"): ("现行版手册可随手查阅", "The handbook is at hand")}


def kit(
    unreported: Sequence[dict[str, Any]] = (
        owed("甲"),
        owed("乙"),
        owed("丙", "pending_correction"),
    ),
    actions: Sequence[dict[str, Any]] = tuple(ACTIONS),
) -> CityKit:
    return CityKit("0101", "东川分行", "2026-09", DAY, BY, unreported, actions, ITEMS)


def text_of(path: Path) -> str:
    return "\n".join(p.text for p in docx.Document(str(path)).paragraphs)


def rows_of(path: Path) -> list[tuple[Any, ...]]:
    """Header and rows of the table of a workbook of the kit."""
    book = openpyxl.load_workbook(path)
    assert len(book.sheetnames) == 2  # the sentence, the table
    return list(book[book.sheetnames[1]].iter_rows(min_row=4, values_only=True))


def test_the_files_of_a_city(tmp_path: Path) -> None:
    made = write(kit(), tmp_path / "0101")
    assert [p.name for p in made] == [
        "supervision-letter-2026-09-0101.docx",
        "unreported-2026-09-0101.xlsx",
        "action-ledger-2026-09-0101.xlsx",
        "chat-2026-09-0101.txt",
    ]
    assert {p.name for p in (tmp_path / "0101").iterdir()} == {p.name for p in made}


def test_the_letter_says_what_is_owed(tmp_path: Path) -> None:
    path = write(kit(), tmp_path)[0]
    said = text_of(path)
    assert "东川分行：" in said and "关于2026年9月报送与整改事项的督办函" in said
    assert "未报2份，待更正1份" in said
    assert "未销号整改事项4项，其中逾期2项，屡查屡犯1项，已回复待省行审核1项" in said
    assert said.count("2026年10月19日") == 2  # report by, answer by
    assert said.rstrip().endswith("2026年10月14日")  # the date below the issuer
    reported, urgent = docx.Document(str(path)).tables
    assert [r.cells[2].text for r in reported.rows[1:]] == ["甲网点", "乙网点", "丙网点"]
    assert [r.cells[-1].text for r in urgent.rows[1:]] == ["逾期", "逾期、屡查屡犯"]
    assert urgent.rows[1].cells[1].text == "TR01 现行版手册可随手查阅"


def test_a_letter_asks_for_nothing_that_is_not_owed(tmp_path: Path) -> None:
    only = kit((), [ACTIONS[2]])
    said = text_of(write(only, tmp_path)[0])
    assert "均已报送" in said and "补报" not in said and "逐项回复整改措施" not in said
    assert "请按期限完成" in said


def test_a_long_list_is_cut_and_counted(tmp_path: Path) -> None:
    many = [action(n) for n in range(LISTED + 3)]
    path = write(kit(actions=many), tmp_path)[0]
    assert "另有3项见所附整改台账" in text_of(path)
    assert len(docx.Document(str(path)).tables[1].rows) == LISTED + 1
    assert len(rows_of(tmp_path / "action-ledger-2026-09-0101.xlsx")) == LISTED + 4


def test_the_ledger_shows_closed_ones_and_no_formula(tmp_path: Path) -> None:
    write(kit(), tmp_path)
    header, *rows = rows_of(tmp_path / "action-ledger-2026-09-0101.xlsx")
    assert header[0] == "问题编号" and header[-1] == "销号日期"
    assert [r[0] for r in rows] == [a["action"] for a in ACTIONS]
    at = {name: n for n, name in enumerate(header)}
    assert [r[at["状态"]] for r in rows] == ["待整改"] * 3 + ["已回复", "已销号"]
    assert rows[4][at["销号日期"]] == "2026-10-09"
    assert rows[4][at["整改措施"]] == "=HYPERLINK(1)"
    book = openpyxl.load_workbook(tmp_path / "action-ledger-2026-09-0101.xlsx")
    assert {c.data_type for sheet in book for row in sheet for c in row} <= {"s", "n"}


def test_the_list_of_the_unreported(tmp_path: Path) -> None:
    write(kit(), tmp_path)
    header, *rows = rows_of(tmp_path / "unreported-2026-09-0101.xlsx")
    assert header == ("月份", "网点代码", "网点", "期限", "情况")
    assert rows[0] == ("2026-09", "0101甲", "甲网点", "2026-10-13", "未报")
    assert [r[-1] for r in rows] == ["未报", "未报", "待更正"]


def test_the_chat_can_be_pasted() -> None:
    assert chat(kit()) == (
        "【督办】东川分行（截至2026年10月14日）\n"
        "2026年9月报表未报2家：甲网点、乙网点。\n"
        "2026年9月报表待更正1家：丙网点。\n"
        "整改未销号4项，逾期2项，屡查屡犯1项，待省行审核1项。\n"
        "逾期：松涛1网点1项、松涛2网点1项。\n"
        "请于2026年10月19日前办理（补报、更正、逐项回复整改），详见督办函和整改台账。\n"
    )
    many = kit([owed(f"{n}号") for n in range(NAMED + 5)], ())
    assert "等（另5家）" in chat(many)


def test_nothing_to_chase_is_said_and_no_letter_written(tmp_path: Path) -> None:
    done = kit((), [ACTIONS[4]])
    made = write(done, tmp_path)
    assert [p.suffix for p in made] == [".xlsx", ".txt"]
    assert chat(done) == (
        "【督办】东川分行（截至2026年10月14日）\n"
        "2026年9月业绩报表均已报送。\n没有未销号的整改事项。\n"
    )


def test_the_same_kit_gives_the_same_bytes() -> None:
    first = zipped([kit()])
    assert first == zipped([kit()])
    assert first != zipped([replace(kit(), as_of=date(2026, 10, 15))])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_english_is_complete(lang: str) -> None:
    document = letter(kit(), lang)  # type: ignore[arg-type]
    own = ("东川分行", "松涛1网点")
    said = " ".join([document.title, document.subtitle, document.addressee, chat(kit(), lang)])  # type: ignore[arg-type]
    for name in (*own, "松涛2网点", "甲网点", "乙网点", "丙网点"):
        said = said.replace(name, "")
    assert any("\u4e00" <= c <= "\u9fff" for c in said) == (lang == "zh")


def test_both_languages_say_the_same_with_the_same_slots() -> None:
    def slots(sentence: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}

    zh, en = WORDS["zh"], WORDS["en"]
    assert zh.keys() == en.keys()
    assert {k: slots(zh[k]) for k in zh} == {k: slots(en[k]) for k in en}
