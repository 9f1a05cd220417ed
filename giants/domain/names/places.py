"""Places of China as they stand in company names, each with the one administrative sign that may be left out.

The table is written by hand for the listing difference (N-10): 宝鸡市… and 宝鸡… are one company. A base
that names two units (吉林 is a province and a city, 长沙 a city and a county) has the sign of the larger
one only: 吉林省X may lose 省, but 吉林市X stays what it is, so that no two companies become one by rule.
Counties of one character (费县, 单县) are left out: nobody writes them without their sign.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from schemas.base import AuthorityCode


class PlaceLevel(Enum):
    """How large a place is; the larger ones are also recognised inside a name, not only at its start."""

    PROVINCE = 1
    PREFECTURE = 2
    COUNTY = 3
    DISTRICT = 4


LARGE_LEVELS: Final = frozenset({PlaceLevel.PROVINCE, PlaceLevel.PREFECTURE})


@dataclass(frozen=True, slots=True)
class Place:
    """A place without its sign (`base`), its level, and the sign that may be left out.

    `authority` is the one whose jurisdiction holds a place of the two larger levels, None for the others.
    """

    base: str
    level: PlaceLevel
    sign: str
    authority: AuthorityCode | None


_PROVINCES: Final = {
    AuthorityCode.HE: ("河北", "省"),
    AuthorityCode.SX: ("山西", "省"),
    AuthorityCode.LN: ("辽宁", "省"),
    AuthorityCode.JL: ("吉林", "省"),
    AuthorityCode.HL: ("黑龙江", "省"),
    AuthorityCode.JS: ("江苏", "省"),
    AuthorityCode.ZJ: ("浙江", "省"),
    AuthorityCode.AH: ("安徽", "省"),
    AuthorityCode.FJ: ("福建", "省"),
    AuthorityCode.JX: ("江西", "省"),
    AuthorityCode.SD: ("山东", "省"),
    AuthorityCode.HA: ("河南", "省"),
    AuthorityCode.HB: ("湖北", "省"),
    AuthorityCode.HN: ("湖南", "省"),
    AuthorityCode.GD: ("广东", "省"),
    AuthorityCode.HI: ("海南", "省"),
    AuthorityCode.SC: ("四川", "省"),
    AuthorityCode.GZ: ("贵州", "省"),
    AuthorityCode.YN: ("云南", "省"),
    AuthorityCode.SN: ("陕西", "省"),
    AuthorityCode.GS: ("甘肃", "省"),
    AuthorityCode.QH: ("青海", "省"),
    AuthorityCode.NM: ("内蒙古", "自治区"),
    AuthorityCode.XZ: ("西藏", "自治区"),
    AuthorityCode.GX: ("广西", "壮族自治区"),
    AuthorityCode.NX: ("宁夏", "回族自治区"),
    AuthorityCode.XJ: ("新疆", "维吾尔自治区"),
}
_PREFECTURE_CITIES: Final = {
    AuthorityCode.BJ: "北京",
    AuthorityCode.TJ: "天津",
    AuthorityCode.SH: "上海",
    AuthorityCode.CQ: "重庆",
    AuthorityCode.HE: "石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水",
    AuthorityCode.SX: "太原 大同 阳泉 长治 晋城 朔州 晋中 运城 忻州 临汾 吕梁",
    AuthorityCode.NM: "呼和浩特 包头 乌海 赤峰 通辽 鄂尔多斯 呼伦贝尔 巴彦淖尔 乌兰察布",
    AuthorityCode.LN: "沈阳 鞍山 抚顺 本溪 丹东 锦州 营口 阜新 辽阳 盘锦 铁岭 朝阳 葫芦岛",
    AuthorityCode.DL: "大连",
    AuthorityCode.JL: "长春 四平 辽源 通化 白山 松原 白城",
    AuthorityCode.HL: "哈尔滨 齐齐哈尔 鸡西 鹤岗 双鸭山 大庆 伊春 佳木斯 七台河 牡丹江 黑河 绥化",
    AuthorityCode.JS: "南京 无锡 徐州 常州 苏州 南通 连云港 淮安 盐城 扬州 镇江 泰州 宿迁",
    AuthorityCode.ZJ: "杭州 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水",
    AuthorityCode.NB: "宁波",
    AuthorityCode.AH: "合肥 芜湖 蚌埠 淮南 马鞍山 淮北 铜陵 安庆 黄山 滁州 阜阳 宿州 六安 亳州 池州 宣城",
    AuthorityCode.FJ: "福州 莆田 三明 泉州 漳州 南平 龙岩 宁德",
    AuthorityCode.XM: "厦门",
    AuthorityCode.JX: "南昌 景德镇 萍乡 九江 新余 鹰潭 赣州 吉安 宜春 抚州 上饶",
    AuthorityCode.SD: "济南 淄博 枣庄 东营 烟台 潍坊 济宁 泰安 威海 日照 莱芜 临沂 德州 聊城 滨州 菏泽",
    AuthorityCode.QD: "青岛",
    AuthorityCode.HA: "郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作"
    " 濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 周口 驻马店",
    AuthorityCode.HB: "武汉 黄石 十堰 宜昌 襄阳 襄樊 鄂州 荆门 孝感 荆州 黄冈 咸宁 随州",
    AuthorityCode.HN: "长沙 株洲 湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳 郴州 永州 怀化 娄底",
    AuthorityCode.GD: "广州 韶关 珠海 汕头 佛山 江门 湛江 茂名 肇庆 惠州"
    " 梅州 汕尾 河源 阳江 清远 东莞 中山 潮州 揭阳 云浮",
    AuthorityCode.SZ: "深圳",
    AuthorityCode.GX: "南宁 柳州 桂林 梧州 北海 防城港 钦州 贵港 玉林 百色 贺州 河池 来宾 崇左",
    AuthorityCode.HI: "海口 三亚 三沙 儋州",
    AuthorityCode.SC: "成都 自贡 攀枝花 泸州 德阳 绵阳 广元 遂宁 内江"
    " 乐山 南充 眉山 宜宾 广安 达州 雅安 巴中 资阳",
    AuthorityCode.GZ: "贵阳 六盘水 遵义 安顺 毕节 铜仁",
    AuthorityCode.YN: "昆明 曲靖 玉溪 保山 昭通 丽江 普洱 临沧",
    AuthorityCode.XZ: "拉萨 日喀则 昌都 林芝 山南 那曲",
    AuthorityCode.SN: "西安 铜川 宝鸡 咸阳 渭南 延安 汉中 榆林 安康 商洛",
    AuthorityCode.GS: "兰州 嘉峪关 金昌 白银 天水 武威 张掖 平凉 酒泉 庆阳 定西 陇南",
    AuthorityCode.QH: "西宁 海东",
    AuthorityCode.NX: "银川 石嘴山 吴忠 固原 中卫",
    AuthorityCode.XJ: "乌鲁木齐 克拉玛依 吐鲁番 哈密",
}
# Autonomous prefectures whose seat has another name; the others lose the sign of their city.
_PREFECTURES: Final = {
    AuthorityCode.JL: "延边",
    AuthorityCode.HN: "湘西",
    AuthorityCode.SC: "阿坝 甘孜 凉山",
    AuthorityCode.GZ: "黔西南 黔东南 黔南",
    AuthorityCode.YN: "红河 西双版纳 德宏 怒江 迪庆",
    AuthorityCode.GS: "甘南",
    AuthorityCode.QH: "海北 海西 黄南 果洛",
    AuthorityCode.XJ: "伊犁 巴音郭楞 博尔塔拉 克孜勒苏",
}
_COUNTY_CITIES: Final = """
辛集 晋州 新乐 遵化 迁安 滦州 武安 南宫 沙河 涿州 定州 安国 高碑店 泊头 任丘 黄骅 河间 霸州 三河 深州 平泉
古交 高平 介休 永济 河津 原平 侯马 霍州 孝义 汾阳 怀仁 满洲里 牙克石 扎兰屯 霍林郭勒 丰镇 锡林浩特
二连浩特 乌兰浩特
新民 瓦房店 庄河 海城 东港 凤城 凌海 北镇 盖州 大石桥 灯塔 调兵山 开原 北票 凌源 兴城
榆树 德惠 公主岭 蛟河 桦甸 舒兰 磐石 双辽 梅河口 集安 临江 扶余 洮南 大安 延吉 图们 敦化 珲春 龙井 和龙
尚志 五常 讷河 虎林 密山 铁力 富锦 同江 抚远 绥芬河 海林 宁安 穆棱 东宁 北安 五大连池 安达 肇东 海伦
江阴 宜兴 新沂 邳州 溧阳 常熟 张家港 昆山 太仓 启东 如皋 海安 东台 仪征 高邮 丹阳 扬中 句容
兴化 靖江 泰兴 建德 余姚 慈溪 瑞安 乐清 龙港 海宁 平湖 桐乡 诸暨 嵊州 兰溪 义乌 东阳 永康 江山
温岭 临海 玉环 龙泉 巢湖 无为 桐城 潜山 天长 明光 界首 宁国 广德
福清 永安 石狮 晋江 南安 邵武 武夷山 建瓯 漳平 福安 福鼎
乐平 瑞昌 共青城 庐山 贵溪 瑞金 龙南 井冈山 丰城 樟树 高安 德兴
胶州 平度 莱西 滕州 龙口 莱阳 莱州 蓬莱 招远 栖霞 海阳 青州 诸城 寿光 安丘 高密 昌邑 曲阜 邹城 新泰 肥城
荣成 乳山 乐陵 禹城 临清 邹平
巩义 荥阳 新密 新郑 登封 舞钢 汝州 林州 卫辉 辉县 长垣 沁阳 孟州 禹州 长葛 义马 灵宝 邓州 永城 项城 济源
大冶 丹江口 宜都 当阳 枝江 老河口 枣阳 宜城 钟祥 京山 应城 安陆 汉川 石首 洪湖 松滋 监利 麻城 武穴 赤壁
广水
恩施 利川 仙桃 潜江 天门
浏阳 宁乡 醴陵 湘乡 韶山 耒阳 常宁 武冈 邵东 汨罗 临湘 津市 沅江 资兴 祁阳 洪江 冷水江 涟源 吉首
乐昌 南雄 台山 开平 鹤山 恩平 廉江 雷州 吴川 高州 化州 信宜 四会
兴宁 陆丰 阳春 英德 连州 普宁 罗定
横州 荔浦 岑溪 东兴 桂平 北流 靖西 平果 合山 凭祥
五指山 琼海 文昌 万宁 东方
都江堰 彭州 邛崃 崇州 简阳 广汉 什邡 绵竹 江油 射洪 隆昌 峨眉山 阆中 华蓥 万源 马尔康 康定 西昌 会理
清镇 盘州 赤水 仁怀 黔西 兴义 兴仁 凯里 都匀 福泉
安宁 宣威 澄江 腾冲 水富 楚雄 禄丰 个旧 开远 蒙自 弥勒 文山 景洪 大理 瑞丽 芒市 香格里拉
兴平 彬州 华阴 韩城 子长 神木 杨凌 玉门 敦煌 华亭 临夏 合作 玉树 格尔木 德令哈 茫崖 灵武 青铜峡
昌吉 阜康 博乐 阿拉山口 库尔勒 阿克苏 库车 阿图什 喀什 和田 伊宁 奎屯 霍尔果斯 塔城 乌苏 沙湾 阿勒泰
石河子 阿拉尔
图木舒克 五家渠 北屯 铁门关 双河 可克达拉 昆玉 胡杨河
"""
_COUNTIES: Final = """
正定 井陉 平山 滦南 乐亭 迁西 玉田 永年 大名 宁晋 清河 临西 安平 故城 阜城 固安 香河
大厂 永清 大城 盐山 孟村 南皮
泰来 依兰 长丰 肥东 肥西 庐江 繁昌 怀远 五河 固镇 凤阳 来安 全椒 定远 休宁 当涂 含山
太湖 宿松 望江 怀宁 岳西 霍山 舒城
绩溪 旌德 郎溪 利辛 蒙城 涡阳 砀山 临泉 阜南 颍上 太和 濉溪
嘉善 海盐 德清 长兴 安吉 新昌 武义 浦江 磐安 象山 宁海 桐庐 淳安 永嘉 平阳 苍南 天台
仙居 三门 岱山 嵊泗 龙游 常山 开化 缙云 青田 遂昌 松阳 云和
宝应 建湖 射阳 滨海 阜宁 响水 金湖 盱眙 涟水 泗阳 泗洪 沭阳 睢宁 灌云 灌南 东海 如东
闽侯 连江 闽清 罗源 惠安 安溪 永春 德化 漳浦 长泰 南靖 平和 尤溪 仙游 上杭 武平 长汀
连城 霞浦
进贤 安义 安福 遂川 永新 万安 新干 乐安 崇仁 东乡 南城 南丰 黎川 资溪 金溪 广昌 宜黄 铅山 婺源 铜鼓 武宁
修水 安远 寻乌 会昌 石城 宁都 兴国 上犹 崇义 全南 新建 都昌 湖口 彭泽 永修 德安 上栗 分宜 泰和 吉水 峡江
永丰 上高 宜丰
奉新 万载 靖安 玉山 弋阳 横峰 余干 鄱阳 万年 信丰 大余 定南 于都
桓台 高青 沂源 广饶 利津 垦利 临朐 昌乐 嘉祥 汶上 梁山 金乡 微山 宁阳 东平 五莲 沂水
沂南 郯城 平邑 莒南 临沭 齐河 平原 宁津 临邑 庆云 阳谷 茌平 东阿 高唐 博兴 惠民 阳信
无棣 成武 巨野 郓城 鄄城 东明
中牟 尉氏 兰考 通许 新安 孟津 栾川 汝阳 宜阳 洛宁 伊川 宝丰 鲁山 汤阴 内黄 获嘉 原阳
封丘 修武 博爱 武陟 清丰 南乐 台前 襄城 舞阳 临颍 渑池 西峡 镇平 内乡 淅川 社旗 唐河
桐柏 民权 宁陵 柘城 虞城 夏邑 商水 沈丘 郸城 淮阳 太康 鹿邑 西平 上蔡 平舆 正阳 确山
泌阳 汝南 遂平 新蔡 罗山 光山 商城 固始 潢川 淮滨
云梦 大悟 孝昌 谷城 保康 南漳 阳新 团风 红安 罗田 英山 浠水 蕲春 黄梅 嘉鱼 通城 崇阳
通山 公安 江陵 沙洋
茶陵 炎陵 湘阴 华容 平江 汉寿 临澧 桃源 石门 安乡 桃江 安化 宜章 桂阳 永兴 嘉禾 临武
双峰 新化 衡南 衡东 衡山 祁东 新邵 隆回 洞口
博罗 惠东 龙门 紫金 龙川 海丰 揭西 惠来 饶平 丰顺 大埔 五华 蕉岭 翁源 始兴 佛冈 新兴
郁南
新津 大邑 蒲江 金堂 双流 中江 罗江 三台 盐亭 梓潼 富顺 威远 资中 大英 蓬溪 仁寿 彭山
洪雅 江安 长宁 叙永 古蔺 合江 安岳 乐至 邻水 武胜 岳池 大竹
綦江 大足 璧山 铜梁 潼南 荣昌 梁平 垫江 丰都 云阳 奉节 巫山
龙里 惠水 瓮安 开阳 息烽 修文 大方 织金 金沙
晋宁 富民 宜良 嵩明 石林 陆良 罗平 富源 会泽 通海 华宁 易门 峨山 祥云 弥渡
蓝田 周至 鄠邑 泾阳 三原 礼泉 凤翔 岐山 扶风 千阳 蒲城 大荔 富平 城固 府谷 靖边 定边
永登 皋兰 榆中 永昌 古浪 民勤 临泽 山丹 高台 甘谷 秦安 陇西 临洮
湟中 大通 互助 民和 贺兰 永宁 平罗 中宁 同心 盐池
玛纳斯 呼图壁 吉木萨尔 奇台 鄯善 托克逊 轮台 尉犁
"""
_DISTRICTS: Final = """
东城 西城 海淀 丰台 石景山 门头沟 房山 顺义 昌平 大兴 怀柔 平谷 密云 延庆
武清 西青 东丽 津南 北辰 宝坻 静海 宁河 蓟州 南开 红桥 河东 河西
徐汇 静安 普陀 虹口 杨浦 黄浦 闵行 嘉定 金山 松江 青浦 奉贤 宝山 崇明 闸北 南汇
渝北 巴南 北碚 九龙坡 沙坪坝 南岸 大渡口 江北 涪陵 万州 长寿 黔江 渝中
福田 罗湖 南山 宝安 龙岗 盐田 龙华 坪山 光明 天河 越秀 海珠 荔湾 白云 黄埔 番禺 花都
南沙 禅城 香洲 斗门 金湾 蓬江 江海 龙湖 濠江
萧山 余杭 临平 钱塘 拱墅 上城 西湖 滨江 鄞州 镇海 北仑 海曙 越城 柯桥 秀洲 南湖 南浔
吴兴 婺城 金东 椒江 黄岩 路桥 鹿城 龙湾 瓯海 洞头 定海 柯城 衢江 莲都
江宁 浦口 六合 溧水 高淳 雨花台 建邺 鼓楼 玄武 秦淮 锡山 惠山 滨湖 新吴 梁溪 武进 新北
天宁 钟楼 金坛 吴中 相城 姑苏 虎丘 崇川 港闸 邗江 广陵 京口 润州 丹徒 海陵 高港 盐都
亭湖 铜山 泉山 云龙 贾汪
思明 湖里 集美 同安 翔安 海沧 仓山 晋安 马尾 台江 丰泽 洛江 泉港 鲤城 芗城
黄岛 崂山 城阳 李沧 历城 历下 天桥 槐荫 长清 张店 淄川 临淄 周村 博山 芝罘 福山 牟平
莱山 潍城 坊子 奎文 寒亭 环翠 任城 岱岳 兰山 罗庄
甘井子 沙河口 中山 西岗 旅顺口 金州 普兰店 铁西 浑南 沈北新 于洪 苏家屯 皇姑 大东 和平
沈河
洪山 江夏 东西湖 蔡甸 汉南 黄陂 新洲 青山 武昌 汉阳 硚口 江岸 江汉 西陵 伍家岗 夷陵 猇亭
襄州 襄城 樊城
岳麓 雨花 开福 芙蓉 望城 天元 芦淞 荷塘 石峰 渌口 岳塘 雨湖
蜀山 包河 瑶海 庐阳 镜湖 弋江 鸠江 三山 湾沚
武侯 锦江 青羊 金牛 成华 龙泉驿 青白江 新都 温江 郫都 旌阳 涪城 游仙 翠屏
雁塔 碑林 莲湖 未央 灞桥 长安 阎良 临潼 高陵 渭滨 金台 陈仓
金水 二七 中原 管城 惠济 上街 涧西 西工 洛龙 瀍河
顺德 南海 三水 高明 新会 惠阳 澄海 潮阳 从化 增城 上虞 富阳 临安 奉化 章丘 即墨 胶南
文登 长乐 建阳 藁城 鹿泉 吴江 江都 姜堰 大丰 海门 高要 偃师 江津 合川 永川 南川 龙海
兖州 通州 南康
"""
_NEW_AREAS: Final = "浦东 滨海 江北 两江 西咸 天府 雄安 西海岸 舟山群岛 湘江 贵安 金普 赣江"

PLACE_BASE_CHARACTERS_MAX: Final = 6


def _by_authority(
    bases: Mapping[AuthorityCode, str], sign: str
) -> Iterator[tuple[str, PlaceLevel, str, AuthorityCode | None]]:
    for code, words in bases.items():
        yield from ((base, PlaceLevel.PREFECTURE, sign, code) for base in words.split())


def _table() -> dict[str, Place]:
    """Bases to places; what comes first wins, so the largest unit of a base gives its sign."""
    rows: list[tuple[str, PlaceLevel, str, AuthorityCode | None]] = [
        *((base, PlaceLevel.PROVINCE, sign, code) for code, (base, sign) in _PROVINCES.items()),
        *_by_authority(_PREFECTURE_CITIES, "市"),
        *_by_authority(_PREFECTURES, "州"),
        *((base, PlaceLevel.COUNTY, "市", None) for base in _COUNTY_CITIES.split()),
        *((base, PlaceLevel.COUNTY, "县", None) for base in _COUNTIES.split()),
        *((base, PlaceLevel.DISTRICT, "新区", None) for base in _NEW_AREAS.split()),
        *((base, PlaceLevel.DISTRICT, "区", None) for base in _DISTRICTS.split()),
    ]
    table: dict[str, Place] = {}
    for base, level, sign, code in rows:
        table.setdefault(base, Place(base, level, sign, code))
    return table


PLACES: Final[dict[str, Place]] = _table()


def place_at(text: str, start: int) -> Place | None:
    """The longest place whose base stands at `start`, or None."""
    for length in range(min(PLACE_BASE_CHARACTERS_MAX, len(text) - start), 1, -1):
        place = PLACES.get(text[start : start + length])
        if place is not None:
            return place
    return None


def place_before(text: str, end: int) -> Place | None:
    """The longest place whose base ends just before `end`, or None."""
    for length in range(min(PLACE_BASE_CHARACTERS_MAX, end), 1, -1):
        place = PLACES.get(text[end - length : end])
        if place is not None:
            return place
    return None


def places_and_rest(body: str) -> tuple[tuple[Place, ...], str]:
    """The places of a name without administrative signs, and what is left of it without them.

    At the start any place is one; inside a name only the larger ones are sure not to be a brand.
    """
    places: list[Place] = []
    rest: list[str] = []
    position = 0
    while position < len(body):
        place = place_at(body, position)
        if place is not None and (not rest or place.level in LARGE_LEVELS):
            places.append(place)
            position += len(place.base)
        else:
            rest.append(body[position])
            position += 1
    return tuple(places), "".join(rest)
