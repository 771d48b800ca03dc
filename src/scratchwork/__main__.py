"""`python -m scratchwork` is the `scratchwork` command."""

from __future__ import annotations

from scratchwork.cli import main

if __name__ == "__main__":
    main()
