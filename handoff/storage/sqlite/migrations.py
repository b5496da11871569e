"""Brings a file to the present schema: each step in one transaction, so that an interruption costs nothing."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import apsw

from handoff.service.ports import StorageUnavailable, StorageUnusable
from handoff.storage.sqlite.schema import STEPS, Step

_log = logging.getLogger(__name__)

APPLICATION_ID = 0x42794E61  # "ByNa" in the file's header: tells our files from any other SQLite file


class SchemaTooNew(StorageUnusable):
    """The file was written by a newer version of this software."""


class ForeignFile(StorageUnusable):
    """The file is a database, but not one of ours."""


def schema_version(connection: apsw.Connection) -> int:
    """The version the file has; 0 for an empty one. Raises `ForeignFile`."""
    application_id = connection.pragma("application_id")
    if application_id == APPLICATION_ID:
        version = connection.execute("SELECT max(version) FROM schema_version").get
        return int(version)
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").get
    if application_id != 0 or tables != 0:
        raise ForeignFile(f"{connection.filename} is not a file of this software; nothing was changed in it.")
    return 0


def require_known(version: int, steps: Sequence[Step] = STEPS) -> None:
    """Raises `SchemaTooNew`."""
    newest = steps[-1].version
    if version > newest:
        raise SchemaTooNew(
            f"This data has schema {version}, and this version knows schemas up to {newest}. "
            "It was written by a newer version: start that one, or restore a backup made before."
        )


def require_present(connection: apsw.Connection) -> int:
    """The version, which is the one that this software reads and writes. Raises `StorageUnavailable` otherwise."""
    version = schema_version(connection)
    require_known(version)
    if version < STEPS[-1].version:
        raise StorageUnavailable(
            f"This data has schema {version}, older than schema {STEPS[-1].version} of this version. "
            "Starting the server, or `migrate`, brings it up to date."
        )
    return version


def migrate(connection: apsw.Connection, steps: Sequence[Step] = STEPS) -> None:
    """Carry out the steps that are missing.

    Each step looks at the version again under the write lock, so two processes that start at once do not both do it.
    Raises `SchemaTooNew` or `ForeignFile`.
    """
    for step in steps:
        connection.execute("BEGIN EXCLUSIVE")
        try:
            version = schema_version(connection)
            require_known(version, steps)
            if version < step.version:
                _carry_out(connection, step)
                _log.info("schema step done", extra={"version": step.version, "title": step.title})
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _carry_out(connection: apsw.Connection, step: Step) -> None:
    if step.version == 1:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(
            "CREATE TABLE schema_version (version INTEGER PRIMARY KEY, title TEXT NOT NULL, at TEXT NOT NULL) STRICT"
        )
    for statement in step.statements:
        connection.execute(statement)
    connection.execute(
        "INSERT INTO schema_version VALUES (?, ?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))",
        (step.version, step.title),
    )
