"""One invention counts once: claims to publications, and what hangs together by them (C-03)."""

from collections.abc import Iterable, Sequence
from random import Random

from hypothesis import given
from hypothesis import strategies as st

import giants.domain.inventions
from agents.claims_state import ClaimsState
from agents.portfolio_state import EntriesInMemory
from giants.domain.events import Claims, Origin, SharedClaim
from giants.domain.inventions import Inventions, counted_under, finding_of
from giants.domain.publications import apply_claims, identifying_numbers, publication_number
from tests.oracles.inventions import Filed, one_invention_once

ORIGIN = Origin(1_000)
PUBLICATIONS = tuple(f"CN10000000{number}A" for number in range(5))


def claimed(family_id: str, version: int, *taken: str, left: tuple[str, ...] = ()) -> Claims:
    return Claims(family_id, version, taken, left, f"{family_id}@{version}", ORIGIN)


class World:
    """Claims of one partition, and the inventions that are told of the shared ones."""

    def __init__(self) -> None:
        self.entries = EntriesInMemory()
        self.claims = ClaimsState(self.entries)
        self.inventions = Inventions()
        self.known: dict[str, tuple[int, tuple[str, ...]]] = {}
        self.under: dict[str, str] = {}
        self.shared: list[SharedClaim] = []

    def say(self, family_id: str, version: int, *publications: str) -> None:
        """Let a family come in a version, with publications or, withdrawn, without."""
        before = self.known.get(family_id, (0, ()))[1]
        left = tuple(sorted({*before} - {*publications}))
        self.known[family_id] = (version, publications)
        shared = list(apply_claims(self.claims, claimed(family_id, version, *publications, left=left)))
        self.shared += shared
        for verdict in self.inventions.apply(shared).verdicts:
            self.under[verdict.family_id] = verdict.under

    @property
    def counted_elsewhere(self) -> dict[str, str]:
        return {family_id: under for family_id, under in self.under.items() if under}

    @property
    def findings(self) -> list[tuple[str, ...]]:
        records = self.inventions.records.items()
        found = [finding_of(family_id, one.verdict) for family_id, one in records if one.verdict is not None]
        return sorted((one.code, one.severity, one.subject, one.detail, one.ref) for one in found)

    def expected(self) -> list[tuple[str, ...]]:
        filed = [Filed(id_, version, numbers) for id_, (version, numbers) in self.known.items()]
        return sorted(one_invention_once(filed, giants.domain.inventions.INVENTION_FAMILIES_MAX))


def test_a_family_that_shares_nothing_is_told_to_nobody() -> None:
    world = World()
    world.say("f1", 1, PUBLICATIONS[0])
    world.say("f1", 2, PUBLICATIONS[0], PUBLICATIONS[1])
    world.say("f2", 2, PUBLICATIONS[2])
    assert world.shared == []


def test_the_newest_record_counts_and_the_others_under_it_whichever_comes_first() -> None:
    for order in (("old", "new"), ("new", "old")):
        world = World()
        for family_id in order:
            world.say(family_id, 2 if family_id == "new" else 1, PUBLICATIONS[0])
        assert world.counted_elsewhere == {"old": "new"}


def test_a_finding_names_both_families_and_what_they_share() -> None:
    world = World()
    world.say("old", 1, *PUBLICATIONS)
    world.say("new", 2, *PUBLICATIONS)
    ((code, severity, subject, detail, ref),) = world.findings
    assert (code, severity, subject, ref) == ("same_invention", "info", "old", "new")
    assert detail == (
        "old shares CN100000000A, CN100000001A, CN100000002A and 2 more with new, "
        "whose record is the newest, and counts under it"
    )


def test_families_that_share_with_a_third_are_one_invention() -> None:
    world = World()
    world.say("a", 3, PUBLICATIONS[0])
    world.say("b", 1, PUBLICATIONS[0], PUBLICATIONS[1])
    world.say("c", 2, PUBLICATIONS[1])
    assert world.counted_elsewhere == {"b": "a", "c": "a"}
    world.say("b", 4)  # withdrawn: nothing holds the others together any more
    assert world.counted_elsewhere == {}
    assert world.findings == []


def test_more_families_than_an_invention_has_count_each_by_itself() -> None:
    world = World()
    ids = [f"f{number:03}" for number in range(giants.domain.inventions.INVENTION_FAMILIES_MAX)]
    for family_id in ids:
        world.say(family_id, 1, PUBLICATIONS[0])
    assert len(world.counted_elsewhere) == len(ids) - 1
    world.say("one too many", 1, PUBLICATIONS[0])
    assert world.counted_elsewhere == {}
    assert {code for code, *_ in world.findings} == {"publication_shared_widely"}
    world.say("one too many", 2)
    assert len(world.counted_elsewhere) == len(ids) - 1


updates = st.lists(
    st.tuples(
        st.sampled_from(["f1", "f2", "f3", "f4", "f5"]),
        st.integers(1, 4),
        st.sets(st.sampled_from(PUBLICATIONS), max_size=3),
    ),
    max_size=25,
)


@given(updates)
def test_after_any_updates_what_counts_is_what_follows_from_the_newest_of_each(
    steps: Sequence[tuple[str, int, set[str]]],
) -> None:
    world = World()
    for family_id, version, publications in steps:
        world.say(family_id, version, *sorted(publications))
        assert world.findings == world.expected()
        assert world.counted_elsewhere == counted_under(world.known)
    for family_id in list(world.known):
        world.say(family_id, 9)
    assert not world.entries
    assert not world.inventions.records


def test_a_claim_costs_as_many_entries_however_many_claim_the_publication() -> None:
    def touched(families: int) -> int:
        book, found = ClaimsState(EntriesInMemory()), dict[bytes, int]()
        for number in range(families):
            book.put(PUBLICATIONS[0], f"f{number}", 1)
        book.touch(found, 1)
        book.put(PUBLICATIONS[0], "another", 1)
        book.put(PUBLICATIONS[0], f"f{families // 2}", None)
        return len(found)

    assert touched(10) == touched(1_000)


@given(st.randoms(use_true_random=False))
def test_claims_are_restored_from_their_entries(random: Random) -> None:
    entries = EntriesInMemory()
    book = ClaimsState(entries)
    claims: dict[str, int] = {}
    for _ in range(20):
        family_id, version = f"f{random.randrange(5)}", random.choice((None, 1, 2))
        assert book.put("CN1234A", family_id, version) == claims.get(family_id)
        claims.pop(family_id, None)
        if version is not None:
            claims[family_id] = version
        restored = EntriesInMemory()
        follower = ClaimsState(restored)
        for key in random.sample(sorted(entries), len(entries)):
            follower.restore(key, book.entry(key))
        book, entries = follower, restored
        assert book.count("CN1234A") == len(claims)
        if len(claims) == 1:
            assert book.only("CN1234A") == next(iter(claims.items()))


def test_numbers_of_one_document_are_one_and_what_is_no_number_identifies_nothing() -> None:
    spellings = ("US2012116137A1", "US20120116137A1", "US 2012/0116137 A1", "us-20120116137-a1")
    assert identifying_numbers(spellings) == ("US20120116137A1",)
    assert publication_number("CN-119000001-A") == publication_number("CN 119000001 A") == "CN119000001A"
    assert identifying_numbers(["n/a", "-", "12345678", "CN", "CN12A", "申请1234"]) == ()


def test_families_are_the_same_in_a_trial_of_a_taxonomy() -> None:
    known: dict[str, tuple[int, Iterable[str]]] = {"a": (1, ["CN1234A"]), "b": (2, ["CN1234A"])}
    assert counted_under(known) == {"a": "b"}
