"""Tests with the argument `case` run for the cases of the sample, or for all of them."""

from tests.languages.cases import read, sample


def pytest_addoption(parser):
    parser.addoption(
        "--every-case", action="store_true", help="run all cases in all languages, not a sample"
    )


def pytest_generate_tests(metafunc):
    if "case" in metafunc.fixturenames:
        # The option is known only where this folder is asked for by name.
        every = metafunc.config.getoption("--every-case", default=False)
        metafunc.parametrize("case", read() if every else sample(), ids=lambda case: case.name)
