"""The loops with which tape/structure.py looks for structure; as in sweeps.py, stated once.

Operands are in a pool, as there. Those of a dot product are a[0], a[1], ..., then the place that it
is added to, then b[0], b[1], ...
"""

from __future__ import annotations

from autograd.native.sweeps import Codes, Flags, Ints

# ---- chains of additions ------------------------------------------------------------------------


def _is_link(place: int, leaves: int, codes: Codes, uses: Ints, add: int, sub: int) -> bool:
    """Whether a place is a sum or difference that is used once."""
    if place < leaves or uses[place] != 1:
        return False
    return codes[place - leaves] == add or codes[place - leaves] == sub


def find_chains(
    codes: Codes, begins: Ints, pool: Ints, leaves: int, uses: Ints, add: int, sub: int,
    inside: Flags, links: Ints, terms: Ints,
) -> int:  # fmt: skip
    """Fill links and terms, from the back, with one chain after the other; gives where they begin.

    Of a chain that is first its first term, as link and as term, and then each link with the term
    that it adds or subtracts.
    """
    position = len(links)
    for end in range(leaves + len(codes) - 1, leaves - 1, -1):
        if inside[end] or (codes[end - leaves] != add and codes[end - leaves] != sub):
            continue
        link = end
        while True:
            first, term = pool[begins[link - leaves]], pool[begins[link - leaves] + 1]
            if (
                codes[link - leaves] == add
                and not _is_link(first, leaves, codes, uses, add, sub)
                and _is_link(term, leaves, codes, uses, add, sub)
            ):
                first, term = term, first
            position -= 1
            links[position] = link
            terms[position] = term
            if not _is_link(first, leaves, codes, uses, add, sub):
                break
            inside[first] = 1
            link = first
        position -= 1
        links[position] = first
        terms[position] = first
    return position


def find_factors(
    codes: Codes, begins: Ints, pool: Ints, leaves: int, uses: Ints, mul: int, sub: int,
    one: int, minus_one: int, links: Ints, terms: Ints, a: Ints, b: Ints,
) -> None:  # fmt: skip
    """Fill a and b with the factors of each term: its own if it is a product that is used once and
    is added; if not, the term and 1 or -1."""
    for k in range(len(links)):
        term, link = terms[k], links[k]
        subtracts = link != term and codes[link - leaves] == sub
        if subtracts or term < leaves or codes[term - leaves] != mul or uses[term] != 1:
            a[k] = term
            b[k] = minus_one if subtracts else one
        else:
            a[k] = pool[begins[term - leaves]]
            b[k] = pool[begins[term - leaves] + 1]


def _kind_of_term(a: int, b: int, shared: int, one: int, minus_one: int) -> int:
    """The kind of a term with these factors."""
    kind = (1 if a < shared else 0) + (2 if b < shared else 0)
    if b == one:
        return 4 + kind
    return 8 + kind if b == minus_one else kind


def _end_of_kind(
    links: Ints, terms: Ints, a: Ints, b: Ints, start: int, shared: int, one: int, minus_one: int
) -> int:
    """Where the terms stop that are in one chain with that at start, and of its kind."""
    like = _kind_of_term(a[start], b[start], shared, one, minus_one)
    stop = start + 1
    while (
        stop < len(links)
        and links[stop] != terms[stop]
        and _kind_of_term(a[stop], b[stop], shared, one, minus_one) == like
    ):
        stop += 1
    return stop


def _is_dot(size: int, b: int, one: int, minus_one: int, fewest: int) -> bool:
    """Whether so many terms of one kind, with b as a factor, are worth a dot product."""
    return size >= (fewest if b in (one, minus_one) else 2)


def room_for_dots(
    links: Ints, terms: Ints, a: Ints, b: Ints, shared: int, one: int, minus_one: int, fewest: int
) -> int:
    """How many places dot products take in pool."""
    room = start = 0
    while start < len(links):
        stop = _end_of_kind(links, terms, a, b, start, shared, one, minus_one)
        if _is_dot(stop - start, b[start], one, minus_one, fewest):
            room += 2 * (stop - start) + 1
        start = stop
    return room


