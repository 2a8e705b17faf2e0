"""What publishing would change, before it is done. Nothing is published and nothing recorded.

The office database is copied aside for it: looking for cases and pseudonyms writes, and what a
rehearsal finds is not yet anybody's business.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import connect
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from audits.appeals import OPEN
from audits.checking import Check, refuse_formal
from audits.procedure import Refused
from audits.reviews import SETTLED
from pipeline.appealing.views import counts as appeal_counts
from pipeline.check_period import branches_of, public
from pipeline.folders import DataFolder
from pipeline.following.standing import standing as actions_of
from pipeline.office import Office, appeals, checks
from pipeline.periods import days_of, months_of
from pipeline.proceeding import at_work, today
from pipeline.publication_tables import TABLES
from pipeline.publish import Made, counts_of, make, refuse_unknown, same_as, wanted_period
from pipeline.publishing import procedures
from pipeline.publishing.cells import OFFICE
from pipeline.publishing.content_hash import content_hash
from pipeline.publishing.incomplete import OWED
from pipeline.publishing.recorded import PENDING
from pipeline.publishing.soundness import mended, mends, spoilt_former
from pipeline.reviews import reviewed
from pipeline.settings import Settings
from pipeline.stores import Stores

SHOWN = 500  # changed values and ranks in the result, the largest first; counts are of all
_RANK = ("rank", "tier", "low", "high", "status")


def rehearse(folder: DataFolder, period: str, stage: str = "preview") -> dict[str, Any]:
    """What publishing `period` now would say, as JSON (schemas/publish-rehearsal.schema.json).

    Fault as :func:`pipeline.publish.publish`; that it is too early is told in `refusal`.
    """
    wanted = wanted_period(period)
    refuse_unknown(stage)
    with at_work(folder) as (stores, settings), _aside(stores) as copied:
        made = make(copied, wanted)
        outdated = made.outdated(folder)
        return _told(copied, settings, made, stage) | {"stale": [p.period for p in outdated]}


@contextmanager
def _aside(stores: Stores) -> Iterator[Stores]:
    """The same stores with a copy of the office database, thrown away afterwards."""
    with TemporaryDirectory(prefix="mingcha-rehearsal-") as room:
        path = Path(room) / "office.sqlite"
        copy = connect(path)
        try:
            stores.office.connection.backup(copy)
        finally:
            copy.close()
        with Office(path) as office:
            yield Stores(stores.folder, office, stores.warehouse)


def _told(stores: Stores, settings: Settings, made: Made, stage: str) -> dict[str, Any]:
    former, period = made.former, made.inputs.period
    hashed = content_hash(made.tables, period)
    revision = former.revision + 1 if former else 1
    manifest = procedures.told(stores, made.inputs, stage, revision, made.tables, made.restated)
    check = checks.standing(stores.office.connection).get(period, Check(period))
    counts, ranks = counts_of(made.tables, made.restated, period), _ranks(made)
    same = same_as(former, stage, hashed)
    told = {
        "period": period,
        "stage": stage,
        "revision": revision,
        "content_hash": hashed,
        "same_as": same,
        "former": None if former is None else {
            **{k: former.manifest[k] for k in ("revision", "stage", "content_hash", "created_at")}
        },
        "counts": counts,
        "restatements": made.restated.entries[:SHOWN],
        "values": _values(made),
        "changed_ranks": ranks.height,
        "ranks": ranks.head(SHOWN).to_dicts(),
        "check": public(check),
        "opens_check": manifest["check"]["until"] if manifest["opens_check"] else None,
        "over_formal": manifest["over_formal"],
        "unconfirmed": _unconfirmed(made, check),
        "not_reported": _not_reported(made),
        "waiting": _waiting(stores, made),
        "refusal": _refusal(settings, check, stage),
        "damaged": made.damaged,
    }  # fmt: skip
    return told | {"summary": _summary(told)}


def _values(made: Made) -> list[dict[str, Any]]:
    """Published numbers that would change, of the widest nodes first, in the metric's words."""
    order = ("province", "city", "direct", "sub_branch", "branch", "peer_group")
    nodes = made.tables["scope"].select("scope", "name", "level")
    words = made.tables["metric"].select("metric", "zh", "en", "unit")
    wide = pl.col("level").replace_strict(dict(zip(order, range(6), strict=True)), default=9)
    return (
        made.restated.table.join(nodes, on="scope", how="left")
        .join(words, on="metric", how="left")
        .sort(wide, "metric", "scope", "period")
        .head(SHOWN)
        .to_dicts()
    )


