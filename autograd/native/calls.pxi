"""A call of a compiled function whose arguments are built like those of the call before.

From the arguments to the node with its gradients no Python runs, and no object is made but those
that the result needs. Anything unusual goes the long way, through function.py, which decides what
it means: `Runner.run` gives None then, and nothing has happened.
"""

cdef enum:
    LONG = 2000  # instructions, from which on other threads may run meanwhile


# ---- what a call leaves behind --------------------------------------------------------------------


@cython.final
@cython.no_gc
@cython.freelist(32)
@cython.auto_pickle(False)
cdef class Call:
    """What stands in a node for its operation, until somebody asks for the operation itself.

    It has the numbers of the call, the gradients by the node's operands, and which of the arguments
    are the first of these. The result is the mean over the rows.
    """

    cdef object replay
    cdef Reader rows  # of the numbers, if they are not here
    cdef Py_ssize_t which, width, arguments
    cdef bint on_leaves
    cdef double *numbers
    cdef double *grads
    cdef int *places
    cdef double few[8]  # where that is enough

    def __dealloc__(self):
        if self.numbers != self.few:
            PyMem_Free(self.numbers)

    cdef int take_room(self, Py_ssize_t operands) except -1:
        cdef size_t size = (self.width + operands) * sizeof(double) + self.arguments * sizeof(int)
        self.numbers = &self.few[0]
        if size > sizeof(self.few):
            self.numbers = <double *> PyMem_Malloc(size)
        if self.numbers == NULL:
            raise MemoryError
        self.grads = self.numbers + self.width
        self.places = <int *> (self.grads + operands)
        return 0

    cdef as_operation(self):
        cdef Py_ssize_t k
        cdef list places = [self.places[k] for k in range(self.arguments)]
        rows = self.rows
        if rows is None:
            rows = Reader((copied(self.numbers, self.width),), 1)
        return self.replay.operation(self.which, rows, places, self.on_leaves)


cdef Value result_of(Call call, double data, chalk_node **ends, Py_ssize_t count, tuple operands):
    """The node of a call on so many operands; up to two are in no tuple. `ends` are the first and
    the last."""
    cdef Value node = chalk_new(CHALK_OWN_CODE, data)
    cdef chalk_more *more = chalk_more_of(node_of(node))
    chalk_set(&more.operation, call)
    if count <= 2:
        chalk_link(
            node_of(node), CHALK_OWN_CODE, ends[0], ends[1] if count > 1 else NULL,
            call.grads[0], call.grads[1] if count > 1 else 0.0,
        )  # fmt: skip
    else:
        chalk_set(&more.operands, operands)
        chalk_hold(&more.grads, call, call.grads)
        node.f.many = 1
    if PyDict_Size(not_recording) > 0 or (chalk_is_constant(ends[0]) and chalk_is_constant(ends[1])):
        settle(node)
    return node


# ---- the call -------------------------------------------------------------------------------------


@cython.final
cdef class Exit:
    """One of the results of a program, as `replay.Output` describes it."""

    cdef tuple operands
    cdef c_array.array places
    cdef bytes inputs
    cdef bint on_leaves, moves

    def __init__(self, output):
        self.operands, self.inputs = output.operands, bytes(output.inputs)
        self.places, self.on_leaves = array("i", output.places), output.on_leaves

    cdef bint has_moving(self):
        """Whether one of its parameters takes gradients."""
        if not self.moves:  # or no more than before: one may have been frozen until now
            for operand in self.operands:
                if not chalk_is_constant(node_of(operand)):
                    self.moves = True
                    break
        return self.moves


