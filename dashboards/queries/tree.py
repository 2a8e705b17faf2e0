"""The tree of a publication: who lies below whom, and what a scope holds."""

from __future__ import annotations

from functools import lru_cache

import polars as pl

from dashboards.access import Denied, Scope
from dashboards.queries.reading import CACHED, CITY_LEVELS, Key, table


@lru_cache(maxsize=CACHED)
def parents(key: Key) -> dict[str, str | None]:
    nodes = table(key, "scope")
    return dict(zip(nodes["scope"].to_list(), nodes["parent"].to_list(), strict=True))


def ancestors(key: Key, code: str) -> list[str]:
    """The nodes above `code`, nearest first. A loop in the register ends the walk."""
    over, above, at = parents(key), [], code
    while (parent := over.get(at)) and parent not in above and parent != code:
        above.append(parent)
        at = parent
    return above


@lru_cache(maxsize=CACHED)
def covered(key: Key, scope: Scope) -> frozenset[str]:
    """The codes a scope holds: all of them, or its node and whatever lies below."""
    codes = parents(key)
    if scope.everything:
        return frozenset(codes)
    if scope.node is None or scope.node not in codes:
        return frozenset()
    return frozenset(c for c in codes if c == scope.node or scope.node in ancestors(key, c))


@lru_cache(maxsize=CACHED)
def comparable(key: Key, scope: Scope) -> frozenset[str]:
    """Covered codes, and the sums they are held against: the nodes above and the peer groups."""
    own = covered(key, scope)
    above = {a for code in own for a in ancestors(key, code)}
    groups = table(key, "scope").filter(pl.col("scope").is_in(list(own)))["peer_group"]
    return own | above | {f"peer:{g}" for g in groups.drop_nulls().unique()}


def need(key: Key, scope: Scope, code: str) -> None:
    if code not in covered(key, scope):
        raise Denied


def within(frame: pl.DataFrame, key: Key, scope: Scope) -> pl.DataFrame:
    """The rows of `frame` whose `scope` is covered."""
    return frame.filter(pl.col("scope").is_in(list(covered(key, scope))))


@lru_cache(maxsize=CACHED)
def nodes(key: Key, scope: Scope) -> pl.DataFrame:
    """Covered nodes with `city` (code) and `city_name` of the region they lie in."""
    every = table(key, "scope")
    level = dict(zip(every["scope"].to_list(), every["level"].to_list(), strict=True))
    name = dict(zip(every["scope"].to_list(), every["name"].to_list(), strict=True))

    def city(code: str) -> str | None:
        line = [code, *ancestors(key, code)]
        return next((c for c in line if level.get(c) in CITY_LEVELS), None)

    cities = [city(c) for c in every["scope"].to_list()]
    return within(
        every.with_columns(
            pl.Series("city", cities, dtype=pl.String),
            pl.Series("city_name", [name.get(c or "") for c in cities], dtype=pl.String),
        ),
        key,
        scope,
    )


@lru_cache(maxsize=CACHED)
def branches(key: Key, scope: Scope) -> pl.DataFrame:
    """Covered branches, by code."""
    return nodes(key, scope).filter(pl.col("level") == "branch").sort("scope")


@lru_cache(maxsize=CACHED)
def peer_groups(key: Key, scope: Scope) -> list[str]:
    """Peer groups that covered branches belong to."""
    return branches(key, scope)["peer_group"].drop_nulls().unique().sort().to_list()


def with_names(rows: pl.DataFrame, key: Key, scope: Scope) -> pl.DataFrame:
    names = nodes(key, scope).select("scope", "name", "city_name")
    return rows.join(names, on="scope", how="left", maintain_order="left")


@lru_cache(maxsize=CACHED)
def members(key: Key) -> dict[str, frozenset[str]]:
    """The branches that lie in each region and peer group (`peer:<group>`)."""
    held: dict[str, set[str]] = {}
    found = table(key, "scope").filter(pl.col("level") == "branch")
    for code, group in found.select("scope", "peer_group").iter_rows():
        for holder in (*ancestors(key, code), *([f"peer:{group}"] if group else [])):
            held.setdefault(holder, set()).add(code)
    return {holder: frozenset(codes) for holder, codes in held.items()}


@lru_cache(maxsize=CACHED)
def sizes(key: Key) -> dict[str, int]:
    """How many branches lie in each region and peer group (`peer:<group>`)."""
    return {holder: len(codes) for holder, codes in members(key).items()}


REGIONS = ("province", "city", "direct", "sub_branch")


@lru_cache(maxsize=CACHED)
def regions(key: Key, scope: Scope) -> pl.DataFrame:
    """[scope, name, level, depth, size]: regions that are covered or that one's own is held
    against, with the peer groups of own branches; the tree from above, groups last."""
    may = comparable(key, scope)
    of = sizes(key)
    found = table(key, "scope").filter(
        pl.col("scope").is_in(list(may)) & pl.col("level").is_in([*REGIONS, "peer_group"])
    )
    codes = found["scope"].to_list()
    return found.select("scope", "name", "level").with_columns(
        pl.Series("depth", [len(ancestors(key, c)) for c in codes], dtype=pl.Int64),
        pl.Series("size", [of.get(c, 0) for c in codes], dtype=pl.Int64),
    ).sort(pl.col("level") == "peer_group", "depth", "scope")  # fmt: skip
