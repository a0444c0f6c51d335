"""The words of passages, where the operator has the texts; they are never in the graph."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from pathlib import Path

from entente.config import Settings
from entente.errors import EntenteError
from entente.texts import parse_passage, read_text
from entente.vocab import SRC


class TextFolder:
    """Reads passages from a folder of `<source>.txt`; safe to use from several threads.

    Args:
        folder: The folder, or None where there is none.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._texts: dict[str, tuple[str, str]] = {}
        self._lock = threading.Lock()

    @classmethod
    def of(cls, settings: Settings) -> TextFolder:
        """Take the folder that the settings name."""
        return cls(Path(settings.texts_folder) if settings.texts_folder else None)

    def quote(self, iri: str, hashes: Mapping[str, str]) -> str:
        """Give the words of a passage, or an empty string where they are not to be had.

        Args:
            iri: The passage.
            hashes: The SHA-256 of each text by its IRI; another file's words are not shown.
        """
        if self._folder is None:
            return ""
        try:
            passage = parse_passage(iri)
            text, digest = self._read(self._folder, passage.source)
        except EntenteError:
            return ""
        known = digest and hashes.get(SRC + passage.source) == digest
        return text[passage.start : passage.end] if known else ""

    def _read(self, folder: Path, source: str) -> tuple[str, str]:
        with self._lock:
            if source not in self._texts:
                text = read_text(folder, source)
                digest = hashlib.sha256((folder / f"{source}.txt").read_bytes()).hexdigest()
                self._texts[source] = text, digest
            return self._texts[source]
