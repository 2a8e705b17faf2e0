"""Makes the synthetic province: one page, from options to files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from audits.scorecard import load_editions
from pipeline.sample import lists
from pipeline.sample.followup import make_appeals, make_issues
from pipeline.sample.monthly import MonthlyWriter
from pipeline.sample.options import Options
from pipeline.sample.pages import Page, write_book
from pipeline.sample.performance import make_figures
from pipeline.sample.province import make_province
from pipeline.sample.scorecard_books import ScorecardWriter
from pipeline.sample.truth_file import write_truth
from pipeline.sample.truth_model import make_truth
from pipeline.sample.visits import Observer, Visit, make_plans, make_visits

EDITIONS = ("covert-1", "open-1")


def _write(root: Path, books: dict[str, Page]) -> int:
    """Writes clean one-sheet workbooks; tells how many."""
    for file, page in books.items():
        write_book(root / file, [page])
    return len(books)


def _follow_up(
    options: Options, visits: list[Visit], observers: dict[str, Observer]
) -> dict[str, Page]:
    """Ledgers of actions and appeals, and the branches' replies, one workbook per round."""
    books = {}
    for quarter in options.round_list:
        seen = [v for v in visits if v.plan.round == quarter and not v.plan.pair_of]
        issues = make_issues(options, quarter, seen, observers)
        appeals = make_appeals(options, quarter, seen, observers)
        books[f"7-actions/{quarter}-整改台账.xlsx"] = lists.ledger_page(issues)
        if any(i.done for i in issues):
            books[f"7-actions/{quarter}-整改回复.xlsx"] = lists.reply_page(issues)
        if appeals:
            books[f"8-appeals/{quarter}-申诉台账.xlsx"] = lists.appeal_page(appeals)
    return books


def write_sample(
    root: Path, options: Options, say: Callable[[str], None] = lambda step: None
) -> dict[str, Any]:
    """Writes the province of `options` under `root`; returns its truth.

    Equal options give equal files, byte by byte. The folders are numbered so that reading in path
    order meets the register first and a re-sent file after the one it replaces.
    """
    editions = {e: d for e, d in load_editions().items() if e in EDITIONS}
    province = make_province(options)
    truth = make_truth(options, province)
    figures = make_figures(options, province, truth)
    plans = make_plans(options, province, truth, editions)
    visits = make_visits(options, province, truth, editions, plans)
    observers = {e: Observer(options, province, truth, d) for e, d in editions.items()}
    books = {
        "1-register/branches.xlsx": lists.register_page(province),
        "3-shoppers/shoppers.xlsx": lists.shopper_page(province, truth),
    }
    for year, page in lists.target_pages(options, province, figures).items():
        books[f"2-targets/{year}.xlsx"] = page
    for quarter, planned in plans.items():
        books[f"6-plans/{quarter}.xlsx"] = lists.plan_page(planned)
    written = _write(root, books | _follow_up(options, visits, observers))
    say("performance")
    monthly = MonthlyWriter(root, options, province, figures).write()
    say("scorecards")
    scorecards = ScorecardWriter(root, options, visits)
    messy = [*monthly.messy, *scorecards.write()]
    workbooks = written + monthly.files + scorecards.files
    say("truth")
    return write_truth(root, options, province, truth, visits, monthly, messy, observers, workbooks)
