"""The index of names meets the companies that the matcher finds for them."""

import random

from giants.matching import Company, CompanyIndex, Draft, EntryIndex, Matcher, OneCompany, Query

PLACES = ("宁波", "上海", "深圳市", "成都", "洛阳")
BRANDS = ("星野", "佳尔灵", "隆盛", "华灿", "瑞凌", "科达利", "安凯", "普邦", "乐通", "智徽")
TRADES = ("气动机械", "电子科技", "光电科技", "精密仪器", "新材料")


def company(source: random.Random, number: int) -> Company:
    name = f"{source.choice(PLACES)}{source.choice(BRANDS)}{source.choice(TRADES)}有限公司"
    uscc = f"91330200MA2{number:07d}"
    return Company(f"c{number}", (name,), (f"Brand{number} Machinery Co., Ltd.",), uscc)


def damaged(source: random.Random, one: Company) -> Query:
    name = one.names[0]
    match source.randrange(6):
        case 0:
            return Query(name.replace("有限公司", "股份有限公司"))
        case 1:
            return Query(name[2:], place=name[:2])
        case 2:
            place = source.randrange(2, len(name) - 4)
            return Query(name[:place] + "甲" + name[place + 1 :])
        case 3:
            return Query(one.names_en[0].upper())
        case 4:
            return Query("其他名称有限公司", uscc=one.uscc)
        case _:
            return Query(name)


def draft_of(queries: list[Query]) -> Draft:
    draft = Draft()
    for query in queries:
        draft.add(query)
    return draft


def test_whatever_screening_shows_is_a_candidate_here() -> None:
    source = random.Random(20)
    companies = [company(source, number) for number in range(120)]
    matcher = Matcher(CompanyIndex(companies))
    queries = [damaged(source, one) for one in companies for _ in range(3)]
    index = EntryIndex()
    for group in range(6):
        index.put(f"g{group}", draft_of(queries[group * 60 : group * 60 + 60]))
    assert len(index) == 360
    wanted = {
        (candidate.company_id, number)
        for number, query in enumerate(queries)
        for candidate in matcher.match(query, 50).candidates
    }
    got = {
        (one.company_id, int(group[1:]) * 60 + place)
        for one in companies
        for group, place in index.candidates(OneCompany(one))
    }
    assert len(wanted) > 300
    assert wanted <= got


def test_a_group_that_is_put_again_or_deleted_leaves_nothing_behind() -> None:
    index = EntryIndex()
    one, other = Company("c", ("宁波星野气动机械有限公司",)), Company("d", ("上海华灿光电科技有限公司",))
    for _ in range(20):
        index.put("a", draft_of([Query(one.names[0]), Query(other.names[0])]))
    index.put("a", draft_of([Query(other.names[0])]))
    assert list(index.candidates(OneCompany(one))) == []
    assert list(index.candidates(OneCompany(other))) == [("a", 0)]
    index.delete("a")
    assert list(index.candidates(OneCompany(other))) == []
    assert len(index) == 0


def test_names_are_found_after_all_have_got_new_numbers() -> None:
    index = EntryIndex()
    names = [Company(str(number), (f"宁波星{chr(0x4E00 + number)}气动机械有限公司",)) for number in range(30)]
    for one in names:
        index.put(one.company_id, draft_of([Query(one.names[0])]))
    for one in names[::2]:
        index.delete(one.company_id)
    index._renumber()
    index.put("new", draft_of([Query("上海华灿光电科技有限公司")]))
    for number, one in enumerate(names):
        first = next(index.candidates(OneCompany(one)), (None, 0))[0]
        assert (first == one.company_id) is (number % 2 == 1)
    assert list(index.candidates(OneCompany(Company("x", ("上海华灿光电科技有限公司",))))) == [("new", 0)]


def test_another_character_in_a_short_trade_name_is_looked_at_where_the_place_is_the_same() -> None:
    one = Company("c", ("宁波星野气动机械有限公司",))
    near = [Query(f"{place}星朔气动机械有限公司") for place in ("宁波", "宁波市", "成都", "")]
    index = EntryIndex()
    index.put("g", draft_of(near))
    matcher = Matcher(CompanyIndex([one]))
    shown = {place for place, query in enumerate(near) if matcher.match(query).candidates}
    assert shown == {0, 1}
    assert {place for _, place in index.candidates(OneCompany(one))} == shown
