"""Write the generated pages into the folder of the documentation."""

from docs.generate import FOLDER, PAGES

for name, page in PAGES.items():
    (FOLDER / name).write_text(page(), encoding="utf-8")
