"""Made-up companies: unique names that fit their authority, and how the names change over the years."""

from dataclasses import dataclass, replace
from random import Random
from typing import Final

from giants.demo.programme.figures import SHARES
from giants.demo.programme.words import FIRST_SYLLABLES, MISREAD, PLACES, SECOND_SYLLABLES, TRADES, Word
from schemas.base import AuthorityCode

LIMITED: Final = "有限公司"
JOINT_STOCK: Final = "股份有限公司"
FORMS: Final = (LIMITED, JOINT_STOCK, "有限责任公司")
FORM_WEIGHTS: Final = (60, 33, 7)
CITY_SIGN_SHARE: Final = 0.15
# Places that differ, times brands, times trades: three million names, and tries to find a free one.
TRIES_MAX: Final = 1_000


class OutOfNamesError(Exception):
    """More companies were asked for than there are names."""

    def __init__(self, authority: AuthorityCode) -> None:
        super().__init__(f"no free name found for {authority} in {TRIES_MAX} tries: ask for fewer companies")


@dataclass(frozen=True, slots=True)
class Firm:
    """A company as it is called at one time."""

    number: int
    authority: AuthorityCode
    place: Word
    brand: tuple[Word, Word]
    trade: Word
    form: str
    has_city_sign: bool

    @property
    def name(self) -> str:
        """The registered name."""
        return self.named()

    @property
    def name_en(self) -> str:
        """The English name; it keeps when the corporate form changes."""
        brand = "".join(syllable for _, syllable in self.brand).replace("'", "").capitalize()
        return f"{self.place[1]} {brand} {self.trade[1]} Co., Ltd."

    def named(self, *, with_city_sign: bool | None = None) -> str:
        """The name as a list prints it, with or without 市 after the place (N-10)."""
        has_sign = self.has_city_sign if with_city_sign is None else with_city_sign
        brand = "".join(character for character, _ in self.brand)
        return f"{self.place[0]}{'市' if has_sign else ''}{brand}{self.trade[0]}{self.form}"

    def misread(self) -> str | None:
        """The name with one character misread, as a scan of a list may have it; None where none is alike."""
        wrong = next(
            ((character, MISREAD[character]) for character, _ in self.brand if character in MISREAD), None
        )
        return self.name.replace(wrong[0], wrong[1], 1) if wrong else None

    def as_joint_stock(self) -> "Firm":
        """The company after its conversion (N-09)."""
        return replace(self, form=JOINT_STOCK)


class FirmMaker:
    """Makes companies that all differ in place, brand or trade, and so in identity."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._taken: set[tuple[str, str, str]] = set()
        self._count = 0

    def make(self, authority: AuthorityCode | None = None) -> Firm:
        """A new company, of an authority drawn by its share where none is given."""
        random = self._random
        authority = authority or random.choices(tuple(SHARES), weights=tuple(SHARES.values()))[0]
        place, brand, trade = self._free(authority, random.choice(TRADES))
        self._count += 1
        return Firm(
            number=self._count,
            authority=authority,
            place=place,
            brand=brand,
            trade=trade,
            form=random.choices(FORMS, weights=FORM_WEIGHTS)[0],
            has_city_sign=random.random() < CITY_SIGN_SHARE,
        )

    def rename(self, firm: Firm) -> Firm:
        """The company under a new brand (N-08)."""
        place, brand, trade = self._free(firm.authority, firm.trade)
        return replace(firm, place=place, brand=brand, trade=trade)

    def _free(self, authority: AuthorityCode, trade: Word) -> tuple[Word, tuple[Word, Word], Word]:
        for _ in range(TRIES_MAX):
            place = self._random.choice(PLACES[authority])
            first, second = self._random.choice(FIRST_SYLLABLES), self._random.choice(SECOND_SYLLABLES)
            key = (place[0], first[0] + second[0], trade[0])
            # Two equal syllables read as a slip of the pen.
            if key not in self._taken and first[0] != second[0]:
                self._taken.add(key)
                return place, (first, second), trade
        raise OutOfNamesError(authority)
