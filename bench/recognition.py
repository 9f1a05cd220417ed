"""Which confidence of text recognition tells names that were read right from those that were not.

    python -m bench.recognition

Made-up names, some with rare and with easily confused characters, are drawn as pages of lists: two typefaces,
80 to 200 dots an inch, straight and askew, sharp, soft and noisy. Every page is read as a scan is. A name is
as certain as its least certain character. The table says, for each threshold, how many names would be taken
and how many of these are wrong, and how many would be proposed and how many of these are right. Needs the
extra `ocr` and fonts-noto-cjk.
"""

import argparse
from random import Random
from typing import Final

from rich.console import Console
from rich.table import Table

from giants.demo.programme.firms import FirmMaker
from giants.sources.lists.scans import page_of, scanned_items
from schemas.base import AuthorityCode
from tests.sources.lists.scan_maker import Look, page

THRESHOLDS: Final = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99)
NAMES_OF_PAGE: Final = 24
# Rare characters, and those that differ in a stroke, which the words of made-up names lack.
BRANDS: Final = (
    "镕瑄", "犇鑫", "赟晟", "骉远", "喆昊", "己巳", "天夭", "未末", "土士", "日曰", "戊戌", "汨罗",
    "祎伟", "玥明", "翀宇", "琎达", "烜赫", "珺瑶", "昇异", "治冶", "晋普", "兖州", "麒麟", "彧文",
)  # fmt: skip
LOOKS: Final = (
    Look(dpi=200),
    Look(dpi=150, font="serif"),
    Look(dpi=200, skew=1.2, noise=6),
    Look(dpi=150, skew=-2.0, blur=0.6),
    Look(dpi=150, font="serif", noise=14),
    Look(dpi=110, blur=0.5, noise=6),
    Look(dpi=100, font="serif", noise=10, points=11),
    Look(dpi=80, blur=0.6, noise=8),
    Look(dpi=80, font="serif", skew=0.8, blur=0.8, noise=10, points=10.5),
)


def main() -> None:
    """Read the pages and print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.recognition",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seed", type=int, default=1)
    rng = Random(parser.parse_args().seed)
    maker = FirmMaker(rng)
    found: list[tuple[float, bool]] = []
    console = Console()
    for number, look in enumerate(LOOKS):
        names = [maker.make(AuthorityCode.ZJ).name for _ in range(NAMES_OF_PAGE // 2)]
        names += [f"杭州{brand}科技有限公司" for brand in BRANDS[number % 2 :: 2]]
        read = of_page(names, look)
        found += read
        right = sum(is_right for _, is_right in read)
        console.print(f"{look}: {right} of {len(read)} right, {len(names) - len(read)} rows lost")
    table = Table("threshold", "taken", "of these wrong", "proposed", "of these right")
    for threshold in THRESHOLDS:
        taken = [is_right for confidence, is_right in found if confidence >= threshold]
        proposed = [is_right for confidence, is_right in found if confidence < threshold]
        counts = (len(taken), len(taken) - sum(taken), len(proposed), sum(proposed))
        table.add_row(f"{threshold:.2f}", *map(str, counts))
    console.print(table)


def of_page(names: list[str], look: Look) -> list[tuple[float, bool]]:
    """For each name of a page that was found by its number: its confidence, and whether it was read right."""
    rows = [[str(number), "杭州市", name] for number, name in enumerate(names, start=1)]
    found = []
    for item in scanned_items(page_of(page("第八批名单", rows, look)), 1, with_pictures=False):
        number, *_, name = item.get("cells", ("", ""))
        if name and (number or "").isdigit() and 0 < int(number) <= len(names):
            found.append((item["confidences"][-1], name == names[int(number) - 1]))
    return found


if __name__ == "__main__":
    main()
