import pytest

from giants.domain.names.reading import reading_in_words


@pytest.mark.parametrize(
    ("name", "reading"),
    [
        ("鞍山市鼎一光电科技股份有限公司", "Anshan Shi Dingyi Guangdian Keji Gufen Youxian Gongsi"),
        ("西安爱安科技有限责任公司", "Xi'an Ai'an Keji Youxian Zeren Gongsi"),
        ("重庆略阳电子有限公司", "Chongqing Lüeyang Dianzi Youxian Gongsi"),
        ("TCL科技集团股份有限公司", "TCL Keji Jituan Gufen Youxian Gongsi"),
        ("中航隆盛（洛阳）科技有限公司", "Zhonghanglongsheng Luoyang Keji Youxian Gongsi"),
        (
            "鞍山鼎一光電科技有限公司深圳分公司",
            "Anshan Dingyi Guangdian Keji Youxian Gongsi Shenzhen Fengongsi",
        ),
        ("光明乳业股份有限公司", "Guangming Ruye Gufen Youxian Gongsi"),
    ],
)
def test_a_chinese_name_reads_in_words(name: str, reading: str) -> None:
    assert reading_in_words(name) == reading


@pytest.mark.parametrize("name", ["Hami Wind Power Co., Ltd.", "", "7412"])
def test_a_name_without_chinese_characters_has_no_reading(name: str) -> None:
    assert reading_in_words(name) is None
