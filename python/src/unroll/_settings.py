"""Changes to an experiment file, as arguments of the command line."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping

from ._program import UnrollError


def arguments(overrides: Mapping[str, object] | None, keywords: Mapping[str, object]) -> list[str]:
    """``KEY=VALUE`` for each change; a keyword has ``__`` where a key has a dot.

    Raises ``UnrollError`` for a value that TOML does not have, and for a key that is given twice.
    """
    changes = dict(overrides or {})
    for keyword, value in keywords.items():
        key = keyword.replace("__", ".")
        if key in changes:
            raise UnrollError(f"`{key}` is given twice: in `overrides` and as a keyword")
        changes[key] = value
    return [f"{key}={toml(value, key)}" for key, value in changes.items()]


def toml(value: object, key: str) -> str:
    """A value as TOML, on one line.

    Raises ``UnrollError``, which names ``key``, for one that TOML does not have.
    """
    # Scalars of NumPy and of 0-d arrays; bool first, which is an int too.
    item = getattr(value, "item", None)
    if callable(item) and getattr(value, "ndim", None) == 0:
        value = item()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else str(value)
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if isinstance(value, str):
        # JSON's escapes are TOML's too; JSON leaves one control character as it is.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        items = (f"{_key(str(name))} = {toml(it, key)}" for name, it in value.items())
        return "{ " + ", ".join(items) + " }"
    if isinstance(value, (list, tuple, range)):
        return "[" + ", ".join(toml(it, key) for it in value) + "]"
    if callable(getattr(value, "tolist", None)):
        return toml(value.tolist(), key)  # type: ignore[attr-defined]
    raise UnrollError(f"`{key}`: TOML has no {type(value).__name__}, such as {value!r}")


def _key(name: str) -> str:
    is_bare = name.isascii() and name.replace("-", "a").replace("_", "a").isalnum()
    return name if is_bare else json.dumps(name, ensure_ascii=False)
