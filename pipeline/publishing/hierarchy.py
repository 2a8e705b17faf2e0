"""The ragged tree 省行 → 二级分行 or 省行直管机构 → 支行 → 网点, and the peer groups beside it."""

from __future__ import annotations

import polars as pl

from pipeline.faults import Fault
from pipeline.publication_tables import TABLES

LEVELS = {
    "省行": "province",
    "二级分行": "city",
    "省行直管机构": "direct",
    "支行": "sub_branch",
    "网点": "branch",
}
DEEPEST = 12  # a register whose parents go round in a circle must not hang the publication


def peer_scope(group: str) -> str:
    """The scope id of a peer group (同类网点组)."""
    return f"peer:{group}"


def scope_table(register: pl.DataFrame) -> pl.DataFrame:
    """Every node of the register and every peer group, as table `scope`.

    `register` is fact table `branch`: one row per node, `level` as the sheet writes it.
    """
    nodes = register.select(
        pl.col("branch_code").alias("scope"),
        pl.col("branch_name").alias("name"),
        pl.col("level").replace_strict(LEVELS, default=None, return_dtype=pl.String),
        pl.col("parent_code").alias("parent"),
        "peer_group",
        "introduced",
        "opened",
        "closed",
    )
    groups = _branches(register)["peer_group"].drop_nulls().unique().sort()
    peers = pl.DataFrame(
        {
            "scope": [peer_scope(g) for g in groups],
            "name": list(groups),
            "level": ["peer_group"] * len(groups),
        },
        schema={k: TABLES["scope"][k] for k in ("scope", "name", "level")},
    )
    return pl.concat([nodes, peers], how="diagonal").cast(pl.Schema(TABLES["scope"])).sort("scope")


def scope_members(register: pl.DataFrame) -> pl.DataFrame:
    """Which branches (网点) are in which scope: [scope, branch_code], a branch in itself too.

    A branch whose line of parents does not end at the province (a gap in the register) is still
    a branch of the province: the only province contains every branch.
    """
    branches = _branches(register)
    found = [_ancestry(register, branches), _peers(branches), _whole_province(register, branches)]
    return pl.concat(found).unique().sort("scope", "branch_code")


def _branches(register: pl.DataFrame) -> pl.DataFrame:
    return register.filter(pl.col("level") == "网点")


def _no_circle(step: pl.DataFrame, seen: pl.DataFrame) -> None:
    """Fault where a node is its own superior: its sums would be those of others."""
    again = step.join(seen, on=["scope", "branch_code"], how="semi")
    if not again.is_empty():
        codes = ", ".join(again["scope"].unique().sort().head(5))
        raise Fault(
            f"机构台账的上级关系成环（{codes}），无法汇总。请更正上级机构代码后重报台账。",
            f"The register's superiors go round in a circle ({codes}), so nothing can be summed. "
            "Correct the parent codes and send the register again.",
            1,
        )


def _ancestry(register: pl.DataFrame, branches: pl.DataFrame) -> pl.DataFrame:
    up = register.select(pl.col("branch_code").alias("scope"), pl.col("parent_code").alias("next"))
    known = up.select("scope")
    step = branches.select(pl.col("branch_code").alias("scope"), "branch_code")
    seen = step
    for _ in range(DEEPEST):
        step = step.join(up, on="scope").select(pl.col("next").alias("scope"), "branch_code")
        step = step.join(known, on="scope", how="semi")
        _no_circle(step, seen)
        if step.is_empty():
            break
        seen = pl.concat([seen, step])
    return seen


def _peers(branches: pl.DataFrame) -> pl.DataFrame:
    return branches.filter(pl.col("peer_group").is_not_null()).select(
        pl.format("peer:{}", "peer_group").alias("scope"), "branch_code"
    )


def _whole_province(register: pl.DataFrame, branches: pl.DataFrame) -> pl.DataFrame:
    roots = register.filter(pl.col("level") == "省行")["branch_code"]
    if len(roots) != 1:
        return branches.select(pl.col("branch_code").alias("scope"), "branch_code").clear()
    return branches.select(pl.lit(roots[0]).alias("scope"), "branch_code")
