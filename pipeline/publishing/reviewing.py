"""What a publication asks people to look at, and what they have decided so far.

The look happens here because only here shoppers are known; what leaves are cases without a name,
and pseudonyms of this publication. Fabrication is looked for in all visits, also excluded ones:
otherwise a case would vanish with the decision on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from audits import conduct, fabrication
from audits.scorecard import Edition
from audits.scoring import score
from pipeline.office import review_cases
from pipeline.office.review_cases import Case
from pipeline.publishing.decided import SHOPPER, VETO, VISIT, Decided
from pipeline.publishing.hierarchy import scope_table
from pipeline.publishing.ranking import window
from pipeline.publishing.taken_over import FOLLOWS
from pipeline.reviews import reviewed
from pipeline.stores import Stores


def review(
    stores: Stores, facts: Mapping[str, pl.DataFrame], editions: Mapping[str, Edition],
    period: str, publication: str,
) -> tuple[dict[str, pl.DataFrame], Decided]:  # fmt: skip
    """Looks at the twelve months up to the period, notes the cases, and applies what was decided.

    Returns the facts without the excluded visits, and what was decided.
    """
    went = stores.warehouse.live("visit").select("visit_id", "shopper_id")
    seen = _seen(facts, went, editions, window(period))
    _note(stores, seen)
    standing = [r.case for r in reviewed(stores.office) if r.state == "upheld"]
    out = {c["visit_id"]: [r["signal"] for r in c["reasons"]] for c in standing
           if c["kind"] == "fabrication" and c["standing"]}  # fmt: skip
    vetoes = [(c["visit_id"], c["level"]) for c in standing
              if c["kind"] == "conduct" and c["standing"]]  # fmt: skip
    items = frozenset((c["edition"], c["item_id"]) for c in standing if c["kind"] == "item")
    excluded = facts["visit"].join(_signals(out), on="visit_id")
    kept = _without(facts, excluded) | {"decided_veto": _vetoes(vetoes)}
    return kept, Decided(excluded, items, _pseudonyms(stores, went, publication))


def _vetoes(found: Iterable[tuple[str, int]]) -> pl.DataFrame:
    """[visit_id, level]: the highest of each visit, for those that raise one."""
    return (
        pl.DataFrame(sorted(found), VETO, orient="row").group_by("visit_id").max().sort("visit_id")
    )


def _signals(out: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    rows = [(visit, sorted(signals)) for visit, signals in sorted(out.items())]
    return pl.DataFrame(rows, VISIT, orient="row")


def _without(facts: Mapping[str, pl.DataFrame], excluded: pl.DataFrame) -> dict[str, pl.DataFrame]:
    kept = dict(facts)
    if excluded.is_empty():
        return kept
    gone = excluded.select("visit_id")
    for table in ("visit", *(t for t, (leader, _) in FOLLOWS.items() if leader == "visit")):
        kept[table] = facts[table].join(gone, on="visit_id", how="anti", maintain_order="left")
    return kept


def _pseudonyms(stores: Stores, went: pl.DataFrame, publication: str) -> pl.DataFrame:
    ids = went["shopper_id"].drop_nulls().unique().to_list()
    with stores.office.transaction() as connection:
        names = review_cases.pseudonyms(connection, publication, ids)
    return (
        went.drop_nulls()
        .select("visit_id", pl.col("shopper_id").replace_strict(names).alias("shopper"))
        .cast(pl.Schema(SHOPPER))
    )


@dataclass(frozen=True)
class _Seen:
    """Visits and answers of the time looked at, with who went."""

    visits: pl.DataFrame
    answers: pl.DataFrame


def _seen(
    facts: Mapping[str, pl.DataFrame], went: pl.DataFrame, editions: Mapping[str, Edition],
    months: Sequence[str],
) -> _Seen:  # fmt: skip
    recent = pl.col("visit_date").dt.strftime("%Y-%m").is_in(list(months))
    visits = facts["visit"].filter(recent, pl.col("round").is_not_null())
    answers = facts["answer"].join(visits.select("visit_id"), on="visit_id", how="semi")
    scored = score(answers, visits, dict(editions))
    points = scored.visits.select("visit_id", pl.col("score_before_veto").alias("score"))
    return _Seen(
        visits.join(_places(facts["branch"]), on="branch_code", how="left")
        .join(went.rename({"shopper_id": "shopper"}), on="visit_id", how="left")
        .join(points, on="visit_id", how="left"),
        scored.answers.filter(pl.col("state") == "answered"),
    )


def _places(register: pl.DataFrame) -> pl.DataFrame:
    """[branch_code, parent, city]: where a branch lies; the tree is ragged."""
    nodes = scope_table(register)
    parent = dict(nodes.select("scope", "parent").iter_rows())
    level = dict(nodes.select("scope", "level").iter_rows())

    def city(code: str) -> str | None:
        at: str | None = code
        for _ in range(len(parent)):
            if at is None or level.get(at) in ("city", "direct"):
                return at
            at = parent.get(at)
        return None

    codes = nodes.filter(pl.col("level") == "branch")["scope"].to_list()
    rows = [(c, parent.get(c), city(c)) for c in codes]
    schema = {"branch_code": pl.String, "parent": pl.String, "city": pl.String}
    return pl.DataFrame(rows, schema, orient="row")


def _note(stores: Stores, seen: _Seen) -> None:
    """Puts what the look found into the queue."""
    rounds = seen.visits["round"].unique().sort().to_list()
    about = {row["visit_id"]: row for row in seen.visits.to_dicts()}
    invented = [c for r in rounds for c in _invented(seen, str(r), about)]
    with stores.office.transaction() as connection:
        review_cases.put(connection, invented, "fabrication", rounds)
        review_cases.put(connection, _said(seen, about), "conduct", rounds)


def _invented(seen: _Seen, round: str, about: Mapping[str, dict[str, object]]) -> list[Case]:
    """Cases of one round: its p-values are judged together."""
    visits = seen.visits.filter(pl.col("round") == round)
    answers = seen.answers.join(visits.select("visit_id"), on="visit_id", how="semi")
    found: dict[str, list[dict[str, str]]] = {}
    for hit in fabrication.hits(visits, answers):
        said = {"signal": hit.signal, "zh": hit.zh, "en": hit.en}
        found.setdefault(hit.visit_id, []).append(said)
    return [_case("fabrication", about[v], reasons) for v, reasons in found.items()]


def _said(seen: _Seen, about: Mapping[str, dict[str, object]]) -> list[Case]:
    return [
        _case("conduct", about[p.visit_id], [{"signal": p.phrase, "zh": p.zh, "en": p.en}],
              p.item_id, p.level)
        for p in conduct.proposals(seen.answers)
    ]  # fmt: skip


def _case(
    kind: str, visit: Mapping[str, object], reasons: Iterable[dict[str, str]],
    item: str | None = None, level: int | None = None,
) -> Case:  # fmt: skip
    return Case(
        kind, str(visit["edition"]), tuple(reasons), str(visit["visit_id"]),
        str(visit["branch_code"]), str(visit["visit_date"]), str(visit["round"]), item, level,
    )  # fmt: skip


def note_items(stores: Stores, agreement: pl.DataFrame, editions: Mapping[str, Edition]) -> None:
    """Puts items below the floor of agreement into the queue, from table `item_agreement`."""
    low = agreement.filter(pl.col("status") == "below_floor")
    cases = [
        Case("item", row["edition"], (_low(row, editions[row["edition"]]),), item_id=row["item_id"])
        for row in low.to_dicts()
    ]
    with stores.office.transaction() as connection:
        review_cases.put(connection, cases, "item", agreement["edition"].unique().to_list())


def _low(row: Mapping[str, object], edition: Edition) -> dict[str, str]:
    item = edition.item(str(row["item_id"]))
    figures = {k: f"{row[k]:.2f}" for k in ("alpha", "ac1", "raw")}
    zh = (
        f"{item.id}“{item.zh}”：{row['pairs']} 对双人暗访的一致性 α = {figures['alpha']}，AC1 = "
        f"{figures['ac1']}，原始一致率 {figures['raw']}，低于下限 0.667；"
        "宜改写题目，改写前可不计入排名。"
    )
    en = (
        f"{item.id} ({item.en}): in {row['pairs']} paired visits alpha = {figures['alpha']}, AC1 = "
        f"{figures['ac1']}, raw agreement {figures['raw']}, below the floor of 0.667. Reword it; "
        "until then it may be left out of ranks."
    )
    return {"signal": "below_floor", "zh": zh, "en": en}
