"""Words of English company names: trades with their abbreviations, structures, places that pinyin misses.

Patent offices shorten words of assignees as they please (TECH, ELECTRON, MFG), and firms translate one
Chinese word in several ways (光电: photoelectric, optoelectronic). Each word here stands for one or more
plain words, so that spellings of one trade meet.
"""

from collections.abc import Mapping
from typing import Final

# Plain words of trades, in the singular. Plurals and unambiguous beginnings of four letters are understood.
_PLAIN_WORDS: Final = """
additive advanced aerospace agriculture aircraft alloy aluminium ammunition animal antenna apparatus
appliance artificial automation aviation bank battery bearing bio blade boiler brake brewery bridge bus
cable capital carbon casting catalyst cell cement ceramic chain chemical chip circuit city clean cleaning
clothing cloud coal coating cold commerce communication component composite compressor computer
construction control conveyor copper cosmetic crane crystal culture cutting cylinder dairy data decoration
defence design development diagnostic diamond digital display door drilling drive drone dye education
electric electrochemical electronic elevator energy engine engineering entertainment environment equipment
estate expressway fabric fan fashion fastener feed fertilizer fiber film filter filtration fine fire
fishery fluid fluorine food forestry forging foundry furnace furniture game garment gas gear general
geology glass gold grain graphite green grid guidance hardware health heat heavy high home hospital
household hydraulic hydrogen hydropower image industry information infrastructure innovation inspection
instrument insulation insurance integrated intelligent international internet investment iron laboratory
laser lead leather lens light lighting liquid lithium livestock locomotive logistics machinery magnet
magnetic management manufacturing marine material measurement mechanical media medical medicine membrane
metal metallurgy meter micro mining mobile modern mold molding motor motorcycle multimedia nano national
natural navigation network new nonferrous nuclear numerical ocean oil operation optical opto outdoor
packaging paint paper part pet petrochemical petroleum pharmaceutical photovoltaic pipe pipeline piston
plant plastic pneumatic polymer port powder power precision pressure printing product protection public
publishing pump purification quantum radar radio railway rare real refractory refrigeration rehabilitation
research resin resource retail road robot rolling rubber safety salt satellite science seal security seed
semiconductor sensor service ship shipbuilding shipping silicon silk silver smart software solar solution
space special sport spring steel stone storage superconductor superhard supply surgical switch system tea
technology telecommunication television testing textile thermal tire titanium tool tooling tourism toy
traction trade traffic transformer transmission transport tube tungsten tunnel turbine ultrasonic
underwater unmanned vaccine vacuum valve vehicle video vision visual warehouse waste water wave welding
wheel wind wine wire wireless wood zinc zone
"""
_SHORT_WORDS: Final[Mapping[str, str]] = {
    "aero": "aerospace",
    "aeronautical": "aviation",
    "agri": "agriculture",
    "agricultural": "agriculture",
    "agro": "agriculture",
    "aluminum": "aluminium",
    "app": "appliance",
    "auto": "automobile",
    "automobile": "automobile",
    "automotive": "automobile",
    "automatic": "automation",
    "autom": "automation",
    "biochem": "bio chemical",
    "biochemical": "bio chemical",
    "biology": "bio",
    "biological": "bio",
    "biologic": "bio",
    "biomed": "bio medicine",
    "biomedical": "bio medicine",
    "biomedicine": "bio medicine",
    "biopharm": "bio pharmaceutical",
    "biopharma": "bio pharmaceutical",
    "biopharmaceutical": "bio pharmaceutical",
    "bioscience": "bio science",
    "biotech": "bio technology",
    "biotechnology": "bio technology",
    "chem": "chemical",
    "chemistry": "chemical",
    "cnc": "numerical control",
    "comm": "communication",
    "commercial": "commerce",
    "comp": "computer",
    "compon": "component",
    "constr": "construction",
    "construct": "construction",
    "ctrl": "control",
    "cultural": "culture",
    "def": "defence",
    "defense": "defence",
    "dev": "development",
    "devices": "equipment",
    "device": "equipment",
    "eco": "environment",
    "ecological": "environment",
    "ecology": "environment",
    "elec": "electric",
    "elect": "electric",
    "electrical": "electric",
    "electricity": "electric",
    "electromechanical": "mechanical electric",
    "electron": "electronic",
    "eng": "engineering",
    "engin": "engineering",
    "engrg": "engineering",
    "enter": "enterprise",
    "env": "environment",
    "envir": "environment",
    "environmental": "environment",
    "eqpt": "equipment",
    "equip": "equipment",
    "fibre": "fiber",
    "gen": "general",
    "geological": "geology",
    "healthcare": "health",
    "hi": "high",
    "hightech": "high technology",
    "hitech": "high technology",
    "hydro": "hydropower",
    "illumination": "lighting",
    "ind": "industry",
    "inds": "industry",
    "indust": "industry",
    "industrial": "industry",
    "info": "information",
    "inst": "institute",
    "instr": "instrument",
    "instrumentation": "instrument",
    "int": "international",
    "intell": "intelligent",
    "intelligence": "intelligent",
    "internat": "international",
    "intl": "international",
    "invest": "investment",
    "lab": "laboratory",
    "mach": "machinery",
    "machine": "machinery",
    "manuf": "manufacturing",
    "manufacture": "manufacturing",
    "mat": "material",
    "materiel": "material",
    "measur": "measurement",
    "measuring": "measurement",
    "mech": "mechanical",
    "mechatronic": "mechanical electric",
    "med": "medical",
    "metallurgical": "metallurgy",
    "metrology": "measurement",
    "mfg": "manufacturing",
    "mgmt": "management",
    "microelectronic": "micro electronic",
    "microelectron": "micro electronic",
    "mould": "mold",
    "moulding": "molding",
    "nanotech": "nano technology",
    "nanotechnology": "nano technology",
    "nav": "navigation",
    "net": "network",
    "networking": "network",
    "oceanic": "ocean",
    "optic": "optical",
    "optics": "optical",
    "optoelec": "opto electronic",
    "optoelect": "opto electronic",
    "optoelectric": "opto electronic",
    "optoelectronic": "opto electronic",
    "optronic": "opto electronic",
    "pack": "packaging",
    "packing": "packaging",
    "pharm": "pharmaceutical",
    "pharma": "pharmaceutical",
    "pharmacy": "pharmaceutical",
    "photoelec": "opto electronic",
    "photoelectric": "opto electronic",
    "photoelectricity": "opto electronic",
    "photoelectron": "opto electronic",
    "photonic": "opto electronic",
    "pv": "photovoltaic",
    "prec": "precision",
    "prod": "product",
    "prot": "protection",
    "rail": "railway",
    "res": "research",
    "robotic": "robot",
    "sci": "science",
    "scient": "science",
    "scientific": "science",
    "semicon": "semiconductor",
    "semicond": "semiconductor",
    "serv": "service",
    "soft": "software",
    "sys": "system",
    "tech": "technology",
    "techn": "technology",
    "technic": "technology",
    "technical": "technology",
    "technol": "technology",
    "telecom": "telecommunication",
    "telecomm": "telecommunication",
    "trading": "trade",
    "trans": "transmission",
    "transportation": "transport",
    "tyre": "tire",
    "uav": "unmanned aircraft",
}

