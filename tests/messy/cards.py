"""Scorecards of one visit with known content, and the ways in which they come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from audits.scorecard import Edition, Item, Section
from messy.sketch import Formula, _put, name

EDITION = Edition(
    id="t-1", instrument="covert", zh="试", en="trial", valid_from=dt.date(2026, 1, 1),
    sections=(Section(id="A", zh="甲", en="a", points=Decimal(4)),),
    items=(
        Item(id="A01", section="A", kind="yes_no", points=Decimal(1), zh="一", en="1"),
        Item(id="A02", section="A", kind="ordinal", levels=2, points=Decimal(1), zh="二", en="2"),
        Item(id="B01", section="A", kind="yes_no", scope="encounter", points=Decimal(1), zh="三",
             en="3", na_allowed=True),
        Item(id="B02", section="A", kind="minutes", scope="encounter", target=Decimal(5),
             points=Decimal(1), zh="四", en="4"),
    ),
)  # fmt: skip
LABELS = {
    "branch_code": "网点代码", "branch_name": "网点名称", "round": "轮次", "edition": "版本",
    "visit_date": "暗访日期", "time_in": "进入时间", "time_out": "离开时间",
    "shopper_id": "暗访员编号", "customer_role": "客户角色", "union_present": "工会陪同",
}  # fmt: skip
TRUTH = {
    "branch_code": "01010001", "branch_name": "甲支行", "round": "2026Q3", "edition": "t-1",
    "visit_date": dt.date(2026, 9, 15), "time_in": dt.time(9, 30), "time_out": dt.time(10, 5),
    "shopper_id": "S07", "customer_role": "普通客户", "union_present": False,
}  # fmt: skip
COLUMNS = {"item_id": "考核项编号", "item_text": "考核内容", "points": "分值",
           "answer.0": "检查结果（厅堂）", "answer.1": "检查结果（柜台1）",
           "answer.2": "检查结果（柜台2）", "not_applicable": "不适用",
           "reason": "扣分原因"}  # fmt: skip
# item, encounter -> what was answered (None: does not apply)
ANSWERS = {("A01", 0): 1.0, ("A02", 0): 2.0, ("B01", 1): 0.0, ("B01", 2): 1.0,
           ("B02", 1): 7.0, ("B02", 2): 4.0}  # fmt: skip


@dataclass
class Card:
    """One scorecard. `items`: item → column → what is written."""

    head: dict[str, Any] = field(default_factory=dict)
    visit: dict[str, Any] = field(default_factory=lambda: dict(TRUTH))
    labels: dict[str, str] = field(default_factory=lambda: dict(LABELS))
    columns: list[str] = field(default_factory=lambda: list(COLUMNS))
    headers: dict[str, str] = field(default_factory=lambda: dict(COLUMNS))
    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: dict[tuple[str, int], Any] = field(default_factory=lambda: dict(ANSWERS))
    titles: list[str] = field(default_factory=list)
    arrange: str = "pairs"
    notes: list[list[Any]] = field(default_factory=list)
    pages: bool = False
    gap: int = 0
    left: int = 1
    across: bool = False  # the table lies on its side, the head does not
    turned: bool = False  # all of it does
    merged: tuple[str, str, str] | None = None
    told: list[tuple[str, Any]] = field(default_factory=list)
    infos: set[str] = field(default_factory=set)
    no_table: bool = False


def plain_card() -> Card:
    """Two counter encounters, nothing unusual."""
    card = Card()
    card.head = card.visit | {"visit_date": "2026-09-15", "time_in": "09:30", "time_out": "10:05",
                              "union_present": "否"}  # fmt: skip
    words = {"A01": "是", "B01.1": "否", "B01.2": "是"}
    for n, item in enumerate(("A01", "A02", "B01", "B02")):
        line: dict[str, Any] = {"item_id": item, "item_text": f"第{n}项", "points": 1}
        for (owner, encounter), value in card.answers.items():
            if owner == item:
                said = words.get(item, words.get(f"{item}.{encounter}", value))
                line[f"answer.{encounter}"] = said
        card.items[item] = line
    return card


def _head_rows(card: Card) -> list[list[tuple[Any, Any]]]:
    """Rows of the head as (text, key of the place or None)."""
    pairs = [((card.labels[c], None), (card.head.get(c), ("head", c))) for c in card.labels]
    if card.arrange == "inside":
        flat = [(f"{card.labels[c]}：{card.head[c]}", ("head", c)) for c in card.labels]
        return [flat[:5], flat[5:]]
    if card.arrange == "single":
        return [list(pair) for pair in pairs]
    if card.arrange == "below":
        halves = (pairs[:5], pairs[5:])
        return [list(row) for half in halves for row in zip(*half, strict=True)]
    return [[cell for pair in pairs[n : n + 3] for cell in pair] for n in range(0, len(pairs), 3)]


def write_card(card: Card, path: Path) -> dict[Any, str]:
    """Write it, and say at which cell everything is."""
    book = xlsxwriter.Workbook(path)
    sheet, places, row = book.add_worksheet("评分表"), {}, 1
    lines: list[list[tuple[Any, Any]]] = [[(title, None)] for title in card.titles]
    lines += [*_head_rows(card), *([] for _ in range(card.gap))]
    header = [(card.headers[c], ("header", c)) for c in card.columns]
    body = [
        [(line.get(c), ("item", item, c)) for c in card.columns]
        for item, line in card.items.items()
    ]
    if card.across:
        lines += [list(line) for line in zip(header, *body, strict=True)]
    else:
        lines += [header, *body[:2], *([header] if card.pages else []), *body[2:]]
    lines += [[(text, None) for text in note] for note in card.notes]
    for line in lines:
        for c, (value, key) in enumerate(line):
            at = (card.left + c, row) if card.turned else (row, card.left + c)
            _put(book, sheet, *at, value)
            places.setdefault(key, name(*at))
        row += 1
    if card.merged:
        column, first, last = card.merged
        at = f"{places['item', first, column]}:{places['item', last, column]}"
        sheet.merge_range(at, "")
        top = int(places["item", first, column][1:])
        _put(book, sheet, top, card.left + card.columns.index(column), card.items[first][column])
    book.close()
    return places


@dataclass(frozen=True)
class CardWay:
    """One kind of messiness of a scorecard."""

    name: str
    change: Callable[[Card], None]
    touches: frozenset[str]


CARD_WAYS: dict[str, CardWay] = {}


def way(*touches: str) -> Callable[[Callable[[Card], None]], Callable[[Card], None]]:
    """Register a way by its function's name."""

    def register(change: Callable[[Card], None]) -> Callable[[Card], None]:
        made = CardWay(change.__name__, change, frozenset(touches))
        CARD_WAYS[change.__name__] = made
        return change

    return register


