"""Defects become corrective actions: the failed items of the visits of a publication."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, cast

import polars as pl

from audits.action_rules import ActionRules, raised
from audits.actions import DECIDERS, UNSETTLED, Action, Actor, Severity, due_date, recurs
from pipeline.faults import Fault
from pipeline.folders import DataFolder
from pipeline.following.acting import take_replies
from pipeline.marts.world import Settings as Looking
from pipeline.office import actions
from pipeline.office.proceedings import today
from pipeline.periods import is_open, months_of
from pipeline.publication import Publication, open_publication
from pipeline.settings import load_settings
from pipeline.stores import open_stores

SYSTEM = Actor("system", "system")


@dataclass
class Opened:
    """What was made of a publication's defects.

    `opened`, `recurred` (opened anew for a closed one), `repeated` (failed again while not
    settled): ids. `known`: defects that had an action already, `known_on_sheet` of them on the
    office's sheet alone. `gone`: unsettled actions of the
    period's rounds whose item is no defect in this revision any more: for the office to look at.
    """

    period: str
    revision: int
    defects: int = 0
    opened: list[str] = field(default_factory=list)
    recurred: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    known: int = 0
    known_on_sheet: int = 0
    gone: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The documented JSON (schemas/action-open.schema.json)."""
        return dict(self.__dict__)


Step = tuple[str, int, str, date, Actor, Mapping[str, Any]]


def open_actions(
    folder: DataFolder,
    period: str,
    revision: int | None = None,
    *,
    actor: Actor,
    preview: bool = False,
) -> Opened:
    """Opens what the publication's own visits ask for; asked twice, nothing is opened twice.

    Fault: 1 the actor is not of the office; not published, or only as a preview (unless `preview`:
    branches may still appeal).
    """
    if actor.role not in DECIDERS:
        raise Fault(
            "下发整改由省行办理。", "Opening corrective actions is for the provincial office.", 1
        )
    publication = open_publication(folder, period, revision)
    if publication is None:
        raise _unpublished(period)
    if publication.manifest["stage"] != "formal" and not preview:
        raise Fault(
            f"{publication.path.name} 是预发布，核对期内网点还可申诉。请正式发布后再下发整改"
            "（mingcha publish --stage formal），或加 --preview。",
            f"{publication.path.name} is a preview: branches may still appeal. Open actions from "
            "the formal publication (mingcha publish --stage formal), or add --preview.",
            1,
        )
    settings = load_settings(folder)
    found, order = defects_of(publication, settings.actions)
    report = Opened(publication.period, publication.revision, found.height)
    with open_stores(folder, settings.lock_seconds) as stores:
        take_replies(stores)
        listed = stores.warehouse.live("corrective_action")  # what the office keeps on a sheet
        with stores.office.transaction() as connection:
            known = actions.standing(actions.acts(connection))
            plan = _Plan(known, listed, order, settings.actions, today(), actor, report)
            actions.record(connection, list(plan.steps(found)))
    report.gone = _gone(known, found, publication)
    return report


def defects_of(publication: Publication, rules: ActionRules) -> tuple[pl.DataFrame, list[str]]:
    """The defects of the publication's own months, and all rounds in order of their first visit."""
    from audits.defects import defects
    from audits.scoring import score
    from pipeline.publishing.inputs import editions_of

    visits = publication.facts("visit")
    first = visits.group_by("round").agg(pl.col("visit_date").min()).drop_nulls()
    order = first.sort("visit_date", "round")["round"].to_list()
    own = visits.filter(
        pl.col("visit_date").dt.strftime("%Y-%m").is_in(months_of(publication.period))
    )
    answers = publication.facts("answer").join(own, on="visit_id", how="semi")
    editions = editions_of(publication.facts("edition"))
    found = defects(score(answers, own, editions), own, editions, rules)
    place = {name: n for n, name in enumerate(order)}
    ordered = found.with_columns(
        place=pl.col("round").replace_strict(place, return_dtype=pl.Int64)
    ).sort("place", "branch_code", "item_id")
    return ordered.drop("place"), order


def issue_id(round: str, branch: str, item: str) -> str:
    """Says what it is about, and is the same however often it is made."""
    return f"Z{round}-{branch}-{item}"


