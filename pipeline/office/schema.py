"""Tables of the office database. Ledger records can be added, never changed or removed."""

from __future__ import annotations

# Steps in order; one that was released is never changed, a new need is a new step.
_FIRST = """
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

# The queue of the resident worker; nothing was ever put into the former table `job`.
_WORK = """
DROP TABLE IF EXISTS job;
CREATE TABLE IF NOT EXISTS work (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    task        TEXT NOT NULL,             -- ingest, publish, report
    request     TEXT NOT NULL,             -- JSON; its paths are absolute
    actor       TEXT NOT NULL,
    lang        TEXT NOT NULL,
    state       TEXT NOT NULL
                CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    step        TEXT NOT NULL DEFAULT '',  -- how far it is: step, done of total
    done        INTEGER NOT NULL DEFAULT 0,
    total       INTEGER NOT NULL DEFAULT 0,
    tries       INTEGER NOT NULL DEFAULT 0,
    cancel      INTEGER NOT NULL DEFAULT 0,  -- 1: somebody asked to stop it
    since       INTEGER,                   -- end of the ledger when it was first taken up
    status      INTEGER,                   -- exit status, once ended
    result      TEXT,                      -- JSON, once ended
    queued_at   TEXT NOT NULL,
    started_at  TEXT,
    beat_at     TEXT,                      -- the last word on how far it is
    finished_at TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS work_by_state ON work (state, id);
"""

# Corrections and confirmed spellings. `stands_for` of an upload: seq of the upload whose place it
# takes, being the same file read anew with corrections. `spellings`: the ledger record up to which
# confirmed spellings were known when it was read.
_CORRECTIONS = """
ALTER TABLE upload ADD COLUMN stands_for INTEGER REFERENCES ledger (seq);
ALTER TABLE upload ADD COLUMN spellings INTEGER NOT NULL DEFAULT 0;
CREATE TABLE correction (
    seq           INTEGER PRIMARY KEY REFERENCES ledger (seq),  -- its number
    upload_id     TEXT NOT NULL REFERENCES upload (upload_id),  -- as received
    sheet         TEXT NOT NULL,
    cell          TEXT NOT NULL,
    old           TEXT NOT NULL,
    new           TEXT NOT NULL,
    reason        TEXT NOT NULL,
    actor         TEXT NOT NULL,
    at            TEXT NOT NULL,
    withdrawn_seq INTEGER REFERENCES ledger (seq)
) STRICT;
CREATE INDEX correction_by_upload ON correction (upload_id);
CREATE TABLE spelling (
    seq         INTEGER PRIMARY KEY REFERENCES ledger (seq),
    kind        TEXT NOT NULL,
    header      TEXT NOT NULL,             -- normalised: what is compared
    written     TEXT NOT NULL,             -- as the sheet has it
    column_id   TEXT NOT NULL,
    actor       TEXT NOT NULL,
    at          TEXT NOT NULL,
    revoked_seq INTEGER REFERENCES ledger (seq)
) STRICT;
CREATE UNIQUE INDEX spelling_once ON spelling (kind, header) WHERE revoked_seq IS NULL;
"""

# Acts of rounds, appeals and check periods (audits.rounds, .appeals, .checking): what state they
# are in follows from them. `said` repeats the ledger's payload, so the table can be made anew.
_PROCEEDINGS = """
CREATE TABLE proceeding (
    seq     INTEGER PRIMARY KEY REFERENCES ledger (seq),
    kind    TEXT NOT NULL,   -- round, appeal, check
    subject TEXT NOT NULL,   -- id of the round, number of the appeal, period
    event   TEXT NOT NULL,
    actor   TEXT NOT NULL,
    role    TEXT NOT NULL,
    branch  TEXT,            -- the actor's own
    day     TEXT NOT NULL,   -- at the office
    said    TEXT NOT NULL    -- JSON
) STRICT;
CREATE INDEX proceeding_by_subject ON proceeding (kind, subject, seq);
ALTER TABLE correction ADD COLUMN appeal INTEGER;  -- number of the appeal that it carries out
"""

# What is done to corrective actions; how each of them stands follows from its acts.
_ACTIONS = """
CREATE TABLE action_act (
    seq       INTEGER PRIMARY KEY REFERENCES ledger (seq),
    action_id TEXT NOT NULL,
    number    INTEGER NOT NULL,            -- within its action; 1 is the opening
    event     TEXT NOT NULL,
    day       TEXT NOT NULL,               -- at the office
    actor     TEXT NOT NULL,
    role      TEXT NOT NULL,
    node      TEXT,
    details   TEXT NOT NULL                -- JSON
) STRICT;
CREATE UNIQUE INDEX action_act_once ON action_act (action_id, number);
-- Uploads whose replies have been gone through: what could not be taken then is not tried again.
CREATE TABLE replies_read (upload_id TEXT PRIMARY KEY) STRICT;
"""

# What somebody should look at: visits that may not have been made, comments that name a breach,
# items below the floor of agreement. Found anew by every publication; decisions are proceedings.
# No shopper stands here. The key makes the pseudonyms that publications carry.
_REVIEWS = """
CREATE TABLE review_case (
    id          TEXT PRIMARY KEY,  -- of kind and subject: the same case has the same id
    kind        TEXT NOT NULL CHECK (kind IN ('fabrication', 'conduct', 'item')),
    visit_id    TEXT,
    branch_code TEXT,
    visit_date  TEXT,
    round       TEXT,
    edition     TEXT NOT NULL,
    item_id     TEXT,
    level       INTEGER,           -- veto proposed
    reasons     TEXT NOT NULL,     -- JSON list of {signal, zh, en}
    found_at    TEXT NOT NULL,
    standing    INTEGER NOT NULL   -- 0: the last look did not see it any more
) STRICT;
CREATE TABLE pseudonym_key (id INTEGER PRIMARY KEY CHECK (id = 1), key BLOB NOT NULL) STRICT;
"""

# What is left of a person who was erased: records without the words that named the person, and
# texts of sheets as they are published from then on, known by the hash of what was written.
_ERASURES = """
CREATE TABLE ledger_redaction (
    seq        INTEGER PRIMARY KEY REFERENCES ledger_erasure (seq),
    commitment TEXT NOT NULL   -- as the record of the erasure has it
) STRICT;
DROP TRIGGER payload_once;
CREATE TRIGGER payload_once BEFORE INSERT ON ledger_payload
WHEN EXISTS (SELECT 1 FROM ledger_payload WHERE seq = NEW.seq)
  OR (EXISTS (SELECT 1 FROM ledger_erasure WHERE seq = NEW.seq)
      AND NOT EXISTS (SELECT 1 FROM ledger_redaction WHERE seq = NEW.seq))
BEGIN SELECT raise(ABORT, 'a payload is written once'); END;
CREATE TABLE masked_text (
    digest TEXT PRIMARY KEY,   -- sha256 of the text as it was written
    text   TEXT NOT NULL       -- as it is published
) STRICT;
"""

# What was mailed: one row for each document of a message, written before the message is given to
# the server and ended after its answer. A row without an end: nobody knows whether it arrived.
_SENDINGS = """
CREATE TABLE sending (
    seq      INTEGER NOT NULL REFERENCES ledger (seq),  -- of the intent
    period   TEXT NOT NULL,
    revision INTEGER NOT NULL,   -- of the publication; 0: a reminder
    document TEXT NOT NULL,      -- id of the document; reminder:DAY
    node     TEXT NOT NULL,      -- code of the branch or city, or a role
    address  TEXT NOT NULL,
    day      TEXT NOT NULL,      -- at the office
    end_seq  INTEGER REFERENCES ledger (seq),
    outcome  TEXT CHECK (outcome IN ('sent', 'failed', 'refused', 'given_up')),
    PRIMARY KEY (seq, document)
) STRICT;
CREATE UNIQUE INDEX sending_once ON sending (period, revision, document, node, address)
    WHERE outcome IS NULL OR outcome = 'sent';
-- Addresses that a server refused for good, until somebody clears them.
CREATE TABLE bounced (
    address TEXT PRIMARY KEY,
    seq     INTEGER NOT NULL REFERENCES ledger (seq),
    code    INTEGER NOT NULL,    -- of the server; 0: put in by hand
    said    TEXT NOT NULL,
    day     TEXT NOT NULL
) STRICT;
"""

# Who may sign in and what they may see. `role`: empty, none; NULL, as the identity provider says
# (accounts of `oidc` and `ldap` only). A session is known by the hash of its token alone.
_ACCOUNTS = """
CREATE TABLE account (
    id          TEXT PRIMARY KEY,          -- what is typed at sign-in, normalised
    name        TEXT NOT NULL,
    source      TEXT NOT NULL CHECK (source IN ('local', 'oidc', 'ldap')),
    role        TEXT CHECK (role IS NOT NULL OR source <> 'local'),
    node        TEXT,
    disabled    INTEGER NOT NULL DEFAULT 0,
    password    TEXT,                      -- argon2id
    must_change INTEGER NOT NULL DEFAULT 0,
    opened_at   TEXT NOT NULL,
    signed_in   TEXT                       -- last time
) STRICT;
CREATE TABLE session (
    id      TEXT PRIMARY KEY,              -- sha256 of the token
    account TEXT NOT NULL REFERENCES account (id),
    claims  TEXT NOT NULL DEFAULT '{}',    -- JSON: what the provider said that rules ask for
    started INTEGER NOT NULL,              -- seconds since 1970
    seen    INTEGER NOT NULL,              -- to the minute
    ended   TEXT                           -- why: signed_out, idle, expired, revoked
) STRICT;
CREATE INDEX session_by_account ON session (account, ended);
-- By what was typed, be there such an account or not: nobody learns which there are.
CREATE TABLE sign_in_failure (
    account TEXT PRIMARY KEY,              -- sha256
    count   INTEGER NOT NULL,
    last    INTEGER NOT NULL,
    until   INTEGER NOT NULL               -- no attempt is looked at before
) STRICT;
-- Looks at personal detail that are in the ledger already.
CREATE TABLE look (
    session TEXT NOT NULL,
    subject TEXT NOT NULL,
    scope   TEXT NOT NULL,
    PRIMARY KEY (session, subject, scope)
) STRICT;
"""
# When the one-time password of an account was set, in seconds since 1970: it holds for some hours.
# NULL: the owner's own by now, or that of one of the first three administrators.
_GIVEN = """
ALTER TABLE account ADD COLUMN given_at INTEGER;
UPDATE account SET given_at = CAST(strftime('%s', 'now') AS INTEGER)
    WHERE must_change = 1 AND coalesce(role, '') NOT IN ('system', 'security', 'audit');
"""
# No table of its own: from here on the ledger says what the tables hold that are no acts (noted).
_NOTED = ""
STEPS = (
    _FIRST,
    _WORK,
    _CORRECTIONS,
    _PROCEEDINGS,
    _ACTIONS,
    _REVIEWS,
    _ERASURES,
    _SENDINGS,
    _ACCOUNTS,
    _NOTED,
    _GIVEN,
)
VERSION = len(STEPS)
