"""The inbox (收件箱): a folder into which anybody puts workbooks, at any time, half-copied too.

    look (complete?) → take (rename into a room of its own) → ingest → file away, told by one line

What is taken is out of everybody's reach before it is read: nobody can change, rename or delete it
meanwhile. A kill leaves it in its room, from where the next start puts it back.
"""