class _Plan:
    """Goes through the defects in the order of their rounds, keeping how actions will stand."""

    def __init__(
        self,
        known: Mapping[str, Action],
        listed: pl.DataFrame,
        order: list[str],
        rules: ActionRules,
        day: date,
        actor: Actor,
        report: Opened,
        is_open: Callable[[date], bool] = is_open,
    ) -> None:
        self.known, self.order, self.rules, self.day = dict(known), order, rules, day
        self.by, self.report, self.is_open = actor, report, is_open
        self.places = {name: n for n, name in enumerate(order)}
        self.within = Looking().rounds_looked_at_again
        sheet = listed.select("branch_code", "item_id", "round", "issue_id", "closed_date")
        self.sheet: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in sheet.to_dicts():
            self.sheet.setdefault((row["branch_code"], row["item_id"]), []).append(row)
        self.of_item: dict[tuple[str, str], list[str]] = {}
        for action in self.known.values():
            self.of_item.setdefault((action.branch, action.item), []).append(action.id)

    def steps(self, found: pl.DataFrame) -> Iterator[Step]:
        """The acts to be recorded."""
        for defect in found.to_dicts():
            yield from self._of(defect)

    def _of(self, defect: dict[str, Any]) -> Iterator[Step]:
        key = (defect["branch_code"], defect["item_id"])
        own = [self.known[id] for id in self.of_item.get(key, [])]
        on_sheet = self.sheet.get(key, [])
        if self._is_known(own, on_sheet, defect["round"]):
            self.report.known += 1
            self.report.known_on_sheet += not self._is_known(own, [], defect["round"])
            return
        standing = [a for a in own if a.state in UNSETTLED]
        if standing:
            yield self._again(standing[-1], defect)
            self.report.repeated.append(standing[-1].id)
            return
        seen = (defect["round"], defect["found"], self.order, self.within)
        former = [a for a in own if recurs(a, *seen)]
        if former:
            yield self._again(former[-1], defect)
        repeats = former[-1].id if former else self._repeats_sheet(on_sheet, defect)
        yield self._open(defect, repeats)

    def _is_known(self, own: list[Action], on_sheet: list[dict[str, Any]], round: str) -> bool:
        """Whether this failure has led to something already, or an action of a later round has."""
        later = [a for a in own if self.places.get(a.round, -1) >= self.places[round]]
        told = [a for a in own if round in a.again]
        return bool(later or told) or any(row["round"] == round for row in on_sheet)

    def _again(self, action: Action, defect: Mapping[str, Any]) -> Step:
        self.known[action.id] = replace(
            action, again=(*action.again, defect["round"]), acts=action.acts + 1
        )
        said = {"round": defect["round"]}
        return (action.id, action.acts + 1, "recur", self.day, SYSTEM, said)

    def _repeats_sheet(self, rows: list[dict[str, Any]], defect: Mapping[str, Any]) -> str | None:
        """A closed action of the office's sheet that this failure repeats."""
        for row in reversed(rows):
            closed, own = row["closed_date"], self.places.get(row["round"])
            if closed is None or own is None or defect["found"] <= closed:
                continue
            if 0 < self.places[defect["round"]] - own <= self.within:
                return str(row["issue_id"])
        return None

    def _open(self, defect: Mapping[str, Any], repeats: str | None) -> Step:
        severity = cast(Severity, defect["severity"])
        severity = raised(severity) if repeats else severity
        action = Action(
            id=issue_id(defect["round"], defect["branch_code"], defect["item_id"]),
            branch=defect["branch_code"],
            item=defect["item_id"],
            edition=defect["edition"],
            round=defect["round"],
            found=defect["found"],
            lost=defect["lost"],
            severity=severity,
            owner=defect["owner"],
            issued=self.day,
            due=due_date(self.day, self.rules.days(severity), self.is_open),
            recurs=repeats,
        )
        self.known[action.id] = action
        self.of_item.setdefault((action.branch, action.item), []).append(action.id)
        (self.report.recurred if repeats else self.report.opened).append(action.id)
        return (action.id, 1, actions.OPENED, self.day, self.by, actions.opening(action))


def _gone(known: Mapping[str, Action], found: pl.DataFrame, publication: Publication) -> list[str]:
    """Unsettled actions whose item has no defect in the rounds that the publication tells of."""
    failed = set(found.select("branch_code", "item_id", "round").rows())
    months = months_of(publication.period)
    return [
        a.id
        for a in known.values()
        if a.state in UNSETTLED
        and f"{a.found:%Y-%m}" in months
        and (a.branch, a.item, a.round) not in failed
    ]


def _unpublished(period: str) -> Fault:
    return Fault(
        f"{period} 还没有发布。请先运行 mingcha publish --period {period} --stage formal。",
        f"{period} is not published. First run: mingcha publish --period {period} --stage formal",
        1,
    )
