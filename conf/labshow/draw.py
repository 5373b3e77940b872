"""Pictures as SVG, in two layouts: wide, for a slide or a large window, with
the user table on the left, the private kernel table on the right and what both
point to between them; and narrow, for a phone, one below the other.

figure.css says how it looks; the page includes it once, a file of its own has
it inside."""

from html import escape
from pathlib import Path

from labshow.model import is_cow
from labshow.picture import BOTH, KERNEL, SIGNS, USER

HERE = Path(__file__).resolve().parent

HEAD, LINE, FOOT = 40, 21, 7       # of a card: its title, a row, the end
GAP, BAND = 16, 30                 # between cards, between bands
LANE, BEND = 8, 5                  # between lines side by side, at corners

WIDE, NARROW = 1254, 376


class Placed:
    """A card and where it is."""

    def __init__(self, card, x, y, width):
        self.card, self.x, self.y, self.width = card, x, y, width

    @property
    def height(self):
        rows = len(self.card.rows) + self.has_note()
        return HEAD + max(rows, 1) * LINE + FOOT

    def has_note(self):
        return bool(self.card.mirror and self.card.rows)

    def row_y(self, number):
        return self.y + HEAD + (number + self.has_note()) * LINE + LINE // 2

    def head_y(self):
        return self.y + HEAD // 2


def broad(words):
    """How much room words take in the figure's font, in pixels."""
    return 7.25 * len(words)


def text(x, y, words, classes="", anchor=""):
    anchor = f' text-anchor="{anchor}"' if anchor else ""
    classes = f' class="{classes}"' if classes else ""
    return f'<text x="{x}" y="{y}"{classes}{anchor}>{escape(words)}</text>'