@cython.final
@cython.auto_pickle(False)
cdef class Runner:
    """What runs a program on arguments of one structure.

    replay    : the `Replay` that it belongs to.
    structure : of the arguments by position.
    gather    : what puts several results into the form in which the function gives them, or None.
    """

    cdef object replay, gather
    cdef tuple structure, closures
    cdef list exits, twins
    cdef Kernel spare  # which is not in use

    def __init__(self, replay, tuple structure, gather):
        cdef list results = replay.program.tape.results
        self.replay, self.structure, self.gather = replay, structure, gather
        self.closures = replay.closures
        self.exits = [Exit(output) for output in replay.outputs]
        self.twins = [results.index(place) for place in results]  # the first at the same place

    cdef run(self, PyObject **args, Py_ssize_t count):
        """The result; None where the call has to go the long way."""
        cdef Kernel kernel = self.spare
        if kernel is None:
            kernel = self.replay.kernel(1)
        else:
            self.spare = None
        result = self.run_in(kernel, args, count)
        if self.spare is None:
            self.spare = kernel
        else:
            self.replay.rest(kernel)
        return result

    cdef run_in(self, Kernel kernel, PyObject **args, Py_ssize_t count):
        cdef Py_ssize_t k, which, at = 0, moving = 0
        cdef bint is_long = kernel.m.stored > LONG, wants
        cdef double data
        cdef Exit exit
        cdef list found
        cdef tuple kept
        if count != len(self.structure):
            return None
        for k in range(count):
            at = take(self.structure[k], <object> args[k], kernel, at)
            if at < 0:
                return None
        self.load(kernel)
        for k in range(kernel.m.inputs):
            if kernel.moves(k):
                moving += 1
        if is_long:  # another thread may change a list of arguments meanwhile
            kept = tuple([<object> <PyObject *> kernel.given[k] for k in range(at) if kernel.given[k]])
        if not kernel.compute(is_long):
            return None
        for which in range(kernel.count):
            if not isfinite(kernel.one_result(0, which)):
                return None
        wants = PyDict_Size(not_recording) == 0 or not not_recording.is_on()
        if wants:
            kernel.clear_totals()
        if self.gather is None:
            return self.node(kernel, 0, kernel.one_result(0, 0), None, moving > 0, wants)
        found = []
        for which in range(kernel.count):
            if self.twins[which] < which:
                found.append(found[self.twins[which]])
            else:
                data = kernel.one_result(0, which)
                found.append(self.node(kernel, which, data, None, moving > 0, wants))
        return self.gather(iter(found))

    def mean(self, Reader rows, list parts):
        """The mean over rows, of the one result, in the parts that there are, one after the other;
        None if it has to go the long way."""
        cdef Kernel kernel, first = None
        cdef Exit exit = self.exits[0]
        cdef c_array.array results
        cdef Py_ssize_t k, start, stop, unfinished = -1
        cdef double data, gradient = 0
        if self.gather is not None or rows.width != len(self.replay.program.tape.inputs):
            return None
        results = doubles(rows.count, False)
        if (PyDict_Size(not_recording) == 0 or not not_recording.is_on()) and exit.has_moving():
            gradient = 1.0 / rows.count
        for start, stop, lanes in parts:
            kernel = self.replay.kernel(lanes)
            self.load(kernel)
            if gradient != 0:
                kernel.clear_totals()
            with nogil:
                unfinished = kernel.run_rows(
                    rows, start, stop, start, results.data.as_doubles, gradient, NULL
                )
            if first is None:
                first = kernel
            else:
                for k in range(kernel.m.parameters if gradient != 0 else 0):
                    first.totals[k] += kernel.totals[k]
                self.replay.rest(kernel)
            if unfinished >= 0:
                break
        data = results.data.as_doubles[0]
        for k in range(1, rows.count):
            data += results.data.as_doubles[k]
        data /= rows.count
        found = None
        if unfinished < 0 and isfinite(data):
            found = self.node(first, 0, data, rows, False, gradient != 0)
        self.replay.rest(first)
        return found

    cdef load(self, Kernel kernel):
        cdef Py_ssize_t k
        for k in range(len(self.closures)):
            kernel.m.shared_values[k] = (<Value> self.closures[k]).f.data

    cdef Value node(
        self, Kernel kernel, Py_ssize_t which, double data, Reader rows, bint moving, bint wants
    ):
        """The Value for a result of what the kernel computed: of a call, or the mean over rows, of
        which it has the gradients already."""
        cdef Exit exit = self.exits[which]
        cdef const char *takes = exit.inputs
        cdef Py_ssize_t k, here = 0, count = len(exit.operands)
        cdef Py_ssize_t width = kernel.m.inputs if rows is None else 0
        cdef double *grads
        cdef double *totals
        cdef chalk_node *ends[2]  # the first operand and the last
        cdef Call call
        cdef tuple operands
        for k in range(width if wants and moving else 0):
            if takes[k] and kernel.moves(k):
                here += 1
        if not (wants and (here or exit.has_moving())):
            return constant(data)
        call = Call.__new__(Call)
        call.replay, call.which, call.width, call.arguments = self.replay, which, width, here
        call.rows = rows
        call.on_leaves = exit.on_leaves and not here
        call.take_room(here + count)
        memcpy(call.numbers, kernel.m.values, width * sizeof(double))
        operands = exit.operands if here == 0 or here + count <= 2 else PyTuple_New(here + count)
        here = 0
        for k in range(width if moving else 0):
            if takes[k] and kernel.moves(k):
                call.places[here] = k
                ends[here > 0] = kernel.given[k]
                if operands is not exit.operands:
                    hold_in(operands, here, <object> <PyObject *> kernel.given[k])
                here += 1
        if operands is not exit.operands:
            for k in range(count):
                hold_in(operands, here + k, exit.operands[k])
        if count:
            if here == 0:
                ends[0] = node_of(exit.operands[0])
            ends[1] = node_of(exit.operands[count - 1])
        elif here == 1:
            ends[1] = ends[0]
        if rows is None and kernel.m.stored > LONG:
            with nogil:
                kernel.one_backward(1.0, moving, which)
        elif rows is None:
            kernel.one_backward(1.0, moving, which)
        for k in range(here):
            call.grads[k] = kernel.m.adjoints[call.places[k]]
        grads, totals = call.grads + here, kernel.totals + which * kernel.m.shared
        if count == kernel.m.parameters:
            memcpy(grads, totals, count * sizeof(double))
        else:
            for k in range(count):
                grads[k] = totals[exit.places.data.as_ints[k]]
        return result_of(call, data, ends, here + count, operands)


