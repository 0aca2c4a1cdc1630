"""How wide words are, where a picture has to leave room for them."""

import unicodedata

_AT_11_PX = {
    3.1: "'il",
    4.0: " ,.fj",
    4.4: "!t",
    5.1: 'rIJ-()/:;[]|"\\',
    5.8: "csz",
    6.6: "aekvxyFLP?",
    7.0: "bdghnopquETY0123456789$*_",
    7.7: "ABCKRSVXZ",
    8.7: "DGHNOQU&",
    9.3: "wM#+<=>~^",
    11.0: "mW@",
    11.9: "%",
}
"""Letters by their width in Verdana, the widest of the fonts that are usual: another one leaves room."""

_WIDTH = {letter: width for width, letters in _AT_11_PX.items() for letter in letters}
_OTHER, _FULL = 8.0, 11.0


def width_of(words: str, *, size: float = 11.0) -> float:
    """Return how wide words are in px, in letters of so many px: about, and rather too much than too little."""
    return sum(_letter(one) for one in words) * size / 11.0


def fit(words: str, width: float, *, size: float = 11.0) -> str:
    """Return words as far as they go into so many px, with an ellipsis where something is left out."""
    if width_of(words, size=size) <= width:
        return words
    kept = words[: int(width)]
    while kept and width_of(kept + "…", size=size) > width:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"


def _letter(letter: str) -> float:
    return _WIDTH.get(letter) or (_FULL if unicodedata.east_asian_width(letter) in "WF" else _OTHER)
