"""The histogram of scores: an SVG picture, inside the page."""

BINS = 11
BAR, GAP, HEIGHT = 46, 4, 120   # pixels
HEAD, FOOT = 18, 34             # room for the numbers above and below


def bins_of(scores, most):
    """(first score, last score, students) of each bar. The last is for full
    marks alone."""
    edges = [round(i * most / BINS) for i in range(BINS)] + [most, most + 1]
    return [(low, high - 1, sum(low <= score < high for score in scores))
            for low, high in zip(edges, edges[1:]) if high > low]


def bar(number, low, high, count, tallest):
    x = number * (BAR + GAP)
    height = HEIGHT * count / tallest if tallest else 0
    middle, top = x + BAR / 2, HEAD + HEIGHT - height
    label = str(low) if low == high else f"{low}–{high}"
    value = (f'<text class="count" x="{middle:g}" y="{top - 5:g}">{count}'
             "</text>" if count else "")
    return (f'<g><title>{label} points: {count}</title>'
            f'<rect x="{x}" y="{top:g}" width="{BAR}" height="{height:g}"/>'
            f'{value}<text x="{middle:g}" y="{HEAD + HEIGHT + 15}">{label}'
            "</text></g>")


def svg(scores, most):
    bars = bins_of(scores, most)
    tallest = max(count for *_, count in bars)
    width = len(bars) * (BAR + GAP) - GAP
    base = HEAD + HEIGHT
    return (f'<svg class="histogram" role="img" width="{width}" '
            f'height="{base + FOOT}" viewBox="0 0 {width} {base + FOOT}" '
            'aria-label="Histogram of scores">'
            + "".join(bar(number, *one, tallest)
                      for number, one in enumerate(bars))
            + f'<line x1="0" x2="{width}" y1="{base}" y2="{base}"/>'
            f'<text x="{width / 2:g}" y="{base + FOOT - 3}">score</text>'
            "</svg>")
