"""OWL 2 RL by SPARQL rules, the contradictions that it finds, and owlrl as reference."""

from entente.reason.closure import Closure, close, close_store, extend_store, load_store
from entente.reason.contradictions import (
    Contradiction,
    check_store,
    find_contradictions,
    require_consistency,
)
from entente.reason.reference import close_with_owlrl
from entente.reason.rules import Rule, load_rules

__all__ = [
    "Closure",
    "Contradiction",
    "Rule",
    "check_store",
    "close",
    "close_store",
    "close_with_owlrl",
    "extend_store",
    "find_contradictions",
    "load_rules",
    "load_store",
    "require_consistency",
]
