"""The entry point: runs the command line and turns every way to end into its exit code."""

from __future__ import annotations

import sys


def main() -> None:
    """Run vxsetup and exit."""
    from vxsetup.cli.root import run

    sys.exit(run())


if __name__ == "__main__":
    main()
