"""One received file and its findings to one marked workbook. Runs in the annotating child."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.annotating.book import Book, SheetPart
from pipeline.annotating.comments import Comments
from pipeline.annotating.equivalent import equivalent
from pipeline.annotating.grid import Grid, place_of
from pipeline.annotating.listing import MOST, Page, Told, ordered, sentence
from pipeline.annotating.package import Package, Relations, Unmarkable, tag
from pipeline.annotating.styles import Styles, styles_of
from pipeline.annotating.words import ORDER
from pipeline.workbook.limits import Limits, Refused
from pipeline.workbook.one_file import read_one

Rows = Sequence[tuple[str, int]]  # (sheet, row) of what was not taken


def make(
    data: bytes, name: str, findings: Sequence[Told], rows: Rows, lang: str, unreadable: bool
) -> tuple[bytes, str]:
    """The marked workbook and its ending (.xlsx, or .xlsm of one with macros).

    `unreadable`: the file itself was refused, so only the list comes back.
    """
    if unreadable:
        return _marked(Package(equivalent([], True)), findings, (), lang, alone=True)
    if data.startswith(b"PK"):
        try:
            return _marked(Package(data), findings, rows, lang)
        except Unmarkable:
            pass  # .ods, .xlsb, strict OOXML and oddities: the cells are known all the same
    try:
        contents = read_one(data, name, Limits())
    except Refused:
        return _marked(Package(equivalent([], True)), findings, (), lang, alone=True)
    copy = equivalent(contents.sheets, typed=contents.format != "csv")
    return _marked(Package(copy), findings, rows, lang)


def _marked(
    package: Package, findings: Sequence[Told], rows: Rows, lang: str, alone: bool = False
) -> tuple[bytes, str]:
    book = Book(package)
    book.as_document()
    book.remove_lists()
    styles = styles_of(package, book.part)
    styles.unmark()
    sheets = book.sheets()
    names = [] if alone else [sheet.name for sheet in sheets]
    told = ordered(findings, names)
    for sheet in () if alone else sheets:
        lost = {row for name, row in rows if name == sheet.name}
        _mark(
            package, sheet, styles, [f for f in told[:MOST] if f["sheet"] == sheet.name], lost, lang
        )
    page = Page(styles, lang, names).write(told)
    book.put_first(page)
    if alone:
        book.remove_sheet(sheets[0])
    return package.save(), ".xlsm" if book.macros else ".xlsx"


def _mark(
    package: Package, sheet: SheetPart, styles: Styles, told: list[Told], lost: set[int], lang: str
) -> None:
    commented = Relations(package, sheet.part).found("comments")
    placed = any(place_of(f["cell"] or "") for f in told)
    # a tree takes thirty times the room of its text: a large sheet without a mark gets none
    if not (placed or lost or commented) and package.unselected(sheet.part):
        return
    root = package.tree(sheet.part)
    for view in root.iter(tag("sheetView")):
        if view.attrib.pop("tabSelected", None):
            package.edit(sheet.part)
    places: dict[tuple[int, int], list[Told]] = {}
    if told or lost:
        package.edit(sheet.part)
        grid = Grid(root, styles)
        places = _places(grid, told)
        for (row, col), own in places.items():
            grid.fill(row, col, min((f["severity"] for f in own), key=ORDER.index))
        for row in sorted(lost):
            grid.fill_row(row, "row", set(places))
    if places or commented:
        comments = Comments(package, sheet.part, root)
        comments.unmark()
        for (row, col), own in places.items():
            comments.say(row, col, "\n".join(sentence(f, lang) for f in own))
        comments.save()


def _places(grid: Grid, told: list[Told]) -> dict[tuple[int, int], list[Told]]:
    """Findings by the cell to mark, in the order of the sheet."""
    found: dict[tuple[int, int], list[Told]] = {}
    for finding in told:
        if at := place_of(finding["cell"] or ""):
            found.setdefault(grid.anchor(*at), []).append(finding)
    return dict(sorted(found.items()))
