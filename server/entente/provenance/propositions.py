"""State who affirms and who denies what, by the rules in queries/rules/propositions/."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox

from entente.provenance.construct import conclude

#: First the contents, then their holders, then what becomes of them.
GROUPS = ("state-*.rq", "hold-*.rq", "judge-*.rq")


def state_propositions(store: ox.Store, queries: Path) -> set[ox.Triple]:
    """State the distinct contents of all claims, with their holders and their status.

    Args:
        store: A store whose default graph holds the claims and their disagreements; what is
            stated is added to it, in place.
        queries: The folder queries/.

    Returns:
        The content of `graph:propositions`.

    Raises:
        DataError: A rule is absent or malformed.
    """
    return conclude(store, queries / "rules/propositions", GROUPS)
