"""Draw a random sample of the claims, to be judged against the texts by a reader.

    python benchmarks/sample.py                      # the sample that docs/sample.md reports
    python benchmarks/sample.py --seed 1 --size 50
    python benchmarks/sample.py | xargs entente show --texts FOLDER

The claims are those of the built graph, a list of subjects or objects counting as one
claim for each member. They are sorted by their names before the draw, so that the same files
and the same seed give the same sample, in the order in which it was drawn.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

from entente import vocab
from entente.files import graph_files
from entente.pipeline.complete import complete_claims
from entente.pipeline.load import load_files
from entente.terms import value_of

SEED = 20261123
SIZE = 100


def list_claims(folder: Path) -> list[str]:
    """List the IRIs of all claims after completion, sorted.

    Args:
        folder: Holds ontology/, data/, shapes/ and queries/.

    Returns:
        The IRI of each claim.
    """
    said = vocab.ENT + "statedIn"
    quads = complete_claims(load_files(folder))
    return sorted({value_of(q.subject) for q in quads if q.predicate.value == said})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=SEED, help="another seed, another sample")
    parser.add_argument("--size", type=int, default=SIZE, help="how many claims")
    parser.add_argument("--files", type=Path, default=graph_files(), help="folder of the graph")
    options = parser.parse_args()
    claims = list_claims(options.files)
    for iri in random.Random(options.seed).sample(claims, options.size):
        print(iri.removeprefix(vocab.CLAIM))


if __name__ == "__main__":
    main()
