# Written by generate.py from tape/sweeps.py: edits here are lost.
@cython.infer_types(True)
def list_operands(
    codes: cython.ushort[::1], left: cython.int[::1], right: cython.int[::1], extra: cython.int[::1], arities: cython.int[::1],
    begins: cython.int[::1], ends: cython.int[::1], pool: cython.int[::1],
) -> cython.int:  # fmt: skip
    """Fill pool with the operands of all instructions; gives how many there are."""
    count = 0
    for k in range(len(codes)):
        arity = arities[codes[k]]
        begins[k] = count
        pool[count] = left[k]
        if arity == 2:
            pool[count + 1] = right[k]
        else:
            for j in range(arity - 1):
                pool[count + 1 + j] = extra[right[k] + j]
        count += arity
        ends[k] = count
    return count



@cython.infer_types(True)
def tally(places: cython.int[::1], counts: cython.int[::1]) -> None:
    """Count how often each place comes."""
    for k in range(len(places)):
        counts[places[k]] += 1



@cython.infer_types(True)
def renamed(places: cython.int[::1], numbers: cython.int[::1], result: cython.int[::1]) -> None:
    """Give each of some places its new number."""
    for k in range(len(places)):
        result[k] = numbers[places[k]]



@cython.infer_types(True)
def renumber(places: cython.int[::1], first: cython.int, numbers: cython.int[::1]) -> None:
    """Number places in their order, from `first` on."""
    for k in range(len(places)):
        numbers[places[k]] = first + k



@cython.infer_types(True)
def move(
    order: cython.int[::1], numbers: cython.int[::1], leaves: cython.int, arities: cython.int[::1],
    codes: cython.ushort[::1], limits: cython.uchar[::1], left: cython.int[::1], right: cython.int[::1],
    new_codes: cython.ushort[::1], new_limits: cython.uchar[::1], new_left: cython.int[::1], new_right: cython.int[::1],
) -> None:  # fmt: skip
    """Put instructions in a new order, in which their operands have new numbers."""
    for k in range(len(order)):
        old = order[k] - leaves
        new_codes[k] = codes[old]
        new_limits[k] = limits[old]
        new_left[k] = numbers[left[old]]
        new_right[k] = numbers[right[old]] if arities[codes[old]] == 2 else right[old]



@cython.infer_types(True)
def find_code(codes: cython.ushort[::1], code: cython.int, leaves: cython.int, places: cython.int[::1]) -> cython.int:
    """Fill places with those that instructions with this code fill; gives how many there are."""
    count = 0
    for k in range(len(codes)):
        if codes[k] == code:
            places[count] = leaves + k
            count += 1
    return count



@cython.infer_types(True)
def lowest(numbers: cython.int[::1]) -> cython.int:
    """The lowest of numbers, or 0."""
    found = 0
    for k in range(len(numbers)):
        found = min(found, numbers[k])
    return found


# ---- chains of additions ------------------------------------------------------------------------



@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.infer_types(True)
def _is_link(place: cython.int, leaves: cython.int, codes: cython.ushort[::1], uses: cython.int[::1], add: cython.int, sub: cython.int) -> cython.bint:
    """Whether a place is a sum or difference that is used once."""
    if place < leaves or uses[place] != 1:
        return False
    return codes[place - leaves] == add or codes[place - leaves] == sub



@cython.infer_types(True)
def find_chains(
    codes: cython.ushort[::1], begins: cython.int[::1], pool: cython.int[::1], leaves: cython.int, uses: cython.int[::1], add: cython.int, sub: cython.int,
    inside: cython.uchar[::1], links: cython.int[::1], terms: cython.int[::1],
) -> cython.int:  # fmt: skip
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
            if codes[link - leaves] == add and not _is_link(first, leaves, codes, uses, add, sub):
                if _is_link(term, leaves, codes, uses, add, sub):
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



