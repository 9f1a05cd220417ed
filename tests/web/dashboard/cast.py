"""Who plays in the tests: companies of the made-up world, chosen by what they are."""

from dataclasses import dataclass

from giants.domain.names.pinyin import syllables
from giants.store.client import Database
from schemas.changes import CompanySnapshot

# Every page, with the placeholders of its address.
PAGES = {
    "overview": "/",
    "coverage": "/coverage",
    "companies": "/companies?q={pinyin}",
    "company": "/companies/{company}",
    "company-on-a-day": "/companies/{company}?as_of=2024-06-30",
    "rating": "/companies/{company}/technologies/{technology}",
    "company-without-patents": "/companies/{unpatented}",
    "technologies": "/technologies",
    "technology": "/technologies/{technology}",
    "batches": "/batches",
    "batch": "/batches/4",
    "authority": "/authorities/XJ",
    "changes": "/changes",
    "movements": "/movements?days=90",
    "screen": "/screen",
    "inbox": "/inbox",
    "watchlists": "/watchlists",
    "watchlist-editor": "/watchlists/new",
    "prediction": "/prediction",
    "quality": "/quality",
    "document": "/documents/{document}",
    "family": "/families/{family}",
    "about": "/about",
    "method": "/method",
    "rules": "/rules",
    "service": "/service",
    "sign-in": "/sign-in",
    "not-found": "/nowhere",
}


@dataclass(frozen=True, slots=True)
class Cast:
    """`hero` has an English name, several ratings and a history; `unpatented` has no family."""

    hero: CompanySnapshot
    technology: str
    technology_name: str
    unpatented: str
    document: str
    family: str

    def path(self, page: str) -> str:
        """The address of a page."""
        return PAGES[page].format(
            company=self.hero.company_id,
            technology=self.technology,
            pinyin=self.pinyin,
            unpatented=self.unpatented,
            document=self.document,
            family=self.family,
        )

    @property
    def pinyin(self) -> str:
        """The beginning of the hero's name as it sounds."""
        return "".join(syllables(self.hero.name[:4]))


def cast_of(database: Database) -> Cast:
    """Choose: of those with an English name and a past the one with the most to show."""
    best = database.rows(
        "SELECT c.body AS body, p.technology AS technologies, p.score AS scores FROM companies AS c "
        "INNER JOIN portfolios AS p ON p.company_id = c.company_id "
        "WHERE c.name_en IS NOT NULL AND length(c.names) > 1 AND c.status = 'active' "
        "ORDER BY length(c.reviews) > 0 DESC, arrayCount(b -> b IS NOT NULL, p.band) DESC, c.company_id "
        "LIMIT 1",
        raw=("body",),
    )[0]
    hero = CompanySnapshot.model_validate_json(best["body"])
    scored = zip(best["scores"], best["technologies"], strict=True)
    technology = max((score, id_) for score, id_ in scored if score is not None)[1]
    name = database.rows("SELECT name FROM technologies WHERE technology = {t:String}", {"t": technology})[0][
        "name"
    ]
    family = database.rows(
        "SELECT family_id FROM portfolio WHERE company_id = {id:String} ORDER BY family_id LIMIT 1",
        {"id": hero.company_id},
    )[0]["family_id"]
    unpatented = database.rows(
        "SELECT company_id FROM companies WHERE company_id NOT IN (SELECT company_id FROM portfolios) "
        "ORDER BY company_id LIMIT 1"
    )[0]["company_id"]
    return Cast(hero, technology, name, unpatented, "2025-review-ah%401", family)
