"""Blocks to files. Knows blocks only, nothing of metrics or publications."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from pipeline.reports.blocks import Document


def renderers() -> dict[str, Callable[[Document, Path], Path]]:
    """Renderer by file ending. Its engine is loaded when it is used."""
    return {"docx": _renderer("word"), "pdf": _renderer("pdf"), "xlsx": _renderer("excel")}


def _renderer(module: str) -> Callable[[Document, Path], Path]:
    def render(document: Document, path: Path) -> Path:
        written: Path = import_module(f"pipeline.render.{module}").render(document, path)
        return written

    return render
