"""The segment table speaks of roles and zones that the scorecard knows."""

from __future__ import annotations

from audits.scorecard import ROLES, ZONES
from pipeline.reference import segments


def test_six_segments_with_known_roles_and_zones() -> None:
    assert list(segments()) == [
        "mass",
        "growth",
        "key",
        "prospective",
        "small_corporate",
        "large_corporate",
    ]
    for row in segments().values():
        assert set(row["roles"]) <= set(ROLES)
        assert set(row["zones"]) <= set(ZONES)


def test_high_end_customers_are_served_in_the_vip_zone() -> None:
    assert segments()["key"]["roles"] == ["customer_manager", "branch_head"]
    assert segments()["key"]["zones"] == ["vip"]
