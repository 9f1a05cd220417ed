"""What a rated pair is: a record of logs and states, and so in a module that is never compiled."""

import msgspec

from schemas.codes import Band, Profile


class Rating(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A rated pair: score in 0 … 100, its band, its profile."""

    score: float
    band: Band
    profile: Profile
