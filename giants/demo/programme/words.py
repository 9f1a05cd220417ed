"""What names of companies are made of: places, brands and trades, with their English or pinyin.

Within each table the second members are distinct, so that English names are as distinct as the Chinese.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from schemas.base import AuthorityCode

Word = tuple[str, str]


def _words(text: str) -> tuple[Word, ...]:
    """Pairs from `中文 English, 中文 English`."""
    return tuple((zh, en) for zh, _, en in (pair.strip().partition(" ") for pair in text.split(",")))


PLACES: Final[Mapping[AuthorityCode, tuple[Word, ...]]] = MappingProxyType(
    {
        code: _words(text)
        for code, text in {
            AuthorityCode.HE: "石家庄 Shijiazhuang, 唐山 Tangshan, 保定 Baoding, 沧州 Cangzhou",
            AuthorityCode.SX: "太原 Taiyuan, 大同 Datong, 长治 Changzhi",
            AuthorityCode.LN: "沈阳 Shenyang, 鞍山 Anshan, 营口 Yingkou",
            AuthorityCode.JL: "长春 Changchun, 四平 Siping",
            AuthorityCode.HL: "哈尔滨 Harbin, 大庆 Daqing",
            AuthorityCode.JS: "苏州 Suzhou, 无锡 Wuxi, 南京 Nanjing, 常州 Changzhou, 南通 Nantong",
            AuthorityCode.ZJ: "杭州 Hangzhou, 温州 Wenzhou, 嘉兴 Jiaxing, 湖州 Huzhou, 绍兴 Shaoxing",
            AuthorityCode.AH: "合肥 Hefei, 芜湖 Wuhu, 滁州 Chuzhou, 马鞍山 Maanshan",
            AuthorityCode.FJ: "福州 Fuzhou, 泉州 Quanzhou, 漳州 Zhangzhou",
            AuthorityCode.JX: "南昌 Nanchang, 九江 Jiujiang, 赣州 Ganzhou",
            AuthorityCode.SD: "济南 Jinan, 烟台 Yantai, 潍坊 Weifang, 淄博 Zibo, 威海 Weihai",
            AuthorityCode.HA: "郑州 Zhengzhou, 洛阳 Luoyang, 新乡 Xinxiang",
            AuthorityCode.HB: "武汉 Wuhan, 襄阳 Xiangyang, 宜昌 Yichang",
            AuthorityCode.HN: "长沙 Changsha, 株洲 Zhuzhou, 湘潭 Xiangtan",
            AuthorityCode.GD: "广州 Guangzhou, 东莞 Dongguan, 佛山 Foshan, 珠海 Zhuhai, 惠州 Huizhou",
            AuthorityCode.HI: "海口 Haikou",
            AuthorityCode.SC: "成都 Chengdu, 绵阳 Mianyang, 德阳 Deyang",
            AuthorityCode.GZ: "贵阳 Guiyang, 遵义 Zunyi",
            AuthorityCode.YN: "昆明 Kunming, 玉溪 Yuxi",
            AuthorityCode.SN: "西安 Xian, 宝鸡 Baoji, 咸阳 Xianyang",
            AuthorityCode.GS: "兰州 Lanzhou, 天水 Tianshui",
            AuthorityCode.QH: "西宁 Xining",
            AuthorityCode.NM: "包头 Baotou, 呼和浩特 Hohhot",
            AuthorityCode.GX: "南宁 Nanning, 柳州 Liuzhou, 桂林 Guilin",
            AuthorityCode.XZ: "拉萨 Lhasa",
            AuthorityCode.NX: "银川 Yinchuan, 石嘴山 Shizuishan",
            AuthorityCode.XJ: "乌鲁木齐 Urumqi, 哈密 Hami",
            AuthorityCode.BJ: "北京 Beijing",
            AuthorityCode.TJ: "天津 Tianjin",
            AuthorityCode.SH: "上海 Shanghai",
            AuthorityCode.CQ: "重庆 Chongqing",
            AuthorityCode.DL: "大连 Dalian",
            AuthorityCode.NB: "宁波 Ningbo",
            AuthorityCode.XM: "厦门 Xiamen",
            AuthorityCode.QD: "青岛 Qingdao",
            AuthorityCode.SZ: "深圳 Shenzhen",
            AuthorityCode.XPCC: "石河子 Shihezi",
        }.items()
    }
)

FIRST_SYLLABLES: Final = _words(
    "安 an, 邦 bang, 博 bo, 长 chang, 诚 cheng, 创 chuang, 达 da, 德 de, 鼎 ding, 东 dong, 方 fang, 丰 feng, "
    "格 ge, 光 guang, 国 guo, 海 hai, 瀚 han, 航 hang, 宏 hong, 华 hua, 汇 hui, 佳 jia, 金 jin, 精 jing, "
    "凯 kai, 科 ke, 蓝 lan, 朗 lang, 力 li, 联 lian, 隆 long, 迈 mai, 铭 ming, 诺 nuo, 鹏 peng, 普 pu, "
    "奇 qi, 锐 rui, 赛 sai, 盛 sheng, 思 si, 泰 tai, 腾 teng, 天 tian, 威 wei, 翔 xiang, 兴 xing, 亚 ya"
)
SECOND_SYLLABLES: Final = _words(
    "奥 ao, 宝 bao, 晨 chen, 川 chuan, 迪 di, 尔 er, 帆 fan, 飞 fei, 峰 feng, 富 fu, 冠 guan, 贺 he, "
    "恒 heng, 弘 hong, 辉 hui, 基 ji, 捷 jie, 康 kang, 立 li, 莱 lai, 纳 na, 能 neng, 润 run, 瑞 rui, "
    "森 sen, 升 sheng, 斯 si, 特 te, 通 tong, 维 wei, 微 wei'er, 欣 xin, 轩 xuan, 扬 yang, 益 yi, 元 yuan, "
    "越 yue, 泽 ze, 智 zhi, 卓 zhuo"
)
TRADES: Final = _words(
    "精密机械 Precision Machinery, 智能装备 Intelligent Equipment, 自动化设备 Automation, "
    "机器人技术 Robotics, 数控机床 CNC Machine Tools, 轴承 Bearings, 液压件 Hydraulics, 阀门 Valves, "
    "泵业 Pumps, 模具 Moulds, 激光技术 Laser, 光电科技 Optoelectronics, 光学仪器 Optical Instruments, "
    "传感技术 Sensors, 仪器仪表 Instruments, 测控技术 Measurement and Control, "
    "微电子 Microelectronics, 半导体材料 Semiconductor Materials, 集成电路 Integrated Circuits, "
    "电子材料 Electronic Materials, 电子元件 Electronic Components, 通信技术 Communications, "
    "卫星导航 Satellite Navigation, 雷达技术 Radar, 信息安全 Information Security, "
    "工业软件 Industrial Software, 数据技术 Data, 新能源科技 New Energy, 动力电池 Power Batteries, "
    "储能技术 Energy Storage, 电力电子 Power Electronics, 电气设备 Electrical Equipment, 线缆 Cables, "
    "新材料 New Materials, 高分子材料 Polymers, 复合材料 Composites, 磁性材料 Magnetic Materials, "
    "特种陶瓷 Technical Ceramics, 特种合金 Special Alloys, 碳纤维 Carbon Fibre, "
    "精细化工 Fine Chemicals, 涂料 Coatings, 膜科技 Membranes, 环保设备 Environmental Equipment, "
    "水处理 Water Treatment, 生物科技 Biotechnology, 医疗器械 Medical Devices, 诊断试剂 Diagnostics, "
    "制药 Pharmaceuticals, 航空部件 Aviation Parts, 航天科技 Aerospace, 船舶设备 Marine Equipment, "
    "轨道交通设备 Rail Equipment, 汽车零部件 Automotive Parts, 农业装备 Agricultural Machinery, "
    "矿山机械 Mining Machinery, 石油装备 Petroleum Equipment, 密封件 Seals, 紧固件 Fasteners, "
    "过滤技术 Filtration"
)
# Characters of the tables above that a scan takes for others (N-02d), with what it takes them for.
MISREAD: Final[Mapping[str, str]] = MappingProxyType(
    {"尔": "尓", "泰": "秦", "瑞": "端", "凯": "铠", "恒": "垣", "航": "舫", "峰": "锋", "科": "料"}
)
