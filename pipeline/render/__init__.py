"""Blocks to files. Knows blocks only, nothing of metrics or publications."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipeline.reports.blocks import Document


def renderers() -> dict[str, Callable[[Document, Path], Path]]:
    """Renderer by file ending."""
    from pipeline.render import excel, pdf, word

    return {"docx": word.render, "pdf": pdf.render, "xlsx": excel.render}
