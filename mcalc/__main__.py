"""`python -m mcalc`: the command line."""

import sys

from mcalc.cli import main

sys.exit(main())