def draw_card(placed, name):
    """The SVG of a card."""
    card, x, y, width = placed.card, placed.x, placed.y, placed.width
    parts = [f'<g class="card {card.side}" data-page="{card.key}">',
             f'<rect class="back" x="{x}" y="{y}" width="{width}" '
             f'height="{placed.height}" rx="7"/>',
             f'<path class="cap" d="M{x} {y + HEAD - 4}V{y + 7}q0 -7 7 -7h'
             f'{width - 14}q7 0 7 7V{y + HEAD - 4}z"/>',
             text(x + 11, y + 16, name, "name"),
             text(x + 11, y + 30, card.subtitle, "sub")]
    if card.rows and width > 250:
        parts.append(text(x + width - 11, y + 16, card.note, "sub", "end"))
    if placed.has_note():
        slots = card.mirror
        words = (f"slots {slots.start}\u2013{slots.stop - 1}: the mirror"
                 if card.side == KERNEL else
                 f"slots {slots.start}\u2013{slots.stop - 1} are mirrored")
        parts.append(text(x + 11, y + HEAD + LINE // 2 + 4, words, "note"))
    if not card.rows:
        words = "no valid entry" if card.subtitle.startswith("0x") else \
            card.subtitle
        if card.subtitle.startswith("0x"):
            parts.append(text(x + 11, y + HEAD + 14, words, "note"))
    for number, row in enumerate(card.rows):
        parts.append(draw_row(placed, number, row))
    parts.append("</g>")
    return "".join(parts)


def in_a_sentence(row):
    """For who does not see the picture."""
    words = [row.place(), "not valid" if row.is_absent else
             row.flags() if row.is_leaf else "table"]
    if row.is_leaf:
        words.append(row.what)
    if row.count > 1:
        words.append(f"{row.count} entries")
    if not row.is_absent:
        words.append(f"page {row.first.pa:#x}")
    if row.shared:
        words.append(f"shared with {row.shared}")
    if row.is_wrong:
        words.append("mirror out of date")
    if row.change:
        words.append(row.change)
    return ", ".join(words)


def draw_row(placed, number, row):
    card, x, width = placed.card, placed.x, placed.width
    y = placed.row_y(number)
    base = y + 4
    classes = ["row", "leaf" if row.is_leaf else "pointer", row.change or ""]
    if card.mirror and row.first.index in card.mirror:
        classes.append("mirrored")
    if row.is_wrong:
        classes.append("wrong")
    if row.is_absent:
        classes.append("absent")
    if row.ours and row.is_leaf and "C" in row.flags():
        classes.append("cow")
    parts = [f'<g class="{" ".join(filter(None, classes))}" tabindex="-1" '
             f'role="button" data-f="{row.facts}" data-va="{row.first.va:#x}" '
             f'data-i="{row.first.index}-{row.last.index}" '
             f'aria-label="{escape(in_a_sentence(row))}">',
             f'<rect class="hit" x="{x + 4}" y="{y - LINE // 2 + 1}" '
             f'width="{width - 8}" height="{LINE - 1}" rx="4"/>']
    if card.mirror and row.first.index in card.mirror:
        parts.append(f'<rect class="slot" x="{x + 4}" y="{y - LINE // 2 + 1}" '
                     f'width="3" height="{LINE - 1}"/>')
    if row.change:
        parts.append(text(x + 9, base, SIGNS[row.change], "sign"))
    parts.append(text(x + 20, base, row.place(), "place"))
    right = x + width - 11
    if row.is_leaf:
        at = x + 28 + max(broad(one.place()) for one in card.rows
                          if one.is_leaf)
        if not row.is_absent:
            parts.append(flags_text(at, base, row))
        label = row.what if width > 250 else short(row.what)
        if row.count > 1:
            label += f" \u00d7{row.count}"
        at += broad(row.flags()) + 8
        if row.count == 1 and row.first.level == 1 and not row.is_absent \
                and at + broad(label + ", 2 MiB") <= right:
            label += ", 2 MiB"
        page = "not valid" if row.is_absent else f"{row.first.pa:#x}"
        if at + broad(label) + 10 + broad(page) <= right:
            parts.append(text(at, base, label, "what"))
            parts.append(text(right, base, page, "pa", "end"))
        else:
            parts.append(text(right, base, label, "what", "end"))
        if row.shared:
            parts.append(f'<circle class="twin" cx="{x + width - 4}" '
                         f'cy="{y}" r="3.5"/>')
    else:
        where = f"{row.first.pa:#x}" if row.count == 1 else \
            f"\u00d7{row.count}"
        arrow = "\u2192" if width < 160 else "\u2192 "
        parts.append(text(right, base, arrow + where, "pa", "end"))
    parts.append("</g>")
    return "".join(parts)


def short(words):
    """For narrow cards."""
    return {"kernel stack": "kstack", "kernel text": "ktext",
            "kernel rodata": "krodata", "test finisher": "finisher"}.get(
                words, words)


def flags_text(x, y, row):
    """The bits, those that are not set faint."""
    parts, letters = [], row.flags()
    for letter in letters:
        if letter == "-":
            parts.append("<tspan class='off'>\u00b7</tspan>")
        elif letter == "C":
            parts.append("<tspan class='c'>C</tspan>")
        else:
            parts.append(letter)
    return f'<text x="{x}" y="{y}" class="flags">{"".join(parts)}</text>'


# Lines.

class Gutter:
    """A strip between columns, in which lines run up and down. Those that
    would touch get lanes of their own. outwards: 1 if the first lane is on
    its left, else -1."""

    def __init__(self, x, outwards, most):
        self._x, self._outwards, self._most = x, outwards, most
        self._taken = []

    def lane(self, y1, y2):
        low, high = min(y1, y2) - 3, max(y1, y2) + 3
        number = 0
        while any(lane == number and low < b and a < high
                  for lane, a, b in self._taken):
            number += 1
        self._taken.append((number, low, high))
        return self._x + self._outwards * LANE * min(number, self._most)


def draw_link(link, x1, y1, lane, x2, y2):
    """From a row by its lane to a card's head."""
    into = 1 if x2 > lane else -1
    out = 1 if lane > x1 else -1
    down = 1 if y2 > y1 else -1
    bend = min(BEND, abs(y2 - y1) / 2)
    if bend < 1:
        path = f"M{x1} {y1}H{x2 - into * 6}"
    else:
        path = (f"M{x1} {y1}H{lane - out * bend}"
                f"q{out * bend} 0 {out * bend} {down * bend}"
                f"V{y2 - down * bend}"
                f"q0 {down * bend} {into * bend} {down * bend}"
                f"H{x2 - into * 6}")
    hot = " hot" if link.is_hot else ""
    return (f'<g class="link {link.side}{hot}" data-from="{link.source}" '
            f'data-row="{link.row}" data-to="{link.target}">'
            f'<path d="{path}"/><path class="tip" d="M{x2 - into * 7} '
            f'{y2 - 4}L{x2} {y2}l{-into * 7} 4z"/></g>')


class Layout:
    """Puts the cards of a picture in their places."""

    def __init__(self, picture, is_wide):
        self.picture, self.is_wide = picture, is_wide
        self.placed = {}
        self.captions = []
        if is_wide:
            self._wide()
        else:
            self._narrow()

    @property
    def width(self):
        return WIDE if self.is_wide else NARROW

    @property
    def height(self):
        return max(placed.y + placed.height
                   for placed in self.placed.values()) + 8

    def _put(self, key, x, y, width):
        """Gives where the next card below it begins."""
        if key not in self.placed:
            card = self.picture.cards[key]
            self.placed[key] = Placed(card, x, y, width)
            return y + self.placed[key].height + GAP
        return y

    def _stack(self, keys, x, y, width):
        for key in keys:
            y = self._put(key, x, y, width)
        return y

    def _wide(self):
        user, kernel = self.picture.user_root, self.picture.kernel_root
        top = 34
        has_both = any(card.side == BOTH
                       for card in self.picture.cards.values())
        self.captions = [(0, "User table", USER, ""),
                         (WIDE / 2, "Pages of both tables, drawn once"
                          if has_both else "", BOTH, "middle"),
                         (WIDE, "Private kernel table", KERNEL, "end")]
        if user == kernel:
            self._put(user, 0, top, 166)
        else:
            self._put(user, 0, top, 166)
            self._put(kernel, 1088, top, 166)
        y = top
        for users, both, kernels, below in self.picture.bands:
            ends = [self._stack(users, 206, y, 214),
                    self._stack(kernels, 834, y, 214),
                    self._stack(both + below, 455, y, 344)]
            y = max(ends) - GAP + BAND
        self.gutters = {0: (Gutter(174, 1, 3), Gutter(1080, -1, 3)),
                        1: (Gutter(427, 1, 2), Gutter(827, -1, 2)),
                        2: (Gutter(446, -1, 2), Gutter(808, 1, 2))}

    def _narrow(self):
        user, kernel = self.picture.user_root, self.picture.kernel_root
        top = 30
        self.captions = [(34, "User table", USER, ""),
                         (NARROW - 34, "Private kernel table", KERNEL, "end")]
        y = max(self._put(user, 34, top, 150),
                self._put(kernel, 192, top, 150)) + 4
        for users, both, kernels, below in self.picture.bands:
            for keys in (users, both, below, kernels):
                y = self._stack(keys, 34, y, 308)
            y += BAND - GAP
        left, right = Gutter(26, -1, 3), Gutter(350, 1, 3)
        self.gutters = {0: (left, right), 1: (left, right), 2: (left, right)}

    def links(self):
        drawn = []
        order = sorted(self.picture.links, key=lambda link: (
            abs(self.placed[link.target].head_y() -
                self.placed[link.source].row_y(link.row)),))
        for link in order:
            drawn.append(self._link(link))
        return "".join(drawn)

    def _link(self, link):
        source, target = self.placed[link.source], self.placed[link.target]
        is_kernel = link.side == KERNEL
        y1, y2 = source.row_y(link.row), target.head_y()
        # Two lines to one page come to its head from either side; others that
        # come from the same side keep apart.
        x1 = source.x + source.width if is_kernel else source.x
        x2 = target.x + target.width if is_kernel else target.x
        if self.is_wide and source.x != target.x:
            column = 0 if source.card.level == 2 else 1
            gutter = self.gutters[column][is_kernel]
            x1 = source.x if is_kernel else source.x + source.width
        elif self.is_wide:
            gutter = self.gutters[2][is_kernel]
        else:
            gutter = self.gutters[0][is_kernel]
        return draw_link(link, x1, y1, gutter.lane(y1, y2), x2, y2)

    def name(self, placed):
        """A card's title."""
        card = placed.card
        whose = {USER: "user", KERNEL: "kernel", BOTH: "of both"}[card.side]
        if card.level == 2:
            return "root of both" if card.side == BOTH else f"{whose} root"
        if not card.subtitle.startswith("0x"):
            return card.title
        return f"{card.title}, {whose}"


def tables(picture, is_wide, label):
    """The SVG of a process's tables, without its style."""
    layout = Layout(picture, is_wide)
    body = [text(x, 16, words, f"caption {side}", anchor)
            for x, words, side, anchor in layout.captions]
    body.append(layout.links())
    body += [draw_card(placed, layout.name(placed))
             for placed in layout.placed.values()]
    return svg(layout.width, layout.height, label, "".join(body))


def svg(width, height, label, body):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" class="figure" '
            f'viewBox="-2 0 {width + 4} {height}" width="{width + 4}" role="group" '
            f'aria-label="{escape(label)}">{body}</svg>')


# What two processes have in common.

def sharing(first, second, rows, is_wide):
    """The memory of two processes side by side, and the pages behind it
    between them. rows: [(va, count, one's leaf or None, the other's, change of
    one's, of the other's, what)]."""
    width = 760 if is_wide else NARROW
    side = 244 if is_wide else 116
    middle = width - 2 * side
    body = [text(0, 16, first.label, "caption user"),
            text(width / 2, 16, "physical pages" if is_wide else "pages",
                 "caption both", "middle"),
            text(width, 16, second.label, "caption user", "end")]
    y = 30
    for va, count, mine, others, my_change, other_change, what in rows:
        for leaf, x, anchor_x, change in (
                (mine, 0, side, my_change),
                (others, width - side, width - side, other_change)):
            if leaf is None:
                continue
            words = f"{va:#010x}" if is_wide else f"{va:#x}"
            classes = f"row {change or ''}".strip()
            letters = leaf.flags() + ("C" if is_cow(leaf) else "-")
            if not is_wide:
                letters = letters.replace("-", "")
            body.append(f'<g class="{classes}"><rect class="cell" x="{x}" '
                        f'y="{y}" width="{side}" height="{LINE + 3}" rx="5"/>')
            body.append(text(x + 9, y + 16, words, "place"))
            body.append(bits(x + side - 9, y + 16, letters))
            if is_wide:
                label = what + (f" \u00d7{count}" if count > 1 else "")
                body.append(text(x + 98, y + 16, label, "what"))
            body.append("</g>")
        body.append(frames(side, middle, y, mine, others, is_wide))
        y += LINE + 9
    return svg(width, y + 4, f"pages of {first.label} and {second.label}",
               "".join(body))


def bits(x, y, letters):
    words = "".join("<tspan class='off'>\u00b7</tspan>" if letter == "-" else
                    f"<tspan class='c'>{letter}</tspan>" if letter == "C" else
                    letter for letter in letters)
    return (f'<text x="{x}" y="{y}" class="flags" text-anchor="end">{words}'
            "</text>")


def frames(side, middle, y, mine, others, is_wide):
    """One page with an arrow from both, or a page for each."""
    width = 100 if is_wide else 62
    center, mid_y = side + middle / 2, y + (LINE + 3) / 2
    name = (lambda leaf: f"{leaf.pa:#x}") if is_wide else \
        (lambda leaf: f"{leaf.pa:x}")
    if mine and others and mine.pa == others.pa:
        boxes = [(center - width / 2, mine, "both", True, True)]
    else:
        boxes = []
        apart = middle / 4 if is_wide else width / 2 + 2
        if mine:
            boxes.append((center - apart - width / 2, mine, "user", True,
                          False))
        if others:
            boxes.append((center + apart - width / 2, others, "user", False,
                          True))
    parts = []
    for x, leaf, kind, from_left, from_right in boxes:
        parts.append(f'<g class="frame {kind}"><rect x="{x}" y="{y}" '
                     f'width="{width}" height="{LINE + 3}" rx="5"/>' +
                     text(x + width / 2, y + 16, name(leaf), "pa", "middle") +
                     "</g>")
        for is_there, start, end in ((from_left, side, x),
                                     (from_right, side + middle, x + width)):
            if is_there:
                into = 1 if end > start else -1
                parts.append(
                    f'<g class="link {kind}"><path d="M{start} {mid_y}H'
                    f'{end - into * 6}"/><path class="tip" d="M{end - into * 7}'
                    f' {mid_y - 4}L{end} {mid_y}l{-into * 7} 4z"/></g>')
    return "".join(parts)


def alone(drawn):
    """A picture as a file of its own, with its style."""
    style = (HERE / "figure.css").read_text()
    head, rest = drawn.split(">", 1)
    return f"{head}><style>{style}</style>{rest}\n"
