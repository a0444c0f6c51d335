import pytest

from entente import vocab
from entente.errors import InputError
from entente.texts import (
    Passage,
    fill_draft,
    find_quote,
    hash_passage,
    parse_passage,
    read_text,
    slice_passage,
)

TEXT = "One ally spoke.\nAnother “partner” said so – twice. One ally left.\n"


def test_a_quotation_gives_the_passage_of_its_words():
    assert find_quote(TEXT, "gmf-2023", "Another ... twice") == Passage("gmf-2023", 16, 49)


def test_white_space_quotation_marks_and_dashes_match_their_kin():
    passage = find_quote(TEXT, "gmf-2023", 'spoke. Another "partner" said so - twice')

    assert slice_passage(TEXT, passage) == "spoke.\nAnother “partner” said so – twice"


def test_a_quotation_in_two_places_is_refused():
    with pytest.raises(InputError, match=r"stands 2 times in gmf-2023 .*quote more words"):
        find_quote(TEXT, "gmf-2023", "One ally")


def test_an_unknown_quotation_says_what_the_text_has_there():
    with pytest.raises(
        InputError, match=r"stands nowhere in gmf-2023; the text has there: Another"
    ):
        find_quote(TEXT, "gmf-2023", "Another “partner” wrote")


def test_a_draft_is_filled_and_the_rest_of_it_stays():
    draft = 'claim:gmf-2023-001 ent:evidence cite("One ally spoke") .\n'

    assert fill_draft(draft, TEXT, "gmf-2023", "d.trig") == (
        "claim:gmf-2023-001 ent:evidence gmf:0-14 .\n"
    )


def test_a_draft_with_wrong_quotations_names_the_line_of_each():
    draft = 'a cite("no such") .\nb cite("One ally") .\n'

    with pytest.raises(InputError) as caught:
        fill_draft(draft, TEXT, "gmf-2023", "d.trig")

    assert [line.split(" ")[0] for line in str(caught.value).splitlines()] == [
        "d.trig:1:",
        "d.trig:2:",
    ]


def test_a_passage_survives_the_way_through_its_iri():
    passage = Passage("spf-2024", 0, 12)

    assert parse_passage(passage.iri) == passage
    assert passage.short == "spf:0-12"


@pytest.mark.parametrize(
    ("tail", "message"),
    [
        ("gmf-2023/char/9-9", "is empty"),
        ("gmf-2023/char/09-12", "is not a passage"),
        ("gmf-2023/char/9", "is not a passage"),
        ("nobody-2023/char/1-2", "is not a passage"),
    ],
)
def test_what_is_no_passage_is_refused(tail, message):
    with pytest.raises(InputError, match=message):
        parse_passage(vocab.SRC + tail)


def test_a_passage_behind_the_end_is_refused():
    with pytest.raises(InputError, match="gmf:5-900 ends behind the text; gmf-2023 has 66"):
        slice_passage(TEXT, Passage("gmf-2023", 5, 900))


def test_the_hash_is_that_of_the_utf_8_bytes():
    assert hash_passage("é") == "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"


def test_a_missing_text_is_named(tmp_path):
    with pytest.raises(InputError, match=r"cannot read .*gmf-2023\.txt; the texts are named"):
        read_text(tmp_path, "gmf-2023")


def test_a_text_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "gmf-2023.txt").write_bytes(b"caf\xe9")

    with pytest.raises(InputError, match="is not UTF-8"):
        read_text(tmp_path, "gmf-2023")
