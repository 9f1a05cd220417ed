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

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final


class GiantsError(Exception):
    """A failure that is expected; the message says what was got, what was expected, and what to do."""


class FatalError(GiantsError):
    """Trying again gives the same failure: a refused right, a format that is too new."""


class RetriableError(GiantsError):
    """Something that is needed is away or busy for now."""


# What validators say, as a sentence after the name of the field; in braces what they know of the limit.
_SENTENCES: Final[Mapping[str, str]] = {
    "missing": "is missing",
    "extra_forbidden": "is not a known field",
    "string_type": "is not a text",
    "string_too_short": "is shorter than {min_length} characters",
    "string_too_long": "is longer than {max_length} characters",
    "string_pattern_mismatch": "does not have the form {pattern}",
    "int_type": "is not a whole number",
    "int_parsing": "is not a whole number",
    "int_parsing_size": "is a number that is too large",
    "int_from_float": "is not a whole number",
    "float_type": "is not a number",
    "float_parsing": "is not a number",
    "finite_number": "is not a finite number",
    "bool_type": "is neither true nor false",
    "bool_parsing": "is neither true nor false",
    "date_type": "is not a day such as 2025-10-20",
    "date_parsing": "is not a day such as 2025-10-20",
    "date_from_datetime_parsing": "is not a day such as 2025-10-20",
    "date_from_datetime_inexact": "is not a day such as 2025-10-20",
    "datetime_type": "is not an instant such as 2025-10-20T08:00:00Z",
    "datetime_parsing": "is not an instant such as 2025-10-20T08:00:00Z",
    "datetime_from_date_parsing": "is not an instant such as 2025-10-20T08:00:00Z",
    "timezone_aware": "is an instant without its offset, such as Z",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be {le} or less",
    "too_short": "has fewer than {min_length} entries",
    "too_long": "has more than {max_length} entries",
    "enum": "must be {expected}",
    "literal_error": "must be {expected}",
    "list_type": "is not a list",
    "tuple_type": "is not a list",
    "dict_type": "is not an object",
    "model_type": "is not an object",
    "model_attributes_type": "is not an object",
    "json_invalid": "is not JSON: {error}",
    "json_type": "is not JSON",
    "union_tag_not_found": "does not say its {discriminator}",
    "union_tag_invalid": "says {tag!r} as its {discriminator}, expected {expected_tags}",
    "url_parsing": "is not a web address: {error}",
    "url_scheme": "is a web address of another kind than {expected_schemes}",
}


def plain_fault(fault: Mapping[str, Any]) -> str:
    """What a validator found, in words without its jargon: the end of a sentence that begins with the field.

    `fault` is an entry of `ValidationError.errors()`, with its context where that is known.
    """
    sentence = _SENTENCES.get(fault["type"])
    if sentence is not None:
        with suppress(KeyError):  # the context was left out
            return sentence.format(**fault.get("ctx", {}))
    text = str(fault["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return text.replace("Input should be", "must be").replace("Field required", "is missing")
