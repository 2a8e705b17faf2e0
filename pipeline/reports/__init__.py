"""Documents: one file each, blocks without a format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.publication import Publication
from pipeline.reports.blocks import Document
from pipeline.reports.figures import Language

# Roles of `dashboards.access`, by name: pipeline knows no dashboards.
_OFFICE = ("office", "head")
_EVERYBODY = (*_OFFICE, "city", "branch", "union", "hq")


@dataclass(frozen=True)
class Entry:
    """A document: its names, for which nodes it is made, and who may have it.

    `levels` of table `scope`; none: one for the whole province. `roles`: of those bound to a node
    (city, branch) each has only what is made for the own node or for one below it.
    """

    id: str
    zh: str
    en: str
    roles: tuple[str, ...]
    make: Callable[..., Document]  # (publication, language) or (publication, language, code)
    levels: tuple[str, ...] = ()


def catalogue() -> tuple[Entry, ...]:
    """Every document there is."""
    from pipeline.reports import circular, onepager

    return (
        Entry(circular.ID, "通报", "Circular", _EVERYBODY, circular.circular),
        Entry(
            onepager.ID,
            "一页三改",
            "One-pager of a branch",
            (*_OFFICE, "city", "branch"),
            onepager.onepager,
            ("branch",),
        ),
    )


def documents() -> dict[str, Callable[[Publication, Language], Document]]:
    """Maker by document id, of the documents that are made once for the whole province."""
    return {e.id: e.make for e in catalogue() if not e.levels}


@dataclass(frozen=True)
class NodeDocument:
    """A document made once for each node of some levels; `make` is given the node's code."""

    levels: tuple[str, ...]  # of the table `scope`: branch, city, direct …
    make: Callable[[Publication, Language, str], Document]


def node_documents() -> dict[str, NodeDocument]:
    """Document id → how it is made for each node. A thousand are made in one process."""
    return {e.id: NodeDocument(e.levels, e.make) for e in catalogue() if e.levels}
