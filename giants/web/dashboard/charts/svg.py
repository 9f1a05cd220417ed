"""Elements of SVG as markup; everything that is not markup is escaped."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape

# Names of elements are markup: only these can be written.
_ELEMENTS: Final = {
    "circle": Markup("circle"),
    "desc": Markup("desc"),
    "g": Markup("g"),
    "line": Markup("line"),
    "path": Markup("path"),
    "rect": Markup("rect"),
    "svg": Markup("svg"),
    "text": Markup("text"),
    "title": Markup("title"),
}


def element(name: str, *children: str, **attributes: object) -> Markup:
    """One element. `class_` is `class`, `_` in a name is `-`; attributes that are None are left out."""
    written = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _value(value))
        for key, value in attributes.items()
        if value is not None
    )
    inner = Markup("").join(escape(child) for child in children)
    return Markup("<{0}{1}>{2}</{0}>").format(_ELEMENTS[name], written, inner)


def group(children: Iterable[Markup], **attributes: object) -> Markup:
    """Elements that belong together."""
    return element("g", *children, **attributes)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def text(x: float, y: float, content: str, class_: str = "", anchor: str | None = None) -> Markup:
    """A word or two."""
    return element("text", content, x=x, y=y, class_=class_ or None, text_anchor=anchor)


def path(points: Iterable[tuple[float, float]], class_: str) -> Markup:
    """A line through points."""
    steps = " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return element("path", d=f"M{steps}", class_=class_)


def picture(
    size: tuple[float, float], title: str, description: str, children: Iterable[Markup], class_: str
) -> Markup:
    """A whole chart of a width and a height, which reads as one image with its title and description."""
    width, height = size
    return element(
        "svg",
        element("title", title),
        element("desc", description),
        *children,
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        aria_label=f"{title}. {description}",
        class_=f"chart {class_}",
    )


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from `low` to `high` laid from `start` to `end`, in units of the picture."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Where a value lies."""
        span = self.high - self.low or 1.0
        return self.start + (value - self.low) / span * (self.end - self.start)


def _value(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
