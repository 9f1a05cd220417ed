"""`python -m giants.cli`: the form in which the supervisor starts its processes."""

from giants.cli.app import main

main()
