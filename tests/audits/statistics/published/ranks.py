"""Ranks: published numbers of shrinkage, joint sets and marginal sets, and our own simulation."""

from __future__ import annotations

from functools import cache

import numpy as np

from audits.statistics.joint_sets import joint_sets, marginal_set, overall
from audits.statistics.shrinkage import james_stein
from tests.audits.statistics.published import Published
from tests.studies.rank_coverage import ICCS, VISITS, cell

# 18 players, hits in their first 45 at-bats of 1970; Clemente first.
BASEBALL = "Efron & Morris (1975), JASA 70, table 1"
HITS = np.array([18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7.0])

KLEIN = (
    "Klein, Wright & Wieczorek (2020), JRSS C 69; American Community Survey 2011 "
    "(TravelTime2011.1dec, R package RankingProject)"
)
# State, mean travel time to work in minutes, its margin of error at 90 % (1.645 standard errors).
TRAVEL = """
SD 16.9 0.5, ND 16.9 0.6, WY 18.1 0.8, NE 18.1 0.3, MT 18.2 0.5, AK 18.4 0.5, IA 18.8 0.2,
KS 18.9 0.3, ID 19.7 0.4, OK 21.1 0.2, AR 21.3 0.4, NM 21.4 0.4, UT 21.6 0.3, WI 21.9 0.2,
VT 21.9 0.5, OR 22.5 0.3, KY 22.9 0.2, MN 23.0 0.2, OH 23.1 0.1, MO 23.1 0.2, RI 23.4 0.5,
NC 23.4 0.2, ME 23.4 0.4, IN 23.5 0.2, SC 23.6 0.3, MS 23.9 0.4, AL 23.9 0.2, NV 24.1 0.4,
MI 24.1 0.2, TN 24.2 0.2, LA 24.5 0.2, CO 24.5 0.3, TX 24.8 0.1, AZ 24.8 0.2, CT 25.0 0.3,
DE 25.3 0.6, WA 25.5 0.2, WV 25.6 0.5, HI 25.7 0.4, FL 25.8 0.2, PA 25.9 0.1, NH 26.9 0.5,
GA 27.1 0.3, CA 27.1 0.1, VA 27.7 0.2, MA 28.0 0.2, IL 28.2 0.2, DC 30.1 0.5, NJ 30.5 0.2,
NY 31.5 0.2, MD 32.2 0.2
"""

PISA = (
    "Mogstad, Romano, Shaikh & Wilhelm (2024), Rev. Econ. Stud. 91; PISA 2018 mathematics, OECD "
    "(pisa2018, R package csranks, vignette “Inference for Ranks”)"
)
# Country, mean score, standard error.
MATHEMATICS = """
Australia 491.3600 1.9398, Austria 498.9423 2.9710, Belgium 508.0703 2.2627,
Canada 512.0169 2.3575, Chile 417.4066 2.4159, Colombia 390.9323 2.9896,
Costa_Rica 402.3306 3.2888, Czech_Republic 499.4677 2.4607, Denmark 509.3984 1.7350,
Estonia 523.4146 1.7436, Finland 507.3014 1.9679, France 495.4076 2.3202,
Germany 500.0438 2.6471, Greece 451.3703 3.0912, Hungary 481.0826 2.3196,
Iceland 495.1874 1.9531, Ireland 499.6329 2.1986, Israel 463.0345 3.4986,
Italy 486.5899 2.7800, Japan 526.9733 2.4715, Korea 525.9330 3.1214, Latvia 496.1263 1.9628,
Lithuania 481.1912 1.9533, Luxembourg 483.4215 1.0976, Mexico 408.8015 2.4932,
Netherlands 519.2310 2.6323, New_Zealand 494.4897 1.7059, Norway 500.9638 2.2190,
Poland 515.6479 2.6021, Portugal 492.4874 2.6846, Slovak_Republic 486.1649 2.5556,
Slovenia 508.8975 1.3639, Spain 481.3926 1.4624, Sweden 502.3877 2.6543,
Switzerland 515.3147 2.9080, Türkiye 453.5078 2.2604, United_Kingdom 501.7699 2.5644,
United_States 478.2447 3.2354
"""
OWN = "Own simulation: 200 branches, 25 of the repetitions of tests/studies/rank_coverage.py"