def _wrong_head(card: Card, column: str, shown: Any, rule: str = "unreadable_value") -> None:
    card.head[column], card.visit[column] = shown, None
    card.told.append((rule, ("head", column)))


def _wrong_answer(card: Card, item: str, encounter: int, shown: Any, rule: str) -> None:
    card.items[item][f"answer.{encounter}"], card.answers[item, encounter] = shown, None
    card.told.append((rule, ("item", item, f"answer.{encounter}")))


@way("arrange")
def one_pair_a_row(c: Card) -> None:
    c.arrange = "single"


@way("arrange")
def value_under_its_label(c: Card) -> None:
    c.arrange = "below"


@way("arrange", "typed head")
def label_and_value_in_one_cell(c: Card) -> None:
    c.arrange = "inside"


@way("titles")
def title_rows(c: Card) -> None:
    c.titles += ["某省分行网点服务暗访评分表", "（2026年第三季度）"]


@way("gap")
def blank_lines(c: Card) -> None:
    c.gap = 2


@way("left")
def off_the_corner(c: Card) -> None:
    c.left = 3


@way("notes")
def signatures(c: Card) -> None:
    c.notes += [[], ["备注：下雨"], ["暗访员签字：", None, "工会代表签字："]]
    c.infos.add("rows_left_out")


@way("pages")
def header_printed_again(c: Card) -> None:
    c.pages = True


@way("columns")
def columns_reordered(c: Card) -> None:
    c.columns = ["points", "answer.2", "answer.0", "item_id", "not_applicable", "reason",
                 "answer.1", "item_text"]  # fmt: skip


@way("headers")
def other_spellings(c: Card) -> None:
    c.headers |= {"item_id": "检查项编号", "item_text": "检查内容", "reason": "扣分说明",
                  "answer.0": "检查情况(大厅)", "answer.1": " 检查结果（柜台1）*"}  # fmt: skip
    c.labels |= {"branch_code": "机构号：", "visit_date": "检查日期：", "time_in": "进店时间"}


@way("typed head")
def typed_date_and_times(c: Card) -> None:
    c.head |= {
        "visit_date": dt.date(2026, 9, 15),
        "time_in": 0.39583333333333,
        "time_out": "10时5分",
    }


@way("typed head")
def chinese_date_and_times(c: Card) -> None:
    c.head |= {"visit_date": "2026 年 9 月 15 日", "time_in": "上午９：３０", "time_out": "10：05"}


@way("typed head")
def year_of_two_digits(c: Card) -> None:
    _wrong_head(c, "visit_date", "26-9-15")


@way("typed head")
def day_that_does_not_exist(c: Card) -> None:
    _wrong_head(c, "visit_date", "2026-09-31")


