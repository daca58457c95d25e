"""Entry point: runs the command line and turns what goes wrong into a sentence and an exit status."""

from __future__ import annotations

import sys


def main() -> None:
    """Run ``policyver`` with the arguments of the process, and exit as DESIGN §6 says."""
    if sys.argv[1:] == ["--version"]:  # without loading anything
        from policyver import __version__

        print(f"policyver {__version__}")
        return
    raise SystemExit(_run())


def _run() -> int:
    from policyver.errors import PolicyverError

    try:
        from policyver.cli.app import app

        app(prog_name="policyver", standalone_mode=True)
    except PolicyverError as error:
        from policyver.safety import visible

        print(f"policyver: {visible(str(error))}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:  # before a command has begun; the commands answer for themselves
        print("policyver: interrupted.", file=sys.stderr)
        return 130
    except RecursionError:
        print("policyver: the text is nested too deeply to be read.", file=sys.stderr)
        return 3
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    return 0


if __name__ == "__main__":
    main()
