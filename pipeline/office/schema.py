"""Tables of the office database. Ledger records can be added, never changed or removed."""

from __future__ import annotations

VERSION = 1

DDL = """
CREATE TABLE IF NOT EXISTS ledger (
    seq        INTEGER PRIMARY KEY,
    at         TEXT NOT NULL,   -- UTC; informative, the order is seq (clocks jump)
    actor      TEXT NOT NULL,   -- account id
    act        TEXT NOT NULL,   -- upload.intent, upload.seal, publication, decision …
    commitment TEXT NOT NULL,   -- sha256(salt || canonical JSON of the payload)
    previous   TEXT NOT NULL,
    hash       TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE IF NOT EXISTS ledger_payload (
    seq  INTEGER PRIMARY KEY REFERENCES ledger (seq),
    salt BLOB NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS ledger_erasure (
    seq    INTEGER PRIMARY KEY REFERENCES ledger (seq),
    by_seq INTEGER NOT NULL REFERENCES ledger (seq)
) STRICT;

CREATE TRIGGER IF NOT EXISTS ledger_follows BEFORE INSERT ON ledger
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM ledger)
BEGIN SELECT raise(ABORT, 'the ledger only grows at its end'); END;
CREATE TRIGGER IF NOT EXISTS ledger_no_update BEFORE UPDATE ON ledger
BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER IF NOT EXISTS ledger_no_delete BEFORE DELETE ON ledger
BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER IF NOT EXISTS payload_no_update BEFORE UPDATE ON ledger_payload
BEGIN SELECT raise(ABORT, 'a payload is never changed'); END;
CREATE TRIGGER IF NOT EXISTS payload_once BEFORE INSERT ON ledger_payload
WHEN EXISTS (SELECT 1 FROM ledger_payload WHERE seq = NEW.seq)
  OR EXISTS (SELECT 1 FROM ledger_erasure WHERE seq = NEW.seq)
BEGIN SELECT raise(ABORT, 'a payload is written once'); END;
CREATE TRIGGER IF NOT EXISTS payload_erased_on_record BEFORE DELETE ON ledger_payload
WHEN NOT EXISTS (SELECT 1 FROM ledger_erasure WHERE seq = OLD.seq)
BEGIN SELECT raise(ABORT, 'a payload is erased only on record'); END;
CREATE TRIGGER IF NOT EXISTS erasure_no_update BEFORE UPDATE ON ledger_erasure
BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER IF NOT EXISTS erasure_no_delete BEFORE DELETE ON ledger_erasure
BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;

CREATE TABLE IF NOT EXISTS upload (
    upload_id   TEXT PRIMARY KEY,          -- sha256:seq
    seq         INTEGER NOT NULL UNIQUE REFERENCES ledger (seq),  -- of the intent
    seal_seq    INTEGER REFERENCES ledger (seq),
    sha256      TEXT NOT NULL,
    extension   TEXT NOT NULL,
    name        TEXT NOT NULL,             -- as the clerk called it
    kind        TEXT,
    period      TEXT,
    status      TEXT NOT NULL CHECK (status IN ('accepted', 'warned', 'partial', 'refused')),
    state       TEXT NOT NULL CHECK (state IN ('intent', 'sealed', 'undone')),
    rows        INTEGER NOT NULL,
    findings    TEXT NOT NULL,             -- JSON list
    returned    TEXT,                      -- annotated workbook, relative to the data folder
    received_at TEXT NOT NULL,
    actor       TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS upload_by_file ON upload (sha256, state);
CREATE INDEX IF NOT EXISTS upload_by_period ON upload (period, kind);

CREATE TABLE IF NOT EXISTS job (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    task        TEXT NOT NULL,             -- ingest, publish, documents
    request     TEXT NOT NULL,             -- JSON
    actor       TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
    progress    TEXT NOT NULL DEFAULT '',
    result      TEXT,                      -- JSON
    queued_at   TEXT NOT NULL,
    started_at  TEXT,
    beat_at     TEXT,                      -- the worker's last sign of life
    finished_at TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS job_by_state ON job (state, id);
"""
