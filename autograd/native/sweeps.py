"""Sweeps: the loops over all places of a tape, on flat columns of numbers.

They and those of patterns.py are stated once. Python runs them as they stand; where there is a
compiler, generate.py gives them C's types, and they are a part of the native engine. So here are
plain loops over arrays, and no other objects.

Place `leaves` + k is filled by instruction k: codes[k] of pool[begins[k]], ..., pool[ends[k] - 1].
"""

from __future__ import annotations

from array import array
from typing import TypeAlias

Ints: TypeAlias = "array[int]"  # of type "i"
Codes: TypeAlias = "array[int]"  # of type "H"
Flags: TypeAlias = bytearray


# ---- columns ------------------------------------------------------------------------------------


def lowest(numbers: Ints) -> int:
    """The lowest of numbers, or 0."""
    found = 0
    for k in range(len(numbers)):
        if numbers[k] < found:
            found = numbers[k]
    return found


def tally(places: Ints, counts: Ints) -> None:
    """Count how often each place comes."""
    for k in range(len(places)):
        counts[places[k]] += 1


def sort_by(keys: Ints, places: Ints, result: Ints, lowest: int, counts: Ints) -> None:
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


def find_code(codes: Codes, code: int, leaves: int, places: Ints) -> int:
    """Fill places with those that instructions with this code fill; gives how many there are."""
    count = 0
    for k in range(len(codes)):
        if codes[k] == code:
            places[count] = leaves + k
            count += 1
    return count


# ---- groups --------------------------------------------------------------------------------------


def list_units(owners: Ints, leaves: int, places: Ints) -> int:
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


def number_groups(
    places: Ints, levels: Ints, turns: Ints, kinds: Ints, latest: Ints, groups: Ints
) -> int:
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


def find_bounds(places: Ints, groups: Ints, bounds: Ints) -> None:
    """Fill bounds with where each group begins among places that are sorted by group."""
    for k in range(len(places) - 1, -1, -1):
        bounds[groups[places[k]]] = k


# ---- a tape -------------------------------------------------------------------------------------


def list_operands(
    codes: Codes, left: Ints, right: Ints, extra: Ints, arities: Ints,
    begins: Ints, ends: Ints, pool: Ints,
) -> int:  # fmt: skip
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


def _mixed(number: int) -> int:
    """A number below 2**31 made of another, so that neighbours come to lie apart."""
    mixed = (number & 0x7FFF) * 28_657 + (number >> 15) * 10_007
    return mixed ^ (mixed >> 15)


def find_copies(
    codes: Codes, limits: Flags, begins: Ints, ends: Ints, pool: Ints, leaves: int,
    add: int, mul: int, own: int, table: Ints, first: Ints, order: Ints,
) -> int:  # fmt: skip
    """Find the instructions that compute once more what one before them does. The places of all
    others fill order; gives how many these are.

    add, mul : the codes for which the order of the operands is all the same.
    own      : codes from here on are never of copies.
    limits   : cleared where a copy is not of a derivative.
    table    : zeros, a power of 2 of them and more than there are instructions.
    first    : filled for each place with the one that it is a copy of, or itself.
    """
    count = 0
    last = len(table) - 1
    for place in range(leaves):
        first[place] = place
    for k in range(len(codes)):
        begin, size = begins[k], ends[k] - begins[k]
        for j in range(begin, begin + size):
            pool[j] = first[pool[j]]
        if (codes[k] == add or codes[k] == mul) and pool[begin] > pool[begin + 1]:
            pool[begin], pool[begin + 1] = pool[begin + 1], pool[begin]
        spot = codes[k]  # near the one before, if operands are as far apart
        for j in range(begin + 1, begin + size):
            spot = _mixed(spot ^ ((pool[j] - pool[begin]) & 0x7FFFFFFF))
        spot = (spot + pool[begin]) & last
        step = (_mixed(pool[begin + size - 1]) & last) | 1  # of its own: two seldom meet again
        like = -1
        while table[spot]:
            like = table[spot] - leaves
            same = codes[like] == codes[k]
            for j in range(size):
                same = same and pool[begins[like] + j] == pool[begin + j]
            if same:
                break
            like = -1
            spot = (spot + step) & last
        if like >= 0 and codes[k] < own:
            first[leaves + k] = leaves + like
            limits[like] &= limits[k]
        else:
            first[leaves + k] = table[spot] = leaves + k
            order[count] = leaves + k
            count += 1
    return count


def find_shown(codes: Codes, left: Ints, right: Ints, shows: Ints, shown: Flags) -> None:
    """Set the flag of each operand that shows in the result if it is not finite: shows[code] is 1
    if the first one does so, 3 if the second does, too."""
    for k in range(len(codes)):
        if shows[codes[k]]:
            shown[left[k]] = 1
        if shows[codes[k]] == 3:
            shown[right[k]] = 1


def find_stretches(flags: Flags, start: int, stop: int, gap: int, found: Ints) -> int:
    """Fill found with stretches of places without a flag, from start to the one before stop: for
    each its first place, and how many there are. Those with no more than a gap between become one.
    Gives how many numbers it has filled in."""
    count = 0
    end = start - gap - 2
    for place in range(start, stop):
        if flags[place]:
            continue
        if place - end - 1 > gap:
            found[count] = place
            count += 2
        end = place
        found[count - 1] = place + 1 - found[count - 2]
    return count


def walk(
    begins: Ints, ends: Ints, pool: Ints, leaves: int, needed: Ints,
    done: Flags, path: Ints, cursors: Ints, order: Ints,
) -> int:  # fmt: skip
    """Fill order with the places that are needed and all instructions that they depend on, each
    after its operands; gives how many there are.

    done    : a flag for each place, set for leaves.
    cursors : a copy of begins.
    """
    count = 0
    for n in range(len(needed)):
        depth = 0
        if not done[needed[n]]:
            path[0] = needed[n]
            depth = 1
        while depth:
            place = path[depth - 1]
            k = place - leaves
            while cursors[k] < ends[k] and done[pool[cursors[k]]]:
                cursors[k] += 1
            if cursors[k] < ends[k]:
                path[depth] = pool[cursors[k]]
                depth += 1
                continue
            done[place] = 1
            order[count] = place
            count += 1
            depth -= 1
    return count


def hand_down(order: Ints, begins: Ints, ends: Ints, pool: Ints, leaves: int, bits: Ints) -> None:
    """Set the bits of each place in its operands too, from the last in order to the first."""
    for m in range(len(order) - 1, -1, -1):
        k = order[m] - leaves
        for j in range(begins[k], ends[k]):
            bits[pool[j]] |= bits[order[m]]


def renumber(places: Ints, first: int, numbers: Ints) -> None:
    """Number places in their order, from `first` on."""
    for k in range(len(places)):
        numbers[places[k]] = first + k


def renamed(places: Ints, numbers: Ints, result: Ints) -> None:
    """Give each of some places its new number."""
    for k in range(len(places)):
        result[k] = numbers[places[k]]


def move(
    order: Ints, numbers: Ints, leaves: int, arities: Ints,
    codes: Codes, limits: Flags, left: Ints, right: Ints,
    new_codes: Codes, new_limits: Flags, new_left: Ints, new_right: Ints,
) -> None:  # fmt: skip
    """Put instructions in a new order, in which their operands have new numbers."""
    for k in range(len(order)):
        old = order[k] - leaves
        new_codes[k] = codes[old]
        new_limits[k] = limits[old]
        new_left[k] = numbers[left[old]]
        new_right[k] = numbers[right[old]] if arities[codes[old]] == 2 else right[old]
