"""The first sheet of a returned workbook: what is wrong, worst first, with links to the cells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from pipeline.annotating.grid import place_of
from pipeline.annotating.package import MAIN
from pipeline.annotating.styles import Styles
from pipeline.annotating.words import ADVICE, FILLS, HEADER_ROW, HEADERS, ORDER, SEVERITY
from pipeline.workbook.sheet import letters

Told = dict[str, Any]  # a finding as `asdict` gives it
MOST = 5_000  # findings listed and marked
_WIDTHS = (8, 20, 12, 14, 90, 24)
_RISKY = tuple("=+-@\t\r＝＋－＠")
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CELL_LIMIT = 32_767
_TITLE = "<b/><sz val='14'/><name val='Calibri'/>"
_HEAD = "<b/><sz val='11'/><color rgb='FFFFFFFF'/><name val='Calibri'/>"
_LINK = "<u/><sz val='11'/><color rgb='FF0563C1'/><name val='Calibri'/>"


def clean(text: object) -> str:
    """Text that may stand in XML and in a cell."""
    return _NOT_XML.sub("", "" if text is None else str(text))[:_CELL_LIMIT]


def ordered(findings: Sequence[Told], sheets: Sequence[str]) -> list[Told]:
    """By severity, then sheet in the workbook's order, row and column; what has no place first."""
    position = {name: n for n, name in enumerate(sheets)}

    def key(finding: Told) -> tuple[int, int, int, int]:
        row, col = place_of(finding["cell"] or "") or (finding["row"] or 0, 0)
        sheet = position.get(finding["sheet"], -1)
        return ORDER.index(finding["severity"]), sheet, row, col

    return sorted(findings, key=key)


def sentence(finding: Told, lang: str) -> str:
    """Chinese, and English below it when the reader asked for English."""
    return clean(f"{finding['zh']}\n{finding['en']}" if lang == "en" else finding["zh"])


class Page:
    """The XML of the findings sheet."""

    def __init__(self, styles: Styles, lang: str, sheets: Sequence[str]) -> None:
        self.styles, self.lang, self.sheets = styles, lang, set(sheets)
        self.rows: list[str] = []
        self.links: list[str] = []

    def write(self, findings: Sequence[Told]) -> bytes:
        """The part's bytes for findings already in order."""
        self._row(1, [self._text(1, 1, _title(findings), self.styles.plain(font=_TITLE))])
        self._row(2, [self._text(2, 1, ADVICE, 0)])
        head = self.styles.plain(font=_HEAD, fill="FF1F4E78")
        self._row(
            HEADER_ROW, [self._text(HEADER_ROW, c, h, head) for c, h in enumerate(HEADERS, 1)]
        )
        for number, finding in enumerate(findings[:MOST], 1):
            self._finding(HEADER_ROW + number, number, finding)
        if len(findings) > MOST:
            left = len(findings) - MOST
            said = f"另有 {left} 条从略，请先改正以上各条。 {left} more are left out."
            row = HEADER_ROW + MOST + 1
            self._row(row, [self._text(row, 5, said, 0)])
        return self._part()

    def _finding(self, row: int, number: int, finding: Told) -> None:
        wrap = self.styles.plain(wrap=True)
        zh, en = SEVERITY[finding["severity"]]
        level = self.styles.plain(fill=FILLS[finding["severity"]], wrap=True)
        said = f"{zh} {en}" if self.lang == "en" else zh
        self._row(row, [
            f'<c r="A{row}" s="{wrap}"><v>{number}</v></c>',
            self._text(row, 2, finding["sheet"], wrap),
            self._text(row, 3, finding["cell"], self._linked(row, finding) or wrap),
            self._text(row, 4, said, level),
            self._text(row, 5, sentence(finding, self.lang), wrap),
            self._text(row, 6, finding["value"], wrap),
        ])  # fmt: skip

    def _linked(self, row: int, finding: Told) -> int | None:
        """Links the cell of column C; its format, or None if there is nothing to link to."""
        sheet, cell = finding["sheet"], finding["cell"]
        if sheet not in self.sheets or not cell or not place_of(cell):
            return None
        there = quoteattr("'{}'!{}".format(sheet.replace("'", "''"), cell))
        self.links.append(f'<hyperlink ref="C{row}" location={there} display={quoteattr(cell)}/>')
        return self.styles.plain(font=_LINK, wrap=True)

    def _text(self, row: int, col: int, text: object, style: int) -> str:
        said = clean(text)
        if not said:
            return ""
        if said.startswith(_RISKY):  # stays text in Excel even when somebody edits it
            style = self.styles.plain(wrap=True, text=True)
        return (
            f'<c r="{letters(col)}{row}" s="{style}" t="inlineStr"><is>'
            f'<t xml:space="preserve">{escape(said)}</t></is></c>'
        )

    def _row(self, row: int, cells: Sequence[str]) -> None:
        self.rows.append(f'<row r="{row}">{"".join(cells)}</row>')

    def _part(self) -> bytes:
        widths = "".join(
            f'<col min="{n}" max="{n}" width="{w}" customWidth="1"/>'
            for n, w in enumerate(_WIDTHS, 1)
        )
        links = f"<hyperlinks>{''.join(self.links)}</hyperlinks>" if self.links else ""
        first = HEADER_ROW + 1
        return (
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
            f'<worksheet xmlns="{MAIN}"><sheetViews><sheetView tabSelected="1" workbookViewId="0">'
            f'<pane ySplit="{HEADER_ROW}" topLeftCell="A{first}" activePane="bottomLeft" '
            'state="frozen"/></sheetView></sheetViews>'
            f"<cols>{widths}</cols><sheetData>{''.join(self.rows)}</sheetData>{links}</worksheet>"
        ).encode()


def _title(findings: Sequence[Told]) -> str:
    count = Counter(f["severity"] for f in findings)
    zh = "，".join(f"{SEVERITY[s][0]} {count[s]} 条" for s in ORDER if count[s])
    en = ", ".join(f"{count[s]} {SEVERITY[s][1]}{'s' * (count[s] > 1)}" for s in ORDER if count[s])
    return f"数据校验问题：{zh} Findings: {en}"