def rows(text: str) -> dict[str, tuple[float, float]]:
    """Name → two numbers."""
    parts = (entry.split() for entry in text.replace("\n", " ").split(","))
    return {name: (float(a), float(b)) for name, a, b in parts}


@cache
def baseball() -> tuple[float, float, float]:
    """Grand mean, shrinkage factor, Clemente's estimate."""
    average = HITS / 45
    mean = float(average.mean())
    c, shrunk = james_stein(average, mean * (1 - mean) / 45)
    return mean, c, float(shrunk[0])


@cache
def travel() -> tuple[float, dict[str, str]]:
    """z and the joint set of each state, rank 1 having the shortest way to work.

    The source rounds the ends of its intervals to a tenth of a minute before it compares them.
    """
    table = rows(TRAVEL)
    minutes, margin = np.array(list(table.values())).T
    error = margin / 1.645
    z = joint_sets(-minutes, error, alpha=0.10).z
    ends = (np.round(-minutes + sign * z * error, 1) for sign in (-1, 1))
    sets = zip(*overall(*ends), strict=True)
    return z, {code: f"{low}–{high}" for code, (low, high) in zip(table, sets, strict=True)}


@cache
def united_kingdom() -> tuple[int, int]:
    """Its marginal set at 95 %."""
    table = rows(MATHEMATICS)
    score, error = np.array(list(table.values())).T
    return marginal_set(score, error, list(table).index("United_Kingdom"), alpha=0.05)


def lower_of_the_kingdom() -> str:
    """Its lowest rank, as the source leaves it open."""
    low = united_kingdom()[0]
    return "7, 8" if low in (7, 8) else str(low)


def covered(icc: float, n: int) -> float:
    """Coverage of the 90 % interval in one cell."""
    return cell("normal", icc, n, repetitions=25).coverage


_STATES = {
    "SD": ("South Dakota", "1–6"),
    "IA": ("Iowa", "3–9"),
    "TX": ("Texas", "30–37"),
    "DC": ("District of Columbia", "48–49"),
    "MD": ("Maryland", "50–51"),
}

PUBLISHED = [
    Published(BASEBALL, "总平均", "grand mean", ".265", lambda: baseball()[0]),
    Published(BASEBALL, "收缩系数 c", "shrinkage factor c", ".212", lambda: baseball()[1]),
    Published(BASEBALL, "Clemente 的估计", "estimate of Clemente", ".294", lambda: baseball()[2]),
    Published(KLEIN, "z（α = .10）", "z (α = .10, 51 states)", "3.0809", lambda: travel()[0]),
    *(
        Published(KLEIN, f"{name} 的联合名次集", f"joint set of {name}", printed,
                  lambda code=code: travel()[1][code])
        for code, (name, printed) in _STATES.items()
    ),
    Published(PISA, "英国：名次上界 U", "United Kingdom: U", "23", lambda: united_kingdom()[1]),
    Published(
        PISA, "英国：名次下界 L", "United Kingdom: L", "7, 8", lower_of_the_kingdom,
        note="出处正文写 7，输出为 8 · its text says 7, its output 8",
    ),
    *(
        Published(
            OWN, f"90% 名次区间的覆盖率，ICC {icc}，n {n}",
            f"coverage of the 90 % rank interval, ICC {icc}, n {n}", "0.905",
            lambda icc=icc, n=n: covered(icc, n), within=0.025,
            note="要求 0.88–0.93 · 0.88–0.93 demanded",
        )
        for icc in ICCS
        for n in VISITS
    ),
]  # fmt: skip
