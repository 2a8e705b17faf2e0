"""Published food inspections of a city (LIVES format) as workbooks that Mingcha takes.

Read are three CSV files as they are published: `businesses.csv` (not UTF-8), `inspections.csv`,
`violations.csv`. Made are the register, the edition and one list of visits a quarter. Nothing is
mended on the way: what the source says twice, or says of no inspection, is counted, not hidden.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import xlsxwriter

from audits.scorecard import Edition, Item, Section
from pipeline.sheets import kinds

HERE = Path(__file__).parents[3] / "shared" / "real" / "sf_food_inspections"
EDITION = "food-1"
ROOT = "SF"
RISKS = {"H": ("高风险", "high risk", 7), "M": ("中风险", "moderate risk", 4),
         "L": ("低风险", "low risk", 2)}  # fmt: skip
_CORRECTED = re.compile(r"\s*\[ date violation corrected:.*\]\s*$")
# The city takes 7, 4 or 2 points by the risk of a violation. Its data do not say the risk; it is
# read off the published scores of inspections whose other violations are known (see README).
HIGH = """Contaminated or adulterated food
High risk food holding temperature
High risk vermin infestation
Improper cooking time or temperatures
Improper cooling methods
Improper reheating of food
Mobile food facility not operating with an approved commissary
Mobile food facility with unapproved operating conditions
No hot water or running water
Other high risk violation
Prohibited food served to sensitive population
Sewage or wastewater contamination
Unapproved food source
Unauthorized or unsafe use of time as a public health control measure
Unclean hands or improper use of gloves
Unclean or unsanitary food contact surfaces
Unreported or unrestricted ill employee with communicable disease""".splitlines()
MODERATE = """Consumer advisory not provided for raw or undercooked foods
Discharge from employee nose mouth or eye
Employee eating or smoking
Food in poor condition
Foods not protected from contamination
Improper thawing methods
Improperly displayed mobile food permit or signage
Inadequate and inaccessible handwashing facilities
Inadequate food safety knowledge or lack of certified food safety manager
Inadequate procedures or records for time as a public health control
Inadequate sewage or wastewater disposal
Inadequately cleaned or sanitized food contact surfaces
Insufficient hot water or running water
Mobile food facility HCD insignia unavailable
Mobile food facility stored in unapproved location
Moderate risk food holding temperature
Moderate risk vermin infestation
Noncompliance with Gulf Coast oyster regulation
Noncompliance with HAACP plan or variance
Noncompliance with shell fish tags or display
Other moderate risk violation
Reservice of previously served foods""".splitlines()
LOW = """Food safety certificate or food handler card not available
Improper food labeling or menu misrepresentation
Improper food storage
Improper or defective plumbing
Improper storage of equipment utensils or linens
Improper storage use or identification of toxic substances
Improperly washed fruits and vegetables
Inadequate HACCP plan record keeping
Inadequate dressing rooms or improper storage of personal items
Inadequate or unsanitary refuse containers or area or no garbage service
Inadequate ventilation or lighting
Inadequate warewashing facilities or equipment
Low risk vermin infestation
No person in charge of food facility
No plan review or Building Permit
No thermometers or uncalibrated thermometers
Non service animal
Noncompliance with Cottage Food Operation
Other low risk violation
Permit license or inspection report not posted
Unapproved  living quarters in food facility
Unapproved or unmaintained equipment or utensils
Unclean nonfood contact surfaces
Unclean or degraded floors walls or ceilings
Unclean unmaintained or improperly constructed toilet facilities
Unpermitted food facility
Unsanitary employee garments hair or nails
Wiping cloths not clean or properly stored or inadequate sanitizer
Worker safety hazards""".splitlines()

Key = tuple[str, date]  # business, day


def item_ids() -> dict[str, str]:
    """Item id by the city's words for the violation: H01 …, M01 …, L01 …"""
    groups = {"H": HIGH, "M": MODERATE, "L": LOW}
    return {
        words: f"{risk}{n:02d}"
        for risk, listed in groups.items()
        for n, words in enumerate(listed, 1)
    }


def edition() -> Edition:
    """The city's rule: start at 100, take 7, 4 or 2 points for each kind of violation found."""
    items = [
        Item(id=id, section="FOOD", kind="yes_no", effect="deduct", clause=RISKS[id[0]][0],
             points=Decimal(RISKS[id[0]][2]), zh=f"{RISKS[id[0]][0]}：{words}", en=words)
        for words, id in item_ids().items()
    ]  # fmt: skip
    return Edition(
        id=EDITION, instrument="covert", zh="食品卫生检查（扣分制）",
        en="Food hygiene inspection (deductions)", valid_from=date(2013, 1, 1),
        sections=(Section(id="FOOD", zh="食品卫生", en="Food hygiene", points=Decimal(100),
                          base=Decimal(100)),),
        items=tuple(items),
    )  # fmt: skip