def make_dots(
    links: Ints, terms: Ints, a: Ints, b: Ints, leaves: int, shared: int, one: int, minus_one: int,
    minus_zero: int, fewest: int, dot: int, used: int,
    codes: Codes, begins: Ints, ends: Ints, pool: Ints, owners: Ints,
) -> None:  # fmt: skip
    """Make each stretch of terms of one kind in a chain a dot product, added to the one before.

    used   : how many places there are in pool, behind which those of dots are put.
    owners : filled, for each place inside a dot product, with the place that this fills.
    """
    start = 0
    while start < len(links):
        stop = _end_of_kind(links, terms, a, b, start, shared, one, minus_one)
        size = stop - start
        if _is_dot(size, b[start], one, minus_one, fewest):
            begins_chain = links[start] == terms[start]
            place = links[stop - 1]
            codes[place - leaves] = dot
            begins[place - leaves] = used
            ends[place - leaves] = used + 2 * size + 1
            pool[used + size] = minus_zero if begins_chain else links[start - 1]
            for k in range(size):
                at = start + k
                pool[used + k] = a[at]
                pool[used + size + 1 + k] = b[at]
                if at < stop - 1 and not (begins_chain and k == 0):
                    owners[links[at]] = place
                if a[at] != terms[at]:
                    owners[terms[at]] = place
            used += 2 * size + 1
        start = stop


def _rank(place: int, parameters: int, shared: int) -> int:
    """Parameters first, constants last."""
    if place < parameters:
        return 0
    return 2 if place < shared else 1


def order_factors(
    dots: Ints, begins: Ints, ends: Ints, pool: Ints, leaves: int, parameters: int, shared: int
) -> None:
    """In each of these dot products, have parameters on the left and constants on the right."""
    for m in range(len(dots)):
        begin = begins[dots[m] - leaves]
        size = (ends[dots[m] - leaves] - begin) // 2
        for at in range(begin, begin + size):
            a, b = pool[at], pool[at + size + 1]
            if _rank(b, parameters, shared) < _rank(a, parameters, shared):
                pool[at] = b
                pool[at + size + 1] = a


def dissolve(codes: Codes, dot: int, leaves: int, owners: Ints, levels: Ints, turns: Ints) -> None:
    """Have what was inside of dot products that are none any more come just before what these fill,
    one after the other."""
    for place in range(leaves, leaves + len(codes)):
        owner = owners[place]
        if owner and codes[owner - leaves] != dot:
            turns[owner] -= 1
    for place in range(leaves, leaves + len(codes)):
        owner = owners[place]
        if owner and codes[owner - leaves] != dot:
            levels[place] = levels[owner]
            turns[place] = turns[owner]
            turns[owner] += 1
            owners[place] = 0


# ---- levels and groups --------------------------------------------------------------------------


def find_levels(
    begins: Ints, ends: Ints, pool: Ints, leaves: int, owners: Ints, levels: Ints
) -> None:
    """Fill levels with how far each instruction is from the last ones, counted down from 0."""
    for k in range(len(begins) - 1, -1, -1):
        if owners[leaves + k]:
            continue
        further = levels[leaves + k] - 1
        for j in range(begins[k], ends[k]):
            if levels[pool[j]] > further:
                levels[pool[j]] = further


def find_kinds(
    places: Ints, codes: Codes, begins: Ints, ends: Ints, pool: Ints, dot: int, leaves: int,
    shared: int, kinds: Ints,
) -> int:  # fmt: skip
    """Fill kinds with the kind of the instruction at each of some places: its code, which operands
    are shared, and the length of a dot product. Gives the highest."""
    highest = 0
    for m in range(len(places)):
        k = places[m] - leaves
        begin, kind = begins[k], 8 * codes[k]
        if codes[k] == dot:
            size = (ends[k] - begin) // 2
            kind += 8 * size
            kind += 4 if pool[begin] < shared else 0
            kind += 2 if pool[begin + size] < shared else 0
            kind += 1 if pool[begin + size + 1] < shared else 0
        else:
            for j in range(begin, min(begin + 3, ends[k])):
                if pool[j] < shared:
                    kind += 1 << (j - begin)
        kinds[leaves + k] = kind
        if kind > highest:
            highest = kind
    return highest


