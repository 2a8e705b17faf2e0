"""Control totals: a table that lost a row, or a figure that changed, stops the document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Literal

from pipeline.faults import Fault
from pipeline.render.theme import shown
from pipeline.reports.blocks import Appendix, Block, Document, Table

Rendered = Sequence[Sequence[Sequence[str]]]  # tables × rows × cell texts, header included


class ControlTotalError(Fault):
    """A table is not what the publication says: the document is not released (exit 1)."""

    def __init__(self, document: Document, table: str, zh: str, en: str) -> None:
        super().__init__(
            f"“{document.title}”（{document.id}）的表“{table}”{zh}，文件没有放出。"
            "请重新运行；若仍如此，请把这句话交给系统管理员。",
            f"Table {table!r} of {document.title!r} ({document.id}) {en}; the file was not "
            "released. Run it again; if that does not help, show this to the administrator.",
            1,
        )


def tables(document: Document) -> list[Table]:
    """Every table of the document, appendices included, in order."""

    def walk(blocks: tuple[Block, ...]) -> list[Table]:
        found: list[Table] = []
        for block in blocks:
            if isinstance(block, Table):
                found.append(block)
            elif isinstance(block, Appendix):
                found.extend(walk(block.blocks))
        return found

    return walk(document.blocks)


def check_rows(document: Document) -> None:
    """Every table has the rows it should have; else ControlTotalError names the first."""
    for table in tables(document):
        due, given = table.expected_rows, len(table.rows)
        if given != due:
            raise ControlTotalError(
                document, table.title, f"应有{due}行，只有{given}行"
                if given < due else f"应有{due}行，却有{given}行",
                f"has {given} rows, should be {due}",
            )  # fmt: skip


def as_shown(table: Table) -> list[list[str]]:
    """Header and rows of a table as texts of a document."""
    head = [c.title for c in table.columns]
    rows = [[shown(r.get(c.id), c.format, c.digits) for c in table.columns] for r in table.rows]
    return [head, *rows]


def sums(table: Table) -> dict[str, Decimal]:
    """Column title → sum of the `total` columns, of the figures as they are shown: what a reader
    who adds them up gets."""
    found = {}
    for column in table.columns:
        if column.total:
            texts = (shown(r.get(column.id), column.format, column.digits) for r in table.rows)
            found[column.title] = sum((_number(t) for t in texts), Decimal(0))
    return found


def _number(text: str) -> Decimal:
    """A figure as it is shown; what is missing adds nothing."""
    try:
        return Decimal(text.replace(",", "").replace("−", "-").rstrip("%"))
    except InvalidOperation:
        return Decimal(0)


def control_line(table: Table, language: Literal["zh", "en"]) -> str:
    """How many rows there should be and are, and the sums: stands with every table."""
    due, given = table.expected_rows, len(table.rows)
    added = [f"{title} {total:,}" for title, total in sums(table).items()]
    if language == "zh":
        tail = f"；合计：{'，'.join(added)}" if added else ""
        return f"应有{due}行，实有{given}行{tail}。"
    tail = f"; sums: {', '.join(added)}" if added else ""
    return f"{due} {'row' if due == 1 else 'rows'} due, {given} given{tail}."


Wanted = list[tuple[Table, list[list[str]]]]  # each table with its header and rows as texts


def _as_shown(document: Document) -> Wanted:
    return [(table, as_shown(table)) for table in tables(document)]


def check_read_back(
    document: Document,
    rendered: Rendered,
    texts: Callable[[Document], Wanted] = _as_shown,
) -> None:
    """`rendered`, as a renderer read it from its own file, equals what was to be written.

    `texts`: the tables as the format has them, by default as they are shown.
    """
    wanted = texts(document)
    if len(rendered) != len(wanted):
        words = f"{len(rendered)} / {len(wanted)}"
        missing = wanted[len(rendered)][0].title if len(rendered) < len(wanted) else "—"
        raise ControlTotalError(
            document, missing, f"在写出的文件里读不全（表数 {words}）",
            f"cannot be read in the file that was written (tables {words})",
        )  # fmt: skip
    for (table, want), got in zip(wanted, rendered, strict=True):
        _compare(document, table, want, got)


def _compare(
    document: Document, table: Table, want: list[list[str]], got: Sequence[Sequence[str]]
) -> None:
    for number, (w, g) in enumerate(zip(want, got, strict=False)):
        if list(w) != list(g):
            cells = [(c, a, b) for c, a, b in zip(want[0], w, g, strict=False) if a != b]
            column, due, given = cells[0] if cells else ("", str(len(w)), str(len(g)))
            raise ControlTotalError(
                document, table.title,
                f"第{number}行“{column}”应为“{due}”，写出的文件里是“{given}”",
                f"row {number}, {column!r}, should say {due!r}; the written file says {given!r}",
            )  # fmt: skip
    if len(want) != len(got):
        raise ControlTotalError(
            document, table.title,
            f"应有{len(want) - 1}行，写出的文件里有{len(got) - 1}行",
            f"should have {len(want) - 1} rows; the written file has {len(got) - 1}",
        )  # fmt: skip


def checked(
    document: Document,
    path: Path,
    write: Callable[[Document, Path], None],
    read: Callable[[Path], Rendered],
    texts: Callable[[Document], Wanted] = _as_shown,
) -> Path:
    """Writes the file, reads its bytes back from the disk and compares every cell.

    A file that fails is removed. ControlTotalError names document, table and row.
    """
    check_rows(document)
    try:
        write(document, path)
        check_read_back(document, read(path), texts)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path
