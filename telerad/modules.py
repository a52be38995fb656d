"""Which ES modules a page's entry module needs, so that the browser can fetch them all at once."""

import re
from functools import cache
from pathlib import PurePosixPath

from django.contrib.staticfiles import finders

_IMPORT = re.compile(r"""^(?:import|export)\b[^'";]*["'](\.\.?/[^"']+\.js)["'];""", re.MULTILINE)


@cache
def modules_of(entry: str) -> tuple[str, ...]:
    """Return the static paths of ``entry`` and of all modules it imports, each once.

    Without this list a browser learns of a module only when the one that imports it has arrived:
    a chain of requests as long as the deepest chain of imports.
    """
    found: dict[str, None] = {}
    waiting = [entry]
    while waiting:
        path = waiting.pop(0)
        if path in found:
            continue
        found[path] = None
        file = finders.find(path)
        if file is None:
            raise FileNotFoundError(f"the static module {path} is imported, but there is none")
        with open(file, encoding="utf-8") as source:
            waiting += [_joined(path, name) for name in _IMPORT.findall(source.read())]
    return tuple(found)


def _joined(importer: str, name: str) -> str:
    parts: list[str] = list(PurePosixPath(importer).parent.parts)
    for part in name.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
