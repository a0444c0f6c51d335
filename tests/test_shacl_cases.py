"""`entente shapes test`: shapes find what is foretold, and nothing else."""

import sys

import pytest

from entente.cli.main import main

SHAPES = """PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX : <urn:>
:sized a sh:NodeShape ; sh:targetClass :Thing ;
  sh:property [ sh:path :size ; sh:maxInclusive 9 ] .
:tagged a sh:PropertyShape ; sh:targetSubjectsOf :tag ; sh:path [ sh:inversePath :of ] ;
  sh:minCount 1 ; sh:severity sh:Warning .
"""
GOOD = "PREFIX : <urn:>\n:one a :Thing ; :size 1 ; :tag 1 . :two :of :one .\n"
BAD = """PREFIX : <urn:>
# expects: :big :size Violation :sized 10
# expects: - :size Violation :sized "11"
# expects: :big ^:of Warning
:big a :Thing ; :size 10 ; :tag 1 .
[] a :Thing ; :size 11 .
"""


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run `entente shapes test` on cases in a folder of its own."""
    (tmp_path / "cases").mkdir()
    monkeypatch.chdir(tmp_path)

    def run_test(*options, shapes=SHAPES, **cases):
        for name, text in {"thing_PASS": GOOD, "thing_XFAIL": BAD, **cases}.items():
            (tmp_path / "cases" / f"{name}.ttl").write_text(text)
        (tmp_path / "all.ttl").write_text(shapes)
        monkeypatch.setattr(
            sys, "argv", ["entente", "shapes", "test", "cases", "--shapes", "all.ttl", *options]
        )
        try:
            main()
        except SystemExit as ended:
            return ended.code, *capsys.readouterr()
        return 0, *capsys.readouterr()

    return run_test


def test_cases_that_give_what_is_foretold_pass(run):
    assert run() == (
        0,
        "ok    cases/thing_PASS.ttl: 0 results as expected, 2 shapes on 1 nodes\n"
        "ok    cases/thing_XFAIL.ttl: 3 results as expected, 2 shapes on 3 nodes\n",
        "",
    )
    assert run("--quiet") == (0, "", "")


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (":sized 10", ":sized 12", ":2: not found: :big :size Violation :sized 12\n"),
        ("# expects: :big ^:of Warning\n", "", ":4:1: not expected: <urn:big> ^<urn:of> Warning"),
        ("Warning", "Violation", ":4: not found: :big ^:of Violation\n"),
        (":big :size", ":big :sise", ":2: not found: :big :sise Violation :sized 10\n"),
        ("- :size", ":x :size", ":3: not found: :x :size Violation"),
        ("Violation :sized 10", "Violation :other 10", ":2: not found: "),
    ],
)
def test_what_is_missing_or_unexpected_is_named_with_its_line(run, before, after, shown):
    code, out, err = run(thing_XFAIL=BAD.replace(before, after, 1))

    assert (code, err) == (
        1,
        "entente: 1 case is not as expected; mend the shapes, or what is expected\n",
    )
    assert f"  cases/thing_XFAIL.ttl{shown}" in out


def test_good_data_with_a_result_are_wrong(run):
    code, out, _ = run(thing_PASS=GOOD.replace(":size 1 ", ":size 99 "))

    assert code == 1
    assert "cases/thing_PASS.ttl:2:23: not expected: <urn:one> <urn:size> Violation" in out


def test_each_line_stands_for_one_result(run):
    line = "# expects: :big :size Violation :sized 10\n"

    code, out, _ = run(thing_XFAIL=BAD.replace(line, line * 2))

    assert code == 1
    assert out.count("not found: ") == 1


def test_a_shape_that_finds_nothing_in_any_case_is_untested(run):
    shapes = (
        SHAPES + ":idle a sh:NodeShape ; sh:targetClass :Thing ; sh:nodeKind sh:BlankNodeOrIRI ."
    )

    code, _, err = run(shapes=shapes)

    assert code == 3
    assert "1 shapes found nothing in any case: <urn:idle>" in err
    assert run("--allow-untested", shapes=shapes)[0] == 0


def test_a_topic_is_checked_by_the_file_of_its_name(run, tmp_path):
    other = ":other a sh:NodeShape ; sh:targetClass :Thing ; sh:nodeKind sh:IRI ."
    (tmp_path / "other.ttl").write_text(SHAPES.split(":sized", 1)[0] + other)
    bad = "PREFIX : <urn:>\n# expects: - - Violation :other -\n[] a :Thing ; :size 11 ."

    code, out, _ = run("--shapes", "other.ttl", other_PASS=GOOD, other_XFAIL=bad)

    assert code == 1
    assert "ok    cases/other_XFAIL.ttl: 1 result as expected, 1 shapes" in out
    assert "wrong cases/thing_XFAIL.ttl\n  cases/thing_XFAIL.ttl:6:1: not expected: - " in out


def test_what_stands_behind_the_cases_is_read_too(run, tmp_path):
    (tmp_path / "behind.ttl").write_text("PREFIX : <urn:> :two :of :one . :y :of :big .")

    code, out, _ = run("--with", "behind.ttl")

    assert code == 1
    assert "not found: :big ^:of Warning" in out


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (":one a :Thing .", "cases/thing_XFAIL.ttl: no line says what is expected"),
        ("# expects: :one\n:one a :Thing .", ":2: `:one` does not say focus, path and severity"),
        ("# expects: no:one - Violation\n", ":2: `no:one` is no term"),
        ("# expects: :one no:p Violation\n", ":2: unknown prefix 'no'; declare it in the file"),
        ("# expects: :one size Violation\n", ":2: `size` is no path"),
        ("# expects: :one - Grave\n", ":2: `Grave` is no path"),
    ],
)
def test_a_line_that_is_malformed_is_refused(run, bad, message):
    code, _, err = run(thing_XFAIL="PREFIX : <urn:>\n" + bad)

    assert code == 2
    assert message in err


def test_good_data_may_not_expect_a_violation(run):
    code, _, err = run(thing_PASS="# expects: - - Violation\n" + GOOD)

    assert (code, err) == (
        2,
        "entente: cases/thing_PASS.ttl:1: data that pass expect a violation; move it to _XFAIL\n",
    )


def test_a_folder_without_cases_checks_nothing(tmp_path, monkeypatch, capsys):
    (tmp_path / "all.ttl").write_text(SHAPES)
    monkeypatch.chdir(tmp_path)
    codes = []
    for folder, options in (
        (".", ["--shapes", "all.ttl"]),
        ("no", ["--shapes", "all.ttl"]),
        (".", []),
    ):
        monkeypatch.setattr(sys, "argv", ["entente", "shapes", "test", folder, *options])
        with pytest.raises(SystemExit) as ended:
            main()
        codes.append(ended.value.code)

    assert codes == [3, 2, 2]
