"""The log: a JSON object a line on standard error, never with what a user typed."""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime

__all__ = ["JsonLines", "configure"]


class JsonLines(logging.Formatter):
    """Writes a record with its `fields`; of an exception, what it is and where, not what it says.

    The message of an exception may quote the request that led to it.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.msg if record.exc_info else record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            kind, _, trace = record.exc_info
            frames = traceback.extract_tb(trace)
            entry["exception"] = kind.__name__ if kind else None
            entry["where"] = [f"{f.filename}:{f.lineno} {f.name}" for f in frames]
        return json.dumps(entry, ensure_ascii=False)


def configure() -> None:
    """Let this process log so."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers = [handler]
    logging.getLogger("mcalc").setLevel(logging.INFO)
