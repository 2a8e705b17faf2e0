"""Whether a publication on the disk is the one that was published: by the hashes of its files.

The manifest holds the SHA-256 of each table's file, and the ledger that of the manifest. Read by
bytes, so that asking costs less than opening; a publication of before there were hashes has none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.periods import previous
from pipeline.publication import Publication, published
from pipeline.publishing import on_record

if TYPE_CHECKING:  # the database comes with it, to every command that opens a publication
    from pipeline.reconcile import Problem

_NOT_AS_PUBLISHED = 1


def changed_tables(
    publication: Publication, looked_at: Callable[[str], bool] = lambda name: True
) -> list[str]:
    """Names of the tables whose file is gone or has other bytes than it was published with.

    `looked_at`: which tables to ask about, where not all of them are read.
    """
    said = publication.manifest.get("tables", {})
    return [
        name
        for name, told in sorted(said.items())
        if looked_at(name) and _digest(publication.path / f"{name}.parquet") != told["sha256"]
    ]


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return ""


def refuse_changed(publication: Publication, *tables: str) -> None:
    """Fault (1) naming the tables: nothing is made of, or told from, numbers that nobody published.

    `tables`: the only ones that are read; by default all.
    """
    if found := changed_tables(publication, lambda name: not tables or name in tables):
        problem = _of_tables(publication, found)
        raise Fault(problem.zh, problem.en, _NOT_AS_PUBLISHED)


def damaged(folder: DataFolder, period: str) -> list[str]:
    """Names of the newest publications that publishing `period` would read and that are not as
    they were published: its own former revision, the period before, and the facts of all others."""
    newest = {p.period: p for p in published(folder)}
    return [p.path.name for p in newest.values() if changed_tables(p, _read_of(p.period, period))]


def spoilt_former(told: Mapping[str, Any]) -> bool:
    """Whether the former revision is damaged; `told`: JSON of a publication or its rehearsal."""
    return f"{told['period']}-r{told['revision'] - 1}" in told["damaged"]


def mends(told: Mapping[str, Any]) -> bool:
    """Whether it says what the damaged former revision said: the hash on record tells, although
    its files cannot be compared."""
    return told["same_as"] is not None and spoilt_former(told)


def unread(told: Mapping[str, Any]) -> list[str]:
    """The damaged publications of which nothing can be said."""
    own = f"{told['period']}-r{told['revision'] - 1}" if mends(told) else None
    return [name for name in told["damaged"] if name != own]


def mended(told: Mapping[str, Any]) -> tuple[str, str]:
    """What a publication with the content of a damaged one is good for."""
    former = told["same_as"]
    return (
        f"内容与第 {former} 版发布时相同（指纹一致），没有数字改变；"
        f"第 {former} 版的数据文件已被改动或损坏，由新的一版代替。"
    ), (
        f"The content is what revision {former} was published with (the same hash): no number "
        "changes. Its files were changed or damaged; the new revision takes their place."
    )


def not_compared(names: Sequence[str]) -> tuple[str, str]:
    """That publishing compared nothing with these publications, and the cure."""
    zh, en = "、".join(names), ", ".join(names)
    return (
        f"注意：发布 {zh} 的数据文件与发布时不同（被改动或损坏），没有与它比较："
        "它的数字是否改变、是否需要重发，都没有判断。请运行 mingcha verify，"
        "并用备份恢复（mingcha restore）或重新发布该期。"
    ), (
        f"Mind: files of publication {en} are not those that were published (changed or "
        "damaged), so nothing was compared with it: whether its figures are restated, or it is "
        "to be published again, was not judged. Run mingcha verify, then bring back a backup "
        "(mingcha restore) or publish its period again."
    )


def _read_of(other: str, period: str) -> Callable[[str], bool]:
    if other == period:
        return lambda name: True
    former = other == previous(period)
    return lambda name: name.startswith("fact_") or (former and name == "metric_value")


def unsound(publications: Iterable[Publication], known: on_record.Known) -> Iterator[Problem]:
    """What disagrees; `known`: what the ledger says of publications."""
    every = list(publications)
    for publication in every:
        try:
            place = (publication.period, publication.revision)
            tables = changed_tables(publication)
        except (OSError, ValueError, KeyError, TypeError):
            continue  # an unreadable manifest is told where heads are compared
        if not on_record.is_announced(publication.path, known):
            yield _of_manifest(publication) if place in known else of_stranger(publication.path)
        if tables:
            yield _of_tables(publication, tables, _newest(publication, every))


def _newest(publication: Publication, every: Iterable[Publication]) -> int | None:
    """The newest revision of its period, if that is another one; told from the folders' names."""
    names = [p.path.name.rpartition("-r") for p in every]
    own = [int(n) for period, _, n in names if period == publication.period and n.isdecimal()]
    last = max(own, default=0)
    return last if last > publication.revision else None


def of_stranger(path: Path) -> Problem:
    """A directory that the ledger knows nothing of."""
    return _problem(
        f"发布目录中的 {path.name} 在台账中没有记录，来历不明，不予展示，也不用它生成文件。"
        "请将它移出 publications 目录，并查明来历。",
        f"The ledger knows nothing of {path.name} among the publications: it is neither shown nor "
        "are documents made of it. Move it out of the folder and find out where it came from.",
    )


def _of_tables(publication: Publication, tables: list[str], newest: int | None = None) -> Problem:
    """`newest`: the revision that stands in its place; publishing again has been done."""
    name, listed = publication.path.name, ", ".join(tables)
    if newest is not None:
        return _problem(
            f"发布 {name} 的数据文件（{listed}）与发布时不同，被改动或损坏。"
            f"本期已以第 {newest} 版为准；这一版要完好，只能用备份恢复（mingcha restore）。",
            f"Files of publication {name} ({listed}) are not those that were published: they were "
            f"changed or damaged. Revision {newest} stands in its place; only a backup brings this "
            "one back (mingcha restore).",
        )
    return _problem(
        f"发布 {name} 的数据文件（{listed}）与发布时不同，被改动或损坏。"
        "不能用它查数、溯源或生成文件；请用备份恢复（mingcha restore），或重新发布该期。",
        f"Files of publication {name} ({listed}) are not those that were published: they were "
        "changed or damaged. No documents are made of it and no figures told from it; bring back "
        "a backup (mingcha restore) or publish the period again.",
    )


def _of_manifest(publication: Publication) -> Problem:
    name = publication.path.name
    return _problem(
        f"发布 {name} 的 manifest.json 与台账记录不同，被改动。"
        "请用备份恢复（mingcha restore），或重新发布该期。",
        f"manifest.json of publication {name} is not the one on record: it was changed. "
        "Bring back a backup (mingcha restore) or publish the period again.",
    )


def _problem(zh: str, en: str) -> Problem:
    from pipeline.reconcile import Problem

    return Problem("publications", zh, en)
