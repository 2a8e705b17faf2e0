"""Callaway and Sant'Anna on `mpdta`: what their package, and a port of it, print."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import numpy as np
from scipy.stats import chi2

from audits.statistics.cluster_bootstrap import scores, standard_errors
from audits.statistics.group_time import (
    Controls,
    Floats,
    GroupTime,
    by_group,
    dynamic,
    estimate,
    event_weights,
    group_time,
    simple,
)
from tests.audits.statistics.mpdta import FIRST, mpdta
from tests.audits.statistics.published import Published

_SOURCES: dict[Controls, str] = {
    "never": "Callaway & Sant'Anna (2021), mpdta, controls never treated, no covariates",
    "not_yet": "moderndid 0.2.0 (MIT), mpdta, controls not yet treated, no covariates",
}
_PRINTED = "moderndid 0.2.0 (MIT), mpdta, controls never treated, analytical errors"
_WORDS: dict[Controls, tuple[str, str]] = {
    "never": ("从未导入为对照", "never treated"),
    "not_yet": ("尚未导入为对照", "not yet treated"),
}
_AGGREGATES: dict[str, Callable[[GroupTime], Floats]] = {
    "dynamic": dynamic,
    "group": by_group,
    "simple": simple,
}


@cache
def _found(controls: Controls) -> GroupTime:
    return group_time(mpdta(), controls)


def _cell(controls: Controls, cohort: int, year: int) -> Floats:
    cells = _found(controls).cells
    key = (cohort - FIRST, year - FIRST)
    return np.array([float((c.cohort, c.period) == key) for c in cells])


def _weights(controls: Controls, which: str | int | tuple[int, int]) -> Floats:
    if isinstance(which, tuple):
        return _cell(controls, *which)
    if isinstance(which, int):
        return event_weights(_found(controls))[which]
    return _AGGREGATES[which](_found(controls))


def _value(controls: Controls, which: str | int | tuple[int, int]) -> float:
    return estimate(_found(controls), _weights(controls, which))


def _error(controls: Controls, which: str | int | tuple[int, int]) -> float:
    return float(standard_errors(_found(controls), _weights(controls, which)[None])[0])


def _pre_test(controls: Controls) -> float:
    """Wald test that every cell before an introduction is 0."""
    found = _found(controls)
    before = [i for i, c in enumerate(found.cells) if c.event < -1]
    own = scores(found, np.eye(len(found.cells))[before], leave_out=False)
    att = np.array([found.cells[i].att for i in before])
    return float(chi2.sf(att @ np.linalg.solve(own.T @ own, att), len(before)))


def _name(which: str | int | tuple[int, int]) -> str:
    if isinstance(which, tuple):
        return f"ATT({which[0]}; {which[1]})"
    return f"e = {which}" if isinstance(which, int) else f"{which} overall"


def _listed(
    controls: Controls, printed: dict[str | int | tuple[int, int], str], error: bool = False
) -> list[Published]:
    zh, en = _WORDS[controls]
    compute = _error if error else _value
    more = ("标准误", "standard error of ") if error else ("", "")
    return [
        Published(
            _PRINTED if error else _SOURCES[controls],
            f"{_name(w)} {more[0]}（{zh}）",
            f"{more[1]}{_name(w)} ({en})",
            text,
            partial(compute, controls, w),
        )
        for w, text in printed.items()
    ]


PUBLISHED = [
    *_listed(
        "never",
        {
            (2004, 2004): "-.010503", (2004, 2005): "-.070423", (2004, 2006): "-.137259",
            (2004, 2007): "-.100811", (2006, 2006): "-.004595", (2006, 2007): "-.041224",
            (2007, 2007): "-.026054", 0: "-.019932", 1: "-.050957", 2: "-.137259", 3: "-.100811",
            "dynamic": "-.077240", "group": "-.031018", "simple": "-.039951",
        },
    ),
    *_listed(
        "never",
        {
            (2004, 2004): ".0233", (2004, 2005): ".0310", (2004, 2006): ".0364",
            (2004, 2007): ".0344", (2006, 2006): ".0178", (2006, 2007): ".0202",
            (2007, 2007): ".0167", "dynamic": ".0200", "group": ".0124",
        },
        error=True,
    ),
    Published(
        _PRINTED, "导入前走势检验 p 值（Wald）", "p of the Wald pre-test of trends",
        ".1681", partial(_pre_test, "never"),
    ),
    *_listed(
        "not_yet",
        {
            (2004, 2004): "-.0194", (2004, 2005): "-.0783", (2004, 2006): "-.1363",
            (2004, 2007): "-.1008", (2006, 2006): ".0047", (2006, 2007): "-.0412",
            (2007, 2007): "-.0261", (2006, 2003): ".0045", (2007, 2005): ".0311",
            0: "-.0189", 1: "-.0536", -2: ".0243", -3: ".0270",
            "dynamic": "-.0774", "group": "-.0305", "simple": "-.0398",
        },
    ),
]  # fmt: skip
