"""Words of trades in Chinese company names, each with the plain English words of its translation.

The English words are those of `giants.domain.names.english_words`. What stands in a name before the first of
these words and after its place is its trade name (its brand).
"""

from collections.abc import Mapping
from typing import Final

_TABLE: Final = """
科学技术 science technology; 高新技术 high new technology; 高科技 high technology; 新技术 new technology
新材料 new material; 新能源 new energy; 生物医药 bio pharmaceutical; 生物技术 bio technology
生物科技 bio technology; 生物 bio; 医疗器械 medical equipment; 医疗设备 medical equipment; 医疗 medical
医药 pharmaceutical; 制药 pharmaceutical; 药业 pharmaceutical; 药物 pharmaceutical; 半导体 semiconductor
集成电路 integrated circuit; 微电子 micro electronic; 光电子 opto electronic; 光电 opto electronic
光学 optical; 激光 laser; 机器人 robot; 机电 mechanical electric; 机械 machinery; 机床 machinery tool
精密 precision; 精工 precision; 自动化 automation; 智能 intelligent; 智慧 smart; 信息 information
数字 digital; 数据 data; 软件 software; 网络 network; 通信 communication; 通讯 communication
电子 electronic; 电器 electric appliance; 电气 electric; 电力 electric power; 电源 power; 电缆 cable
电机 motor; 电池 battery; 电路 circuit; 能源 energy; 环保 environment protection; 环境 environment
环科 environment technology; 化工 chemical; 化学 chemical; 材料 material; 塑料 plastic; 橡胶 rubber
塑胶 plastic; 钢铁 iron steel; 金属 metal; 铝业 aluminium; 铜业 copper; 合金 alloy; 硬质合金 alloy
玻璃 glass; 陶瓷 ceramic; 纺织 textile; 纤维 fiber; 轴承 bearing; 齿轮 gear; 阀门 valve; 泵业 pump
液压 hydraulic; 气动 pneumatic; 模具 mold; 工具 tool; 仪器 instrument; 仪表 instrument; 设备 equipment
装备 equipment; 器材 equipment; 控制 control; 传感 sensor; 测试 testing; 检测 testing; 石油 petroleum
汽车 automobile; 部件 part; 零部件 part; 车辆 vehicle; 航空 aviation; 航天 aerospace; 船舶 ship
海洋 ocean; 轨道交通 railway transport; 铁路 railway; 交通 transport; 农业 agriculture; 种业 seed
食品 food; 包装 packaging; 印刷 printing; 造纸 paper; 纸业 paper; 家居 home; 服饰 fashion; 照明 lighting
显示 display; 制冷 refrigeration; 动力 power; 发电 power; 工业 industry; 实业 industry
制造 manufacturing; 工程 engineering; 建设 construction; 建筑 construction; 设计 design
发展 development; 开发 development; 投资 investment; 国际 international; 物流 logistics
供应链 supply chain; 文化 culture; 传媒 media; 安全 safety; 防务 defence; 导航 navigation
科技 technology; 技术 technology; 科学 science; 产业 industry; 服务 service; 系统 system; 产品 product
集团 group; 控股 holding; 企业 enterprise; 工厂 factory; 研究院 research institute
研究所 research institute; 移动 mobile; 互联 internet; 互联网 internet; 云计算 cloud computer
大数据 data; 芯片 chip; 微电 micro electronic; 传感器 sensor; 线缆 cable; 光纤 optical fiber
光缆 optical cable; 雷达 radar; 无人机 unmanned aircraft; 卫星 satellite; 测绘 measurement
安防 security; 消防 fire protection; 医学 medical; 诊断 diagnostic; 疫苗 vaccine; 器械 equipment
仪器仪表 instrument; 重工 heavy industry; 数控 numerical control; 智造 intelligent manufacturing
传动 transmission; 减速机 gear; 紧固件 fastener; 铸造 casting; 锻造 forging; 焊接 welding; 涂料 coating
染料 dye; 水务 water; 水处理 water; 空调 air; 风机 fan; 压缩机 compressor; 管业 pipe; 管道 pipe
电梯 elevator; 起重机 crane; 矿业 mining; 矿山 mining; 冶金 metallurgy; 稀土 rare earth; 磁性 magnetic
磁业 magnetic; 光伏 photovoltaic; 储能 energy storage; 锂电 lithium battery; 氢能 hydrogen energy
风电 wind power; 核电 nuclear power; 水电 hydropower; 变压器 transformer; 开关 switch; 继电器 relay
连接器 connector; 模塑 plastic; 服装 garment; 家具 furniture; 玩具 toy; 体育 sport; 化妆品 cosmetic
香料 flavour; 饲料 feed; 农机 agriculture machinery; 牧业 livestock; 水产 fishery; 乳业 dairy
饮料 beverage; 酒业 wine; 茶业 tea; 粮油 grain oil; 新型材料 new material; 复合材料 composite material
高分子 polymer; 纳米 nano; 石化 petrochemical; 钢管 steel pipe; 钢构 steel; 重型 heavy; 车业 vehicle
汽配 automobile part; 零件 part; 机器 machinery; 制品 product; 商贸 commerce; 贸易 trade; 进出口 trade
咨询 service; 教育 education; 金融 finance; 视觉 vision; 影像 image; 语音 voice
人工智能 artificial intelligence; 物联网 internet; 轻工 industry; 电工 electric; 电声 electric
电路板 circuit; 元件 component; 器件 component; 股权投资 investment; 管理 management; 热电 power
燃气 gas; 生态 environment; 园林 landscape; 装饰 decoration; 建材 construction material; 水泥 cement
酿酒 wine
"""


def _trades() -> dict[str, str]:
    items = (item.split(" ", 1) for line in _TABLE.strip().splitlines() for item in line.split("; "))
    return dict(items)


CHINESE_TRADES: Final[Mapping[str, str]] = _trades()
CHINESE_TRADE_CHARACTERS_MAX: Final = max(map(len, CHINESE_TRADES))