@dataclass(frozen=True)
class Inspections:
    """The source as read. `scores`: all published inspections in order, also double ones.

    `found`: kinds of violations by business and day; `unscored`: those of days without a published
    inspection.
    """

    businesses: list[dict[str, str]]
    scores: list[tuple[Key, int]]
    found: dict[Key, set[str]]
    violations: int

    @property
    def unscored(self) -> dict[Key, set[str]]:
        scored = {key for key, _ in self.scores}
        return {key: kinds for key, kinds in self.found.items() if key not in scored}

    def expected(self, key: Key) -> int:
        """100 less the points of the violations listed, worked out without Mingcha."""
        points = {id: RISKS[id[0]][2] for id in item_ids().values()}
        return 100 - sum(points[id] for id in self.found.get(key, ()))

    def why(self) -> dict[str, int]:
        """How many published scores follow from the violations listed, and why the others do not.

        Of two inspections of one day with different scores the list of violations fits one at most.
        """
        days = Counter(key for key, _ in self.scores)
        return dict(Counter(self._why(key, score, days) for key, score in self.scores))

    def _why(self, key: Key, score: int, days: Mapping[Key, int]) -> str:
        expected = self.expected(key)
        if score == expected:
            return "follows"
        if days[key] > 1:
            return "two inspections on one day"
        if key not in self.found:
            return "no violation listed"
        if score == 100:
            return "published 100 in spite of violations"
        return "violations missing" if score < expected else "violations too many"


def read(folder: Path = HERE) -> Inspections:
    """The three files. UnicodeDecodeError is what the register would give as UTF-8."""
    ids = item_ids()
    found: dict[Key, set[str]] = {}
    rows = list(_rows(folder / "violations.csv"))
    for row in rows:
        words = _CORRECTED.sub("", row["description"]).strip()
        found.setdefault((row["business_id"], day(row["date"])), set()).add(ids[words])
    inspected = _rows(folder / "inspections.csv")
    scores = [((r["business_id"], day(r["date"])), int(r["score"])) for r in inspected]
    register = list(_rows(folder / "businesses.csv", "latin-1"))
    return Inspections(register, scores, found, len(rows))


def _rows(path: Path, encoding: str = "utf-8") -> Iterator[dict[str, str]]:
    with path.open(encoding=encoding, newline="") as file:
        yield from csv.DictReader(file)


def day(text: str) -> date:
    """A day as the source writes it: 20170310."""
    return date(int(text[:4]), int(text[4:6]), int(text[6:8]))


def area(postcode: str) -> str | None:
    """The postcode area, where the source gives one of the city's."""
    return postcode if re.fullmatch(r"941\d\d", postcode) else None


def write_register(path: Path, businesses: Iterable[Mapping[str, str]]) -> Path:
    """The city over postcode areas over outlets; an outlet without an area hangs under the city."""
    listed = sorted(businesses, key=lambda b: int(b["business_id"]))
    areas = sorted({a for b in listed if (a := area(b["postal_code"]))})
    rows = [{"branch_code": ROOT, "branch_name": "San Francisco", "level": "省行"}]
    rows += [
        {
            "branch_code": f"P{a}",
            "branch_name": f"Postcode {a}",
            "level": "二级分行",
            "parent_code": ROOT,
        }
        for a in areas
    ]
    rows += [
        {"branch_code": b["business_id"], "branch_name": b["name"], "level": "网点",
         "parent_code": f"P{a}" if (a := area(b["postal_code"])) else ROOT}
        for b in listed
    ]  # fmt: skip
    columns = [c for c in kinds()["branches"].columns if not c.derived]
    return _table(path, [c.zh for c in columns], ([r.get(c.id) for c in columns] for r in rows))


def write_visits(folder: Path, source: Inspections, by: Edition | None = None) -> list[Path]:
    """A list of visits for each quarter: one row an inspection, a column for each violation.

    `by`: the edition they are made by, food-1 unless another is given.

    The source tells no time of day, no end and no inspector: the same is written for all.
    """
    kind = kinds()["scorecards"]
    columns = [c for c in kind.columns if not c.derived]
    used = by or edition()
    ids = [item.id for item in used.items]
    quarters: dict[str, list[Key]] = {}
    for key, _ in source.scores:
        on = key[1]
        quarters.setdefault(f"{on.year}Q{(on.month + 2) // 3}", []).append(key)
    made = []
    for quarter, keys in sorted(quarters.items()):
        rows = (_visit(source, (quarter, used.id), key, columns, ids) for key in keys)
        made.append(_table(folder / f"inspections-{quarter}.xlsx", [*(c.zh for c in columns), *ids],
                           rows))  # fmt: skip
    return made


def _visit(
    source: Inspections,
    made: tuple[str, str],
    key: Key,
    columns: Iterable[object],
    ids: Iterable[str],
) -> list[str | int | None]:
    head: dict[str, str | int] = {
        "branch_code": key[0], "round": made[0], "edition": made[1],
        "visit_date": key[1].isoformat(), "time_in": "09:00", "time_out": "10:00",
        "shopper_id": "I1", "encounter": 0,
    }  # fmt: skip
    violated = source.found.get(key, set())
    answers: list[str | int | None] = [int(id in violated) for id in ids]
    return [*(head.get(c.id) for c in columns), *answers]  # type: ignore[attr-defined]


def _table(path: Path, header: Iterable[str], rows: Iterable[Iterable[str | int | None]]) -> Path:
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False})
    page = book.add_worksheet("数据")
    for number, row in enumerate([header, *rows]):
        for col, value in enumerate(row):
            if isinstance(value, str):
                page.write_string(number, col, value)
            elif value is not None:
                page.write_number(number, col, value)
    book.close()
    return path
