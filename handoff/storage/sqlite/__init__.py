"""Storage in one SQLite file: `SqliteStorage`, the default."""

from handoff.storage.sqlite.desk_lock import StorageInUse
from handoff.storage.sqlite.migrations import ForeignFile, SchemaTooNew
from handoff.storage.sqlite.storage import SqliteStorage

__all__ = ["ForeignFile", "SchemaTooNew", "SqliteStorage", "StorageInUse"]
