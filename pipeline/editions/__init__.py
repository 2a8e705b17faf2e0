"""Scorecard editions to and from Excel: the sheet a clerk edits, its checks, its keeping."""
