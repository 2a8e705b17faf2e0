"""The answers an appeal is about: found where the branch saw them, changed where they lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from audits.appeals import Appeal, Contested, Effect
from audits.scorecard import Edition, Item
from audits.scoring import score
from pipeline.appealing import sentences
from pipeline.corrections import Change, Prepared, prepared
from pipeline.periods import months_of
from pipeline.publication import Publication
from pipeline.publishing.inputs import editions_of
from pipeline.stores import Stores
from pipeline.warehouse import questions

_PLACE = ["visit_id", "encounter", "item_id"]


def contested(
    publication: Publication,
    branch: str,
    item: str,
    visit: str | None,
    encounters: Sequence[int],
) -> Contested:
    """What a branch appeals, by the publication it saw. Fault (2) if it is not to be found there.

    Without `visit` (the beginning of its id, or its date) the only visit that lost on the item;
    without `encounters` all of that visit that did.
    """
    lost = _lost(publication, branch, item, visit)
    if encounters:
        lost = lost.filter(pl.col("encounter").is_in(list(encounters)))
    if lost.is_empty():
        raise sentences.nothing_lost(item)
    visits = lost.select("visit_id", "visit_date").unique().sort("visit_date", "visit_id").rows()
    if len(visits) > 1:
        raise sentences.which_visit(visits)
    first = lost.row(0, named=True)
    return Contested(
        publication.period,
        branch,
        first["visit_id"],
        item,
        tuple(lost["encounter"].sort().to_list()),
        first["round"] or "",
        first["edition"],
        first["visit_date"],
    )


def _lost(publication: Publication, branch: str, item: str, visit: str | None) -> pl.DataFrame:
    months = months_of(publication.period)
    visits = publication.facts("visit").filter(
        pl.col("branch_code") == branch,
        pl.col("visit_date").dt.strftime("%Y-%m").is_in(months),
    )
    if visit:
        day = pl.col("visit_date").cast(pl.String)
        visits = visits.filter(pl.col("visit_id").str.starts_with(visit) | (day == visit))
    if visits.is_empty():
        raise sentences.no_visit(publication.period)
    answers = publication.facts("answer").join(visits, on="visit_id", how="semi")
    if item not in answers["item_id"]:
        raise sentences.no_item(item)
    scored = score(answers, visits, editions_of(publication.facts("edition"))).answers
    own = scored.filter(pl.col("item_id") == item, pl.col("full").fill_null(True).not_())
    about = visits.select("visit_id", "visit_date", "round", pl.col("edition"))
    return own.select("visit_id", "encounter").join(about, on="visit_id")


def answers_of(
    appeal: Appeal, editions: Mapping[str, Edition], outcome: str, given: Sequence[str]
) -> tuple[tuple[int, str], ...]:
    """The answers that a proposal would set. Without any given, an upheld appeal gets the best."""
    about = appeal.contested
    if about is None:
        raise sentences.no_appeal(appeal.number)
    if not given:
        if outcome != "upheld":
            return ()
        best = best_text(editions[about.edition].item(about.item))
        return tuple((e, best) for e in about.encounters)
    found: dict[int, str] = {}
    for text in given:
        number, equals, answer = text.partition("=")
        if not equals and len(about.encounters) == 1:
            number, answer = str(about.encounters[0]), text
        if not (number.strip().isdigit() and int(number) in about.encounters and answer.strip()):
            raise sentences.which_answer(about.encounters)
        found[int(number)] = answer.strip()
    return tuple(sorted(found.items()))


def best_text(item: Item) -> str:
    """How a card says the best answer of an item."""
    if item.kind == "yes_no":
        return "是" if item.effect == "earn" else "否"
    if item.effect == "deduct":
        return "0"
    return str(item.levels if item.kind == "ordinal" else item.target)


def rehearsed(
    stores: Stores, about: Contested, answers: Sequence[tuple[int, str]]
) -> tuple[Prepared | None, Effect]:
    """The stored scorecard read anew with these answers, and what that does. Nothing is recorded.

    Fault (1): the visit is gone, or the card would not hold with them.
    """
    if not answers:
        return None, "same"
    before = _live(stores, "answer", about.visit)
    visits = _live(stores, "visit", about.visit)
    wanted = dict(answers)
    cells = before.filter(pl.col("item_id") == about.item, pl.col("encounter").is_in(list(wanted)))
    if cells.height != len(wanted) or cells["cell"].null_count() or visits.is_empty():
        raise sentences.gone(about.visit)
    changes = [
        Change(row["sheet"], row["cell"], "", wanted[row["encounter"]])
        for row in cells.rows(named=True)
    ]
    made = prepared(stores, cells["upload_id"][0], changes, by_appeal=True)
    after = [made.judged.facts[t].filter(pl.col("visit_id") == about.visit)
             for t in ("answer", "visit")]  # fmt: skip
    if after[1].height != 1:
        raise sentences.gone(about.visit)
    editions = editions_of(stores.warehouse.live("edition"))
    return made, _effect(about, (before, visits), (after[0], after[1]), editions)


def _live(stores: Stores, table: str, visit: str) -> pl.DataFrame:
    live = questions.live(stores.warehouse.tables[table])
    return stores.warehouse.query(f"SELECT * FROM ({live}) WHERE visit_id = '{visit}'")


def _effect(
    about: Contested,
    before: tuple[pl.DataFrame, pl.DataFrame],
    after: tuple[pl.DataFrame, pl.DataFrame],
    editions: dict[str, Edition],
) -> Effect:
    old, old_score = _own(about, *before, editions)
    new, new_score = _own(about, *after, editions)
    if old_score is not None and (new_score is None or new_score < old_score):
        return "worse"
    if all(full or state == "not_applicable" for full, state, _ in new):
        return "full"
    if old == new:
        return "same"
    gained = any(n[2] > o[2] or n[1] != o[1] for o, n in zip(old, new, strict=True))
    return "better" if gained else "worse"


def _own(
    about: Contested, answers: pl.DataFrame, visits: pl.DataFrame, editions: dict[str, Edition]
) -> tuple[list[tuple[Any, ...]], Any]:
    """(full, state, earned) of each contested answer, and the score of the visit."""
    scored = score(answers, visits, editions)
    own = scored.answers.filter(
        pl.col("item_id") == about.item, pl.col("encounter").is_in(list(about.encounters))
    ).sort("encounter")
    return own.select("full", "state", "earned").rows(), scored.visits["score"][0]
