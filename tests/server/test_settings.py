from dataclasses import fields

import pytest

from mcalc.errors import RequestError
from mcalc.server.settings import PREFIX, Settings, documentation


def read(environ=None, **options):
    return Settings.read(options, environ or {})


def test_defaults():
    assert read() == Settings()
    assert Settings().host == "127.0.0.1"


def test_options_go_before_the_environment():
    environ = {"MCALC_PORT": "1", "MCALC_SECONDS": "2.5", "PORT": "3", "MCALC_OTHER": "x"}
    assert read(environ) == Settings(port=1, seconds=2.5)
    assert read(environ, port="4", seconds=None) == Settings(port=4, seconds=2.5)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("port", ["-1", "65536", "x", "", "1.5", "1e3"]),
        ("workers", ["0", "257", "two"]),
        ("seconds", ["0", "nan", "inf", "-1", "9" * 400]),
        ("memory", ["383", "1GiB"]),
        ("queue", ["-1"]),
        ("cache", ["-1"]),
        ("rate", ["", "many", "5", "5/fortnight"]),
    ],
)
def test_values_that_cannot_be(name, values):
    for value in values:
        with pytest.raises(RequestError) as caught:
            read(**{name: value})
        assert name in caught.value.message
        with pytest.raises(RequestError):
            read({PREFIX + name.upper(): value})


def test_every_setting_is_documented():
    rows = documentation()
    assert [option for option, *_ in rows] == [f"--{part.name}" for part in fields(Settings)]
    for _, _, default, doc in rows:
        assert default
        assert doc.endswith(".")
