"""Cross-checks: what one row cannot tell, but others of the run or of the stores can."""

from __future__ import annotations

from pipeline.findings import Finding
from pipeline.validation.changed import changed_entries
from pipeline.validation.contradicted import contradicted_months
from pipeline.validation.levels import rows_of_nodes
from pipeline.validation.merged import merged_findings
from pipeline.validation.missing import missing_branches, missing_nodes
from pipeline.validation.naming import named_people
from pipeline.validation.patterns import pattern_findings
from pipeline.validation.replaced import replaced_months
from pipeline.validation.replies import reply_findings
from pipeline.validation.resent import resent_visits
from pipeline.validation.rounds import round_findings
from pipeline.validation.shoppers import shopper_findings
from pipeline.validation.subject import Subject
from pipeline.validation.timing import months_astray, months_to_come
from pipeline.validation.tree import tree_findings
from pipeline.validation.twice import visits_told_twice

# In this order: a register is whole before it is compared, a row sound before it is a yardstick.
CROSS_CHECKS = (
    tree_findings,
    changed_entries,
    rows_of_nodes,
    round_findings,
    missing_nodes,
    months_to_come,
    months_astray,
    missing_branches,
    merged_findings,
    replaced_months,
    contradicted_months,
    pattern_findings,
    resent_visits,
    visits_told_twice,
    shopper_findings,
    reply_findings,
    named_people,
)


def cross_findings(subject: Subject) -> list[Finding]:
    """Everything the cross-checks find; each passes over kinds it has nothing to say about."""
    return [finding for check in CROSS_CHECKS for finding in check(subject)]