cdef inline void hold_in(tuple row, Py_ssize_t k, object thing) noexcept:
    Py_INCREF(thing)
    PyTuple_SET_ITEM(row, k, thing)


@cython.auto_pickle(False)
cdef class Tapes:
    """Like `calls.Tapes`, which says what they are."""

    cdef public dict replays
    cdef Runner runner  # of the one that ran last, if it has one
    cdef object ran_last

    def __init__(self, replays=None, latest=None):
        self.replays = {} if replays is None else replays
        self.latest = latest

    @property
    def latest(self):
        return self.ran_last

    @latest.setter
    def latest(self, replay):
        self.ran_last = replay
        self.runner = None if replay is None else replay.runner


ctypedef object (*caller)(PyObject *entrance, PyObject **args, size_t count, PyObject *names)


@cython.auto_pickle(False)
cdef class Entrance:
    """Like `calls.Entrance`: natively, or by way of `_call`."""

    cdef public Tapes _tapes
    cdef caller called

    def __cinit__(self, *args, **kwargs):
        self.called = enter
        chalk_call_directly(self, <char *> &self.called - <char *> <PyObject *> self)

    def __call__(self, *args, **kwargs):
        return self._call(args, kwargs)  # but Python calls `enter`


cdef object enter(PyObject *entrance, PyObject **args, size_t flags, PyObject *names):
    cdef Entrance self = <Entrance> <object> entrance
    cdef Runner runner = self._tapes.runner
    cdef Py_ssize_t k, count = PyVectorcall_NARGS(flags)
    cdef tuple named
    if runner is not None and names == NULL and PyDict_Size(writing_tape) == 0:
        result = runner.run(args, count)
        if result is not None:
            return result
    named = () if names == NULL else <tuple> <object> names
    return self._call(
        tuple([<object> args[k] for k in range(count)]),
        {named[k]: <object> args[count + k] for k in range(len(named))},
    )


Entrance()  # the first sets up the class, before others are derived from it
