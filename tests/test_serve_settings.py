import re

import pytest

from entente.config import Settings, read_settings, settings_table
from entente.errors import UsageError


def test_a_flag_goes_before_the_environment_and_that_before_the_default():
    given = {"port": "81", "host": None}
    environment = {"ENTENTE_PORT": "82", "ENTENTE_HOST": "::1", "ENTENTE_ELSE": "x"}

    assert read_settings(given, environment) == Settings(port=81, host="::1")


def test_without_anything_the_defaults_hold():
    assert read_settings({}, {}) == Settings()


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("deadline_s", "soon", "--deadline-s: 'soon' is not a number; give one, such as 10.0"),
        ("deadline_s", "nan", "--deadline-s: nan is too small; give at least 0.01"),
        ("max_nesting", "0", "--max-nesting: 0 is too small; give at least 1"),
        ("port", "8.5", "--port: '8.5' is not a number; give one, such as 8080"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(name, text, message):
    with pytest.raises(UsageError, match=re.escape(message)):
        read_settings({name: text}, {})


def test_every_name_of_a_number_bears_its_unit_or_counts_something():
    units = (
        "_s",
        "_bytes",
        "_rows",
        "_tokens",
        "_patterns",
        "_nesting",
        "_workers",
        "_in_flight",
        "_connections",
        "_records",
        "_bindings",
        "_calls",
        "_hops",
        "port",
    )

    numbers = [row.name for row in settings_table() if row.minimum is not None]

    assert [name for name in numbers if not name.endswith(units)] == []
