"""Names for property tests: any text at all, and names built the way legal names are."""

from hypothesis import strategies as st

from giants.domain.names.forms import CORPORATE_FORMS
from giants.domain.names.places import PLACES
from schemas.base import NAME_CHARACTERS_MAX

any_text = st.text(max_size=60)
hostile_text = st.text(
    alphabet=st.sampled_from("a1（）()· ．\u200b\u202e\ufe0f\u0301ﷺ㈱Ａ市省尓尔ß\ud83d\0\n"),
    max_size=2 * NAME_CHARACTERS_MAX,
)
places = st.sampled_from(sorted(PLACES.values(), key=lambda place: place.base))
brands = st.text(alphabet="隆盛赛孚佳尔灵华星恒通瑞达博睿", min_size=2, max_size=4)
trades = st.sampled_from(["科技", "石油机械", "气动机械", "新材料", "电子", ""])
forms = st.sampled_from([*CORPORATE_FORMS, "厂", "公司", ""])


@st.composite
def legal_names(draw: st.DrawFn) -> str:
    """A name made of place, brand, trade and form, with or without the administrative sign and brackets."""
    place = draw(places)
    sign = draw(st.sampled_from([place.sign, ""]))
    left, right = draw(st.sampled_from([("(", ")"), ("（", "）"), ("", "")]))
    body = f"{draw(brands)}{left}{draw(st.sampled_from([draw(brands), place.base]))}{right}{draw(trades)}"
    return f"{place.base}{sign}{body}{draw(forms)}"
