"""The annotated return: a refused or partial workbook comes back with its faults marked.

The received file is never changed. openpyxl loses some things on the way (sparklines, 2010 data
bars, text boxes): the first sheet says that the original is kept.
"""

from __future__ import annotations

import io
import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.findings import Finding

SHEET = "数据校验问题"
_FILLS = {"error": "FFFFC7CE", "warning": "FFFFEB9C", "info": "FFDDEBF7"}
_SEVERITY = {
    "error": ("错误", "error"), "warning": ("警告", "warning"), "info": ("提示", "note"),
}  # fmt: skip
_HEADERS = (
    "序号 No.",
    "工作表 Sheet",
    "单元格 Cell",
    "程度 Severity",
    "问题与处理 Problem and cure",
    "原值 Value",
)
_ADVICE = (
    "请在后面的工作表中改正带颜色的单元格后重新上传；本页可以保留或删除。原文件已原样存档。 "
    "Mend the coloured cells and send this file again; the original is kept."
)
_WIDTHS = (8, 20, 12, 14, 90, 24)
_RISKY = tuple("=+-@\t\r＝＋－＠")
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_COMMENT_LIMIT = 30_000  # characters; Excel shows 32,767


def annotate(
    source: Path,
    findings: Sequence[Finding],
    target: Path,
    lang: str = "zh",
    name: str | None = None,
) -> Path:
    """Write the annotated copy of `source` to `target` (always .xlsx or .xlsm) and return it.

    `name` is what the file was called when it was received (default: as it lies there).

    What the pre-check lets pass is kept; a file that it refuses, or that openpyxl cannot open,
    comes back as a small workbook with the list of findings only. `.xls`, `.csv`, `.ods` and
    `.xlsb` come back as an .xlsx with the same cells at the same addresses.
    """
    book, suffix = _open(source, findings, name or source.name)
    target = target.with_suffix(suffix)
    _mark(book, findings, lang)
    _list(book, findings, lang)
    _save(book, target)
    return target


def _open(source: Path, findings: Sequence[Finding], name: str) -> tuple[Workbook, str]:
    """A workbook to mark: the original's copy, its cells, or an empty one."""
    from pipeline.workbook import read

    batch = read([source], names=[name])
    if not batch.files or any(f.reach == "workbook" and f.severity == "error"
                              for f in batch.findings):  # fmt: skip
        return _empty(), ".xlsx"
    data = source.read_bytes()
    if data.startswith(b"PK") and b"xl/workbook.xml" in data:
        macros = any(f.rule == "has_macros" for f in batch.findings)
        try:
            book = load_workbook(io.BytesIO(data), keep_vba=macros, keep_links=True)
        except Exception:  # openpyxl raises whatever comes; the cells are known all the same
            return _from_cells(batch), ".xlsx"
        return book, ".xlsm" if macros else ".xlsx"
    return _from_cells(batch), ".xlsx"


def _empty() -> Workbook:
    book = Workbook()
    book.remove(book.worksheets[0])
    return book


def _from_cells(batch: Any) -> Workbook:
    book = _empty()
    for name in batch.sheets["sheet"]:
        sheet = book.create_sheet(_sheet_title(name))
        cells = batch.cells.filter(batch.cells["sheet"] == name)
        for row, col, text in cells.select("row", "col", "text").iter_rows():
            write_text(sheet.cell(row, col), text)
    return book


def _sheet_title(name: str) -> str:
    return re.sub(r"[\\/*?:\[\]]", "_", _NOT_XML.sub("", name))[:31].strip("'") or "Sheet"


def write_text(cell: Any, text: str | None) -> None:
    """Write text as text: a leading = + - @ never becomes a formula in Excel."""
    clean = _NOT_XML.sub("", text or "")[:32_767]
    cell.value = clean
    if clean:
        cell.data_type = "s"
    if clean.startswith(_RISKY):
        # Excel then shows the leading apostrophe and keeps the text even when it is edited.
        cell.quotePrefix = 1