CONNECTORS: Final = frozenset({"and", "of", "the", "for", "in", "city", "province", "prc", "cn"})
LEGAL_WORDS: Final = frozenset(
    {
        "co",
        "ltd",
        "inc",
        "corp",
        "llc",
        "plc",
        "limited",
        "joint",
        "stock",
        "shares",
        "share",
        "liability",
        "jsc",
    }
)
# They tell one legal entity from another in the same group (N-14), so they count.
STRUCTURE_WORDS: Final[Mapping[str, str]] = {
    "group": "group",
    "holding": "holding",
    "institute": "institute",
    "inst": "institute",
    "university": "university",
    "univ": "university",
    "academy": "academy",
    "factory": "factory",
    "plant": "factory",
    "works": "factory",
    "enterprise": "enterprise",
    "enterprises": "enterprise",
    "branch": "branch",
    "subsidiary": "subsidiary",
    "center": "center",
    "centre": "center",
    # A firm of the whole country is another one than its namesake of a city.
    "china": "china",
    "chinese": "china",
    "zhongguo": "china",
}


def _trade_words() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {word: (word,) for word in _PLAIN_WORDS.split()}
    table |= {short: tuple(words.split()) for short, words in _SHORT_WORDS.items()}
    return table


TRADE_WORDS: Final[Mapping[str, tuple[str, ...]]] = _trade_words()

# Pinyin spells these otherwise than English does.
PLACES_IN_ENGLISH: Final[Mapping[str, tuple[str, ...]]] = {
    "内蒙古": ("innermongolia", "neimenggu", "neimongol"),
    "西藏": ("tibet", "xizang"),
    "陕西": ("shaanxi",),
    "哈尔滨": ("harbin", "haerbin"),
    "乌鲁木齐": ("urumqi", "wulumuqi"),
    "呼和浩特": ("hohhot", "huhehaote"),
    "拉萨": ("lhasa", "lasa"),
    "鄂尔多斯": ("ordos", "eerduosi"),
    "喀什": ("kashgar", "kashi"),
    "吕梁": ("lvliang", "luliang"),
    "广州": ("guangzhou", "canton"),
}
# Only as the first word of a name.
PLACE_ABBREVIATIONS: Final[Mapping[str, str]] = {
    "sz": "深圳",
    "gz": "广州",
    "bj": "北京",
    "tj": "天津",
    "cq": "重庆",
    "hz": "杭州",
    "nb": "宁波",
    "dg": "东莞",
    "qd": "青岛",
    "gd": "广东",
    "zj": "浙江",
    "js": "江苏",
    "sd": "山东",
    "hlj": "黑龙江",
}