@way("typed head")
def time_that_does_not_exist(c: Card) -> None:
    _wrong_head(c, "time_in", "25:10")


@way("branch head", "typed head")
def code_of_19_digits(c: Card) -> None:
    _wrong_head(c, "branch_code", 1234567890123456789, "long_number")


@way("branch head")
def code_in_full_width(c: Card) -> None:
    c.head["branch_code"] = "０１０１０００１\u200b"


@way("branch head", "arrange", "headers")
def no_code(c: Card) -> None:
    del c.labels["branch_code"]
    c.told.append(("missing_head", None))
    c.no_table = True


@way("words")
def signs_for_yes_and_no(c: Card) -> None:
    c.items["A01"]["answer.0"] = "√"
    c.items["B01"] |= {"answer.1": "×", "answer.2": "Ｙ"}


@way("words")
def one_and_nought(c: Card) -> None:
    c.items["A01"]["answer.0"] = 1
    c.items["B01"] |= {"answer.1": 0, "answer.2": "是 "}


@way("numbers")
def numbers_with_words(c: Card) -> None:
    c.items["A02"]["answer.0"] = "2级"
    c.items["B02"] |= {"answer.1": "７分钟", "answer.2": "4.0"}


@way("not applicable", "words")
def ticked_as_not_applicable(c: Card) -> None:
    c.items["B01"] |= {"answer.1": None, "answer.2": None, "not_applicable": "√"}
    c.answers |= {("B01", 1): "n/a", ("B01", 2): "n/a"}


@way("not applicable", "words")
def not_applicable_in_words(c: Card) -> None:
    c.items["B01"] |= {"answer.1": "不适用", "answer.2": "N/A"}
    c.answers |= {("B01", 1): "n/a", ("B01", 2): "n/a"}


@way("not applicable", "words")
def ticked_and_answered(c: Card) -> None:
    c.items["B01"]["not_applicable"] = "√"
    c.told.append(("not_applicable_conflict", ("item", "B01", "not_applicable")))


@way("numbers")
def answer_left_blank(c: Card) -> None:
    c.items["A02"]["answer.0"] = "—"
    c.answers["A02", 0] = None


@way("numbers")
def answer_in_two_numbers(c: Card) -> None:
    _wrong_answer(c, "B02", 1, "1 2", "answer_unreadable")


@way("numbers")
def word_for_a_number(c: Card) -> None:
    _wrong_answer(c, "A02", 0, "是", "answer_needs_number")


@way("words")
def answer_in_prose(c: Card) -> None:
    _wrong_answer(c, "A01", 0, "大概有", "answer_unreadable")


@way("numbers")
def error_for_an_answer(c: Card) -> None:
    _wrong_answer(c, "B02", 2, Formula("#REF!"), "error_cell")


@way("numbers")
def answer_never_calculated(c: Card) -> None:
    _wrong_answer(c, "B02", 2, Formula(None), "uncached_formula")


@way("encounters", "words", "numbers", "columns")
def nobody_at_the_second_counter(c: Card) -> None:
    for line in c.items.values():
        line["answer.2"] = None
    c.answers = {k: v for k, v in c.answers.items() if k[1] != 2}


@way("encounters", "words", "numbers", "columns", "headers")
def one_plain_answer_column(c: Card) -> None:
    c.columns = ["item_id", "item_text", "points", "answer.0", "not_applicable", "reason"]
    c.headers["answer.0"] = "检查结果"
    for item in ("B01", "B02"):
        c.items[item]["answer.0"] = c.items[item]["answer.1"]
    c.answers = {k: v for k, v in c.answers.items() if k[1] != 2}


@way("extra")
def extra_column(c: Card) -> None:
    c.columns = [*c.columns, "photo"]
    c.headers["photo"] = "照片张数情况"
    c.told.append(("unknown_column", ("header", "photo")))


@way("merge", "words", "numbers", "pages", "encounters", "columns")
def merged_answers(c: Card) -> None:
    c.merged = ("answer.1", "B01", "B02")
    c.items["B02"]["answer.1"] = None
    c.answers["B02", 1] = None
    c.told += [("merged_value", ("item", item, "answer.1")) for item in ("B01", "B02")]


@way("merge", "pages", "columns")
def merged_wording(c: Card) -> None:
    c.merged = ("item_text", "B01", "B02")
    c.items["B02"]["item_text"] = None


@way("arrange", "columns", "headers", "pages", "notes", "extra", "merge", "branch head",
     "typed head", "words", "numbers", "encounters")  # fmt: skip
def across(c: Card) -> None:
    c.across = True
    c.arrange = "single"
    c.infos.add("transposed_read")


@way("turned", "arrange", "pages")
def whole_sheet_on_its_side(c: Card) -> None:
    c.turned = True
    c.infos.add("transposed_read")
