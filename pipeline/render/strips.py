"""Strips are read back as tables are: every cell's label, value and sign stand in the file."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from pipeline.render import theme
from pipeline.render.layout import SIGNS
from pipeline.render.totals import ControlTotalError
from pipeline.reports.blocks import Appendix, Block, Document, Strip

_LOST = re.compile(r"[\s\x02\ufffe-]+")


def strips(document: Document) -> list[Strip]:
    """Every strip of the document, appendices included, in order."""

    def walk(blocks: tuple[Block, ...]) -> list[Strip]:
        found: list[Strip] = []
        for block in blocks:
            if isinstance(block, Strip):
                found.append(block)
            elif isinstance(block, Appendix):
                found += walk(block.blocks)
        return found

    return walk(document.blocks)


def check_strips(document: Document, path: Path, said: str) -> Path:
    """`said` is the text of the file without spaces; a file that fails is removed.

    ControlTotalError names the strip and the cell.
    """
    said, at = _bare(said), 0
    for strip in strips(document):
        for cell in strip.cells:
            value = theme.shown(cell.value, cell.format, cell.digits)
            text = _bare(theme.clean(cell.label) + value + SIGNS[cell.mark])
            at = said.find(text, at)
            if at < 0:
                path.unlink(missing_ok=True)
                raise ControlTotalError(
                    document, strip.title, f"里找不到“{cell.label} {value}”",
                    f"does not say {cell.label} {value}",
                )  # fmt: skip
            at += len(text)
    return path


def _bare(text: str) -> str:
    """Without spaces, and without hyphens: a reader of PDF drops one at the end of a line."""
    return _LOST.sub("", unicodedata.normalize("NFKC", text))
