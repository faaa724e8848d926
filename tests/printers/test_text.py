from hypothesis import given, settings

from tests.strategies import ALL_VARIABLES, expressions

from mcalc.core.leaves import variable_name
from mcalc.printers.text import text
from mcalc.request import *  # noqa
