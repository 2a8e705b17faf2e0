"""`mingcha plan`: the visit plan of a round, from the stores to the shoppers' workbooks.

list of shoppers in → register, history, ranks → plan (audits.visit_plan) → ledger → workbooks
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from audits.planning.model import Concern, Plan, PlanRules
from audits.scorecard import Edition
from audits.visit_plan import make_plan
from pipeline.faults import Fault, unwritable
from pipeline.folders import DataFolder
from pipeline.periods import days_of, kind_of, months_of, parse_period
from pipeline.planning import books, record
from pipeline.planning.inputs import Material, material
from pipeline.settings import load_settings
from pipeline.stores import Stores, open_stores

REFUSED, USAGE = 1, 2
_SHOWN = 5


@dataclass(frozen=True)
class Asked:
    """What the office asks for. `edition` "": the covert edition in force."""

    period: str
    shoppers: Path
    visits: int
    seed: int
    edition: str = ""
    minimum: int = 1
    paired: float = 0.10


@dataclass(frozen=True)
class PlanReport:
    """The plan as told: nobody's id or name is in it, workbooks are numbered instead."""

    number: int
    again: bool  # the very same plan was on record already
    period: str
    edition: str
    seed: int
    asked: int
    plan: Plan
    concerns: list[Concern]
    inputs: str
    digest: str
    ranks: str | None
    shoppers: int
    paths: list[Path]

    @property
    def exit_status(self) -> int:
        """1 if something could not be met."""
        return int(bool(self.concerns))

    def to_json(self) -> dict[str, Any]:
        """The documented JSON (schemas/plan.schema.json)."""
        workbook = books.numbered(self.plan, self.seed)
        return {
            "plan": self.number,
            "again": self.again,
            "period": self.period,
            "edition": self.edition,
            "seed": self.seed,
            "asked": self.asked,
            "planned": len(self.plan.visits),
            "pairs": pairs_of(self.plan),
            "shoppers": self.shoppers,
            "islands": self.plan.islands,
            "islands_with_history": self.plan.islands_with_history,
            "on_day_part": round(self.plan.on_target, 4),
            "travel": dict(self.plan.travel),
            "ranks": self.ranks,
            "inputs": self.inputs,
            "digest": self.digest,
            "strata": [dict(s) for s in self.plan.strata],
            "concerns": [
                {"kind": c.kind, "zh": c.zh, "en": c.en, "branches": list(c.branches)}
                for c in self.concerns
            ],
            "visits": [
                {
                    "plan_id": books.plan_id(self.period, self.edition, v.number),
                    "branch_code": v.site,
                    "date": v.day.isoformat(),
                    "day_part": v.day_part,
                    "customer_role": v.role,
                    "paired_with": books.plan_id(self.period, self.edition, v.companion)
                    if v.companion
                    else None,
                    "workbook": workbook[v.shopper],
                }
                for v in self.plan.visits
            ],
            "files": [str(p) for p in self.paths],
        }


def pairs_of(plan: Plan) -> int:
    """Pairs of visits by two shoppers."""
    return sum(v.companion is not None for v in plan.visits) // 2


def plan(
    folder: DataFolder, asked: Asked, out: Path | None = None, actor: str = "office"
) -> PlanReport:
    """Makes the plan, records it, and writes the workbooks into `out` if it is given.

    Fault: 2 no such period, edition or file, or a senseless number; 1 the list was refused, or
    there is no register; 3 busy, 4 environment.
    """
    period = _checked(asked)
    sha256, told = _taken(folder, asked.shoppers, actor)
    with open_stores(folder, load_settings(folder).lock_seconds) as stores:
        edition = _edition(stores, asked.edition, period)
        found = material(folder, stores.warehouse, stores.office.connection, period, sha256)
        _refuse_empty(found)
        rules = _rules(edition, asked)
        made = make_plan(
            found.sites, found.shoppers, asked.visits, asked.seed, found.visited, rules
        )
        report = _recorded(stores, asked, period, edition, found, rules, made, sha256, told, actor)
    if out is None:
        return report
    try:
        paths = books.write_books(out, made, period, edition, asked.seed, found.names)
    except OSError as error:
        raise unwritable(out, error.strerror or error) from error
    return PlanReport(**{**report.__dict__, "paths": paths})


def _checked(asked: Asked) -> str:
    """The canonical period. Fault where a figure makes no sense."""
    try:
        period = parse_period(asked.period)
    except ValueError as error:
        raise _no_period(asked.period) from error
    if kind_of(period) == "year":
        raise _no_period(asked.period)
    if asked.visits < 1 or asked.minimum < 0 or asked.seed < 0 or not 0 <= asked.paired <= 1:
        raise Fault(
            "次数须为正整数，最低次数和种子不小于 0，双人比例在 0 与 1 之间。",
            "Visits must be at least 1, minimum and seed at least 0, the paired share 0 to 1.",
            USAGE,
        )
    if not asked.shoppers.is_file():
        raise Fault(f"没有这个文件：{asked.shoppers}", f"No such file: {asked.shoppers}", USAGE)
    return period


def _no_period(text: str) -> Fault:
    return Fault(
        f"“{text}”不能做暗访计划。请写成季度（轮次）2026Q4，或其中一个月 2026-10。",
        f"No visit plan for {text!r}: name a quarter (round) like 2026Q4, or a month, 2026-10.",
        USAGE,
    )