@cython.infer_types(True)
def find_factors(
    codes: cython.ushort[::1], begins: cython.int[::1], pool: cython.int[::1], leaves: cython.int, uses: cython.int[::1], mul: cython.int, sub: cython.int,
    one: cython.int, minus_one: cython.int, links: cython.int[::1], terms: cython.int[::1], a: cython.int[::1], b: cython.int[::1],
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



@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.infer_types(True)
def _kind_of_term(a: cython.int, b: cython.int, shared: cython.int, one: cython.int, minus_one: cython.int) -> cython.int:
    """The kind of a term with these factors; from 4 on it is none of a product."""
    kind = (1 if a < shared else 0) + (2 if b < shared else 0)
    if b == one:
        return 4 + kind
    return 8 + kind if b == minus_one else kind



@cython.infer_types(True)
def make_dots(
    links: cython.int[::1], terms: cython.int[::1], a: cython.int[::1], b: cython.int[::1], leaves: cython.int, shared: cython.int, one: cython.int, minus_one: cython.int,
    minus_zero: cython.int, fewest: cython.int, dot: cython.int, used: cython.int,
    codes: cython.ushort[::1], begins: cython.int[::1], ends: cython.int[::1], pool: cython.int[::1], owners: cython.int[::1],
) -> cython.int:  # fmt: skip
    """Make each stretch of terms of one kind in a chain a dot product, added to the one before.

    used   : how many places there are in pool, behind which those of dots are put.
    owners : filled, for each place inside a dot product, with the place that this fills.

    Gives how many places there are then in pool.
    """
    count = len(links)
    start = 0
    while start < count:
        like = _kind_of_term(a[start], b[start], shared, one, minus_one)
        stop = start + 1
        while (
            stop < count
            and links[stop] != terms[stop]
            and _kind_of_term(a[stop], b[stop], shared, one, minus_one) == like
        ):
            stop += 1
        size = stop - start
        if size >= (fewest if like >= 4 else 2):
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
    return used



@cython.infer_types(True)
def dissolve(
    codes: cython.ushort[::1], dot: cython.int, leaves: cython.int, owners: cython.int[::1], levels: cython.int[::1], turns: cython.int[::1]
) -> None:
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



@cython.infer_types(True)
def find_levels(begins: cython.int[::1], ends: cython.int[::1], pool: cython.int[::1], leaves: cython.int, owners: cython.int[::1], levels: cython.int[::1]) -> None:
    """Fill levels with how far each instruction is from the last ones, counted down from 0."""
    for k in range(len(begins) - 1, -1, -1):
        if owners[leaves + k]:
            continue
        further = levels[leaves + k] - 1
        for j in range(begins[k], ends[k]):
            if levels[pool[j]] > further:
                levels[pool[j]] = further



@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.infer_types(True)
def _rank(place: cython.int, parameters: cython.int, shared: cython.int) -> cython.int:
    """Parameters first, constants last."""
    if place < parameters:
        return 0
    return 2 if place < shared else 1



@cython.infer_types(True)
def order_factors(
    codes: cython.ushort[::1], begins: cython.int[::1], ends: cython.int[::1], pool: cython.int[::1], dot: cython.int, parameters: cython.int, shared: cython.int
) -> None:
    """In each dot product, have parameters on the left and constants on the right."""
    for k in range(len(codes)):
        size = (ends[k] - begins[k]) // 2 if codes[k] == dot else 0
        for at in range(begins[k], begins[k] + size):
            a, b = pool[at], pool[at + size + 1]
            if _rank(b, parameters, shared) < _rank(a, parameters, shared):
                pool[at] = b
                pool[at + size + 1] = a



@cython.infer_types(True)
def list_units(owners: cython.int[::1], leaves: cython.int, places: cython.int[::1]) -> cython.int:
    """Fill places with those of instructions outside of dot products, and then those inside; gives
    how many are outside."""
    count = 0
    for place in range(leaves, len(owners)):
        if not owners[place]:
            places[count] = place
            count += 1
    position = count
    for place in range(leaves, len(owners)):
        if owners[place]:
            places[position] = place
            position += 1
    return count



@cython.infer_types(True)
def find_kinds(
    codes: cython.ushort[::1], begins: cython.int[::1], ends: cython.int[::1], pool: cython.int[::1], dot: cython.int, leaves: cython.int, shared: cython.int,
    kinds: cython.int[::1],
) -> cython.int:  # fmt: skip
    """Fill kinds with the kind of each instruction: its code, which operands are shared, and the
    length of a dot product. Gives the highest."""
    highest = 0
    for k in range(len(codes)):
        begin, kind = begins[k], 8 * codes[k]
        if codes[k] == dot:
            size = (ends[k] - begin) // 2
            kind += 8 * size
            kind += 4 if pool[begin] < shared else 0
            kind += 2 if pool[begin + size] < shared else 0
            kind += 1 if pool[begin + size + 1] < shared else 0
        else:
            for j in range(begin, min(begin + 3, ends[k])):
                kind += 1 << (j - begin) if pool[j] < shared else 0
        kinds[leaves + k] = kind
        highest = max(highest, kind)
    return highest



@cython.infer_types(True)
def sort_by(keys: cython.int[::1], places: cython.int[::1], result: cython.int[::1], lowest: cython.int, counts: cython.int[::1]) -> None:
    """Sort places by their keys; those with one key stay in order.

    counts : zeros, one more than there are keys from the lowest on.
    """
    for k in range(len(places)):
        counts[keys[places[k]] - lowest + 1] += 1
    for k in range(1, len(counts)):
        counts[k] += counts[k - 1]
    for k in range(len(places)):
        key = keys[places[k]] - lowest
        result[counts[key]] = places[k]
        counts[key] += 1



@cython.infer_types(True)
def number_groups(
    places: cython.int[::1], levels: cython.int[::1], turns: cython.int[::1], kinds: cython.int[::1], latest: cython.int[::1], groups: cython.int[::1]
) -> cython.int:
    """Number the groups of places that are alike, in order of level, turn, and their first place;
    gives how many there are.

    places : in order of level and turn.
    latest : -1 for each kind.
    """
    count = begin = 0
    for k in range(len(places)):
        place = places[k]
        before = places[k - 1] if k else place
        if levels[place] != levels[before] or turns[place] != turns[before]:
            begin = count
        kind = kinds[place]
        if latest[kind] < begin:
            latest[kind] = count
            count += 1
        groups[place] = latest[kind]
    return count



@cython.infer_types(True)
def find_bounds(places: cython.int[::1], groups: cython.int[::1], bounds: cython.int[::1]) -> None:
    """Fill bounds with where each group begins among places that are sorted by group."""
    for k in range(len(places) - 1, -1, -1):
        bounds[groups[places[k]]] = k


# ---- numbers ------------------------------------------------------------------------------------



@cython.infer_types(True)
def order_leaves(
    order: cython.int[::1], bounds: cython.int[::1], codes: cython.ushort[::1], begins: cython.int[::1], ends: cython.int[::1], pool: cython.int[::1], dot: cython.int,
    leaves: cython.int, parameters: cython.int, seen: cython.uchar[::1], result: cython.int[::1],
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



@cython.infer_types(True)
def fill_rows(
    order: cython.int[::1], codes: cython.ushort[::1], begins: cython.int[::1], ends: cython.int[::1], pool: cython.int[::1], dot: cython.int, leaves: cython.int,
    shared: cython.int, numbers: cython.int[::1], rows: cython.int[::1], misfits: cython.uchar[::1],
) -> cython.int:  # fmt: skip
    """Fill in the rows of instructions in this order, and a flag for each dot product whose factors
    do not advance by one step, or are shared only in part; gives how many of these there are."""
    count = 0
    for m in range(len(order)):
        k = order[m] - leaves
        begin, row = begins[k], 5 * m
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
            for j in range(at + 1, at + size):
                fits = fits and numbers[pool[j]] - numbers[pool[j - 1]] == step
                fits = fits and (pool[j] < shared) == (pool[at] < shared)
            rows[row + 1 + side] = numbers[pool[at]]
            rows[row + 3 + side] = step
        if not fits:
            misfits[m] = 1
            count += 1
    return count



@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.infer_types(True)
def _same_step(rows: cython.int[::1], a: cython.int, b: cython.int, c: cython.int, d: cython.int) -> cython.bint:
    """Whether row b is as far from row a as d from c."""
    for j in range(3):
        if rows[5 * b + j] - rows[5 * a + j] != rows[5 * d + j] - rows[5 * c + j]:
            return False
    return True



@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.infer_types(True)
def _is_like(rows: cython.int[::1], a: cython.int, b: cython.int) -> cython.bint:
    """Whether what must be the same throughout a run is the same in two rows."""
    return rows[5 * a + 3] == rows[5 * b + 3] and rows[5 * a + 4] == rows[5 * b + 4]



@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.infer_types(True)
def _end_of_run(rows: cython.int[::1], start: cython.int, end: cython.int) -> cython.int:
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



@cython.infer_types(True)
def find_runs(rows: cython.int[::1], bounds: cython.int[::1], fewest: cython.int, found: cython.int[::1]) -> cython.int:
    """Fill found with runs of runs that advance by constant steps, inside each group: for each its
    first row, the number of runs, and the number of rows in each; only those with so many rows.

    Gives how many numbers it has filled in.
    """
    count = 0
    for g in range(len(bounds) - 1):
        start, end = bounds[g], bounds[g + 1]
        stop = _end_of_run(rows, start, end)
        while start < end:
            width = stop - start
            height = 1
            last = start  # the first row of the last run
            while True:
                following = stop
                stop = _end_of_run(rows, following, end)
                if (
                    stop - following != width
                    or not _is_like(rows, last, following)
                    or (width > 1 and not _same_step(rows, start, start + 1, following, following + 1))
                    or (height > 1 and not _same_step(rows, start, start + width, last, following))
                ):
                    break
                height += 1
                last = following
            if height * width >= fewest:
                found[count] = start
                found[count + 1] = height
                found[count + 2] = width
                count += 3
            start = following
    return count
