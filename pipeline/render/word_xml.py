"""WordprocessingML of a piece, with its elements in the order of the schema (ISO/IEC 29500-1, 17).

Written as text and parsed once a document: a cell at a time through an object model would take
seconds for a table of a thousand rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from pipeline.render import theme
from pipeline.render.columns import BREAK
from pipeline.render.layout import LAST, OFFICIAL, Piece, Style

_TWIPS = 1440 / 25.4  # a millimetre
_SANS = theme.HEAD_FONTS[1]
# 3号 is 15.75 pt, which Word cannot name: 16 pt set closer by 0.25 pt gives the 28 characters.
_BODY = 15.75


def twips(mm: float) -> int:
    """Millimetres in twentieths of a point."""
    return round(mm * _TWIPS)


def run(text: str, size: float, font: str = theme.BODY_FONT, colour: str = "") -> str:
    """A run; a line break in the text is one on the page."""
    latin = theme.LATIN_SANS if font == _SANS else theme.LATIN_FONT
    half = round(size * 2)
    closer = '<w:spacing w:val="-5"/>' if size == _BODY else ""
    if size == _BODY:
        half = 32
    return (
        f'<w:r><w:rPr><w:rFonts w:hint="eastAsia" w:ascii="{latin}" w:hAnsi="{latin}" '
        f'w:eastAsia="{font}" w:cs="{latin}"/>'
        + (f'<w:color w:val="{colour}"/>' if colour else "")
        + f'{closer}<w:sz w:val="{half}"/><w:szCs w:val="{half}"/></w:rPr>{_text(text)}</w:r>'
    )


def _text(text: str) -> str:
    lines = text.replace(BREAK, "").split("\n")
    return "<w:br/>".join("<w:tab/>".join(map(_piece, line.split("\t"))) for line in lines)


def _piece(text: str) -> str:
    return f'<w:t xml:space="preserve">{escape(text)}</w:t>'


def paragraph(
    runs: str,
    line: float,
    *,
    align: str = "",
    indent: float = 0,  # first line, em of `size`
    left: float = 0,  # em
    hanging: float = 0,  # em
    right: float = 0,  # em
    size: float = _BODY,
    before: float = 0,
    after: float = 0,
    keep: bool = False,
    new_page: bool = False,
    outline: int | None = None,
    rule: str = "",  # inner XML of pBdr
    tabs: str = "",
    close: bool = False,
    least: bool = False,
) -> str:
    """A paragraph with an exact line pitch (pt), or one that is `least`, for pictures; `close`: no
    space between digits and Chinese."""
    spacing = (
        f'<w:spacing w:before="{round(before * 20)}" w:after="{round(after * 20)}" '
        f'w:line="{round(line * 20)}" w:lineRule="{"atLeast" if least else "exact"}"/>'
    )
    inside = [
        "<w:keepNext/>" if keep else "",
        "<w:pageBreakBefore/>" if new_page else "",
        f"<w:pBdr>{rule}</w:pBdr>" if rule else "",
        tabs,
        '<w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/>' if close else "",
        # Only lines of the text stand on the grid: others would be stretched to its pitch.
        "" if line == OFFICIAL.pitch else '<w:snapToGrid w:val="0"/>',
        spacing,
        _indents(indent, left, hanging, right, size),
        f'<w:jc w:val="{align}"/>' if align else "",
        f'<w:outlineLvl w:val="{outline}"/>' if outline is not None else "",
    ]
    return f"<w:p><w:pPr>{''.join(inside)}</w:pPr>{runs}</w:p>"


def _indents(indent: float, left: float, hanging: float, right: float, size: float) -> str:
    """Indents in characters for Word and WPS, and in twips beside for LibreOffice."""
    said = ""
    for name, ems in (("left", left), ("right", right), ("hanging", hanging)):
        if ems:
            said += f' w:{name}Chars="{round(ems * 100)}" w:{name}="{round(ems * size * 20)}"'
    if indent:
        said += (
            f' w:firstLineChars="{round(indent * 100)}" w:firstLine="{round(indent * size * 20)}"'
        )
    return f"<w:ind{said}/>" if said else ""


def border(side: str, eighths: int, colour: str = "000000", space: int = 1) -> str:
    """One border; `eighths` of a point thick."""
    return f'<w:{side} w:val="single" w:sz="{eighths}" w:space="{space}" w:color="{colour}"/>'


def table(piece: Piece) -> str:
    """A native table: its header is repeated on each page, no row is split over two pages."""
    widths = [twips(w) for w in piece["widths"]]
    head = _row(piece["header"], widths, piece, header=True)
    count = len(piece["rows"])
    rows = [
        # Small tables hold together; the last rows hold the note.
        _row(row, widths, piece, keep=piece["whole"] or i < 2 or i >= count - LAST)
        for i, row in enumerate(piece["rows"])
    ]
    grid = "".join(f'<w:gridCol w:w="{w}"/>' for w in widths)
    return (
        f"<w:tbl>{_properties(sum(widths), piece)}<w:tblGrid>{grid}</w:tblGrid>"
        f"{head}{''.join(rows)}</w:tbl>"
    )


def _properties(width: int, piece: Piece) -> str:
    room = round(piece["room"] * 20)
    sides = "".join(
        border(side, 4, "7A8794", 0)
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    return (
        f'<w:tblPr><w:tblW w:w="{width}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblBorders>{sides}</w:tblBorders><w:tblLayout w:type="fixed"/>'
        f'<w:tblCellMar><w:top w:w="{room}" w:type="dxa"/><w:left w:w="62" w:type="dxa"/>'
        f'<w:bottom w:w="{room}" w:type="dxa"/><w:right w:w="62" w:type="dxa"/></w:tblCellMar>'
        f"<w:tblCaption w:val={quoteattr(piece['title'][:200])}/></w:tblPr>"
    )


def _row(
    texts: Sequence[str],
    widths: Sequence[int],
    piece: Piece,
    header: bool = False,
    keep: bool = False,
) -> str:
    """One row. The header and the first rows stay together: no header alone on a page."""
    fill = theme.HEADER_FILL if header else ""
    font = _SANS if header else theme.BODY_FONT
    aligns = ["center"] * len(widths) if header else piece["aligns"]
    size, line = piece["size"], piece["pitch"]
    cells = "".join(
        _cell(
            paragraph(run(text, size, font), line, align=align, keep=header or keep, close=True),
            width,
            fill,
        )
        for text, width, align in zip(texts, widths, aligns, strict=True)
    )
    repeat = "<w:tblHeader/>" if header else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{repeat}</w:trPr>{cells}</w:tr>"


def _cell(inside: str, width: int, fill: str = "") -> str:
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>' if fill else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shade}<w:vAlign w:val="center"/>'
        f"</w:tcPr>{inside}</w:tc>"
    )


def strip(piece: Piece, style: Style) -> str:
    """A row of cells: label, value and sign; shaded by mark."""
    small = style.note * 0.9
    each = round(twips(style.room) / len(piece["cells"]))
    cells = "".join(
        _cell(
            paragraph(
                run(c["label"], small, _SANS), small * 1.35, align="center", before=3, keep=True
            )
            + paragraph(
                run(c["value"], style.body, _SANS)
                + (run(" " + c["sign"], small, _SANS) if c["sign"] else ""),
                style.body * 1.35,
                align="center",
                after=3,
                keep=True,  # with the note that says what the signs are
            ),
            each,
            theme.MARK_FILLS[c["mark"]],
        )
        for c in piece["cells"]
    )
    grid = f'<w:gridCol w:w="{each}"/>' * len(piece["cells"])
    sides = "".join(border(side, 12, "FFFFFF", 0) for side in ("insideV",))
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{each * len(piece["cells"])}" w:type="dxa"/>'
        f'<w:jc w:val="center"/><w:tblBorders>{sides}</w:tblBorders>'
        '<w:tblLayout w:type="fixed"/>'
        '<w:tblCellMar><w:left w:w="40" w:type="dxa"/><w:right w:w="40" w:type="dxa"/>'
        f"</w:tblCellMar><w:tblCaption w:val={quoteattr((piece['title'] or 'strip')[:200])}/>"
        f"</w:tblPr><w:tblGrid>{grid}</w:tblGrid>"
        f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr></w:tbl>"
    )


def imprint(rows: Sequence[str], width: int) -> str:
    """版记 at the foot of the text area: lines of 0.35 mm outside, of 0.25 mm between (7.4.1)."""
    thick, thin = 8, 6  # eighths of a point
    sides = border("top", thick, space=0) + border("bottom", thick, space=0)
    sides += border("insideH", thin, space=0)
    tabs = f'<w:tabs><w:tab w:val="right" w:pos="{width - 280}"/></w:tabs>'
    lines = "".join(
        "<w:tr><w:trPr><w:cantSplit/></w:trPr>"
        + _cell(paragraph(run(row, 14), 26, left=1, right=1, size=14, tabs=tabs), width)
        + "</w:tr>"
        for row in rows
    )
    return (
        '<w:tbl><w:tblPr><w:tblpPr w:vertAnchor="margin" w:horzAnchor="margin" '
        'w:tblpXSpec="left" w:tblpYSpec="bottom"/>'
        f'<w:tblW w:w="{width}" w:type="dxa"/><w:tblBorders>{sides}</w:tblBorders>'
        '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="0" w:type="dxa"/>'
        '<w:right w:w="0" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        f'<w:tblGrid><w:gridCol w:w="{width}"/></w:tblGrid>{lines}</w:tbl>'
    )
