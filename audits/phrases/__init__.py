"""Phrases that break sales-conduct rules, as data: one YAML per list, each rule with its source."""
