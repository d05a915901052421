"""`python -m symdiff` is `symdiff`."""

from __future__ import annotations

import sys

from symdiff.cli.main import main

sys.exit(main())
