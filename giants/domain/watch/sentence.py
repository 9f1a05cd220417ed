"""One English sentence for a change: who, what, from what to what, because of what, and what to beware of."""

from giants.domain.authorities import authority, is_sensitive
from giants.domain.names.reading import reading_in_words
from giants.domain.ownership import said_of
from giants.domain.watch.conditions import BANDS
from giants.domain.watch.context import CompanyContext
from giants.domain.watch.text import one_line
from schemas.base import AuthorityCode
from schemas.changes import Cause, ListChange, Rating, RatingChange, SignalChange, StatusChange
from schemas.codes import Caveat, SignalChangeKind, SignalKind, StatusChangeKind
from schemas.notes import CompanyOwnership

NAME_CHARACTERS_SHOWN = 120
REASON_CHARACTERS_SHOWN = 200
REF_CHARACTERS_SHOWN = 200
SIGNAL_CHARACTERS_SHOWN = 600
SENTENCE_CHARACTERS_MAX = 2_000

_WHAT_HAPPENED = {
    StatusChangeKind.DESIGNATED: "was designated a Little Giant",
    StatusChangeKind.RENOMINATED: "was designated a Little Giant again",
    StatusChangeKind.REVIEW_PASSED: "passed its review",
    StatusChangeKind.DECERTIFIED: "lost its Little Giant title",
    StatusChangeKind.REVOKED: "had its Little Giant title revoked",
    StatusChangeKind.STATUS_UNKNOWN: "is now of unknown status",
    StatusChangeKind.ELEVATED: "was elevated to manufacturing single champion",
    StatusChangeKind.RENAMED: "changed its name",
    StatusChangeKind.MERGED: "was found to be the same company as another record",
    StatusChangeKind.TAGGED: "was tagged",
    StatusChangeKind.UNTAGGED: "lost the tag",
    StatusChangeKind.LINKED: "was linked to a record of others,",
    StatusChangeKind.UNLINKED: "lost the link to a record of others,",
}
_NAMED = {StatusChangeKind.LINKED: "is", StatusChangeKind.UNLINKED: "is no longer"}
_SIGNALS = {
    SignalKind.FOCUS_DRIFT: "drift of focus",
    SignalKind.FILINGS_DRYING_UP: "filings drying up",
    SignalKind.REVIEW_DUE: "a review due",
    SignalKind.ELEVATION_CANDIDATE: "a candidate for elevation",
    SignalKind.GROUP_NAME: "a group's token in a name",
    SignalKind.JOINT_STOCK_FORM: "a conversion to a joint-stock company",
    SignalKind.CLUSTER_PLACE: "a cluster's place in a name",
}
_CAUSES = {
    "family": "patent family",
    "designation": "designation list",
    "review": "review list",
    "revocation": "revocation list",
    "elevation": "elevation list",
    "rename": "name record",
    "correction": "name correction",
    "english": "English name record",
    "tag": "analyst's record",
    "link": "record",
    "ownership": "record",
    "taxonomy": "taxonomy",
    "day": "the calendar reaching",
    "recalculation": "a recalculation in",
}
# What follows "note that"; the full texts stand beside every answer of the API (catalogue §11).
_CAVEATS = {
    Caveat.FLOOR_NOT_CEILING: "a rating is a floor, not a ceiling",
    Caveat.TAXONOMY_SCOPE: "the taxonomy does not cover every technology",
    Caveat.PATENT_COVERAGE: "patents do not show everything a company can do",
    Caveat.ONE_INPUT: "this is one input into a wider assessment",
    Caveat.STANDALONE_ENTITY: "owners, parents and subsidiaries are not considered",
    Caveat.STARTING_POINT: "this is where an analysis starts",
    Caveat.NOT_A_VERDICT: "a rating is no verdict on the purpose of a technology",
    Caveat.CONFIDENCE_NOT_PROBABILITY: "confidence is not a probability",
    Caveat.STATUS_UNKNOWN: "the status is unknown",
    Caveat.AUTHORITY_UNKNOWN: "the nominating authority is unknown",
    Caveat.NOT_MALIGN: "designation does not by itself show malign activity",
    Caveat.OUT_OF_TAXONOMY: "the main activity may lie outside the taxonomy",
    Caveat.NO_PATENTS: "no patents of the company are known",
    Caveat.SCORE_DERIVED: "the formula of the score is derived",
    Caveat.BANDS_ASSUMED: "the limits of the bands are assumed",
    Caveat.MAPPING_OWN_WORK: "the mapping of symbols to technologies is this project's own",
    Caveat.PROVISIONAL: "a final list has yet to confirm this",
    Caveat.SIGNAL_NOT_FINDING: "a signal tells where to look and is no finding",
    Caveat.PUBLICATION_LAG: "patents come out some 18 months after they are filed",
    Caveat.FEW_CLASSIFIED: "few of the families carry a CPC symbol",
    Caveat.AS_FILED: "it is by filing date, with symbols and owners of today",
    Caveat.ASSOCIATION: "what goes with a lost title need not cause it",
    Caveat.SMALL_NUMBERS: "few titles were lost, so intervals are wide",
    Caveat.REVIEW_PENDING: "its review is due and not settled, and the title stands until the year ends",
}


