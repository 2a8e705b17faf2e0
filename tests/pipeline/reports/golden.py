"""Documents as text, to be read by people: structure, sentences, tables as they are shown.

python -m tests.pipeline.reports.golden     writes the golden files anew; read the difference
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.publication import Publication
from pipeline.render.theme import shown
from pipeline.reports import catalogue
from pipeline.reports.blocks import (
    Appendix,
    Block,
    Chart,
    Document,
    Heading,
    Note,
    Sentence,
    Strip,
    Table,
)
from pipeline.reports.figures import Language

GOLDEN = Path(__file__).with_name("golden")
NODES = {"city": "0101", "onepager": "01010102"}  # of tests.dashboards.fixture_publication


def lines(blocks: Sequence[Block], indent: str = "") -> Iterator[str]:
    for block in blocks:
        match block:
            case Heading():
                yield f"{indent}{'#' * block.level} {block.text}"
            case Sentence():
                yield f"{indent}{block.text}"
            case Note():
                yield f"{indent}> {block.text}"
            case Table():
                yield f"{indent}[{block.id}] {block.title} ({block.expected_rows})"
                yield f"{indent}| " + " | ".join(c.title for c in block.columns)
                for row in block.rows:
                    cells = (shown(row.get(c.id), c.format, c.digits) for c in block.columns)
                    yield f"{indent}| " + " | ".join(cells)
            case Strip():
                cells = (f"{c.label} {shown(c.value, c.format, c.digits)}" for c in block.cells)
                yield f"{indent}[{block.id}] {block.title}: " + " · ".join(cells)
                yield f"{indent}> {block.note}"
            case Chart():
                yield f"{indent}[{block.id}] {block.title}: {block.says}"
            case Appendix():
                yield f"{indent}=== {block.title}"
                yield from lines(block.blocks, "  ")


def text(document: Document) -> str:
    head = [document.title, document.subtitle, document.issuer, document.date, document.layout]
    return "\n".join([*head, "", *lines(document.blocks)]) + "\n"


def documents(publication: Publication) -> Iterator[tuple[str, str]]:
    """(name of the golden file, its text) of every document in both languages."""
    languages: tuple[Language, ...] = ("zh", "en")
    for entry in catalogue():
        for lang in languages:
            code = [NODES[entry.id]] if entry.levels else []
            yield f"{entry.id}-{lang}.txt", text(entry.make(publication, lang, *code))


def _write() -> None:
    from tests.dashboards.fixture_publication import build

    GOLDEN.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, said in documents(Publication(build(Path(folder)))):
            (GOLDEN / name).write_text(said, "utf-8")


if __name__ == "__main__":
    sys.exit(_write())
