"""Write what is generated to where it is kept."""

from docs.generate import FOLDER, PAGES

for name, page in PAGES.items():
    (FOLDER / name).write_text(page(), encoding="utf-8")
