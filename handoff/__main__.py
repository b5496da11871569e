"""`python -m handoff`: the command line of the operator."""

from handoff.cli import main

if __name__ == "__main__":
    main()
