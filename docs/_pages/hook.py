"""Adds the generated pages to the site while MkDocs builds it (``hooks`` in mkdocs.yml)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent


def on_files(files: Any, config: Any) -> Any:
    """MkDocs calls this with the files that it found in ``docs/``."""
    from mkdocs.structure.files import File

    for folder in (str(_HERE), str(_HERE.parents[1])):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    from pages import pages

    for path, text in pages().items():
        files.append(File.generated(config, path, content=text))
    return files