def sentence(finding: Finding, lang: str) -> str:
    """Chinese, and English below it when the reader asked for English."""
    return f"{finding.zh}\n{finding.en}" if lang == "en" else finding.zh


def _mark(book: Workbook, findings: Sequence[Finding], lang: str) -> None:
    by_cell: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        if finding.sheet and finding.cell and finding.sheet in book.sheetnames:
            by_cell.setdefault((finding.sheet, finding.cell), []).append(finding)
    for (name, address), found in by_cell.items():
        sheet = book[name]
        if isinstance(sheet, Worksheet) and (cell := _cell(sheet, address)):
            worst = min(found, key=lambda f: list(_FILLS).index(f.severity))
            cell.fill = PatternFill("solid", fgColor=_FILLS[worst.severity])
            said = "\n".join(sentence(f, lang) for f in found)
            old = f"{cell.comment.text}\n" if cell.comment else ""
            cell.comment = Comment(_NOT_XML.sub("", old + said)[:_COMMENT_LIMIT], "明察 Mingcha",
                                   height=160, width=360)  # fmt: skip


def _cell(sheet: Worksheet, address: str) -> Cell | None:
    """The cell to mark: inside a merged range, its first."""
    try:
        cell = sheet[address]
    except (ValueError, KeyError):
        return None
    if isinstance(cell, MergedCell):
        for area in sheet.merged_cells.ranges:
            if address in area:
                cell = sheet.cell(area.min_row, area.min_col)
    return cell if isinstance(cell, Cell) else None


def _list(book: Workbook, findings: Sequence[Finding], lang: str) -> None:
    if SHEET in book.sheetnames:  # of an earlier return
        book.remove(book[SHEET])
    sheet = book.create_sheet(SHEET, 0)
    _head(sheet, len(findings))
    for number, finding in enumerate(findings, 1):
        _row(sheet, number + 3, number, finding, lang, book.sheetnames)
    for index, width in enumerate(_WIDTHS):
        sheet.column_dimensions["ABCDEF"[index]].width = width
    sheet.freeze_panes = "A4"
    book.active = 0
    for other in book.worksheets[1:]:
        other.sheet_view.tabSelected = False


def _head(sheet: Worksheet, count: int) -> None:
    write_text(sheet["A1"], f"数据校验问题（{count} 条） Findings ({count})")
    sheet["A1"].font = Font(bold=True, size=14)
    write_text(sheet["A2"], _ADVICE)
    for col, header in enumerate(_HEADERS, 1):
        cell = sheet.cell(3, col)
        write_text(cell, header)
        cell.font = Font(bold=True, color="FFFFFFFF")
        cell.fill = PatternFill("solid", fgColor="FF1F4E78")


def _row(
    sheet: Worksheet, row: int, number: int, finding: Finding, lang: str, names: list[str]
) -> None:
    zh, en = _SEVERITY[finding.severity]
    sheet.cell(row, 1).value = number
    texts = (finding.sheet, finding.cell, f"{zh} {en}" if lang == "en" else zh,
             sentence(finding, lang), finding.value)  # fmt: skip
    for col, text in enumerate(texts, 2):
        write_text(sheet.cell(row, col), text)
        sheet.cell(row, col).alignment = Alignment(wrap_text=True, vertical="top")
    sheet.cell(row, 4).fill = PatternFill("solid", fgColor=_FILLS[finding.severity])
    if finding.sheet in names and finding.cell:
        quoted = str(finding.sheet).replace("'", "''")
        cell = sheet.cell(row, 3)
        place = f"'{quoted}'!{finding.cell}"
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=place)
        cell.value, cell.font = finding.cell, Font(color="FF0563C1", underline="single")


def _save(book: Workbook, target: Path) -> None:
    """Whole or not at all: a reader of `returned/` never sees half a workbook."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".annotate-", suffix=".part")
    os.close(handle)
    try:
        book.save(name)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
