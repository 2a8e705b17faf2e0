"""Control totals: a table that lost a row, or a figure that changed, stops the document."""

from __future__ import annotations

from pipeline.reports.blocks import Appendix, Block, Document, Table


class ControlTotalError(ValueError):
    """A rendered table is not what the publication says."""


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
        if len(table.rows) != table.expected_rows:
            raise ControlTotalError(
                f"{table.title}: {len(table.rows)} rows, should be {table.expected_rows}"
            )


def check_read_back(document: Document, rendered: list[list[list[str]]]) -> None:
    """`rendered` (tables × rows × cell texts, header included) equals what was to be written.

    The renderers give what they read from their own file, with the number format applied.
    """
    from pipeline.render.theme import shown

    expected = [
        [[c.title for c in t.columns]]
        + [[shown(r.get(c.id), c.format, c.digits) for c in t.columns] for r in t.rows]
        for t in tables(document)
    ]
    if len(rendered) != len(expected):
        raise ControlTotalError(f"{len(rendered)} tables in the file, should be {len(expected)}")
    for table, want, got in zip(tables(document), expected, rendered, strict=True):
        if want != got:
            bad = next((i for i, (w, g) in enumerate(zip(want, got, strict=False)) if w != g), -1)
            raise ControlTotalError(f"{table.title}: row {bad} of the file differs")
