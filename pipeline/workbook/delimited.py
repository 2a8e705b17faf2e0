"""CSV and TSV: the encoding is decided, never assumed, and so is the delimiter."""

from __future__ import annotations

import csv
import io
from collections import Counter

from pipeline.workbook.limits import Limits, Refused
from pipeline.workbook.sheet import Sheet

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DELIMITERS = (",", "\t", ";", "|")


def read_delimited(data: bytes, name: str, limits: Limits) -> tuple[list[Sheet], list[str]]:
    """One sheet, called as a CSV opened in Excel: the file's name without its ending; and rules
    that the file is told under."""
    text = decode(data)
    delimiter = find_delimiter(text, name)
    stem = name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or name
    sheet = Sheet(stem[:31], 0)
    widths = [0]
    try:
        for row, record in enumerate(csv.reader(io.StringIO(text, ""), delimiter=delimiter), 1):
            widths.append(len(record))
            sheet.cells += [(row, col, cell, "") for col, cell in enumerate(record, 1) if cell]
            if len(sheet.cells) > limits.cells:
                raise Refused("sheet_extent", stem, last=f"A{row}", count=len(sheet.cells))
    except csv.Error as error:
        raise Refused("csv_delimiter") from error
    _refuse_swallowed_rows(sheet, delimiter, widths)
    cut = not text.endswith(("\n", "\r")) and 1 < widths[-1] < widths[-2]
    return [sheet], ["csv_cut"] if cut else []


def _refuse_swallowed_rows(sheet: Sheet, delimiter: str, widths: list[int]) -> None:
    """A quotation mark that is opened and closed rows later makes one cell of all between them: of
    such a cell the first line ends one whole row, and the last line begins another."""
    usual = Counter(width for width in widths if width > 2).most_common(1)
    for row, col, text, _ in sheet.cells if usual else ():
        if "\n" in text:
            first, *_, last = text.split("\n")
            ended = col + first.count(delimiter)
            begun = widths[row] - col + 1 + last.count(delimiter)
            if ended == begun == usual[0][0]:
                raise Refused("csv_quote", sheet.name, row=row, col=col, value=first.strip()[:30])


def decode(data: bytes) -> str:
    """Text by BOM, else UTF-8, else plausible GB18030; else refused."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            try:
                return _plausible(data.decode(encoding))
            except UnicodeDecodeError as error:
                raise Refused("csv_encoding") from error
    try:
        return _plausible(data.decode("utf-8"))
    except UnicodeDecodeError:
        pass
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError as error:
        raise Refused("csv_encoding") from error
    # Almost any bytes decode as GB18030; Chinese office text keeps to GB2312, mostly its first
    # level, and mojibake does not.
    firsts = [first for c in text if c > "\x7f" and (first := _gb2312_row(c))]
    foreign = sum(c > "\x7f" for c in text)
    frequent = sum(0xA1 <= first <= 0xD7 for first in firsts)
    if len(firsts) < 0.95 * foreign or frequent < 0.75 * foreign:
        raise Refused("csv_encoding")
    return _plausible(text)


def _gb2312_row(character: str) -> int:
    """First byte of the character in GB2312; 0 if it is not in it."""
    try:
        return character.encode("gb2312")[0]
    except UnicodeEncodeError:
        return 0xA1 if character in "—–·…€" else 0


def _plausible(text: str) -> str:
    if any(c in text for c in "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x0e\x0f\ufffd"):
        raise Refused("csv_encoding")
    return text


def find_delimiter(text: str, name: str) -> str:
    """The delimiter that splits most lines into the same number (>= 2) of columns."""
    lines = [line for line in io.StringIO(text[:200_000]) if line.strip()][:200]
    scores = {d: _agreement(lines, d) for d in _DELIMITERS}
    best = max(scores.values())
    winners = [d for d, score in scores.items() if score == best]
    ending = name.lower().rpartition(".")[2]
    if best < max(2, 0.5 * len(lines)) and not (len(lines) < 2 and best):
        raise Refused("csv_delimiter")
    if len(winners) > 1:
        wanted = {"csv": ",", "tsv": "\t"}.get(ending)
        if wanted not in winners:
            raise Refused("csv_delimiter")
        return wanted
    return winners[0]


def _agreement(lines: list[str], delimiter: str) -> int:
    try:
        widths = [len(record) for record in csv.reader(lines, delimiter=delimiter)]
    except csv.Error:
        return 0
    wide = Counter(width for width in widths if width > 1)
    return sum(wide.values()) if wide else 0