def order_leaves(
    order: Ints, bounds: Ints, codes: Codes, begins: Ints, ends: Ints, pool: Ints, dot: int,
    leaves: int, parameters: int, seen: Flags, result: Ints,
) -> None:  # fmt: skip
    """Fill result with the parameters, and then the constants, as groups use them: all first
    operands of a group, then all second ones, and so on.

    seen : a flag for each.
    """
    parameter, constant = 0, parameters
    shared = len(seen)
    for g in range(len(bounds) - 1):
        first = order[bounds[g]] - leaves
        size = ends[first] - begins[first]
        part = 0
        while part < size:
            width = size // 2 if codes[first] == dot and part != size // 2 else 1
            for m in range(bounds[g], bounds[g + 1]):
                begin = begins[order[m] - leaves] + part
                for j in range(begin, begin + width):
                    place = pool[j]
                    if place >= shared or seen[place]:
                        continue
                    seen[place] = 1
                    if place < parameters:
                        result[parameter] = place
                        parameter += 1
                    else:
                        result[constant] = place
                        constant += 1
            part += width
    for place in range(shared):
        if not seen[place] and place < parameters:
            result[parameter] = place
            parameter += 1
        elif not seen[place]:
            result[constant] = place
            constant += 1


# ---- rows and columns ---------------------------------------------------------------------------


# A row of an instruction has five numbers: those of up to three operands; of a dot product those of
# the place that it is added to, of its first factors, and the steps from one factor to the next.


def fill_rows(
    order: Ints, first: int, stop: int, codes: Codes, begins: Ints, ends: Ints, pool: Ints,
    dot: int, leaves: int, shared: int, numbers: Ints, rows: Ints, misfits: Flags,
) -> int:  # fmt: skip
    """Fill in the rows of instructions in this order, from the first to the one before stop, and a
    flag for each dot product whose factors do not advance by one step, or are shared only in part;
    gives how many of these there are."""
    count = 0
    for m in range(first, stop):
        k = order[m] - leaves
        begin, row = begins[k], 5 * (m - first)
        if codes[k] != dot:
            for j in range(begin, min(begin + 3, ends[k])):
                rows[row + j - begin] = numbers[pool[j]]
            continue
        size = (ends[k] - begin) // 2
        rows[row] = numbers[pool[begin + size]]
        fits = True
        for side in range(2):
            at = begin + side * (size + 1)
            step = numbers[pool[at + 1]] - numbers[pool[at]]
            j = at + 1
            while (
                j < at + size
                and numbers[pool[j]] - numbers[pool[j - 1]] == step
                and (pool[j] < shared) == (pool[at] < shared)
            ):
                j += 1
            fits = fits and j == at + size
            rows[row + 1 + side] = numbers[pool[at]]
            rows[row + 3 + side] = step
        if not fits:
            misfits[m - first] = 1
            count += 1
    return count


def _same_step(rows: Ints, a: int, b: int, c: int, d: int) -> bool:
    """Whether row b is as far from row a as d from c."""
    for j in range(3):
        if rows[5 * b + j] - rows[5 * a + j] != rows[5 * d + j] - rows[5 * c + j]:
            return False
    return True


def _is_like(rows: Ints, a: int, b: int) -> bool:
    """Whether what must be the same throughout a run is the same in two rows."""
    return rows[5 * a + 3] == rows[5 * b + 3] and rows[5 * a + 4] == rows[5 * b + 4]


def _end_of_run(rows: Ints, start: int, end: int) -> int:
    """Where the run of rows that advance by constant steps stops, which begins at start."""
    if start + 1 >= end or not _is_like(rows, start, start + 1):
        return min(start + 1, end)
    stop = start + 2
    while (
        stop < end
        and _is_like(rows, stop - 1, stop)
        and _same_step(rows, start, start + 1, stop - 1, stop)
    ):
        stop += 1
    return stop


def find_runs(rows: Ints, first: int, bounds: Ints, fewest: int, found: Ints) -> int:
    """Fill found with runs of runs that advance by constant steps, inside each group: for each its
    first row, the number of runs, and the number of rows in each; only those with so many rows.

    first : the row that rows begin with.

    Gives how many numbers it has filled in.
    """
    count = 0
    for g in range(len(bounds) - 1):
        start, end = bounds[g] - first, bounds[g + 1] - first
        stop = _end_of_run(rows, start, end)
        while start < end:
            width = stop - start
            height = 1
            last = start  # the first row of the last run
            while True:
                after = stop
                stop = _end_of_run(rows, after, end)
                if (
                    stop - after != width
                    or not _is_like(rows, last, after)
                    or (width > 1 and not _same_step(rows, start, start + 1, after, after + 1))
                    or (height > 1 and not _same_step(rows, start, start + width, last, after))
                ):
                    break
                height += 1
                last = after
            if height * width >= fewest:
                found[count] = first + start
                found[count + 1] = height
                found[count + 2] = width
                count += 3
            start = after
    return count
