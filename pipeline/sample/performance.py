"""True monthly figures of every branch: one integer array [branch × month] per column.

Money is kept in fen so that every unit a sheet may use (元, 万元, 亿元) gives back the same cent.
The figures keep the inequalities between columns, and no watched column more than doubles or
halves from one month to the next.
"""

from __future__ import annotations

import numpy as np

from pipeline.periods import business_days, business_weeks
from pipeline.sample.options import Options
from pipeline.sample.province import GROUPS, Province
from pipeline.sample.truth_model import EFFECT, RATE_EFFECT, Truth

Figures = dict[str, np.ndarray]
_SIZE = dict(zip(GROUPS, (1.9, 1.15, 0.8, 0.5), strict=True))


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


class _Draws:
    """Shapes and draws that every family of columns shares."""

    def __init__(self, options: Options, province: Province, truth: Truth) -> None:
        self.chance = options.chance("performance")
        self.options, self.province, self.truth = options, province, truth
        self.shape = (len(province.branches), options.months)
        size = np.array([_SIZE[b.group] for b in province.branches])
        self.size = (size * self.chance.lognormal(0, 0.18, self.shape[0]))[:, None]
        season = np.array([1 + 0.03 * np.sin(int(m[5:]) / 2) for m in options.month_list])
        self.flow = self.size * season[None, :]
        self.treated = np.array(
            [[truth.is_introduced(province, b.index, m) for m in options.month_list]
             for b in province.branches], dtype=float)  # fmt: skip
        self.logit = np.array(
            [[truth.logit(province, b.index, m) for m in options.month_list]
             for b in province.branches])  # fmt: skip

    def count(self, level: float, spread: float = 0.06) -> np.ndarray:
        """A count that follows the branch's size and the season."""
        noise = self.chance.lognormal(0, spread, self.shape)
        return np.maximum(0, np.rint(level * self.flow * noise)).astype(np.int64)

    def part(self, whole: np.ndarray, rate: np.ndarray | float) -> np.ndarray:
        """A binomial part of `whole`, never more than it."""
        return self.chance.binomial(whole, np.clip(rate, 0.01, 0.99)).astype(np.int64)

    def own(self, mean: float, spread: float) -> np.ndarray:
        """A rate of the branch's own, steady over the months."""
        return mean + self.chance.normal(0, spread, self.shape[0])[:, None]

    def fen(self, yuan: np.ndarray) -> np.ndarray:
        """Whole yuan and cents, as fen."""
        return np.rint(yuan * 100).astype(np.int64)


def _people(draws: _Draws) -> Figures:
    posts = np.maximum(4, np.rint(11 * draws.size)).astype(np.int64)
    staff = np.broadcast_to(posts, draws.shape)
    rate = np.where(draws.treated > 0, draws.own(0.93, 0.05), draws.own(0.35, 0.10))
    trained = np.rint(staff * np.clip(rate, 0, 1)).astype(np.int64)
    passed = draws.part(trained, draws.own(0.9, 0.05))
    return {"staff": staff, "trained": trained, "exam_passed": passed}


def _meetings(draws: _Draws) -> Figures:
    months, branches = draws.options.month_list, draws.province.branches
    days = np.array([[len(business_days(m, b.weekend)) for m in months] for b in branches])
    weeks = np.array([[business_weeks(m, b.weekend) for m in months] for b in branches])
    habit = 0.70 + 0.18 * draws.treated + draws.own(0, 0.06)
    evening = draws.part(days, habit - 0.08)
    return {
        "business_days": days,
        "morning_meetings": draws.part(days, habit),
        "evening_meetings": evening,
        "weekly_meetings": draws.part(weeks, habit + 0.05),
        "meetings_in_time": draws.part(evening, 0.65 + 0.12 * draws.treated),
    }


