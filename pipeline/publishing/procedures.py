"""What a publication says of the procedure behind it: check period, appeals, reviews, rounds.

It stands in the manifest, not in the tables: the same figures are the same content whoever
confirmed them. No names of people, and no words of theirs, which may name
somebody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from audits.appeals import Appeal
from audits.checking import Check
from pipeline.appealing.views import counts
from pipeline.check_period import opened, public
from pipeline.folders import DataFolder
from pipeline.office import appeals, checks, rounds
from pipeline.periods import months_of
from pipeline.publication import published as publications
from pipeline.publishing.assembly import Inputs
from pipeline.publishing.awaiting import awaiting
from pipeline.publishing.restated import Restated
from pipeline.reviews import reviewed
from pipeline.rounds import published
from pipeline.settings import load_settings
from pipeline.stores import Stores

_CHECK = ("opened", "until", "confirmed", "branches")


def changed_answers(stores: Stores) -> dict[str, int]:
    """Key of an answer (visit|encounter|item) → the upheld appeal that changed it."""
    found = {}
    for number, appeal in appeals.standing(stores.office.connection).items():
        about = appeal.contested
        if about is not None and appeal.state in ("upheld", "partly"):
            for encounter, _ in appeal.answers:
                found[f"{about.visit}|{encounter}|{about.item}"] = number
    return found


def told(
    stores: Stores,
    inputs: Inputs,
    stage: str,
    revision: int,
    tables: Mapping[str, pl.DataFrame],
    restated: Restated,
) -> dict[str, Any]:
    """The entries of the manifest: `over_formal`, `check`, `opens_check`, `appeals`, `reviews`,
    `rounds`, `own_rewards`.

    A preview opens a check period if there is none yet, or if it shows other figures than the one
    before for a reason that is no appeal: then everybody has to look again.
    """
    connection, period = stores.office.connection, inputs.period
    check = checks.standing(connection).get(period)
    opens = stage == "preview" and (check is None or check.until is None or _changed(restated))
    if opens:
        branches = tables["scope"].filter(pl.col("level") == "branch").height
        check = opened(load_settings(stores.folder), period, revision, branches)
    own = [a for a in appeals.standing(connection).values() if _of(a, period)]
    names = _rounds(inputs, period)
    return {
        "over_formal": formal_before(stores.folder, period, revision)
        if stage == "preview"
        else None,
        "check": _check(check),
        "opens_check": opens and check is not None,
        "appeals": counts(own),
        "reviews": awaiting(reviewed(stores.office), tables, period),
        "rounds": published(rounds.standing(connection), names),
        # The packaged example is nobody's rule: no document says that money hangs on it.
        "own_rewards": stores.folder.rewards.is_file(),
    }


def formal_before(folder: DataFolder, period: str, revision: int) -> int | None:
    """The formal revision of a period in force when `revision` is made: the newest before it. A
    preview made over it shows what might come and takes nothing of its force away."""
    formal = [
        p.revision
        for p in publications(folder)
        if p.period == period and p.revision < revision and p.manifest["stage"] == "formal"
    ]
    return max(formal, default=None)


def _check(check: Check | None) -> dict[str, Any] | None:
    if check is None:
        return None
    said = public(check)
    return {**{key: said[key] for key in _CHECK}, "waived": check.waived is not None}


def _changed(restated: Restated) -> bool:
    return any(
        entry["appeal"] is None and entry["table"] != "appeal" and entry["values"]
        for entry in restated.entries
    )


def _of(appeal: Appeal, period: str) -> bool:
    """Whether the visit lies in the period; whoever reads its scores reads of these appeals."""
    about = appeal.contested
    if about is None or about.visit_date is None:
        return False
    return about.visit_date.strftime("%Y-%m") in months_of(period)


def _rounds(inputs: Inputs, period: str) -> list[str]:
    visits = inputs.facts["visit"]
    month = pl.col("visit_date").dt.strftime("%Y-%m")
    own = visits.filter(month.is_in(months_of(period)))
    return own["round"].drop_nulls().unique().sort().to_list()
