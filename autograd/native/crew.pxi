"""Threads that run the parts of a pass beside the one that asks for it, without the GIL throughout.

To wake a thread takes about as long as a small part. So it is woken while the pass is still being
made ready, and looks for work for a moment, as it does after a pass, before it sleeps again.
"""

from cpython.exc cimport PyErr_CheckSignals
from cpython.pythread cimport (
    PyThread_acquire_lock, PyThread_allocate_lock, PyThread_free_lock, PyThread_release_lock,
    PyThread_type_lock, WAIT_LOCK,
)

cdef extern from "crew.h" nogil:
    int chalk_look(const int *number)
    void chalk_pause()

cdef enum:
    MOST_HELPERS = 31
    GLANCES = 10_000  # before a thread sleeps: some hundred microseconds


cdef struct chalk_helper:
    PyThread_type_lock bell  # which is let go to wake it
    bint awake


@cython.final
cdef class Crew:
    """Threads that help with one pass at a time; each of them is to be started with `help`."""

    cdef PyThread_type_lock guard  # of all that follows
    cdef PyThread_type_lock over  # let go where a pass is over
    cdef chalk_helper helpers[MOST_HELPERS]
    cdef readonly int size  # how many of them there are
    cdef bint busy
    # of the pass: how many parts there are, which is to be taken, how many are done; after it, all are
    cdef int parts, next, done
    # what the pass is of: a kernel for each thread, and where each part begins, ends and stops
    cdef list kernels
    cdef PyObject **kernel_of
    cdef int workers
    cdef Reader rows
    cdef Py_ssize_t *starts
    cdef Py_ssize_t *stops
    cdef Py_ssize_t *unfinished
    cdef double *results
    cdef double gradient
    cdef double *input_gradients
    cdef double **totals

    def __init__(self):
        self.guard, self.over = new_lock(), new_lock()
        PyThread_acquire_lock(self.over, WAIT_LOCK)

    @property
    def most(self): return MOST_HELPERS

    def help(self):
        """Help with one pass after the other, for good: what one of the threads runs."""
        cdef int place = self.size
        cdef chalk_helper *helper = &self.helpers[place]
        helper.bell = new_lock()
        PyThread_acquire_lock(helper.bell, WAIT_LOCK)
        self.size += 1
        with nogil:
            while True:
                PyThread_acquire_lock(helper.bell, WAIT_LOCK)
                self.look_for_work(place)

    cdef void look_for_work(self, int place) noexcept nogil:
        cdef int glances = 0
        while glances < GLANCES:
            if chalk_look(&self.next) < chalk_look(&self.parts) and place + 1 < self.workers:
                self.take_parts(place + 1)
                glances = 0  # in a loop of passes, the next one comes soon
            chalk_pause()
            glances += 1
        PyThread_acquire_lock(self.guard, WAIT_LOCK)
        self.helpers[place].awake = False
        PyThread_release_lock(self.guard)

    def wake(self, int count):
        """Wake so many of them: there will be work in a moment."""
        if not self.busy:
            self.ring(count)

    cdef void ring(self, int count) noexcept:
        cdef int k
        PyThread_acquire_lock(self.guard, WAIT_LOCK)
        for k in range(min(count, self.size)):
            if not self.helpers[k].awake:
                self.helpers[k].awake = True
                PyThread_release_lock(self.helpers[k].bell)
        PyThread_release_lock(self.guard)

    def run(
        self, list kernels, Reader rows, list parts, double[::1] results, double gradient,
        double[::1] input_gradients,
    ):
        """Run parts of the rows, each from a row to another, with a kernel for each thread.

        Gives the gradients of the parameters of each part, by result; None for a part in which
        something is not finite, and None for all if the threads have another pass to help with.
        """
        if self.busy:
            return None
        self.busy = True  # at once: whatever allocates may let another thread come by
        try:
            return self.run_parts(kernels, rows, parts, results, gradient, input_gradients)
        finally:
            self.kernels, self.rows = None, None
            PyMem_Free(self.totals)
            self.totals = NULL
            self.busy = False

    cdef list run_parts(
        self, list kernels, Reader rows, list parts, double[::1] results, double gradient,
        double[::1] input_gradients,
    ):
        cdef Py_ssize_t k, count = len(parts)
        cdef Kernel first = kernels[0]
        cdef Py_ssize_t outputs = first.count if gradient != 0 else 0
        cdef c_array.array places = array("q", bytes(8 * 3 * count))
        cdef c_array.array column
        cdef list found, columns
        for kernel in kernels:
            if (<Kernel> kernel).m.inputs != rows.width:
                raise ValueError(f"rows of {rows.width} numbers for a program of {first.m.inputs}")
            if gradient != 0:
                (<Kernel> kernel).clear_totals()
        self.starts = <Py_ssize_t *> places.data.as_longlongs
        self.stops, self.unfinished = self.starts + count, self.starts + 2 * count
        for k, (start, stop) in enumerate(parts):
            self.starts[k], self.stops[k] = start, stop
        found = [[doubles(first.m.parameters, False) for _ in range(outputs)] for _ in parts]
        columns = [x for row in found for x in row]
        self.totals = <double **> PyMem_Malloc((len(columns) + 1) * sizeof(double *))
        if self.totals == NULL:
            raise MemoryError
        for k, column in enumerate(columns):
            self.totals[k] = column.data.as_doubles
        self.kernels, self.rows = kernels, rows
        self.kernel_of, self.workers = entries(kernels), len(kernels)
        self.results, self.gradient = &results[0], gradient
        self.input_gradients = &input_gradients[0] if input_gradients.shape[0] else NULL
        PyThread_acquire_lock(self.guard, WAIT_LOCK)
        self.done, self.next, self.parts = 0, 0, count
        PyThread_release_lock(self.guard)
        self.ring(self.workers - 1)
        try:
            with nogil:
                self.take_parts(0)
        finally:  # others may still be at work on what they took
            with nogil:
                self.wait()
        return [None if self.unfinished[k] >= 0 else found[k] for k in range(count)]

    cdef int take_parts(self, int worker) except -1 nogil:
        """Run one part after the other, as long as there are any. The first worker is the caller."""
        cdef int part
        cdef bint is_last
        while True:
            PyThread_acquire_lock(self.guard, WAIT_LOCK)
            part = self.next if worker < self.workers and self.next < self.parts else -1
            if part >= 0:
                self.next += 1
            PyThread_release_lock(self.guard)
            if part < 0:
                return 0
            runner(<PyObject *> self, self.kernel_of[worker], part)
            PyThread_acquire_lock(self.guard, WAIT_LOCK)
            self.done += 1
            is_last = self.done == self.parts
            PyThread_release_lock(self.guard)
            if is_last:
                PyThread_release_lock(self.over)
            if worker == 0:
                with gil:
                    self.look_for_signals()

    cdef int look_for_signals(self) except -1:
        """Raise KeyboardInterrupt after Ctrl-C, and let no other part begin."""
        cdef bint is_over
        try:
            PyErr_CheckSignals()
        except BaseException:
            PyThread_acquire_lock(self.guard, WAIT_LOCK)
            is_over = self.done == self.parts  # so that it was said before
            self.parts = self.next
            if not is_over and self.done == self.parts:
                PyThread_release_lock(self.over)
            PyThread_release_lock(self.guard)
            raise
        return 0

    cdef void wait(self) noexcept nogil:
        """Wait for the parts that others have taken."""
        cdef int k
        for k in range(GLANCES):
            if chalk_look(&self.done) == chalk_look(&self.parts):
                break
            chalk_pause()
        PyThread_acquire_lock(self.over, WAIT_LOCK)


ctypedef void (*chalk_runner)(PyObject *, PyObject *, int) noexcept nogil


cdef void run_part(Crew crew, Kernel kernel, int part) noexcept nogil:
    """Run a part, and copy the gradients of its parameters."""
    cdef Py_ssize_t which, size = kernel.m.parameters * sizeof(double)
    cdef Py_ssize_t outputs = kernel.count if crew.gradient != 0 else 0
    for which in range(outputs):
        memset(kernel.totals + which * kernel.m.shared, 0, kernel.m.shared * sizeof(double))
    crew.unfinished[part] = kernel.run_rows(
        crew.rows, crew.starts[part], crew.stops[part], crew.starts[part],
        crew.results, crew.gradient, crew.input_gradients,
    )  # fmt: skip
    for which in range(outputs):
        memcpy(crew.totals[part * outputs + which], kernel.totals + which * kernel.m.shared, size)


cdef chalk_runner runner = <chalk_runner> run_part  # which counts no references, as that takes the GIL


cdef PyThread_type_lock new_lock() except NULL:
    cdef PyThread_type_lock lock = PyThread_allocate_lock()
    if lock == NULL:
        raise MemoryError
    return lock