def _ranks(made: Made) -> pl.DataFrame:
    """Branches whose standing in the province would be another one, best new rank first."""
    key = (pl.col("peer_group") == "all") & (pl.col("period") == made.inputs.period)
    now = made.tables["rank"].filter(key).select("scope", *_RANK)
    names = made.tables["scope"].select("scope", "name")
    if made.compared is None:
        empty = {c: TABLES["rank"][c] for c in _RANK}
        former = pl.DataFrame(schema={"scope": pl.String, **empty}).rename(_former)
        return now.clear().join(former, on="scope").join(names, on="scope")
    before = made.compared.table("rank").filter(key).select("scope", *_RANK).rename(_former)
    both = now.join(before, on="scope", how="left")
    same = [pl.col(c).eq_missing(pl.col(_former(c))) for c in ("rank", "tier", "status")]
    return (
        both.filter(~pl.all_horizontal(same))
        .join(names, on="scope", how="left")
        .sort("rank", "scope", nulls_last=True)
    )


def _former(name: str) -> str:
    return name if name == "scope" else f"former_{name}"


def _unconfirmed(made: Made, check: Check) -> list[dict[str, str]]:
    """Branches that have not confirmed the preview they were shown; none where none was shown."""
    if made.former is None or check.until is None:
        return []
    names = dict(made.tables["scope"].select("scope", "name").iter_rows())
    done = {branch for branch, _ in check.confirmed}
    left = [b for b in branches_of(made.former) if b not in done]
    return [{"branch_code": b, "branch_name": names.get(b, b)} for b in sorted(left)]


def _not_reported(made: Made) -> list[dict[str, Any]]:
    """Who owes a sheet of a month of the period, or its correction."""
    table = made.tables["coverage"]
    own = table.filter(pl.col("period").is_in(months_of(made.inputs.period)))
    open_ = own.filter(pl.col("status").is_in(OWED))
    names = made.tables["scope"].select("scope", branch_name="name")
    rows = open_.join(names, on="scope", how="left").sort("scope", "period", "kind")
    return rows.select("scope", "branch_name", "kind", "period", "status").to_dicts()


def _waiting(stores: Stores, made: Made) -> dict[str, int]:
    """What people have not decided yet and might still move the numbers; `appeals_on_sheets`: those
    of the register that was sent in, which nobody decides here."""
    period = made.inputs.period
    own = [
        a for a in appeals.standing(stores.office.connection).values()
        if a.state in OPEN and a.contested is not None and a.contested.period == period
    ]  # fmt: skip
    cases = [r for r in reviewed(stores.office) if r.case["standing"] and r.state not in SETTLED]
    rows = actions_of(stores.folder).rows
    return {
        "appeals": appeal_counts(own)["pending"],
        "appeals_on_sheets": _on_sheets(made),
        "reviews": len(cases),
        "actions": sum(row["waits_for"] == "office" for row in rows),
    }


def _on_sheets(made: Made) -> int:
    """Appeals of the sheets filed by the end of the period and not decided."""
    end = days_of(months_of(made.inputs.period)[-1])[-1]
    rows = made.inputs.facts["appeal"]
    waits = (pl.col("outcome") == PENDING) & (pl.col("filed_date") <= end)
    return rows.filter(waits & (pl.col("sha256") != OFFICE)).height


def _refusal(settings: Settings, check: Check, stage: str) -> dict[str, str] | None:
    """Why a formal publication would be refused today; None: it would not."""
    if stage != "formal" or not settings.check_days:
        return None
    try:
        refuse_formal(check, today())
    except Refused as refused:
        return {"zh": refused.zh, "en": refused.en}
    return None


def _summary(told: dict[str, Any]) -> dict[str, str]:
    """The rehearsal in one sentence."""
    period, revision, counts = told["period"], told["revision"], told["counts"]
    if mends(told):
        zh, en = mended(told)
        return {"zh": f"{period}：{zh}", "en": f"{period}: {en}"}
    if told["same_as"] is not None:
        return {
            "zh": f"{period}：与第 {told['same_as']} 版阶段、内容完全相同，发布不会改变任何数字。",
            "en": f"{period}: stage and content are those of revision {told['same_as']}; "
            "publishing would change no number.",
        }
    if told["former"] is None:
        return {
            "zh": f"{period} 尚未发布过；将发布第 1 版，{counts['branches']} 个网点，"
            f"{counts['values']} 个指标值。",
            "en": f"{period} has not been published; revision 1 would have {counts['branches']} "
            f"branches and {counts['values']} values.",
        }
    before = told["former"]["revision"]
    if spoilt_former(told):
        return {
            "zh": f"{period} 第 {before} 版的数据文件已被改动或损坏，"
            f"第 {revision} 版改变了哪些数字无从比较。",
            "en": f"The files of {period} revision {before} were changed or damaged: which numbers "
            f"revision {revision} changes cannot be told.",
        }
    return {
        "zh": f"{period} 第 {revision} 版与第 {before} 版相比：{counts['changed_cells']} 处来源单元"
        f"格有变，{counts['restated_values']} 个已发布数值、{told['changed_ranks']} 个网点的名次或"
        "等次随之改变。",
        "en": f"{period} revision {revision} against revision {before}: "
        f"{counts['changed_cells']} source cells changed, and with them "
        f"{counts['restated_values']} published values and the rank or tier of "
        f"{told['changed_ranks']} branches.",
    }
