"""Control charts, intervals of shares and the composite index: published numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from audits.statistics.composite import geometric
from audits.statistics.control_charts import Chart, ewma, ewma_limits, p_chart, xmr
from audits.statistics.proportions import difference, wilson
from tests.audits.statistics.published import Published

NIST = "NIST/SEMATECH e-Handbook of Statistical Methods, "
INDIVIDUALS = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
# 6.3.2.4: its last ten are those of the chart of individuals
EWMA = [52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5, *INDIVIDUALS]
EWMA_PRINTED = [
    *("50.00", "50.60", "49.52", "50.56", "50.18", "50.16", "49.21", "49.75", "49.85", "50.26"),
    *("50.33", "50.11", "49.36", "49.52", "50.05"),
    *("49.38", "49.92", "50.73", "51.23", "51.94", "51.99"),
]  # fmt: skip
# Montgomery, Introduction to Statistical Quality Control: nonconforming cans in 30 samples of 50
ORANGE_JUICE = [
    *(12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22),
    *(8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6),
]  # fmt: skip
MONTGOMERY = "Montgomery, orange-juice cans (30 samples of 50; also `orangejuice` of R package qcc)"
UNDP = "UNDP, Human Development Report 2020, technical notes, worked example"
NEWCOMBE = "Newcombe, Statistics in Medicine 17 (1998) "


@cache
def individuals() -> Chart:
    # ten points: the handbook draws limits where Mingcha asks for twelve; the formulas are these
    twice = np.array([INDIVIDUALS + INDIVIDUALS[::-1]])
    chart = xmr(np.array([INDIVIDUALS]))
    assert chart.status[0] == "short" and xmr(twice).status[0] == "ok"
    return chart


def _limit(sign: int) -> float:
    chart = individuals()
    return float(chart.centre[0] + sign * 2.66 * chart.moving_range[0])


@cache
def juice() -> Chart:
    return p_chart(np.array([ORANGE_JUICE]), np.full((1, 30), 50))


def _outside() -> str:
    return ", ".join(str(i + 1) for i in np.flatnonzero(juice().signals[0, 0]))


@cache
def smoothed() -> list[float]:
    return [float(v) for v in ewma(np.array([EWMA]), np.array([50.0]), 0.3)[0]]


def _smoothed(at: int) -> Callable[[], float]:
    return lambda: smoothed()[at]


def _wilson(x: int, n: int, side: int) -> Callable[[], float]:
    return lambda: float(wilson(np.array(x), np.array(n))[side])


def _difference(x1: int, n1: int, x2: int, n2: int, side: int) -> Callable[[], float]:
    return lambda: float(difference(*(np.array(a) for a in (x1, n1, x2, n2)))[side])


def _income() -> float:
    return float((np.log(3829) - np.log(100)) / (np.log(75000) - np.log(100)))


def _human_development() -> float:
    return float(geometric(np.array([[0.6971, 0.3447, _income()]]), np.ones(3))[0])


_WILSON = (  # Newcombe, pp. 857-872, table I
    (81, 263, ".2553", ".3662"),
    (15, 148, ".0624", ".1605"),
    (0, 20, ".0000", ".1611"),
    (1, 29, ".0061", ".1718"),
)
_DIFFERENCE = (  # Newcombe, pp. 873-890, table II, method 10
    (56, 70, 48, 80, ".0524", ".3339"),
    (9, 10, 3, 10, ".1705", ".8090"),
    (10, 10, 0, 10, ".6075", "1.0000"),
)

PUBLISHED = [
    Published(NIST + "6.3.2.2", "单值图：均值", "individuals: mean", "50.81",
              lambda: float(individuals().centre[0])),
    Published(NIST + "6.3.2.2", "单值图：平均移动极差", "individuals: mean moving range", "1.8778",
              lambda: float(individuals().moving_range[0])),
    Published(NIST + "6.3.2.2", "单值图：上限", "individuals: upper limit", "55.80",
              lambda: _limit(1)),
    Published(NIST + "6.3.2.2", "单值图：下限", "individuals: lower limit", "45.82",
              lambda: _limit(-1)),
    Published(NIST + "6.3.2.4", "EWMA 图：上限", "EWMA: upper limit", "52.588",
              lambda: ewma_limits(50.0, 2.0539)[1]),
    Published(NIST + "6.3.2.4", "EWMA 图：下限", "EWMA: lower limit", "47.412",
              lambda: ewma_limits(50.0, 2.0539)[0]),
    *(Published(NIST + "6.3.2.4", f"EWMA 第 {i} 点", f"EWMA: point {i}", text, _smoothed(i))
      for i, text in enumerate(EWMA_PRINTED)),
    Published(MONTGOMERY, "p 图：中心线", "p-chart: centre", ".2313",
              lambda: float(juice().centre[0])),
    Published(MONTGOMERY, "p 图：上限", "p-chart: upper limit", ".4102",
              lambda: float(juice().upper[0, 0]), within=0.0001,
              note="出处以 .2313 继续计算 the source goes on with .2313"),
    Published(MONTGOMERY, "p 图：下限", "p-chart: lower limit", ".0524",
              lambda: float(juice().lower[0, 0])),
    Published(MONTGOMERY, "p 图：越限的点", "p-chart: points outside", "15, 23", _outside),
    Published(UNDP, "收入指数", "income index", ".5506", _income),
    Published(UNDP, "几何平均", "geometric index", ".510", _human_development),
    *(Published(NEWCOMBE + "857-872, table I", f"Wilson 区间 {x}/{n}：{'下上'[s]}限",
                f"Wilson {x}/{n}: {('low', 'high')[s]}", (low, high)[s], _wilson(x, n, s))
      for x, n, low, high in _WILSON for s in (0, 1)),
    *(Published(NEWCOMBE + "873-890, table II, method 10",
                f"差的区间 {x1}/{n1} − {x2}/{n2}：{'下上'[s]}限",
                f"difference {x1}/{n1} − {x2}/{n2}: {('low', 'high')[s]}", (low, high)[s],
                _difference(x1, n1, x2, n2, s))
      for x1, n1, x2, n2, low, high in _DIFFERENCE for s in (0, 1)),
]  # fmt: skip
