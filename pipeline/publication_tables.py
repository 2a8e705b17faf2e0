"""The tables of a publication, their columns and types: one declaration, by writers and readers."""

from __future__ import annotations

import polars as pl

# Tables at their grain. `period` is 2026-09, 2026Q3 or 2026; a publication holds its own period
# and the history that its trends need. `scope` is a branch or region code, or `peer:<group>`.
TABLES: dict[str, dict[str, pl.DataType | type[pl.DataType]]] = {
    "scope": {  # every node of the tree and every peer group
        "scope": pl.String,
        "name": pl.String,
        "level": pl.String,  # province, city, direct, sub_branch, branch, peer_group
        "parent": pl.String,
        "peer_group": pl.String,  # of a branch
        "introduced": pl.Date,
        "opened": pl.Date,
        "closed": pl.Date,
    },
    "scope_member": {"scope": pl.String, "branch_code": pl.String},  # which branches are in it
    "metric_value": {
        "metric": pl.String,
        "scope": pl.String,
        "level": pl.String,
        "period": pl.String,
        "numerator": pl.Float64,
        "denominator": pl.Float64,
        "value": pl.Float64,
        "n": pl.Int64,  # rows of the mart that entered
        "low": pl.Float64,
        "high": pl.Float64,
        # ok, not_reported, pending_correction, insufficient, not_introduced, undecided, incomplete
        "status": pl.String,
    },
    "rank": {
        "peer_group": pl.String,  # `all` for the whole province
        "scope": pl.String,
        "period": pl.String,
        "score": pl.Float64,  # 0-100, before vetoes: this is ranked
        "published_score": pl.Float64,  # after vetoes (cap or zero); what a page shows
        "vetoes": pl.Int64,  # visits with a veto, flags of level 0 not counted
        "visits": pl.Int64,
        "rank": pl.Int64,
        "of": pl.Int64,
        "expected": pl.Float64,
        "low": pl.Int64,  # rank interval, 90 %
        "high": pl.Int64,
        "joint_low": pl.Int64,  # audit view: sets that hold for all branches at once
        "joint_high": pl.Int64,
        "tier": pl.String,  # above, average, below
        "reliability": pl.Float64,
        "p_first_k": pl.Float64,
        "first_k": pl.Int64,
        "since": pl.String,  # first month of the visits that enter
        # ok, unreliable (no ordinal rank), by_decision (ordinal rank all the same), insufficient,
        # no_visit_variance, no_spread, alone, not_visited
        "status": pl.String,
    },
    "reward": {  # per rule of reward and branch: what it hangs on
        "prize": pl.String,
        "zh": pl.String,
        "en": pl.String,
        "peer_group": pl.String,
        "scope": pl.String,
        "period": pl.String,
        "p": pl.Float64,  # that the branch truly belongs to those whom the rule means
        "chance": pl.String,  # certain, possible, impossible; barred by a veto
        "paid": pl.Boolean,  # taken at its word, the rule pays it
        "worth": pl.Float64,  # yuan of the rule; 0 where the office named none
        "amount": pl.Float64,  # yuan that the branch gets
        "noise": pl.Float64,  # yuan that it is expected to get or to miss by chance
    },
    "item_result": {  # per branch, period and item: lost points
        "scope": pl.String,
        "period": pl.String,
        "edition": pl.String,
        "item_id": pl.String,
        "answers": pl.Int64,
        "earned": pl.Float64,
        "applicable": pl.Float64,
        "lost": pl.Float64,
        "reasons": pl.List(pl.String),
    },
    "visit_score": {
        "visit_id": pl.String,
        "scope": pl.String,
        "period": pl.String,  # month
        "round": pl.String,
        "edition": pl.String,
        "visit_date": pl.Date,
        "score": pl.Float64,  # published: after veto
        "score_before_veto": pl.Float64,
        "coverage": pl.Float64,
        "veto": pl.Int64,
        "status": pl.String,
    },
    "item_agreement": {  # of two shoppers at one branch, over twelve months; see audits.calibration
        "edition": pl.String,
        "item_id": pl.String,
        "basis": pl.String,  # paired (one day), round (one round, other days)
        "pairs": pl.Int64,
        "places": pl.Int64,
        "raw": pl.Float64,
        "alpha": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "ac1": pl.Float64,
        "status": pl.String,  # ok, below_floor, constant, other_days, insufficient
        "left_out": pl.Boolean,  # of ranks, by decision on record
    },
    "visit_reliability": {  # what one visit tells of a branch, and how many are needed
        "edition": pl.String,
        "basis": pl.String,  # visits (G-study); paired, round (ICC(A,1) of totals)
        "group": pl.String,  # peer group, or `all`
        "branches": pl.Int64,
        "visits": pl.Int64,
        "between": pl.Float64,
        "within": pl.Float64,
        "icc": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "needed": pl.Float64,  # visits for a reliability of 0.80
        "needed_low": pl.Float64,
        "needed_high": pl.Float64,
        "status": pl.String,  # ok, insufficient, no_difference
    },
    "shopper_calibration": {  # for office and union; `shopper` is a pseudonym of this publication
        "shopper": pl.String,
        "edition": pl.String,
        "visits": pl.Int64,
        "branches": pl.Int64,
        "islands": pl.Int64,  # pieces of the branch-shopper graph
        "shift": pl.Float64,  # points given more (+) or less (-) than by the others
        "error": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "differs": pl.Boolean,
        "status": pl.String,  # ok, not_connected, insufficient
    },
    "excluded_visit": {  # left out of all scores by decision of office and union
        "visit_id": pl.String,
        "scope": pl.String,
        "visit_date": pl.Date,
        "round": pl.String,
        "edition": pl.String,
        "signals": pl.List(pl.String),  # categories of the reasons (audits.fabrication.SIGNALS)
    },
    "chart": {  # one row per series that was looked at: sum `chance` over any list of them
        "scope": pl.String,
        "level": pl.String,
        "metric": pl.String,  # item.<item id>: pass rate of an item
        "kind": pl.String,  # xmr (months), p (quarters)
        "points": pl.Int64,
        "first": pl.String,
        "last": pl.String,
        "centre": pl.Float64,
        "lower": pl.Float64,  # p: of the last point
        "upper": pl.Float64,
        "status": pl.String,  # ok, short, constant, rare (under ten cases a month)
        "signals": pl.Int64,  # rules that completed a signal in the period
        "chance": pl.Float64,  # of any such signal although nothing changed
        "chance_below": pl.Float64,
    },
    "signal": {  # what moved in the period more than chance
        "scope": pl.String,
        "level": pl.String,
        "period": pl.String,
        "metric": pl.String,
        "kind": pl.String,
        "signal": pl.String,  # outside, run, trend, thirds
        "direction": pl.String,  # better, worse
        "at": pl.String,
        "since": pl.String,
        "value": pl.Float64,
        "centre": pl.Float64,
        "lower": pl.Float64,
        "upper": pl.Float64,
        "zh": pl.String,
        "en": pl.String,
    },
    "early_sign": {  # branches whose monthly figures fall together, and how likely by chance
        "scope": pl.String,
        "period": pl.String,
        "tested": pl.Int64,  # series of the chain with a chart
        "worse": pl.Int64,  # of them worse in the period
        "told": pl.Boolean,
        "since": pl.String,
        "chance": pl.Float64,  # of being told without any change
        "zh": pl.String,  # null where not told
        "en": pl.String,
    },
    "adoption": {  # status after each round (quarter), and at the end of the period
        "scope": pl.String,
        "period": pl.String,
        "status": pl.String,  # not_introduced, introducing, consolidating, sustained, relapsed …
        "since": pl.String,
        "baseline": pl.Float64,  # points 0-100 before vetoes; null: not tested
        "baseline_visits": pl.Int64,
        "latest": pl.Float64,
        "latest_visits": pl.Int64,
        "change": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "p": pl.Float64,
        "warned": pl.Boolean,  # a new relapse warning
        "chance": pl.Float64,  # of such a warning without any change; 0: none was possible
        "false_alarm": pl.Float64,
        "reliability": pl.Float64,
        "first_step": pl.String,
        "step_since": pl.String,
        "zh": pl.String,
        "en": pl.String,
    },
    "claim": {  # reported against observed, over the twelve months from `first`
        "scope": pl.String,
        "period": pl.String,
        "first": pl.String,
        "reported": pl.Float64,
        "observed": pl.Float64,
        "gap": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "visits": pl.Int64,
        "encounters": pl.Int64,
        "design_effect": pl.Float64,
        "overclaimed": pl.Boolean,  # the whole 95 % interval lies above 0
        "typical": pl.Float64,  # what branches that were seen to do the same report
        "z": pl.Float64,  # standard deviations above it
        "unusual": pl.Boolean,  # z above 3.09: one in a thousand by chance
        "status": pl.String,  # ok, not_reported, insufficient
        "figures": pl.Int64,  # own counts above 31; `fives` of them end in 0 or 5
        "fives": pl.Int64,
        "heaped": pl.Boolean,
        "heaped_p": pl.Float64,
        "heaped_chance": pl.Float64,
        "pairs": pl.Int64,  # of counts with last month's; `equal` of them
        "equal": pl.Int64,
        "equal_expected": pl.Float64,
        "copied": pl.Boolean,
        "copied_p": pl.Float64,
        "copied_chance": pl.Float64,
        "twins": pl.Int64,  # months in which all counts equal another branch's
    },
    "composite": {  # index over the sections of the covert edition in use
        "scope": pl.String,
        "period": pl.String,
        "index": pl.Float64,  # 0-100
        "published": pl.Float64,  # not past the cap where there was a veto
        "geometric": pl.Float64,
        "coverage": pl.Float64,
        "vetoed": pl.Boolean,
        "rank": pl.Int64,
        "low": pl.Int64,  # best and worst rank over 1,000 draws of the weights, and multiplied
        "high": pl.Int64,
        "geometric_rank": pl.Int64,
        "of": pl.Int64,
        "status": pl.String,  # ok, insufficient, not_visited
    },
    "composite_weight": {
        "period": pl.String,
        "section": pl.String,
        "weight": pl.Float64,
        "effective": pl.Float64,  # share of the index's variance
        "branches": pl.Int64,
    },
    "effect": {  # of the introduction, by metric; `group` is the headline, always there
        "metric": pl.String,
        "kind": pl.String,  # group, dynamic, simple: over all; event: by event_time; cohort
        "cohort": pl.String,  # period of the introduction
        "event_time": pl.Int64,  # periods since the introduction, base -1 left out
        "estimate": pl.Float64,  # unit of the metric's value; null where there is no verdict
        "low": pl.Float64,  # 95 % interval
        "high": pl.Float64,
        "n": pl.Int64,  # introduced branches that entered
        "clusters": pl.Int64,  # units that decided on the introduction, both sides
        "p_pre": pl.Float64,  # that the courses before the introduction are alike; on `group`
        "verdict": pl.String,  # effective, no_effect, insufficient; on `group`, as is the reason
        "reason_zh": pl.String,
        "reason_en": pl.String,
    },
    "coverage": {  # who reported, per branch and kind
        "scope": pl.String,
        "period": pl.String,
        "kind": pl.String,
        "due": pl.Date,
        "status": pl.String,  # reported, late, not_reported, pending_correction
    },
    "restatement": {
        "metric": pl.String,
        "scope": pl.String,
        "period": pl.String,
        "former_revision": pl.Int64,
        "former_value": pl.Float64,
        "value": pl.Float64,
        "cause": pl.String,  # sha256 sheet cell: former -> new
    },
    "source": {  # the files behind it; no names, since names may carry identities
        "sha256": pl.String,
        "kind": pl.String,
        "sheet": pl.String,
        "facts": pl.Int64,
    },
    "edition": {
        "edition": pl.String,
        "instrument": pl.String,
        "item_id": pl.String,
        "section": pl.String,
        "section_zh": pl.String,
        "section_en": pl.String,
        "step": pl.String,
        "role": pl.String,
        "zone": pl.String,
        "points": pl.Float64,
        "zh": pl.String,
        "en": pl.String,
    },
    "metric": {
        "metric": pl.String,
        "zh": pl.String,
        "en": pl.String,
        "form": pl.String,
        "unit": pl.String,
        "direction": pl.String,
        "minimum": pl.Float64,
        "scale": pl.Float64,
        "version": pl.Int64,
        "observed": pl.Boolean,
        "formula_zh": pl.String,
        "formula_en": pl.String,
        "note_zh": pl.String,
        "note_en": pl.String,
    },
}
# Beside them: `fact_<table>.parquet` for every fact table (live rows, `sha256` in place of
# upload_id and seq, no shopper) and `fact_column_map.parquet`: what explain walks back through.
# `fact_performance_elsewhere.parquet`: the columns of a performance row that an older sheet than
# the row's own place filled (branch_code, month, columns joined by commas, sha256, sheet, row).
