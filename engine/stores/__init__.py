"""Where cases and their audit log are kept: one folder, one database, one seal key."""

from engine.stores.lock import RunnerLock
from engine.stores.opening import open_store
from engine.stores.sql import SqlStore

__all__ = ["RunnerLock", "SqlStore", "open_store"]