CompanyChange = StatusChange | RatingChange | SignalChange


def sentence_for(change: CompanyChange, context: CompanyContext, link: str) -> str:
    """The sentence of an alert, at most `SENTENCE_CHARACTERS_MAX` characters, safe to show as text.

    The link is never cut: it ends the sentence whatever the length of the names.
    """
    company = _company(change, context)
    event = event_of(change)
    ending = f"; see {link}"
    cause = f"because of {cause_in_words(change.cause)}{_nominator(nominator_of(change, context))}"
    body = f"{company} {event}, {cause}{beware(change.caveats)}"
    return one_line(body, SENTENCE_CHARACTERS_MAX - len(ending)) + ending


def sentence_of_news(change: ListChange, link: str) -> str:
    """The sentence of an alert about a list, at most `SENTENCE_CHARACTERS_MAX` characters."""
    ending = f"; see {link}"
    cause = f"because of {cause_in_words(change.cause)}{_nominator(change.summary.authority)}"
    body = f"{change.text.rstrip('.')}, {cause}{beware(change.caveats)}"
    return one_line(body, SENTENCE_CHARACTERS_MAX - len(ending)) + ending


def nominator_of(change: CompanyChange, context: CompanyContext) -> AuthorityCode | None:
    """The authority that nominated the company, at the moment of the change where that is stated."""
    stated = change.authority if isinstance(change, StatusChange) else None
    return stated or context.authority


def event_of(change: CompanyChange) -> str:
    """What happened, from what to what: the predicate of a sentence about the company."""
    match change:
        case StatusChange():
            return _status_event(change)
        case RatingChange():
            return _rating_event(change)
        case SignalChange():
            return _signal_event(change)


def _company(change: CompanyChange, context: CompanyContext) -> str:
    name, name_en = context.name, context.name_en
    if isinstance(change, StatusChange):
        name, name_en = change.name, change.name_en or context.name_en
    return shown_company(name, name_en, None if name_en else reading_in_words(name))


def shown_company(name: str, name_en: str | None, reading: str | None) -> str:
    """A company by its names; where it has no English one, by the reading of its name, marked as one."""
    shown = one_line(name, NAME_CHARACTERS_SHOWN)
    english = one_line(name_en or "", NAME_CHARACTERS_SHOWN)
    if english:
        return f"{shown} ({english})" if english != shown else shown
    read = one_line(reading or "", NAME_CHARACTERS_SHOWN)
    return f"{shown} (reading: {read})" if read else shown


def _status_event(change: StatusChange) -> str:
    happened = _WHAT_HAPPENED[change.kind]
    if change.ownership is not None:
        return f"{_NAMED[change.kind]} {_ownership(change.ownership)}"
    if (note := _note(change)) is not None:
        return f"{happened} {note}, effective {change.effective_on.isoformat()}"
    if change.kind in {StatusChangeKind.DESIGNATED, StatusChangeKind.RENOMINATED} and change.batches:
        happened += f" in batch {change.batches[-1]}"
        if change.authority is not None:
            happened += f" by the authority of {authority(change.authority).jurisdiction_en}"
    if change.kind is StatusChangeKind.MERGED and change.merged_into:
        happened += f" ({one_line(change.merged_into, REF_CHARACTERS_SHOWN)})"
    reason = one_line((change.reason or "").replace("_", " "), REASON_CHARACTERS_SHOWN)
    stated = f" (reason: {reason})" if reason else ""
    effective = f"effective {change.effective_on.isoformat()}"
    return f"{happened}{stated}, {_moved(change)}, {effective}{_tenure(change)}"


