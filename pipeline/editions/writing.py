"""An edition as a workbook: drop-downs, a note on every header, room for more rows."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from audits.scorecard import Edition
from pipeline.editions.columns import BRIDGE, EDITION, ITEMS, SECTIONS, Column, Page
from pipeline.editions.conditions import written

ROOM = 200  # empty rows prepared under a table
_GREEN, _LIGHT, _GREY = "#00695C", "#E0F2F1", "#ECEFF1"
_GUIDE = {"zh": "说明", "en": "Guide"}
_YES_NO = {"zh": ("是", "否"), "en": ("yes", "no")}
_HELP = {
    "zh": """本工作簿是一版评分标准。
改好后用 mingcha edition check 检查，用 mingcha edition import 录入。
一版启用（有暗访按它评分）后内容不能再改；要改就另立新版：
mingcha edition export 旧版 --next 新编号
“版本”页是总说明，“板块”合计 100 分，“考核项”一行一项，“对照”写明上一版每一项的去向。
考核项编号永不改作他用：新题目用新编号；换了说法仍是同一件事的，保留编号并对照为“改写”。
表头上有批注；浅绿表头必填。""",
    "en": """This workbook is one edition of the scorecard.
Check it with: mingcha edition check FILE; take it in with: mingcha edition import FILE.
Once a visit was scored by it, it cannot be changed; make the next one with:
mingcha edition export ID --next NEW
Sections make 100 points; the bridge says what became of each item of the former edition.
An id is never used for anything else: a new question takes a new id; the same matter in other words
keeps its id and is bridged as reworded.
Every header carries a note; green ones must be filled in.""",
}


def write_edition(edition: Edition, path: Path, lang: str = "zh") -> Path:
    """Writes the workbook of `edition` and gives the path back. OSError if it cannot be written.

    `lang` is that of pages, headers and choices; what is read back is the same.
    """
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    book.set_properties({"title": edition.zh})
    _guide(book, edition, lang)
    _pairs(book, edition, lang)
    sections = [_plain(SECTIONS, s.model_dump(), lang) for s in edition.sections]
    _table(book, SECTIONS, sections, lang)
    items = [
        _plain(ITEMS, i.model_dump() | {"depends_on": written(i, edition)}, lang)
        for i in edition.items
    ]
    _table(book, ITEMS, items, lang)
    _table(book, BRIDGE, [_plain(BRIDGE, b.model_dump(), lang) for b in edition.bridge], lang)
    try:
        book.close()
    except xlsxwriter.exceptions.FileCreateError as error:
        raise OSError(str(error)) from error
    return path


def _plain(page: Page, fields: dict[str, Any], lang: str) -> list[Any]:
    """One row in the order of the columns, as a clerk reads it."""
    return [_cell(column, fields.get(column.field), lang) for column in page.columns]


def _cell(column: Column, value: Any, lang: str) -> Any:
    if value is None or value == "":
        return None
    if column.form == "choice":
        return column.choices[str(value)][lang != "zh"]
    if column.form == "yes_no":
        return _YES_NO[lang][0] if value else None
    if column.form == "ids":
        return ("，" if lang == "zh" else ", ").join(value) or None
    if isinstance(value, Decimal):
        return None if column.field == "base" and not value else float(value)
    return value.isoformat() if column.form == "date" else value


def _guide(book: Any, edition: Edition, lang: str) -> None:
    page = book.add_worksheet(_GUIDE[lang])
    page.set_column(0, 0, 110)
    page.write_string(
        0,
        0,
        edition.zh if lang == "zh" else edition.en,
        _form(book, bold=True, font_size=14, font_color=_GREEN),
    )
    for row, text in enumerate(_HELP[lang].splitlines(), 2):
        page.write_string(row, 0, text, _form(book, text_wrap=True))


def _form(book: Any, **properties: Any) -> Any:
    return book.add_format({"font_name": "等线", "valign": "vcenter", **properties})


def _pairs(book: Any, edition: Edition, lang: str) -> None:
    page = book.add_worksheet(EDITION.name(lang))
    page.set_column(0, 0, 16)
    page.set_column(1, 1, 48)
    page.set_column(2, 2, 60)
    head, entry = _form(book, bold=True, border=1, bg_color=_LIGHT), _form(book, border=1)
    note = _form(book, font_color="#607D8B")
    values = _plain(EDITION, edition.model_dump(), lang)
    for row, (column, value) in enumerate(zip(EDITION.columns, values, strict=True)):
        page.write_string(row, 0, column.name(lang), head)
        _write(page, row, 1, value, entry)
        page.write_string(row, 2, column.note_zh if lang == "zh" else column.note_en, note)
        check = _check(column, lang)
        if check:
            page.data_validation(row, 1, row, 1, check)


def _write(page: Any, row: int, col: int, value: Any, form: Any) -> None:
    if value is None:
        page.write_blank(row, col, None, form)
    elif isinstance(value, int | float):
        page.write_number(row, col, value, form)
    else:
        page.write_string(row, col, str(value), form)


def _table(book: Any, declared: Page, rows: list[list[Any]], lang: str) -> None:
    page = book.add_worksheet(declared.name(lang))
    needed = _form(book, bold=True, border=1, text_wrap=True, align="center", bg_color=_LIGHT)
    free = _form(book, bold=True, border=1, text_wrap=True, align="center", bg_color=_GREY)
    entry = _form(book, border=1, text_wrap=True)
    last = len(rows) + ROOM
    for col, column in enumerate(declared.columns):
        page.write_string(0, col, column.name(lang), needed if column.required else free)
        page.write_comment(0, col, _note(column), {"x_scale": 2.5, "y_scale": 1.5})
        page.set_column(col, col, column.width)
        check = _check(column, lang)
        if check:
            page.data_validation(1, col, last, col, check)
    for row, values in enumerate(rows, 1):
        for col, value in enumerate(values):
            _write(page, row, col, value, entry)
    page.freeze_panes(1, 1)


def _note(column: Column) -> str:
    need = "必填。Required.\n" if column.required else ""
    return f"{need}{column.note_zh}\n{column.en}: {column.note_en}"


def _check(column: Column, lang: str) -> dict[str, Any] | None:
    """The drop-down or input check of a column in xlsxwriter's words; None: anything goes."""
    told = {
        "ignore_blank": True,
        "error_title": column.name(lang)[:32],
        "error_message": (column.note_zh if lang == "zh" else column.note_en)[:255],
    }
    if column.form in ("choice", "yes_no"):
        words = [w[lang != "zh"] for w in column.choices.values()] or list(_YES_NO[lang])
        return {"validate": "list", "source": words} | told
    if column.form in ("number", "whole"):
        kind = "integer" if column.form == "whole" else "decimal"
        return {"validate": kind, "criteria": ">=", "value": 0} | told
    if column.field == "section":
        source = f"='{SECTIONS.name(lang)}'!$A$2:$A$100"
        return {"validate": "list", "source": source} | told
    return None
