"""How a stance is shown everywhere: its colour's name in the style sheet, and its sign."""

from __future__ import annotations

from entente.vocab import ENT

_FOR = frozenset(
    {"supports", "regardsAsPartner", "prioritises", "commitsTo", "aimsAt", "interestedIn"}
)
_AGAINST = frozenset(
    {"opposes", "objectsTo", "condemns", "regardsAsAdversary", "regardsAsThreat"}
    | {"holdsResponsible", "threatens", "perpetratedBy", "hostileTo", "coerces"}
    | {"conductsCyberattackOn", "spreadsDisinformationAbout"}
)
_WARY = frozenset({"expressesConcernAbout", "demands"})
_SIGNS = {"for": "+", "against": "\N{MINUS SIGN}", "wary": "!", "neutral": "~"}


def side_of(predicate: str) -> str:
    """Say on which side a stance is: `for`, `against`, `wary` or `neutral`.

    >>> side_of("https://w3id.org/entente/ontology/condemns"), side_of("")
    ('against', 'neutral')
    """
    name = predicate.removeprefix(ENT)
    sides = (("for", _FOR), ("against", _AGAINST), ("wary", _WARY))
    return next((side for side, names in sides if name in names), "neutral")


def sign_of(predicate: str) -> str:
    """Give the sign of a stance, which stands beside its colour."""
    return _SIGNS[side_of(predicate)]
