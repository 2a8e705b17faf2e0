"""Writes small `.xlsb` workbooks record by record, after [MS-XLSB]; shares nothing with the reader.

LibreOffice and the Python libraries read this format only, so the tests make their own.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_BINARY = "application/vnd.ms-excel"
GENERAL, DATE, PERCENT, CUSTOM = 0, 1, 2, 3  # the styles of every workbook made here

Cell = tuple[str, object, int]  # kind, value, style
Grid = Mapping[tuple[int, int], Cell]  # (row, column), both from 1


def record(number: int, payload: bytes = b"") -> bytes:
    """2.1.4: number in one or two bytes, length in groups of seven bits."""
    head = bytes([number]) if number < 128 else bytes([number & 127 | 128, number >> 7])
    size, rest = b"", len(payload)
    while True:
        rest, low = rest >> 7, rest & 127
        size += bytes([low | (128 if rest else 0)])
        if not rest:
            return head + size + payload


def wide(text: str) -> bytes:
    """2.5.168."""
    return struct.pack("<I", len(text.encode("utf-16-le")) // 2) + text.encode("utf-16-le")


def write_xlsb(
    path: Path, sheets: Mapping[str, Grid], *, hidden: Sequence[str] = (), date1904: bool = False,
    hidden_rows: Sequence[int] = (), hidden_cols: Sequence[int] = (),
    merged: Sequence[tuple[int, int, int, int]] = (),
) -> Path:  # fmt: skip
    """A workbook with styles GENERAL, DATE (14), PERCENT (9) and CUSTOM (yyyy"年"m"月")."""
    texts: list[str] = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", _content_types(len(sheets)))
        package.writestr("_rels/.rels", _relations([("officeDocument", "xl/workbook.bin")]))
        links = [("worksheet", f"worksheets/sheet{i}.bin") for i in range(1, len(sheets) + 1)]
        links += [("styles", "styles.bin"), ("sharedStrings", "sharedStrings.bin")]
        package.writestr("xl/_rels/workbook.bin.rels", _relations(links))
        package.writestr("xl/workbook.bin", _book(list(sheets), hidden, date1904))
        package.writestr("xl/styles.bin", _styles())
        for number, grid in enumerate(sheets.values(), 1):
            body = _sheet(grid, texts, hidden_rows, hidden_cols, merged)
            package.writestr(f"xl/worksheets/sheet{number}.bin", body)
        items = [record(19, b"\x00" + wide(text)) for text in texts]
        head = record(159, struct.pack("<II", len(texts), len(texts)))
        package.writestr("xl/sharedStrings.bin", head + b"".join(items) + record(160))
    return path


def _content_types(sheets: int) -> str:
    parts = [("/xl/workbook.bin", "sheet.binary.macroEnabled.main"), ("/xl/styles.bin", "styles"),
             ("/xl/sharedStrings.bin", "sharedStrings")]  # fmt: skip
    parts += [(f"/xl/worksheets/sheet{i}.bin", "worksheet") for i in range(1, sheets + 1)]
    lines = [f'<Override PartName="{p}" ContentType="{_BINARY}.{t}"/>' for p, t in parts]
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    return (
        f'<?xml version="1.0"?><Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="{rels}"/>{"".join(lines)}</Types>'
    )


def _relations(links: Sequence[tuple[str, str]]) -> str:
    lines = [
        f'<Relationship Id="rId{i}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(links, 1)
    ]
    return (
        f'<?xml version="1.0"?><Relationships xmlns="{_PACKAGE}/relationships">'
        f"{''.join(lines)}</Relationships>"
    )


def _book(names: Sequence[str], hidden: Sequence[str], date1904: bool) -> bytes:
    bundle = b"".join(
        record(156, struct.pack("<II", name in hidden, i) + wide(f"rId{i}") + wide(name))
        for i, name in enumerate(names, 1)
    )
    properties = record(153, struct.pack("<II", int(date1904), 0) + wide(""))
    return record(131) + properties + record(143) + bundle + record(144) + record(132)


def _styles() -> bytes:
    own = record(44, struct.pack("<H", 164) + wide('yyyy"年"m"月"'))
    formats = record(615, struct.pack("<I", 1)) + own + record(616)
    ids = (0, 14, 9, 164)
    xfs = [record(47, struct.pack("<HH", 0, i) + bytes(12)) for i in ids]
    cells = record(617, struct.pack("<I", len(xfs))) + b"".join(xfs) + record(618)
    return record(278) + formats + cells + record(279)


def _sheet(
    grid: Grid, texts: list[str], hidden_rows: Sequence[int], hidden_cols: Sequence[int],
    merged: Sequence[tuple[int, int, int, int]],
) -> bytes:  # fmt: skip
    rows, cols = sorted({r for r, _ in grid}), [c for _, c in grid] or [1]
    size = (min(rows, default=1), max(rows, default=1), min(cols), max(cols))
    body = record(129) + record(148, struct.pack("<IIII", *(n - 1 for n in size)))
    for col in hidden_cols:
        body += record(60, struct.pack("<IIIIH", col - 1, col - 1, 2000, 0, 1))
    body += record(145)
    for row in rows:
        flags = 0x10 if row in hidden_rows else 0
        body += record(0, struct.pack("<IIHBBBI", row - 1, 0, 300, 0, flags, 0, 0))
        for col in sorted(c for r, c in grid if r == row):
            body += _cell(col, *grid[row, col], texts)
    body += record(146)
    for top, left, bottom, right in merged:
        body += record(176, struct.pack("<IIII", top - 1, bottom - 1, left - 1, right - 1))
    return body + record(130)


def _cell(col: int, kind: str, value: object, style: int, texts: list[str]) -> bytes:
    """2.4.307 and its neighbours: column, style, value; formulas with an empty expression."""
    head, formula = struct.pack("<II", col - 1, style), struct.pack("<HII", 0, 0, 0)
    if kind == "shared":
        texts.append(str(value))
        return record(7, head + struct.pack("<I", len(texts) - 1))
    number, packed = {
        "blank": (1, lambda v: b""),
        "integer": (2, lambda v: struct.pack("<i", v << 2 | 2)),
        "hundredths": (2, lambda v: struct.pack("<i", v << 2 | 3)),
        "error": (3, lambda v: bytes([v])),
        "bool": (4, lambda v: bytes([v])),
        "real": (5, lambda v: struct.pack("<d", v)),
        "text": (6, wide),
        "formula text": (8, lambda v: wide(v) + formula),
        "formula": (9, lambda v: struct.pack("<d", v) + formula),
        "formula error": (11, lambda v: bytes([v]) + formula),
    }[kind]  # type: ignore[index]
    return record(number, head + packed(value))
