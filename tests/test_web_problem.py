import logging

import pytest

from entente import errors
from entente.config import Settings
from entente.errors import Busy, DeadlineExceeded, EntenteError, Place, QueryError
from entente.query.pool import Pool
from entente.query.served import files_source
from entente.web.answers import Answers
from entente.web.app import create_app
from entente.web.problem import answer_error, describe_error

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, EntenteError)
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_of_ours_has_one_shape(kind):
    problem = describe_error(kind("something is off", fix="mend it"))

    assert problem == {
        "type": problem["type"],
        "title": kind.title,
        "status": kind.status,
        "detail": "Something is off.",
        "suggestion": "mend it",
    }
    assert problem["type"].startswith("https://w3id.org/entente/problem/")


def test_a_type_is_the_errors_name():
    assert describe_error(DeadlineExceeded("x"))["type"].endswith("/deadline-exceeded")


def test_a_query_error_has_its_place_and_token():
    error = QueryError("it is off", place=Place(line=2, column=7), token="}")

    problem = describe_error(error)
    assert (problem["line"], problem["column"], problem["token"]) == (2, 7, "}")


def test_an_overloaded_server_says_when_to_come_back():
    assert answer_error(Busy("busy")).headers["Retry-After"] == "1"


def test_a_bug_is_a_bare_500_of_the_same_shape_with_a_traceback_in_the_log(caplog):
    pool = Pool(files_source([]), Settings())
    app = create_app(pool, Answers(pool, ()))
    app.add_url_rule("/bug", "bug", lambda: str(1 // 0))

    with caplog.at_level(logging.ERROR):
        response = app.test_client().get("/bug")

    assert (response.status_code, response.content_type) == (500, "application/problem+json")
    assert response.get_json()["type"] == "https://w3id.org/entente/problem/internal-server-error"
    assert "division" not in response.get_data(as_text=True)
    assert "ZeroDivisionError" in caplog.text
