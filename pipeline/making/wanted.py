"""What is to be made: documents, formats and nodes, each there is, or a sentence with those there
are."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from pipeline.faults import Fault
from pipeline.periods import months_of
from pipeline.publication import Publication

_USAGE = 2
_NAMED = 10  # codes named in a sentence


@dataclass(frozen=True)
class Wanted:
    """Documents of the whole province, and documents of nodes with the codes of each."""

    whole: tuple[str, ...]
    nodes: dict[str, tuple[str, ...]]
    formats: tuple[str, ...]


def wanted(
    publication: Publication,
    documents: Sequence[str] | None,
    formats: Sequence[str],
    codes: Sequence[str] | None,
) -> Wanted:
    """See :func:`pipeline.making.make`. Fault (2) names what there is not."""
    from pipeline.render import renderers
    from pipeline.reports import documents as whole_documents
    from pipeline.reports import node_documents

    whole, nodes = whole_documents(), node_documents()
    _known("文件", "document", documents or (), [*whole, *nodes])
    _known("格式", "format", formats, list(renderers()))
    if not formats:
        raise _lacking("格式", "format", list(renderers()))
    # Somebody who names nodes and no document wants what is made for nodes.
    chosen = documents or ([*nodes] if codes else [*whole, *nodes])
    scopes = _living(publication)
    of_nodes = {id: scopes.filter(pl.col("level").is_in(nodes[id].levels)) for id in nodes}
    if codes:
        there = [c for id in chosen if id in nodes for c in of_nodes[id]["scope"]]
        _known("代码", "code", codes, there)
    return Wanted(
        tuple(id for id in whole if id in chosen),
        {id: _chosen(of_nodes[id]["scope"], codes) for id in nodes if id in chosen},
        tuple(f for f in renderers() if f in formats),
    )


def choice(
    documents: Sequence[str] | None, formats: str, codes: Sequence[str] | None, every: bool
) -> dict[str, Any]:
    """What a command line asks for, as the arguments of :func:`wanted`.

    Fault (2) where a document of branches is asked for and no branch: a thousand files unasked.
    """
    from pipeline.render import renderers
    from pipeline.reports import node_documents

    split = [f.strip().lower() for f in formats.split(",") if f.strip()]
    if codes and every:
        raise Fault(
            "--branch 与 --all-branches 只用其一。",
            "Use --branch or --all-branches, not both.",
            _USAGE,
        )
    nodes = node_documents()
    if of_branches := [d for d in documents or () if d in nodes and not (codes or every)]:
        name = of_branches[0]
        raise Fault(
            f"“{name}”按机构逐个生成，请加 --branch 代码，或 --all-branches。",
            f"{name!r} is made for each branch or city: add --branch CODE or --all-branches.",
            _USAGE,
        )
    return {
        "documents": documents or None,
        "formats": split or ([] if formats.strip() else list(renderers())),
        "codes": None if every else list(codes or ()),
    }


def _chosen(there: Iterable[str], codes: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(sorted(c for c in there if codes is None or c in codes))


def _living(publication: Publication) -> pl.DataFrame:
    """Nodes that were there at some day of the period."""
    months = months_of(publication.period)
    first, after = _first_day(months[0]), _first_day(months[-1], 1)
    return publication.table("scope").filter(
        (pl.col("closed").is_null() | (pl.col("closed") >= first))
        & (pl.col("opened").is_null() | (pl.col("opened") < after))
    )


def _first_day(month: str, later: int = 0) -> date:
    year, number = int(month[:4]), int(month[5:7]) - 1 + later
    return date(year + number // 12, number % 12 + 1, 1)


def _known(zh: str, en: str, asked: Sequence[str], there: Sequence[str]) -> None:
    unknown = [a for a in asked if a not in set(there)]
    if unknown:
        raise _lacking(zh, en, there, unknown[0])


def _lacking(zh: str, en: str, there: Sequence[str], asked: str = "") -> Fault:
    near = difflib.get_close_matches(asked, there, _NAMED, 0.7) if len(there) > _NAMED else there
    names = (near or sorted(there))[:_NAMED]
    more = len(there) > len(names)
    have_zh = "、".join(names) + (f" 等 {len(there)} 个" if more else "") if there else "无"
    have_en = ", ".join(names) + (f" and others, {len(there)} in all" if more else "")
    return Fault(
        f"没有{zh}“{asked}”；可用：{have_zh}。",
        f"There is no {en} {asked!r}; available: {have_en or 'none'}.",
        _USAGE,
    )
