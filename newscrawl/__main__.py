"""``python -m newscrawl``."""

from __future__ import annotations

import sys

from newscrawl.console.main import main

if __name__ == "__main__":
    sys.exit(main())