def _taken(folder: DataFolder, path: Path, actor: str) -> tuple[str, list[Concern]]:
    """Takes the list of shoppers in as any workbook; its SHA-256, and what was left out of it."""
    from pipeline.ingest import TAKEN, ingest
    from pipeline.judging import read_and_parse

    if set(read_and_parse([path]).kinds.values()) != {"shoppers"}:
        raise Fault(
            "这个文件不是暗访员名册。请用 mingcha template shoppers 取得模板后填写。",
            "The file is no list of shoppers. Fill in a template: mingcha template shoppers",
            REFUSED,
        )
    (entry,) = ingest(folder, [path], actor=actor).files
    errors = [f for f in entry.findings if f["severity"] == "error"]
    if entry.status not in (*TAKEN, "duplicate"):
        raise _list_refused(errors)
    if not errors:
        return entry.sha256, []
    rows = len({(f["sheet"], f["cell"]) for f in errors})
    zh = f"暗访员名册有 {rows} 处错误，所在行未录入，其人未安排。请按退回件改正后重做计划。"
    en = (
        f"The list of shoppers has {rows} errors; those rows were not taken and not planned. Mend "
        "them in the returned copy and plan again."
    )
    return entry.sha256, [Concern("list_partial", zh, en)]


def _list_refused(errors: list[dict[str, Any]]) -> Fault:
    zh = [f"  {f['sheet'] or ''}!{f['cell'] or ''}  {f['zh']}" for f in errors[:_SHOWN]]
    en = [f"  {f['sheet'] or ''}!{f['cell'] or ''}  {f['en']}" for f in errors[:_SHOWN]]
    return Fault(
        "\n".join(["暗访员名册未通过校验，没有做计划：", *zh]),
        "\n".join(["The list of shoppers was refused; nothing was planned:", *en]),
        REFUSED,
    )


def _edition(stores: Stores, wanted: str, period: str) -> Edition:
    """The one asked for, else the newest covert one in force, of the line in use if any."""
    from audits.bridges import line
    from pipeline.office.editions import as_used, used

    editions = as_used(stores.office.connection)
    before = [editions[id] for id in used(stores.office.connection)]
    lines = {line(e, editions)[-1].id for e in before if e.instrument == "covert"}
    if wanted in editions:
        return editions[wanted]
    first: date = days_of(months_of(period)[0])[0]
    valid = [
        e
        for e in editions.values()
        if e.instrument == "covert"
        and e.valid_from <= first
        and (not lines or line(e, editions)[-1].id in lines)
    ]
    if wanted or not valid:
        names = ", ".join(sorted(editions))
        raise Fault(
            f"没有评分标准版本“{wanted or period}”；可用：{names}。请用 --edition 指明。",
            f"No edition {wanted or period!r}; there are: {names}. Name one with --edition.",
            USAGE,
        )
    return max(valid, key=lambda e: (e.valid_from, e.id))


def _rules(edition: Edition, asked: Asked) -> PlanRules:
    """Customer roles only where the edition asks what customer was played."""
    asks = any(c.field == "customer_role" for i in edition.items for c in i.depends_on)
    roles = PlanRules().roles if asks else ()
    return PlanRules(asked.minimum, asked.paired, roles)


def _refuse_empty(found: Material) -> None:
    if not any(s.days for s in found.sites):
        raise Fault(
            "机构台账中没有本期营业的网点。请先报机构台账（mingcha ingest）。",
            "The register has no branch that is open in the period. First ingest the register.",
            REFUSED,
        )
    if not found.shoppers:
        raise Fault(
            "名册中没有可以安排的暗访员（可用日期看不懂，或已按要求删除）。",
            "The list has no shopper who can be planned (days not understood, or erased).",
            REFUSED,
        )


def _recorded(
    stores: Stores,
    asked: Asked,
    period: str,
    edition: Edition,
    found: Material,
    rules: PlanRules,
    made: Plan,
    sha256: str,
    told: list[Concern],
    actor: str,
) -> PlanReport:
    """Puts the plan into the ledger, unless the very same one is there."""
    request = {"period": period, "edition": edition.id, "visits": asked.visits, "seed": asked.seed}
    inputs = record.inputs_digest(found, rules, request)
    digest = record.plan_digest(made)
    said = request | {
        "minimum": asked.minimum,
        "paired": asked.paired,
        "shoppers": sha256,
        "ranks": found.rank_of,
        "planned": len(made.visits),
        "inputs": inputs,
        "plan": digest,
        "branches": _counts(made),
    }
    with stores.office.transaction() as connection:
        before = record.known(connection, inputs, digest)
        number = before or record.put_down(connection, said, made, period, edition.id, actor)
    stores.warehouse.note_head(stores.office.head())
    concerns = [*told, *found.told, *made.concerns]
    return PlanReport(
        number, before is not None, period, edition.id, asked.seed, asked.visits, made, concerns,
        inputs, digest, found.rank_of, len(found.shoppers), [],
    )  # fmt: skip


def _counts(made: Plan) -> dict[str, int]:
    """Visits per branch."""
    counts: dict[str, int] = {}
    for visit in made.visits:
        counts[visit.site] = counts.get(visit.site, 0) + 1
    return dict(sorted(counts.items()))
