"""`python -m verifier`."""

from verifier.commands import main

main()
