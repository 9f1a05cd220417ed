"""State of the claims to publications: one entry for a publication of one family, as nearly all are.

A shared publication has an entry for each of its families besides, and these are linked into a list: so a
claim that comes or goes changes as many entries whatever the number of families, and the one that is left is
found without a search.
"""

from typing import Final

from agents.claim_entries import NOBODY, Claim, Publication, decode_claim, decode_publication
from agents.portfolio_state import Entries
from giants.decoding.frames import encode

PUBLICATION: Final = b"c"
CLAIM: Final = b"d"
_LENGTH_BYTES: Final = 2


class ClaimsState:
    """The claims of one partition; see `giants.domain.publications.ClaimBook`."""

    def __init__(self, entries: Entries) -> None:
        self._entries: Final = entries
        self._touched: dict[bytes, int] = {}
        self._at_ms = 0

    def touch(self, touched: dict[bytes, int], at_ms: int) -> None:
        """Note from now on which entries change in `touched`, as of an instant."""
        self._touched, self._at_ms = touched, at_ms

    def count(self, publication: str) -> int:
        """How many families claim a publication."""
        return self._publication(publication).count

    def only(self, publication: str) -> tuple[str, int]:
        """The one family that claims a publication, with its version."""
        known = self._publication(publication)
        return known.first, known.version

    def put(self, publication: str, family_id: str, version: int | None) -> int | None:
        """Set the claim of a family, None to take it away; returns the version that it was of, or None."""
        known = self._publication(publication)
        if known.count > 1:
            return self._put_shared(publication, known, family_id, version)
        if known.count == 0 or known.first == family_id:
            was = known.version if known.count else None
            if version is None and was is not None:
                self._set(PUBLICATION + publication.encode(), None)
            elif version is not None and version != was:
                self._set(PUBLICATION + publication.encode(), Publication(1, family_id, version))
            return was
        if version is not None:  # from now on it is shared
            self._set_claim(publication, known.first, Claim(known.version, before=family_id))
            self._set_claim(publication, family_id, Claim(version, after=known.first))
            self._set(PUBLICATION + publication.encode(), Publication(2, family_id))
        return None

    def restore(self, key: bytes, value: bytes) -> None:
        """Set an entry; an empty value is one that is gone."""
        self._entries.put(key, value or None)

    def entry(self, key: bytes) -> bytes:
        """An entry of the changelog, empty where it is gone."""
        return self._entries.get(key) or b""

    def _put_shared(
        self, publication: str, known: Publication, family_id: str, version: int | None
    ) -> int | None:
        value = self._entries.get(_claim_key(publication, family_id))
        claim = decode_claim(value) if value else None
        if claim is not None and version is not None:
            if version != claim.version:
                self._set_claim(publication, family_id, Claim(version, claim.before, claim.after))
        elif version is not None:
            first = self._claim(publication, known.first)
            self._set_claim(publication, known.first, Claim(first.version, family_id, first.after))
            self._set_claim(publication, family_id, Claim(version, after=known.first))
            self._set(PUBLICATION + publication.encode(), Publication(known.count + 1, family_id))
        elif claim is not None:
            self._unlink(publication, known, family_id, claim)
        return None if claim is None else claim.version

    def _unlink(self, publication: str, known: Publication, family_id: str, claim: Claim) -> None:
        """Take a claim out of the list of a shared publication, and end the list where one is left."""
        self._set_claim(publication, family_id, None)
        if known.count == 2:
            last = claim.before or claim.after
            version = self._claim(publication, last).version
            self._set_claim(publication, last, None)
            self._set(PUBLICATION + publication.encode(), Publication(1, last, version))
            return
        for neighbour in filter(None, (claim.before, claim.after)):
            one = self._claim(publication, neighbour)
            before, after = (
                (one.before, claim.after) if neighbour == claim.before else (claim.before, one.after)
            )
            self._set_claim(publication, neighbour, Claim(one.version, before, after))
        first = claim.after if family_id == known.first else known.first
        self._set(PUBLICATION + publication.encode(), Publication(known.count - 1, first))

    def _publication(self, publication: str) -> Publication:
        value = self._entries.get(PUBLICATION + publication.encode())
        return decode_publication(value) if value else NOBODY

    def _claim(self, publication: str, family_id: str) -> Claim:
        value = self._entries.get(_claim_key(publication, family_id))
        if not value:
            raise KeyError(family_id)
        return decode_claim(value)

    def _set_claim(self, publication: str, family_id: str, claim: Claim | None) -> None:
        self._set(_claim_key(publication, family_id), claim)

    def _set(self, key: bytes, value: Publication | Claim | None) -> None:
        self._entries.put(key, None if value is None else encode(value))
        self._touched[key] = self._at_ms


def _claim_key(publication: str, family_id: str) -> bytes:
    """The key of a claim; no two pairs have the same, whatever characters they hold."""
    name = publication.encode()
    return CLAIM + len(name).to_bytes(_LENGTH_BYTES, "big") + name + family_id.encode()
