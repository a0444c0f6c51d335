"""A short siege: an attack of each kind. `make siege` runs them all, against our peers too."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from attack import read_attacks
from siege import besiege, write_data

SHORT = (
    "30,000 braces",
    "64 levels, as many as are allowed",
    "8 counts of cross joins at the same time",
    "everything sorted, thrice joined",
    "a string of terabytes",
    "a literal of 250 KB",
    "1 MB of VALUES",
    "SERVICE SILENT",
    "SERVICE by Unicode escapes",
    "FROM a file",
    "GRAPH with a file",
    "bodies that never end",
    "clients that leave at once",
    "a gzip bomb",
    "two lengths that differ",
    "script in a literal, as a page",
)


def test_there_are_at_least_80_attacks_and_their_names_differ():
    names = [attack.name for attack in read_attacks()]

    assert len(names) >= 80
    assert len(set(names)) == len(names)


def test_a_short_siege_leaves_the_endpoint_alive_and_right(tmp_path):
    attacks = [attack for attack in read_attacks() if attack.name in SHORT]

    survival = besiege("entente", attacks, write_data(tmp_path), tmp_path)

    assert len(attacks) == len(SHORT)
    assert [o.attack.name for o in survival.outcomes if o.after != "answers"] == []
    assert [(o.attack.name, o.results) for o in survival.wrong] == []
    # Fifteen times what is promised: other programs run beside the tests.
    assert survival.overshoot_ms < 1500
    assert survival.peak_mb < 2000


@pytest.mark.parametrize("wrong", ["answer", "status"])
def test_the_siege_sees_what_is_wrong(tmp_path, wrong):
    (attack,) = [each for each in read_attacks() if each.name == "a literal of 250 KB"]
    change = {"answer": "n\r\n1\r\n"} if wrong == "answer" else {"expect": (418,)}
    spoilt = type(attack)(**{**vars(attack), **change})

    survival = besiege("entente", [spoilt], write_data(tmp_path), tmp_path)

    assert [outcome.attack for outcome in survival.wrong] == [spoilt]
