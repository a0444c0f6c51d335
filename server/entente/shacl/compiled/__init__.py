"""Shapes compiled to operations on sets: each constraint is checked on all its focus nodes at once.

pySHACL reads the shapes, so that a malformed one is refused with its words; what it found is
compiled here and run over columns of the data. Queries of shapes run in pyoxigraph.
"""

from entente.shacl.compiled.plan import find_recursive
from entente.shacl.compiled.run import run_compiled

__all__ = ["find_recursive", "run_compiled"]
