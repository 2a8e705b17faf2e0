"""The metric dictionary computed slowly: plain Python over plain dicts, from domain.md's formulas.

Nothing of pipeline.marts, pipeline.measure or pipeline.metrics is used here: names of columns and
the words of the formulas only. `Oracle.value(metric, scope members, period)` gives
(numerator, denominator, value, n, status).
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import chinese_calendar

from audits.scorecard import Edition, Item

Row = dict[str, Any]
Pair = tuple[Any, Any]  # what a row adds above and below
SHEET = {  # Σ ÷ Σ over the months of the period
    "reported_speak_up": ("spoken", "served"),
    "identification_rate": ("identified", "served"),
    "referral_rate": ("referred", "identified"),
    "referral_success": ("closed", "referred"),
    "follow_up_rate": ("followed_up", "referred"),
    "profile_rate": ("files_opened", "referred"),
    "diversion_rate": ("echannel_transactions", "counter_transactions"),
    "retention": ("retained", "warned"),
    "win_back": ("won_back", "key_clients_lost"),
    "fee_share": ("fee_income", "income"),
    "satisfaction": ("satisfied", "ratings"),
    "meeting_length_ok": ("meetings_in_time", "evening_meetings"),
    "dca_contracts.rate": ("dca_contracts", "served"),
}
AT_END = {  # both at the last month
    "exam_pass": ("exam_passed", "staff"),
    "training_coverage": ("trained", "staff"),
    "per_head.aum": ("aum", "staff"),
    "per_head.deposits": ("deposits", "staff"),
    "per_customer.aum": ("aum", "customers"),
    "per_customer.deposits": ("deposits", "customers"),
}
PER = {  # flow of the period ÷ average of the months
    "per_head": ("income", "staff"),
    "per_head.fee_income": ("fee_income", "staff"),
    "per_customer": ("income", "customers"),
    "per_customer.fee_income": ("fee_income", "customers"),
}
FLOWS = {
    "fee_income", "income", "closed_amount", "wealth_sales", "insurance_sales", "dca_contracts",
    "key_clients_up", "files_opened", "referred",
}  # fmt: skip
HELD = {
    "morning_meeting_rate": "morning_meetings",
    "evening_meeting_rate": "evening_meetings",
    "weekly_meeting_rate": "weekly_meetings",
}


def index(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1


def month_at(number: int) -> str:
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def of(day: date) -> str:
    return f"{day:%Y-%m}"


def last_day(month: str) -> date:
    year, number = int(month[:4]), int(month[5:])
    return date(year, number, monthrange(year, number)[1])


def months_in(period: str) -> list[str]:
    if len(period) == 4:
        return [f"{period}-{m:02d}" for m in range(1, 13)]
    if "Q" in period:
        return [f"{period[:4]}-{3 * int(period[5]) - i:02d}" for i in (2, 1, 0)]
    return [period]


class Oracle:
    def __init__(
        self, facts: dict[str, list[Row]], editions: dict[str, Edition], until: str
    ) -> None:
        self.facts = facts
        self.editions = editions
        self.until = until
        self.outlets = {r["branch_code"]: r for r in facts["branch"] if r["level"] == "网点"}
        self.sheet = {
            (r["branch_code"], r["month"]): r for r in facts["performance"] if r["month"] <= until
        }
        self.visits = {v["visit_id"]: v for v in facts["visit"] if of(v["visit_date"]) <= until}
        self.first_month = min(
            [m for _, m in self.sheet] + [of(v["visit_date"]) for v in self.visits.values()]
        )
        self.points = self._score_all()
        self.seen: dict[str, list[Row]] = defaultdict(list)
        self.seen_in: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for r in self.points:
            self.seen[r["branch"]].append(r)
            self.seen_in[r["branch"], r["month"]].append(r)

    # -- the periods ---------------------------------------------------------------------------
    def own(self, period: str) -> list[str]:
        return [m for m in months_in(period) if m <= self.until]

    def cell(self, branch: str, month: str, *columns: str) -> Any:
        row = self.sheet.get((branch, month), {})
        found = [row.get(c) for c in columns]
        return None if None in found else sum(found)

    # -- scoring, item by item -----------------------------------------------------------------
    def _score_all(self) -> list[Row]:
        given: dict[str, dict[tuple[int, str], Row]] = defaultdict(dict)
        for a in self.facts["answer"]:
            if a["visit_id"] in self.visits:
                given[a["visit_id"]][a["encounter"], a["item_id"]] = a
        rows: list[Row] = []
        for visit in self.visits.values():
            rows += self._score(visit, given[visit["visit_id"]])
        return rows

    def _score(self, visit: Row, given: dict[tuple[int, str], Row]) -> list[Row]:
        edition = self.editions[visit["edition"]]
        counters = sorted({e for e, _ in given if e > 0})
        states: dict[tuple[int, str], str] = {}
        rows: list[Row] = []
        for item in edition.items:
            for encounter in [0] if item.scope == "visit" else counters:
                answer = given.get((encounter, item.id))
                state = self._state(edition, item, encounter, visit, given, states, answer)
                states[encounter, item.id] = state
                rows.append({"item": item, "encounter": encounter, "state": state,
                             "answer": answer and answer["answer"], "visit": visit})  # fmt: skip
        for row in rows:
            self._weigh(row, rows)
        self._floor(rows)
        blank = any(r["state"] == "blank" for r in rows)
        applies = sum(r["applicable"] for r in rows)
        whole = sum(Fraction(s.points) for s in edition.sections)
        ok = not blank and applies >= Fraction(edition.minimum_applicable) * whole
        found = [r for r in rows if r["state"] == "answered"]
        for row in found:
            row |= {"scored": ok, "branch": visit["branch_code"], "month": of(visit["visit_date"]),
                    "instrument": edition.instrument}  # fmt: skip
        return found

    @staticmethod
    def _state(
        edition: Edition, item: Item, encounter: int, visit: Row, given: dict[Any, Row],
        states: dict[Any, str], answer: Row | None,
    ) -> str:  # fmt: skip
        for condition in item.depends_on:
            if condition.field == "customer_role":
                if visit["customer_role"] not in condition.values:
                    return "condition"
                continue
            other = edition.item(condition.field)
            place = (0 if other.scope == "visit" else encounter, other.id)
            if states.get(place) != "answered":
                return "condition"
            if given[place]["answer"] not in [float(v) for v in condition.values]:
                return "condition"
        if answer and answer["not_applicable"]:
            return "not_applicable"
        return "blank" if answer is None or answer["answer"] is None else "answered"

    @staticmethod
    def _weigh(row: Row, rows: list[Row]) -> None:
        item: Item = row["item"]
        answer = row["answer"] if row["state"] == "answered" else 0
        if item.effect == "deduct":
            times = Fraction(answer) if item.kind == "count" else Fraction(int(answer > 0))
            row |= {"earned": -times * Fraction(item.points), "applicable": Fraction(0)}
            row["full"] = times == 0
            return
        alive = [r for r in rows if r["item"] is item and r["state"] in ("answered", "blank")]
        points = Fraction(item.points) / max(len(alive), 1)
        best = item.levels or item.target or 1
        if item.kind == "minutes":
            share = Fraction(int(row["state"] == "answered" and answer <= item.target))
        elif item.kind == "yes_no":
            share = Fraction(int(answer > 0))
        else:
            share = min(Fraction(answer), Fraction(best)) / Fraction(best)
        there = row["state"] in ("answered", "blank")
        row["applicable"] = points if there else Fraction(0)
        row["earned"] = points * share if row["state"] == "answered" else Fraction(0)
        row["full"] = share == 1

    @staticmethod
    def _floor(rows: list[Row]) -> None:
        """A section is never below 0: what its deductions take beyond that is given back."""
        for section in {r["item"].section for r in rows}:
            inside = [r for r in rows if r["item"].section == section]
            gain = sum(r["earned"] for r in inside if r["earned"] > 0)
            loss = -sum(r["earned"] for r in inside if r["earned"] < 0)
            for r in inside:
                if r["earned"] < 0 and loss > gain:
                    r["earned"] = r["earned"] * gain / loss

    def _points(self, members: set[str], months: list[str], instrument: str) -> Iterator[Row]:
        for branch in members:
            for month in months:
                found = self.seen_in.get((branch, month), [])
                yield from (r for r in found if r["instrument"] == instrument)

    # -- what each row adds --------------------------------------------------------------------
    def pairs(self, metric: str, members: set[str], period: str) -> list[list[tuple[str, Pair]]]:
        """For each ratio (or pair) of the metric: (month, (above, below)) of every row."""
        if metric == "speak_up_gap":
            return [
                *self.pairs("reported_speak_up", members, period),
                *self.pairs("observed_speak_up", members, period),
            ]
        if metric.startswith("pace_gap"):
            product = [*metric.split("."), "deposits_average"][1]
            rows = list(self._targets(product, members, period))
            return [rows, [(m, (int(m[5:]), 12)) for m, _ in rows]]
        if metric == "sustain_index":
            return self._sustain(members, period)
        return [list(self._rows(metric, members, period))]

    def _rows(self, metric: str, members: set[str], period: str) -> Iterator[tuple[str, Pair]]:
        months = self.own(period)
        if not months:
            return
        if metric.startswith("target_attainment"):
            product = [*metric.split("."), "deposits_average"][1]
            yield from self._targets(product, members, period)
        elif metric.startswith("adherence"):
            yield from self._adherence(metric, members, months)
        elif metric in _EVENTS:
            yield from _EVENTS[metric](self, members, months)
        else:
            yield from self._sheet(metric, members, months)

    def _sheet(
        self, metric: str, members: set[str], months: list[str]
    ) -> Iterator[tuple[str, Pair]]:
        at_end = metric in AT_END or metric.startswith(("aum_growth", "deposit_growth"))
        for branch in members:
            for month in months[-1:] if at_end else months:
                pair = self._sheet_pair(metric, branch, month)
                if pair[0] is not None and pair[1] is not None:
                    yield month, pair

    def _sheet_pair(self, metric: str, branch: str, month: str) -> Pair:
        for table in (SHEET, AT_END, PER):
            if metric in table:
                above, below = table[metric]
                return self.cell(branch, month, above), self.cell(branch, month, below)
        if metric.startswith(("aum_growth", "deposit_growth")):
            column = "aum" if metric.startswith("aum") else "deposits"
            december = f"{int(month[:4]) - 1}-12"
            back = {"yoy": month_at(index(month) - 12), "mom": month_at(index(month) - 1)}
            other = back.get(metric.partition(".")[2], december)
            return self.cell(branch, month, column), self.cell(branch, other, column)
        if metric in HELD:
            held = self.cell(branch, month, HELD[metric])
            weekly = metric == "weekly_meeting_rate"
            return held, self._calendar(branch, month, weekly) if held is not None else None
        return self._sheet_special(metric, branch, month)

    def _sheet_special(self, metric: str, branch: str, month: str) -> Pair:
        before = month_at(index(month) - 1)
        year_ago = month_at(index(month) - 12)
        both = ("counter_transactions", "echannel_transactions")
        known: dict[str, Pair] = {
            "substitution_rate": (
                self.cell(branch, month, "echannel_transactions"), self.cell(branch, month, *both),
            ),
            "satisfaction.response": (
                self.cell(branch, month, "ratings"), self.cell(branch, month, *both),
            ),
            "complaints": (
                self.cell(branch, month, "complaints"), self.cell(branch, month, *both),
            ),
            "dca_contracts": (self.cell(branch, month, "dca_contracts"), 0),
            "key_client_net_gain": (
                self.cell(branch, month, "key_clients_up"),
                self.cell(branch, month, "key_clients_lost"),
            ),
            "key_client_churn": (
                self.cell(branch, month, "key_clients_lost"),
                self.cell(branch, before, "key_clients"),
            ),
            "deposit_average_growth": (
                self.cell(branch, month, "deposits_average"),
                self.cell(branch, year_ago, "deposits_average"),
            ),
        }  # fmt: skip
        return known[metric]

    def _calendar(self, branch: str, month: str, weeks: bool) -> int:
        outlet = self.outlets[branch]
        start, end = date.fromisoformat(f"{month}-01"), last_day(month)
        near = [start + timedelta(days=i) for i in range(-7, (end - start).days + 8)]
        working = [d for d in near if self._works(outlet, d)]
        if not weeks:
            return sum(of(d) == month for d in working)
        thursdays = {d + timedelta(days=3 - d.weekday()) for d in working}
        return sum(of(t) == month for t in thursdays)

    @staticmethod
    def _works(outlet: Row, day: date) -> bool:
        if outlet["opened"] and day < outlet["opened"]:
            return False
        if outlet["closed"] and day >= outlet["closed"]:
            return False
        off, name = chinese_calendar.get_holiday_detail(day)
        return not off or bool(outlet["weekend"] and name is None)

    def _targets(self, product: str, members: set[str], period: str) -> Iterator[tuple[str, Pair]]:
        if not self.own(period):
            return
        end = self.own(period)[-1]
        for t in self.facts["target"]:
            branch = t["branch_code"]
            if branch not in members or t["product_id"] != product or str(t["year"]) != end[:4]:
                continue
            actual = self._actual(product, branch, end)
            if actual is not None and t["target"]:
                yield end, (actual, t["target"])

    def _actual(self, product: str, branch: str, end: str) -> Any:
        now = self.cell(branch, end, product)
        so_far = [f"{end[:4]}-{m:02d}" for m in range(1, int(end[5:]) + 1)]
        reported = {m: v for m in so_far if (v := self.cell(branch, m, product)) is not None}
        if now is None:
            return None
        if product == "deposits_average":
            return Fraction(sum(reported.values())) / len(reported)
        if product not in FLOWS:
            return now
        opened = self.outlets[branch]["opened"]
        first = of(opened) if opened and of(opened)[:4] == end[:4] else so_far[0]
        if any(m not in reported for m in so_far if m >= first):
            return None
        return sum(reported.values())

    def _adherence(
        self, metric: str, members: set[str], months: list[str]
    ) -> Iterator[tuple[str, Pair]]:
        path = metric.split(".")[1:]
        instrument = "open" if path[:1] == ["open"] else "covert"
        path = path[1:] if path[:1] == ["open"] else path
        for r in self._points(members, months, instrument):
            if r["scored"] and (not path or getattr(r["item"], path[0]) == path[1]):
                yield r["month"], (r["earned"], r["applicable"])

    def _sustain(self, members: set[str], period: str) -> list[list[tuple[str, Pair]]]:
        """Late and early points of the branches that have both by the period's end."""
        late: list[tuple[str, Pair]] = []
        early: list[tuple[str, Pair]] = []
        if not self.own(period):
            return [late, early]
        end = self.own(period)[-1]
        for branch in members:
            introduced = self.outlets[branch]["introduced"]
            if not introduced:
                continue
            phases: dict[bool, list[tuple[str, Pair]]] = {True: [], False: []}
            for r in self.seen[branch]:
                since = index(r["month"]) - index(of(introduced))
                fits = r["scored"] and r["instrument"] == "covert"
                if fits and 1 <= since <= 12 and r["month"] <= end:
                    phases[since >= 4].append((r["month"], (r["earned"], r["applicable"])))
            if phases[True] and phases[False]:
                late += phases[True]
                early += phases[False]
        return [late, early]

    # -- putting together ----------------------------------------------------------------------
    def value(self, metric: str, members: set[str], period: str) -> Row:
        pairs = self.pairs(metric, members, period)
        n = sum(len(rows) for rows in pairs)
        if any(not rows for rows in pairs):
            return self._result(None, None, None, n, self._why(metric, members, period))
        sums = [self._sum(metric, rows) for rows in pairs]
        if metric == "dca_contracts":
            return self._result(sums[0][0], None, sums[0][0], n, "ok")
        if metric.startswith(("aum_growth", "deposit_growth")) or metric in (
            "deposit_average_growth",
            "key_client_net_gain",
        ):
            return self._result(*sums[0], sums[0][0] - sums[0][1], n, "ok")
        least = Fraction(1, 100) if metric.startswith(("target", "pace")) else 1
        ratios = [a / b if b else None for a, b in sums]
        enough = all(b >= least for _, b in sums)
        if len(sums) == 1:
            scale = 10000 if metric == "complaints" else 1
            value = ratios[0] * scale if enough else None
            return self._result(*sums[0], value, n, "ok" if enough else "insufficient")
        if metric == "sustain_index":
            enough = enough and bool(ratios[1])
            value = ratios[0] / ratios[1] if enough else None
        else:
            value = ratios[0] - ratios[1] if enough else None
        return self._result(*ratios, value, n, "ok" if enough else "insufficient")

    @staticmethod
    def _sum(metric: str, rows: list[tuple[str, Pair]]) -> tuple[Fraction, Fraction]:
        above = sum((Fraction(a) for _, (a, _) in rows), Fraction(0))
        below = sum((Fraction(b) for _, (_, b) in rows), Fraction(0))
        months = len({m for m, _ in rows})
        if metric in PER or metric in ("key_client_churn", "deposit_average_growth"):
            below /= months
        if metric == "deposit_average_growth":
            above /= months
        return above, below

    @staticmethod
    def _result(top: Any, bottom: Any, value: Any, n: int, status: str) -> Row:
        return {
            "numerator": None if top is None else float(top),
            "denominator": None if bottom is None else float(bottom),
            "value": None if value is None else float(value),
            "n": n,
            "status": status,
        }

    def _why(self, metric: str, members: set[str], period: str) -> str:
        if metric == "sustain_index":
            starts = [self.outlets[b]["introduced"] for b in members]
            if not any(s and s <= last_day(months_in(period)[-1]) for s in starts):
                return "not_introduced"
        of_sheets = metric not in _EVENTS and not metric.startswith(("adherence", "sustain"))
        for held in self.facts["quarantine"] if of_sheets else []:
            key = held["branch_code"], held["period"]
            if key[0] in members and key[1] in months_in(period) and key not in self.sheet:
                return "pending_correction"
        return "not_reported"

    # -- events --------------------------------------------------------------------------------
    def _rollout(self, members: set[str], months: list[str]) -> Iterable[tuple[str, Pair]]:
        end = last_day(months[-1])
        if months[-1] < self.first_month:
            return
        for branch in members:
            b = self.outlets[branch]
            if (b["opened"] and b["opened"] > end) or (b["closed"] and b["closed"] <= end):
                continue
            yield months[-1], (int(bool(b["introduced"] and b["introduced"] <= end)), 1)

    def _encounters(
        self, members: set[str], months: list[str]
    ) -> Iterable[tuple[str, int, list[Row]]]:
        groups: dict[tuple[str, int], list[Row]] = defaultdict(list)
        for r in self._points(members, months, "covert"):
            groups[r["visit"]["visit_id"], r["encounter"]].append(r)
        for (_, encounter), rows in groups.items():
            yield rows[0]["month"], encounter, rows

    def _seven(self, members: set[str], months: list[str]) -> Iterable[tuple[str, Pair]]:
        for month, _, rows in self._encounters(members, months):
            steps = [r for r in rows if r["item"].step and r["item"].effect == "earn"]
            if steps:
                yield month, (int(all(r["full"] for r in steps)), 1)

    def _speak(self, members: set[str], months: list[str]) -> Iterable[tuple[str, Pair]]:
        for month, _, rows in self._encounters(members, months):
            asked = [r for r in rows if "speak_up" in r["item"].tags]
            if asked:
                yield month, (int(any(r["full"] for r in asked)), 1)

    def _by_visit(self, members: set[str], months: list[str]) -> Iterable[tuple[str, list[Row]]]:
        groups: dict[str, list[Row]] = defaultdict(list)
        for r in self._points(members, months, "covert"):
            groups[r["visit"]["visit_id"]].append(r)
        for rows in groups.values():
            yield rows[0]["month"], rows

    def _veto(self, members: set[str], months: list[str]) -> Iterable[tuple[str, Pair]]:
        for month, rows in self._by_visit(members, months):
            hit = any(r["item"].veto is not None and r["answer"] > 0 for r in rows)
            yield month, (int(hit), 1)

    def _kept(self, members: set[str], months: list[str]) -> Iterable[tuple[str, Pair]]:
        for month, rows in self._by_visit(members, months):
            promised = any("promise" in r["item"].tags and r["answer"] == 1 for r in rows)
            kept = [r["answer"] == 1 for r in rows if "promise_kept" in r["item"].tags]
            if promised and kept:
                yield month, (int(all(kept)), 1)

    def _tagged(
        self, tag: str, instrument: str, members: set[str], months: list[str]
    ) -> Iterable[tuple[str, Pair]]:
        for r in self._points(members, months, instrument):
            if tag in r["item"].tags and r["scored"]:
                yield r["month"], (int(r["full"]), 1)

    def _match(self, members: set[str], months: list[str]) -> Iterable[tuple[str, Pair]]:
        return self._tagged("service_match", "covert", members, months)

    def _wall(self, members: set[str], months: list[str]) -> Iterable[tuple[str, Pair]]:
        return self._tagged("culture_wall", "open", members, months)

    def _due(self, members: set[str], months: list[str]) -> Iterable[tuple[str, Pair]]:
        for a in self.facts["corrective_action"]:
            due, closed = a["due_date"], a["closed_date"]
            if a["branch_code"] in members and due and of(due) in months:
                yield of(due), (int(bool(closed and closed <= due)), 1)

    def _again(self, members: set[str], months: list[str]) -> Iterable[tuple[str, Pair]]:
        firsts: dict[str, date] = {}
        for v in self.visits.values():
            firsts[v["round"]] = min(v["visit_date"], firsts.get(v["round"], v["visit_date"]))
        order = sorted(firsts, key=lambda r: (firsts[r], r))
        for a in self.facts["corrective_action"]:
            closed = a["closed_date"]
            if not (closed and a["branch_code"] in members and of(closed) in months):
                continue
            if a["round"] not in order:
                continue
            place = order.index(a["round"])
            looked = [
                r["full"]
                for r in self.seen[a["branch_code"]]
                if r["item"].id == a["item_id"]
                and r["visit"]["round"] in order[place + 1 : place + 3]
                and r["visit"]["visit_date"] > closed
            ]
            if looked:
                yield of(closed), (int(not all(looked)), 1)

    def _appeals(self, members: set[str], months: list[str]) -> Iterable[tuple[str, Pair]]:
        for a in self.facts["appeal"]:
            if a["branch_code"] in members and a["filed_date"] and of(a["filed_date"]) in months:
                yield of(a["filed_date"]), (int(a["outcome"] in ("成立", "部分成立")), 1)

    def _planned(self, members: set[str], months: list[str]) -> Iterable[tuple[str, Pair]]:
        for p in self.facts["planned_visit"]:
            day = p["planned_date"]
            if p["branch_code"] in members and day and of(day) in months:
                yield of(day), (int(p["outcome"] == "已完成"), 1)

    def _uploads(self, branch: str, month: str) -> list[Row]:
        return sorted(
            (
                u
                for u in self.facts["upload"]
                if u["kind"] == "performance"
                and u["period"] == month
                and u["branch_code"] in (None, branch)
            ),
            key=lambda u: (u["received_at"], u["sha256"]),
        )

    def _open_months(self, members: set[str], months: list[str]) -> Iterable[tuple[str, str]]:
        for branch in members:
            b = self.outlets[branch]
            for month in months:
                end = last_day(month)
                opened = not b["opened"] or b["opened"] <= end
                if (
                    month >= self.first_month
                    and opened
                    and not (b["closed"] and b["closed"] <= end)
                ):
                    yield branch, month

    def _on_time(self, members: set[str], months: list[str]) -> Iterable[tuple[str, Pair]]:
        for branch, month in self._open_months(members, months):
            day, left = last_day(month), 5
            while left:
                day += timedelta(days=1)
                left -= chinese_calendar.is_workday(day)
            taken = [u for u in self._uploads(branch, month) if u["status"] != "refused"]
            in_time = bool(taken) and taken[0]["received_at"] <= day
            yield month, (int(in_time and (branch, month) in self.sheet), 1)

    def _first(self, members: set[str], months: list[str]) -> Iterable[tuple[str, Pair]]:
        held = {(q["branch_code"], q["period"]) for q in self.facts["quarantine"]}
        for branch, month in self._open_months(members, months):
            uploads = self._uploads(branch, month)
            if uploads:
                status = uploads[0]["status"]
                passed = status in ("accepted", "warned")
                passed |= status == "partial" and (branch, month) not in held
                yield month, (int(passed), 1)


_EVENTS = {
    "rollout_coverage": Oracle._rollout,
    "seven_steps_complete": Oracle._seven,
    "observed_speak_up": Oracle._speak,
    "veto_rate": Oracle._veto,
    "wait_promise_kept": Oracle._kept,
    "service_match": Oracle._match,
    "culture_wall": Oracle._wall,
    "rectified_on_time": Oracle._due,
    "recurrence": Oracle._again,
    "appeal_upheld": Oracle._appeals,
    "visit_coverage": Oracle._planned,
    "reporting_on_time": Oracle._on_time,
    "first_pass": Oracle._first,
}
