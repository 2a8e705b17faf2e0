"""The sections of the branch page, one file each; the page itself is `views/branch.py`."""
