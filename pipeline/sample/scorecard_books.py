"""Writes the scorecards: most clean, a tenth messy, a few with a fault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.sample import faults, messy_scorecards
from pipeline.sample.monthly import Messy
from pipeline.sample.options import Options
from pipeline.sample.pages import Page, write_book
from pipeline.sample.scorecard_pages import head_values, list_of_visits, scorecard_page
from pipeline.sample.visits import Visit

MESSY_SHARE = 0.10


def canonical(visit: Visit) -> list[dict[str, Any]]:
    """The answers that a scorecard must be read as."""
    items, rows = visit.edition.items, []
    for (position, encounter), answer in sorted(visit.answers.items()):
        rows.append({
            "visit_id": visit.visit_id,
            "encounter": encounter,
            "item_id": items[position].id,
            "answer": answer,
            "not_applicable": answer is None,
            "reason": visit.reasons.get(position),
        })  # fmt: skip
    return rows


class ScorecardWriter:
    """Writes every visit under `root`; each visit learns its file name."""

    def __init__(self, root: Path, options: Options, visits: list[Visit]) -> None:
        self.root, self.options, self.visits = root, options, visits
        self.covert = [v for v in visits if v.edition.instrument == "covert"]
        self.messy: list[Messy] = []
        self.files = 0

    def write(self) -> list[Messy]:
        """All scorecards, covert ones one by one and open ones as lists by city."""
        spoiled, untidy = self._choose()
        for number, visit in enumerate(self.covert):
            plan = visit.plan
            visit.file = f"5-scorecards/{plan.round}/{plan.branch.code}-{plan.number}.xlsx"
            if number in spoiled:
                self._spoil(visit, spoiled[number])
            elif number in untidy:
                self._untidy(visit, untidy[number])
            else:
                self._book(visit.file, [scorecard_page(visit)])
        self._lists()
        return self.messy

    def _book(self, file: str, pages: list[Page]) -> None:
        self.files += 1
        write_book(self.root / file, pages)

    def _choose(self) -> tuple[dict[int, int], dict[int, int]]:
        """Visits with a fault → which fault; messy visits → which bundle of ways."""
        chance = self.options.chance("messy scorecards")
        single = [v for v in self.covert if not v.plan.pair_of]
        honest = [n for n, v in enumerate(self.covert) if not v.invented and not v.plan.pair_of]
        order = [honest[i] for i in chance.permutation(len(honest))]
        wanted = round(MESSY_SHARE * len(single))
        bad = min(len(faults.SCORECARD) + 1, -(-wanted // 3))
        return (
            {number: turn for turn, number in enumerate(order[:bad])},
            {number: turn for turn, number in enumerate(order[bad : max(bad, wanted)])},
        )

    def _spoil(self, visit: Visit, turn: int) -> None:
        if turn == len(faults.SCORECARD):
            fault, path = faults.scrambled_fault(), self.root / visit.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(faults.scrambled(self.options.chance(f"noise {visit.file}")))
            self.files += 1
        else:
            page = scorecard_page(visit)
            fault = faults.SCORECARD[turn](page, visit)
            self._book(visit.file, [page])
        self.messy.append(
            Messy(visit.file, [fault.kind], "refused", "scorecard", fault, table="answer")
        )

    def _untidy(self, visit: Visit, turn: int) -> None:
        ways = messy_scorecards.BUNDLES[turn % len(messy_scorecards.BUNDLES)]
        self._book(visit.file, messy_scorecards.apply(visit, ways))
        entry = Messy(visit.file, list(ways), "read", "scorecard", table="answer")
        entry.rows = canonical(visit)
        entry.visit = head_values(visit) | {"visit_id": visit.visit_id}
        self.messy.append(entry)

    def _lists(self) -> None:
        """One list of open checks per round and city."""
        groups: dict[tuple[str, str], list[Visit]] = {}
        for visit in self.visits:
            if visit.edition.instrument == "open":
                groups.setdefault((visit.plan.round, visit.plan.branch.city), []).append(visit)
        for (quarter, city), visits in sorted(groups.items()):
            file = f"5-scorecards/{quarter}/open-{city}.xlsx"
            for visit in visits:
                visit.file = file
            self._book(file, [list_of_visits(visits)])
