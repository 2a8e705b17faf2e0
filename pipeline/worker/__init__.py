"""The resident worker: one process that has the slow libraries loaded and writes the warehouse.

server ─ owns ─▶ supervisor ─ starts, restarts ─▶ worker ─ takes jobs ─▶ office database
command line, inbox, upload page ─ asking ─▶ office database
"""