def _process(draws: _Draws) -> Figures:
    pull = _sigmoid(draws.logit - draws.treated * EFFECT) - 0.68  # quality without the effect
    spoken = 0.50 + 0.30 * pull + RATE_EFFECT["reported_speak_up"] * draws.treated
    identified = 0.24 + 0.12 * pull + RATE_EFFECT["identification_rate"] * draws.treated
    referred = 0.36 + 0.15 * pull + RATE_EFFECT["referral_rate"] * draws.treated
    liar = draws.truth.inflater
    spoken[liar], identified[liar] = 0.965, 0.62
    served = draws.count(2600)
    known = draws.part(served, identified)
    sent = draws.part(known, referred)
    closed = draws.part(sent, draws.own(0.3, 0.04))
    noise = draws.chance.lognormal(10.6, 0.25, draws.shape)
    return {
        "served": served,
        "spoken": draws.part(served, spoken),
        "identified": known,
        "referred": sent,
        "followed_up": draws.part(sent, draws.own(0.82, 0.05)),
        "closed": closed,
        "closed_amount": draws.fen(closed * noise),
        "files_opened": draws.part(sent, draws.own(0.6, 0.08)),
        "counter_transactions": draws.count(5200),
        "echannel_transactions": draws.count(21000),
    }


def _money(draws: _Draws) -> Figures:
    months = np.arange(draws.shape[1])[None, :]
    growth = (1 + draws.own(0.006, 0.003)) ** months
    jitter = draws.chance.lognormal(0, 0.008, draws.shape)
    average = 3.2e8 * draws.size * growth * jitter
    deposits = average * draws.chance.lognormal(0.004, 0.01, draws.shape)
    income = 6.5e5 * draws.flow * draws.chance.lognormal(0, 0.06, draws.shape)
    share = draws.own(0.22, 0.04) + draws.chance.normal(0, 0.01, draws.shape)
    fee = income * np.clip(share, 0.05, 0.6)
    return {
        "deposits": draws.fen(deposits),
        "deposits_average": draws.fen(average),
        "aum": draws.fen(deposits * draws.own(1.32, 0.06)),
        "fee_income": draws.fen(fee),
        "income": draws.fen(income),
    }


def _customers(draws: _Draws) -> Figures:
    months = np.arange(draws.shape[1])[None, :]
    clients = np.rint(14000 * draws.size * (1 + draws.own(0.004, 0.002)) ** months).astype(np.int64)
    up, lost = draws.count(16, 0.15), draws.count(9, 0.15)
    base = np.rint(900 * draws.size).astype(np.int64)
    warned = draws.count(24, 0.12)
    return {
        "customers": clients,
        "key_clients": base + np.cumsum(up - lost, axis=1),
        "key_clients_up": up,
        "key_clients_lost": lost,
        "warned": warned,
        "retained": draws.part(warned, draws.own(0.45, 0.07)),
        "won_back": draws.part(lost, draws.own(0.25, 0.05)),
        "invited": draws.count(210, 0.1),
        "outreach": draws.count(7, 0.15),
    }


def _sales(draws: _Draws, counter: np.ndarray) -> Figures:
    ratings = draws.part(counter, draws.own(0.62, 0.06))
    wealth = 4.2e6 * draws.flow * draws.chance.lognormal(0, 0.12, draws.shape)
    insurance = 6.0e5 * draws.flow * draws.chance.lognormal(0, 0.15, draws.shape)
    return {
        "dca_contracts": draws.part(draws.count(60, 0.1), 0.5 + 0.1 * draws.treated),
        "wealth_sales": draws.fen(wealth),
        "insurance_sales": draws.fen(insurance),
        "ratings": ratings,
        "satisfied": draws.part(ratings, draws.own(0.962, 0.012)),
        "complaints": draws.chance.poisson(1.1 * draws.flow).astype(np.int64),
    }


def make_figures(options: Options, province: Province, truth: Truth) -> Figures:
    """All columns of the performance sheet but code, name and month. Money in fen."""
    draws = _Draws(options, province, truth)
    figures = _people(draws) | _meetings(draws) | _process(draws) | _money(draws)
    figures |= _customers(draws)
    return figures | _sales(draws, figures["counter_transactions"])
