"""The two kinds of failure that a long-running process tells apart.

Exception
├── FatalError        waiting does not help: the process ends and says why
└── RetriableError    the same attempt may succeed later: the process waits and tries again

Each package draws its own tree in its module `errors` and adds one of these as a second base to the classes
that store and delivery decide by. An error that has neither kind belongs to one request or one record.
"""


class FatalError(Exception):
    """Trying again gives the same failure: a refused right, a format that is too new."""


class RetriableError(Exception):
    """Something that is needed is away or busy for now."""
