"""A short siege: an attack of each kind. `make siege` runs them all, against our peers too."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from attack import Result, read_attacks
from siege import besiege, write_data
from survival import Outcome, Survival, tell

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


def test_the_document_tells_what_each_server_did_and_nothing_of_the_machine():
    attack = next(each for each in read_attacks() if each.name == "64 queries of one client")
    ours = [Outcome(attack, [Result(429, 0.1)] * 44 + [Result(504, 1.07)] * 20, "answers", 0)]
    theirs = [Outcome(attack, [Result(-1, 2.0)], "stuck", 0)]
    opened = ["file /home/ann/.secret"]

    text = tell(
        [
            Survival("entente", ours, [2.0] * 99 + [60.0], opened=opened),
            Survival("oxigraph", theirs, [1500.0]),
        ],
        "Peers: none.",
    )

    assert "| stopped answering for everybody | 0 | 1 |" in text
    assert "| largest overshoot of the deadline, ms | 70 | 1000, then given up |" in text
    assert "| p99 of the trivial query is under 50 ms | 60.0 ms | **no** |" in text
    assert "| no deadline is overrun by 100 ms | 70 ms | yes |" in text
    assert "and no socket | .secret | **no** |" in text
    assert "/home" not in text
    assert (
        "| ✓ 429 (44 times), 504 (20 times) | ✗ no answer; stopped answering for everybody |"
        in text
    )
