"""Agreement: Krippendorff, Fleiss, Gwet, Shrout & Fleiss, Brennan."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from audits.statistics import agreement
from tests.audits.statistics.published import Published

_ = math.nan
# Shrout & Fleiss (1979), Psychological Bulletin 86, table 2: six targets, four judges.
SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float
)
# Krippendorff (2011), section C: four observers, twelve units, gaps.
KRIPPENDORFF = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
        [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
    ]
)
# Fleiss' kappa, the worked example: 14 raters put 10 subjects into 5 categories.
FLEISS = np.array(
    [
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ],
    float,
)  # fmt: skip
# Gwet, irrCAC: cont3x3abstractors, 100 pregnant women, two abstractors.
ABSTRACTORS = np.array([[13, 0, 0], [0, 20, 7], [0, 4, 56]])
# Brennan (2001), table 2.2: synthetic data set no. 1, ten persons, twelve items.
BRENNAN = np.array(
    [
        [int(c) for c in row]
        for row in (
            "101000000000", "111001000000", "111110000000", "110110010000", "111110100000",
            "111011100000", "111111100000", "111101111100", "111111111110", "111111111111",
        )
    ],
    float,
)  # fmt: skip


def _pairs(table: np.ndarray) -> np.ndarray:
    """[observer × unit] of a contingency table of two observers."""
    cells = [(i, j) for i in range(len(table)) for j in range(len(table))]
    return np.array([c for c in cells for _ in range(table[c])], float).T


def _of(
    source: str,
    rows: list[tuple[str, str, str, Callable[[], float]]],
    within: float | None = None,
    note: str = "",
) -> list[Published]:
    return [
        Published(source, zh, en, printed, compute, within, note)
        for zh, en, printed, compute in rows
    ]


_limits = agreement.icc_a1(SHROUT_FLEISS)
_abstractors = agreement.counts_of(_pairs(ABSTRACTORS), [0, 1, 2])
_brennan = agreement.g_study(BRENNAN)
PUBLISHED = [
    *_of(
        "Shrout & Fleiss (1979), Psychological Bulletin 86, 420–428, table 4",
        [
            ("组内相关 ICC(1,1)", "ICC(1,1)", ".17", lambda: agreement.icc(SHROUT_FLEISS, "1,1")),
            ("组内相关 ICC(2,1)", "ICC(2,1)", ".29", lambda: agreement.icc(SHROUT_FLEISS, "2,1")),
            ("组内相关 ICC(3,1)", "ICC(3,1)", ".71", lambda: agreement.icc(SHROUT_FLEISS, "3,1")),
            ("组内相关 ICC(1,4)", "ICC(1,4)", ".44", lambda: agreement.icc(SHROUT_FLEISS, "1,k")),
            ("组内相关 ICC(2,4)", "ICC(2,4)", ".62", lambda: agreement.icc(SHROUT_FLEISS, "2,k")),
            ("组内相关 ICC(3,4)", "ICC(3,4)", ".91", lambda: agreement.icc(SHROUT_FLEISS, "3,k")),
        ],
    ),
    *_of(
        "Revelle, psych (CRAN), help page ICC: the same data, 95 % limits of ICC2",
        [
            ("ICC(A,1) 下限", "ICC(A,1), lower", "0.019", lambda: _limits.low),
            ("ICC(A,1) 上限", "ICC(A,1), upper", "0.76", lambda: _limits.high),
        ],
    ),
    *_of(
        "Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, section C",
        [
            ("名义 α", "alpha, nominal", ".743",
             lambda: agreement.krippendorff_alpha(KRIPPENDORFF, "nominal")),
            ("有序 α", "alpha, ordinal", ".815",
             lambda: agreement.krippendorff_alpha(KRIPPENDORFF, "ordinal")),
        ],
    ),
    *_of(
        "Fleiss' kappa, worked example of 14 raters and 10 subjects (Wikipedia, after Fleiss 1971)",
        [("Fleiss κ", "kappa", "0.210", lambda: agreement.fleiss_kappa(FLEISS))],
    ),
    *_of(
        "Gwet, irrCAC (CRAN), vignette overview: cont3x3abstractors",
        [
            ("Gwet AC1", "AC1", "0.8493305", lambda: agreement.gwet_ac1(_abstractors)),
            ("原始一致率", "raw agreement", "0.89", lambda: agreement.raw_agreement(_abstractors)),
            ("Krippendorff α", "alpha", "0.7972585",
             lambda: agreement.krippendorff_alpha(_pairs(ABSTRACTORS), "nominal")),
        ],
    ),
    *_of(
        "Brennan (2001), Generalizability Theory, tables 2.2–2.4: synthetic data set no. 1",
        [
            ("方差分量 σ²(p)", "σ²(p)", ".0574", lambda: _brennan.person),
            ("方差分量 σ²(i)", "σ²(i)", ".0754", lambda: _brennan.item),
            ("方差分量 σ²(pi)", "σ²(pi)", ".1269", lambda: _brennan.residual),
            ("概化系数 Eρ²，12 项", "Eρ², 12 items", ".844", lambda: _brennan.rho2(12)),
            ("可靠性系数 Φ，12 项", "Φ, 12 items", ".773", lambda: _brennan.phi(12)),
        ],
    ),
    *_of(
        "Brennan (2001), table 2.4: D study of synthetic data set no. 1",
        [
            ("概化系数 Eρ²，5 项", "Eρ², 5 items", ".693", lambda: _brennan.rho2(5)),
            ("概化系数 Eρ²，10 项", "Eρ², 10 items", ".819", lambda: _brennan.rho2(10)),
            ("概化系数 Eρ²，15 项", "Eρ², 15 items", ".871", lambda: _brennan.rho2(15)),
            ("概化系数 Eρ²，20 项", "Eρ², 20 items", ".901", lambda: _brennan.rho2(20)),
        ],
        within=0.001,
        note="出处先将 σ²(δ) 舍入到四位 · the source rounds σ²(δ) to four digits first",
    ),
    *_of(
        "Spearman (1910), Brown (1910): visits for a reliability of .80, by hand from the formula",
        [
            ("单次 ICC .2 所需次数", "visits, ICC .2", "16", lambda: agreement.visits_needed(0.2)),
            ("单次 ICC .3 所需次数", "visits, ICC .3", "9.3", lambda: agreement.visits_needed(0.3)),
            ("单次 ICC .4 所需次数", "visits, ICC .4", "6", lambda: agreement.visits_needed(0.4)),
            ("单次 ICC .6 所需次数", "visits, ICC .6", "2.7", lambda: agreement.visits_needed(0.6)),
        ],
    ),
]  # fmt: skip
