"""Documents: one file each, blocks without a format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.publication import Publication
from pipeline.reports.blocks import Document
from pipeline.reports.figures import Language


def documents() -> dict[str, Callable[[Publication, Language], Document]]:
    """Maker by document id, of the documents that are made once for the whole province."""
    from pipeline.reports import circular

    return {circular.ID: circular.circular}


@dataclass(frozen=True)
class NodeDocument:
    """A document made once for each node of some levels; `make` is given the node's code."""

    levels: tuple[str, ...]  # of the table `scope`: branch, city, direct …
    make: Callable[[Publication, Language, str], Document]


def node_documents() -> dict[str, NodeDocument]:
    """Document id → how it is made for each node. A thousand are made in one process."""
    return {}
