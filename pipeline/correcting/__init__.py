"""Corrections (更正) of source cells: the cell as it is read, the record, the command's work."""
