"""What every failure that the program expects is: one line for a person, and waited for or not.

GiantsError
├── FatalError          waiting does not help: the process ends and says why
├── RetriableError      the same attempt may succeed later: the process waits and tries again
├── BackupError         giants.backup.errors
├── BrokerError         giants.kafka.errors
├── CommandError        giants.terminal.output
├── DeliveryError       giants.delivery.errors
├── DemoError           giants.demo.stack
├── EmbeddedError       giants.embedded.errors
├── FactError           giants.decoding.facts
├── KeysError           giants.keys
├── MissingBrokerError  giants.settings
├── SourceError         giants.sources.errors
├── StateError          streams.errors
├── StoreError          giants.store.errors
└── WebError            giants.web.errors

Each package draws its own tree, and adds `FatalError` or `RetriableError` as a second base to the classes by
which a long-running process decides. An error of neither kind belongs to one request or one record. Commands
print a `GiantsError` as one line and end with status 1; any other exception is a fault of the program.
"""


class GiantsError(Exception):
    """A failure that is expected; the message says what was got, what was expected, and what to do."""


class FatalError(GiantsError):
    """Trying again gives the same failure: a refused right, a format that is too new."""


class RetriableError(GiantsError):
    """Something that is needed is away or busy for now."""
