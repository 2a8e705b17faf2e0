"""Documents: one file each, blocks without a format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from pipeline.publication import Publication
from pipeline.reports.blocks import Document
from pipeline.reports.figures import Language

# Roles of `dashboards.access`, by name: pipeline knows no dashboards.
_OFFICE = ("office", "head")
_ABOVE = (*_OFFICE, "city", "union", "hq")  # who sees the whole league (standing_detail)
_EVERYBODY = (*_ABOVE, "branch")


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
    of_city, of_branch = (*_OFFICE, "city"), (*_OFFICE, "city", "branch")
    return (
        _entry("circular", "通报", "Circular", _ABOVE),
        _entry("express", "快报", "Express", _EVERYBODY),
        _entry("hq", "总行趋势简报", "HQ trend brief", (*_OFFICE, "hq")),
        _entry("fairness", "暗访公平性报告", "Fairness report", (*_OFFICE, "union")),
        _entry("city", "二级分行简报", "City digest", of_city, ("city", "direct")),
        _entry("onepager", "一页三改", "One-pager", of_branch, ("branch",)),
    )


def _entry(
    id: str, zh: str, en: str, roles: tuple[str, ...], levels: tuple[str, ...] = ()
) -> Entry:
    """The document that the module `id` makes with its function of that name.

    The module is loaded when it is used: a child that makes one-pagers has no need of what the
    circular reckons with, which takes a second to load.
    """

    def make(*given: Any) -> Document:
        module = import_module(f"pipeline.reports.{id}")
        document: Document = getattr(module, id)(*given)
        return document

    return Entry(id, zh, en, roles, make, levels)


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