def _tenure(change: StatusChange) -> str:
    """Since when the company is a Little Giant, in the three ways that are easily taken for one another."""
    first = change.first_designated
    text = f", first designated on {first.isoformat()}" if first and first != change.held_since else ""
    if change.held_since is None:
        return text
    text += f", the title held without interruption since {change.held_since.isoformat()}"
    if change.term_since and change.term_since != change.held_since:
        text += f", its current term since {change.term_since.isoformat()}"
    return f"{text}, next review {change.next_review_year}" if change.next_review_year else text


def _note(change: StatusChange) -> str | None:
    """What an analyst added or took back, with the evidence; None where the change is about neither."""
    if change.tag is not None:
        category = change.tag.category.replace("_", " ")
        author = one_line(change.tag.author, NAME_CHARACTERS_SHOWN)
        return f"{category} by {author} (evidence: {one_line(change.tag.evidence, REASON_CHARACTERS_SHOWN)})"
    if change.link is not None:
        record = change.link.record.replace("_", " ")
        title = one_line(change.link.title, REASON_CHARACTERS_SHOWN)
        return f"{record}: {title} ({one_line(change.link.url, REF_CHARACTERS_SHOWN)})"
    return None


def _ownership(one: CompanyOwnership) -> str:
    said = one_line(said_of(one), REASON_CHARACTERS_SHOWN + NAME_CHARACTERS_SHOWN)
    return f"{said} ({one_line(one.url, REF_CHARACTERS_SHOWN)})"


def _moved(change: StatusChange) -> str:
    """From what to what: the name for a rename, the tier for an elevation, otherwise the status."""
    before, after = change.previous, change.current
    if change.kind is StatusChangeKind.RENAMED and before and after:
        old, new = (one_line(state.name, NAME_CHARACTERS_SHOWN) for state in (before, after))
        return f"from {old} to {new}"
    if change.kind is StatusChangeKind.ELEVATED:
        tiers = (state.tier if state else None for state in (before, after))
        old, new = (tier.replace("_", " ") if tier else "no tier" for tier in tiers)
        return f"from {old} to {new}"
    old, new = (state.status.value if state else "no record" for state in (before, after))
    return f"its status staying {new}" if old == new else f"its status going from {old} to {new}"


def _signal_event(change: SignalChange) -> str:
    """What is shown or no longer shown, with the numbers of when it was raised."""
    technology = one_line((change.technology or "").replace("-", " "), NAME_CHARACTERS_SHOWN)
    about = f" in {technology}" if technology else ""
    shows = "shows" if change.kind is SignalChangeKind.RAISED else "no longer shows"
    numbers = one_line(change.text, SIGNAL_CHARACTERS_SHOWN).rstrip(".")
    return f"{shows} the signal of {_SIGNALS[change.signal]}{about} ({numbers})"


def _rating_event(change: RatingChange) -> str:
    technology = one_line(change.technology.replace("-", " "), NAME_CHARACTERS_SHOWN)
    before, after = change.previous, change.current
    if after is None:
        was = f", having been {_rating(before)}" if before else ""
        return f"is no longer rated in {technology}{was}"
    if before is None:
        return f"is now rated {_rating(after)} in {technology}, having been unrated"
    step = BANDS.index(after.band) - BANDS.index(before.band)
    verb = "rose" if step > 0 else "fell" if step < 0 else "moved"
    return f"{verb} from {_rating(before)} to {_rating(after)} in {technology}"


def _rating(rating: Rating) -> str:
    return f"{rating.band.replace('_', ' ')} (score {rating.score:.1f}, {rating.profile})"


def cause_in_words(cause: Cause) -> str:
    """The kind of fact and its `identity@version`."""
    kind = _CAUSES.get(cause.kind) or one_line(cause.kind.replace("_", " "), NAME_CHARACTERS_SHOWN)
    return f"{kind} {one_line(cause.ref, REF_CHARACTERS_SHOWN)}"


def _nominator(code: AuthorityCode | None) -> str:
    """What stands of an authority that administers Xinjiang (P-22); nothing of any other."""
    if code is None or not is_sensitive(code):
        return ""
    place = authority(code).jurisdiction_en
    return (
        f"; sensitive nominator: the authority of {place} administers Xinjiang,"
        " which is context about the place and no finding about a company"
    )


def beware(caveats: tuple[Caveat, ...]) -> str:
    """What to be told beside a sentence, as its end."""
    if not caveats:
        return ""
    phrases = [_CAVEATS[caveat] for caveat in caveats]
    return "; note that " + (" and that ".join(phrases) if len(phrases) < 3 else ", that ".join(phrases))
