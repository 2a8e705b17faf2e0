"""Documents: one file each, blocks without a format."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.publication import Publication
from pipeline.reports.blocks import Document
from pipeline.reports.figures import Language


def documents() -> dict[str, Callable[[Publication, Language], Document]]:
    """Document maker by document id."""
    from pipeline.reports import circular

    return {circular.ID: circular.circular}
