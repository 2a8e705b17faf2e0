"""The sections of the page of corrective actions, one file each; the page is `views/actions.py`."""
