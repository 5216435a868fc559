"""Arguments of a call: whether they are built like those before, and the numbers in them."""

import sys

from cpython.dict cimport PyDict_Next
from cpython.float cimport PyFloat_AS_DOUBLE


cdef extern from "Python.h":
    double PyLong_AsDouble(object) except? -1
    bint PyUnicode_CheckExact(object)


cdef tuple FROM_NUMPY = ()


cdef bint is_of_numpy(object item, int which) except -1:
    """Whether it is an array (0) or a number (1) of NumPy, and of no class derived from these."""
    global FROM_NUMPY
    if not FROM_NUMPY:
        numpy = sys.modules.get("numpy")
        if numpy is None:
            return False
        FROM_NUMPY = numpy.ndarray, numpy.float64
    return type(item) is FROM_NUMPY[which]


cdef Py_ssize_t take(object structure, object item, Kernel kernel, Py_ssize_t at) except -2:
    """Put the numbers in an argument into the kernel, from a place on; the place after them, or -1
    where the argument is not plainly of this structure."""
    cdef tuple parts
    cdef Py_ssize_t k
    if structure is None:
        return at + 1 if take_number(item, kernel, at) else -1
    parts = structure
    kind = parts[0]
    if kind is list and type(item) is list:
        if len(<list> item) != len(parts) - 1:
            return -1
        for k in range(1, len(parts)):
            at = take(parts[k], (<list> item)[k - 1], kernel, at)
            if at < 0:
                return -1
        return at
    if kind is tuple and type(item) is tuple:
        if len(<tuple> item) != len(parts) - 1:
            return -1
        for k in range(1, len(parts)):
            at = take(parts[k], (<tuple> item)[k - 1], kernel, at)
            if at < 0:
                return -1
        return at
    if kind is dict and type(item) is dict:
        return take_dict(parts, item, kernel, at)
    if kind == "array" and is_of_numpy(item, 0):
        return take_array(parts[1], item, kernel, at)
    return -1


cdef inline bint take_number(object item, Kernel kernel, Py_ssize_t at) except -1:
    cdef double *to = kernel.m.values + at
    kernel.given[at] = NULL
    if type(item) is float:
        to[0] = PyFloat_AS_DOUBLE(item)
    elif isinstance(item, Value):
        kernel.given[at] = node_of(item)
        to[0] = (<Value> item).f.data
    elif type(item) is int:
        try:
            to[0] = PyLong_AsDouble(item)
        except OverflowError:
            return False
    elif is_of_numpy(item, 1):
        to[0] = PyFloat_AS_DOUBLE(item)
    else:
        return False
    return True


cdef Py_ssize_t take_dict(tuple parts, dict item, Kernel kernel, Py_ssize_t at) except -2:
    cdef tuple keys = parts[1]
    cdef Py_ssize_t cursor = 0, k = 0
    cdef PyObject *key
    cdef PyObject *entry
    if len(item) != len(keys):
        return -1
    while PyDict_Next(item, &cursor, &key, &entry):
        wanted = keys[k]
        if <object> key is not wanted:
            if not (PyUnicode_CheckExact(<object> key) and PyUnicode_CheckExact(wanted)):
                return -1  # to compare them might run Python
            if <object> key != wanted:
                return -1
        at = take(parts[k + 2], <object> entry, kernel, at)
        if at < 0:
            return -1
        k += 1
    return at


cdef Py_ssize_t take_array(tuple shape, object item, Kernel kernel, Py_ssize_t at) except -2:
    cdef Py_buffer view
    cdef Py_ssize_t k
    cdef bint fits
    try:
        PyObject_GetBuffer(item, &view, PyBUF_CONTIG_RO | PyBUF_FORMAT)
    except (BufferError, ValueError):
        return -1
    fits = view.ndim == len(shape) and view.format != NULL and view.format[0] == b"d" and view.format[1] == 0
    for k in range(view.ndim if fits else 0):
        fits = fits and view.shape[k] == <Py_ssize_t> shape[k]
    if fits:
        memcpy(kernel.m.values + at, view.buf, view.len)
        memset(kernel.given + at, 0, view.len // sizeof(double) * sizeof(chalk_node *))
        at += view.len // sizeof(double)
    PyBuffer_Release(&view)
    return at if fits else -1
