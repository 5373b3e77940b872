"""Few rows in which every pair of values meets."""

from itertools import combinations


def pairs_of(row):
    """The pairs of (factor, value) that a row holds. Row: {factor: value}."""
    return set(combinations(sorted(row.items(), key=lambda item: item[0]), 2))


def all_pairs(factors):
    """What has to occur, for factors {name: values}."""
    return {((one, value), (other, another))
            for one, other in combinations(sorted(factors), 2)
            for value in factors[one] for another in factors[other]}


def complete(row, factors, missing):
    """Give every factor that the row lacks the value that makes most of the
    missing pairs with those it has."""
    for name in sorted(factors, key=lambda each: -len(factors[each])):
        if name not in row:
            row[name] = max(factors[name], key=lambda value: len(
                missing & pairs_of({**row, name: value})))
    return row


def covering_rows(factors):
    """Rows, always the same, that together hold every pair: each begins with
    the first pair that is still missing, and takes in as many as it can."""
    order = sorted(all_pairs(factors), key=repr)
    missing, rows = set(order), []
    for pair in order:
        if pair in missing:
            rows.append(complete(dict(pair), factors, missing))
            missing -= pairs_of(rows[-1])
    return rows
