"""The parts of the visit plan (audits.visit_plan): how many, who may, who goes, when."""
