# The C types of calls.py, for where it is compiled.

cimport cython

from autograd.value cimport Value

cdef object not_recording, writing_tape

@cython.locals(node=Value)
cpdef object record_call(object module, object inputs, object outputs)
