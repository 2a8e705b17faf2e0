"""A small city of our own in the same three files: every way the real ones are odd, once."""

from __future__ import annotations

from pathlib import Path

BUSINESSES = """business_id,name,address,city,state,postal_code
101,CAFÉ NIÑO,1 A ST,San Francisco,CA,94110
102,TEA HOUSE,2 A ST,San Francisco,CA,94110
103,NOODLE BAR,3 A ST,San Francisco,CA,
104,CLOSED DINER,4 A ST,San Francisco,CA,94103
"""
# 101: 100-7-2 = 91, then 100. 102: the same violation listed twice takes 2 once: 98; 100-7-4 = 89.
# 103: 80 without any violation listed; two inspections of one day, of which one follows: 100-4.
INSPECTIONS = """business_id,score,date,type
101,91,20170310,routine
101,100,20170502,routine
102,98,20170404,routine
102,89,20170601,routine
103,80,20170520,routine
103,96,20170602,routine
103,91,20170602,routine
"""
VIOLATIONS = """business_id,date,description
101,20170310,High risk food holding temperature
101,20170310,Low risk vermin infestation  [ date violation corrected: 4/1/2017 ]
102,20170404,Unclean or degraded floors walls or ceilings
102,20170404,Unclean or degraded floors walls or ceilings
102,20170601,No hot water or running water
102,20170601,Food in poor condition
103,20170602,Moderate risk vermin infestation
104,20170603,Improper food storage
"""


def write(folder: Path) -> Path:
    """The three files; the register is not UTF-8."""
    (folder / "businesses.csv").write_bytes(BUSINESSES.encode("latin-1"))
    (folder / "inspections.csv").write_text(INSPECTIONS, "utf-8")
    (folder / "violations.csv").write_text(VIOLATIONS, "utf-8")
    return folder


# By the next edition: 104 loses 4 for the reworded M01 and 2 for L31, a half of what L01 was.
LATER = {("104", "20170801"): ("M01", "L31"), ("101", "20170815"): ()}
