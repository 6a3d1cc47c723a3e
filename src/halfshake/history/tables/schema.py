"""The tables of a history, as steps: step N makes version N of version N - 1.

Never change a step that was released: add one, and a file of that version to
tests/history/versions. Times are milliseconds since 1970, UTC; fingerprints are 32 bytes; NULL
stands for what is not known.

    endpoints      a target of the configuration, by the labels of its series
      views          one way in which it is read: the usual reading, the second visit, each face
        seen           when it was last read: narrow, because it is written every minute
        documents      its last result document, compressed, with the certificates left out
        reasons        the codes of its failure, or of the findings that are at least warnings
        spans          from when to when it showed which certificate
      tags           the user's own labels
      twins          whether the addresses of a target show the same
      events         what changed
    certificates   each certificate once, for all endpoints
    name_lists     each list of acceptable CAs once
"""

from __future__ import annotations

STEPS: tuple[str, ...] = (
    """
    CREATE TABLE endpoints (
        id INTEGER PRIMARY KEY,
        labels TEXT NOT NULL UNIQUE,
        target TEXT NOT NULL,
        first_seen_at INTEGER NOT NULL,
        gone_at INTEGER
    );
    CREATE INDEX endpoints_by_target ON endpoints (target);

    CREATE TABLE tags (
        endpoint INTEGER NOT NULL,
        name TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (endpoint, name)
    ) WITHOUT ROWID;
    CREATE INDEX tags_by_value ON tags (name, value);

    CREATE TABLE certificates (
        id INTEGER PRIMARY KEY,
        sha256 BLOB NOT NULL UNIQUE,
        spki_sha256 BLOB,
        subject TEXT,
        issuer TEXT,
        not_before INTEGER,
        not_after INTEGER,
        first_seen_at INTEGER NOT NULL,
        names TEXT NOT NULL,
        body BLOB NOT NULL
    );

    CREATE TABLE name_lists (
        id INTEGER PRIMARY KEY,
        sha256 BLOB NOT NULL UNIQUE,
        names TEXT NOT NULL
    );

    CREATE TABLE views (
        id INTEGER PRIMARY KEY,
        endpoint INTEGER NOT NULL,
        kind TEXT NOT NULL,
        face TEXT NOT NULL,
        face_address TEXT,
        address TEXT,
        first_seen_at INTEGER NOT NULL,
        status TEXT NOT NULL,
        shown_status TEXT NOT NULL,
        failure TEXT,
        digest BLOB NOT NULL,
        certificate INTEGER,
        span INTEGER,
        not_after INTEGER,
        trusted INTEGER,
        requested INTEGER,
        enforcement TEXT,
        client_cas INTEGER,
        read_status TEXT,
        failures INTEGER NOT NULL DEFAULT 0,
        failing_since INTEGER,
        dark_since INTEGER,
        dark_told INTEGER NOT NULL DEFAULT 0,
        flips INTEGER NOT NULL DEFAULT 0,
        flipped_at INTEGER,
        missing INTEGER NOT NULL DEFAULT 0,
        awaited_sha256 BLOB,
        awaited_since INTEGER,
        gone_at INTEGER,
        UNIQUE (endpoint, face)
    );
    CREATE INDEX views_by_not_after ON views (not_after);
    CREATE INDEX views_by_certificate ON views (certificate);

    CREATE TABLE seen (view INTEGER PRIMARY KEY, at INTEGER NOT NULL);

    CREATE TABLE documents (
        view INTEGER PRIMARY KEY,
        written_at INTEGER NOT NULL,
        chain TEXT NOT NULL,
        body BLOB NOT NULL
    );

    CREATE TABLE reasons (
        view INTEGER NOT NULL,
        code TEXT NOT NULL,
        position INTEGER NOT NULL,
        PRIMARY KEY (view, code)
    ) WITHOUT ROWID;
    CREATE INDEX reasons_by_code ON reasons (code);

    CREATE TABLE spans (
        id INTEGER PRIMARY KEY,
        endpoint INTEGER NOT NULL,
        view INTEGER NOT NULL,
        certificate INTEGER NOT NULL,
        address TEXT,
        first_seen_at INTEGER NOT NULL,
        last_seen_at INTEGER NOT NULL
    );
    CREATE INDEX spans_by_endpoint ON spans (endpoint, certificate);
    CREATE INDEX spans_by_end ON spans (last_seen_at);
    CREATE INDEX spans_by_certificate ON spans (certificate);

    CREATE TABLE twins (
        endpoint INTEGER NOT NULL,
        face TEXT NOT NULL,
        diverged INTEGER NOT NULL,
        differing INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (endpoint, face)
    ) WITHOUT ROWID;

    CREATE TABLE events (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        endpoint INTEGER NOT NULL,
        view INTEGER,
        target TEXT NOT NULL,
        address TEXT,
        message TEXT NOT NULL,
        before TEXT,
        after TEXT,
        status TEXT NOT NULL,
        tags TEXT NOT NULL
    );
    CREATE INDEX events_by_time ON events (at);
    CREATE INDEX events_by_endpoint ON events (endpoint, kind, at);
    CREATE INDEX events_by_target ON events (target, at);
    """,
)
