"""OWL 2 RL by SPARQL rules, the contradictions that it finds, and owlrl as reference."""

from entente.reason.closure import Closure, close, close_facts, extend_facts
from entente.reason.contradictions import (
    Contradiction,
    find_contradictions,
    load_store,
    require_consistency,
)
from entente.reason.facts import Facts
from entente.reason.reference import close_with_owlrl
from entente.reason.rules import Rule, load_rules

__all__ = [
    "Closure",
    "Contradiction",
    "Facts",
    "Rule",
    "close",
    "close_facts",
    "close_with_owlrl",
    "extend_facts",
    "find_contradictions",
    "load_rules",
    "load_store",
    "require_consistency",
]
