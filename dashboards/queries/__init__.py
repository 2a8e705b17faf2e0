"""The only place that reads publications. Every query takes the publication and the scope.

Results are cached by (publication, scope, …). A publication is named by path *and* content hash,
so a folder made anew under the same name is never served from an old cache. Frames are shared
between sessions: callers do not change them in place.
"""

from dashboards.queries.follow import moved, register
from dashboards.queries.lasting import (
    adoption,
    chart_of,
    charts,
    claims,
    completeness,
    early_signs,
    signals,
)
from dashboards.queries.reading import (
    CITY_LEVELS,
    PROVINCE_WIDE,
    Key,
    count,
    damaged,
    manifest,
    period_order,
    publications,
    unknown,
)
from dashboards.queries.standing import composite, funnel, league, league_for, rewards, standing
from dashboards.queries.tree import (
    ancestors,
    branches,
    comparable,
    covered,
    nodes,
    peer_groups,
    regions,
)
from dashboards.queries.values import (
    beside_each_other,
    compared,
    courses,
    dictionary,
    effects,
    origin,
    restatements,
    trend,
    values,
)
from dashboards.queries.visits import (
    CALIBRATION,
    calibration,
    item_history,
    lost_points,
    plan,
    ruler_changes,
    rulers,
    visit_scores,
)
from dashboards.queries.withheld import FEWEST, hidden

__all__ = [
    "CALIBRATION",
    "CITY_LEVELS",
    "FEWEST",
    "PROVINCE_WIDE",
    "Key",
    "adoption",
    "ancestors",
    "beside_each_other",
    "branches",
    "calibration",
    "chart_of",
    "charts",
    "claims",
    "comparable",
    "compared",
    "completeness",
    "composite",
    "count",
    "courses",
    "covered",
    "damaged",
    "dictionary",
    "early_signs",
    "effects",
    "funnel",
    "hidden",
    "item_history",
    "league",
    "league_for",
    "lost_points",
    "manifest",
    "moved",
    "nodes",
    "origin",
    "peer_groups",
    "period_order",
    "plan",
    "publications",
    "regions",
    "register",
    "restatements",
    "rewards",
    "ruler_changes",
    "rulers",
    "signals",
    "standing",
    "trend",
    "unknown",
    "values",
    "visit_scores",
]
