

from mcalc.request import *  # noqa
