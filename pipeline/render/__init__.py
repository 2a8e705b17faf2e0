"""Blocks to files. Knows blocks only, nothing of metrics or publications."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from pipeline.reports.blocks import Document

_MODULES = {"docx": "word", "pdf": "pdf", "xlsx": "excel"}
Render = Callable[[Document, Path], Path]


def renderers() -> dict[str, Render]:
    """Renderer by file ending. Its engine is loaded when it is used."""
    return {ending: _late(ending) for ending in _MODULES}


def renderer(ending: str) -> Render:
    """The renderer of a file ending, with its engine loaded."""
    render: Render = import_module(f"pipeline.render.{_MODULES[ending]}").render
    return render


def _late(ending: str) -> Render:
    def render(document: Document, path: Path) -> Path:
        return renderer(ending)(document, path)

    return render
