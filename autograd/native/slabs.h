/* Memory for nodes, so that those made one after the other lie one after the other.
 *
 * Making, sorting, differentiating and freeing a graph all go through its nodes in about the order
 * in which they were made. Python's own allocator hands freed places out again in whatever order
 * they were freed, and after some training steps neighbours in the graph lie anywhere: most of the
 * time then goes into waiting for memory. Here nodes are cut from slabs, from one end to the other.
 * An empty slab is used again from its beginning; one that is less than half in use has its gaps
 * filled, once no slab is empty. All under the GIL.
 */
#ifndef CHALKGRAD_SLABS_H
#define CHALKGRAD_SLABS_H

#include <Python.h>
#include <stdlib.h>

#ifdef __linux__
#include <sys/mman.h>
#endif
#ifdef _M_X64
#include <xmmintrin.h>
#endif

#define CHALK_SLAB_SIZE ((size_t)1 << 16)  /* and alignment, by which a node finds its slab */
#define CHALK_CHUNK_SIZE ((size_t)1 << 21) /* slabs are made a chunk at a time: one huge page */
#define CHALK_MOST_EMPTY 2048              /* slabs kept, 128 MB; beyond, empty chunks are given back */
#define CHALK_NEAR 6144                    /* bytes: as a rule, nodes that lie so close are needed soon */
#define CHALK_DOMAIN 0xC4A1C              /* by which tracemalloc tells slabs from other memory */

typedef struct chalk_slab {
    struct chalk_slab *next, *previous; /* in the list that it is in, if any */
    struct chalk_slab **list;
    char *fresh;  /* where no node has been yet */
    void *gaps;   /* freed places, each pointing to the next */
    int live;
    int busy;     /* of the first slab of a chunk: how many of its slabs are not in the empty list */
} chalk_slab;

static struct {
    size_t node_size;
    int capacity, empty_count;
    chalk_slab *current, *empty, *sparse;
} chalk_slabs;

/* Ask for the memory of a node, of up to two lines of the cache. There need not be a node. */
static inline void chalk_soon(const void *node) {
    const char *place = (const char *)node;
#if defined(__GNUC__)
    __builtin_prefetch(place + 16, 1);
    __builtin_prefetch(place + 80, 1);
#elif defined(_M_X64)
    _mm_prefetch(place + 16, _MM_HINT_T0);
    _mm_prefetch(place + 80, _MM_HINT_T0);
#else
    (void)place;
#endif
}

static inline void chalk_unlist(chalk_slab *slab) {
    if (!slab->list) return;
    if (slab->previous) slab->previous->next = slab->next;
    else *slab->list = slab->next;
    if (slab->next) slab->next->previous = slab->previous;
    if (slab->list == &chalk_slabs.empty) chalk_slabs.empty_count--;
    slab->list = NULL;
}

static inline void chalk_enlist(chalk_slab *slab, chalk_slab **list) {
    slab->list = list;
    slab->previous = NULL;
    slab->next = *list;
    if (*list) (*list)->previous = slab;
    *list = slab;
    if (list == &chalk_slabs.empty) chalk_slabs.empty_count++;
}

static inline char *chalk_first_place(chalk_slab *slab) { return (char *)slab + (sizeof(chalk_slab) + 15) / 16 * 16; }

static inline chalk_slab *chalk_chunk_of(chalk_slab *slab) {
    return (chalk_slab *)((size_t)slab & ~(CHALK_CHUNK_SIZE - 1));
}

/* Memory, in huge pages where there are any and it fills one; NULL if there is none. */
static inline void *chalk_allocate(size_t size) {
    void *memory = NULL;
    if (size < CHALK_CHUNK_SIZE) return malloc(size);
#ifdef _WIN32
    memory = _aligned_malloc(size, CHALK_CHUNK_SIZE);
#else
    if (posix_memalign(&memory, CHALK_CHUNK_SIZE, size)) return NULL;
#endif
#ifdef MADV_HUGEPAGE
    madvise(memory, size, MADV_HUGEPAGE); /* fewer pages to find; no matter if refused */
#endif
    return memory;
}

static inline void chalk_free(void *memory, size_t size) {
#ifdef _WIN32
    if (size >= CHALK_CHUNK_SIZE) {
        _aligned_free(memory);
        return;
    }
#endif
    (void)size;
    free(memory);
}

/* Put the slabs of a new chunk in the empty list, the first in front; 0 if there is no memory. */
static inline int chalk_new_chunk(void) {
    void *memory = chalk_allocate(CHALK_CHUNK_SIZE);
    if (!memory) return 0;
    PyTraceMalloc_Track(CHALK_DOMAIN, (uintptr_t)memory, CHALK_CHUNK_SIZE);
    for (size_t start = CHALK_CHUNK_SIZE; start > 0; start -= CHALK_SLAB_SIZE) {
        chalk_slab *slab = (chalk_slab *)((char *)memory + start - CHALK_SLAB_SIZE);
        memset(slab, 0, sizeof *slab);
        slab->fresh = chalk_first_place(slab);
        chalk_enlist(slab, &chalk_slabs.empty);
    }
    return 1;
}

static inline void chalk_free_chunk(chalk_slab *chunk) {
    for (size_t start = 0; start < CHALK_CHUNK_SIZE; start += CHALK_SLAB_SIZE)
        chalk_unlist((chalk_slab *)((char *)chunk + start));
    PyTraceMalloc_Untrack(CHALK_DOMAIN, (uintptr_t)chunk);
    chalk_free(chunk, CHALK_CHUNK_SIZE);
}

/* A place for a node, not cleared; NULL if there is no memory. */
static inline void *chalk_take_place(void) {
    for (;;) {
        chalk_slab *slab = chalk_slabs.current;
        if (slab) {
            if (slab->fresh + chalk_slabs.node_size <= (char *)slab + CHALK_SLAB_SIZE) {
                void *place = slab->fresh;
                slab->fresh += chalk_slabs.node_size;
                chalk_soon(slab->fresh + CHALK_NEAR);
                slab->live++;
                return place;
            }
            if (slab->gaps && slab->live < chalk_slabs.capacity / 2) {
                void *place = slab->gaps;
                slab->gaps = *(void **)place;
                slab->live++;
                return place;
            }
        }
        if (!chalk_slabs.empty && !chalk_slabs.sparse && !chalk_new_chunk()) return NULL;
        chalk_slab *next = chalk_slabs.empty ? chalk_slabs.empty : chalk_slabs.sparse;
        if (next == chalk_slabs.empty) chalk_chunk_of(next)->busy++;
        chalk_unlist(next);
        chalk_slabs.current = next;
    }
}

static inline void chalk_give_back(void *place) {
    chalk_slab *slab = (chalk_slab *)((size_t)place & ~(CHALK_SLAB_SIZE - 1));
    slab->live--;
    if (slab->live == 0) { /* as good as new */
        slab->fresh = chalk_first_place(slab);
        slab->gaps = NULL;
        if (slab == chalk_slabs.current) return;
        chalk_unlist(slab);
        chalk_enlist(slab, &chalk_slabs.empty);
        chalk_slab *chunk = chalk_chunk_of(slab);
        if (--chunk->busy == 0 && chalk_slabs.empty_count > CHALK_MOST_EMPTY) chalk_free_chunk(chunk);
        return;
    }
    *(void **)place = slab->gaps;
    slab->gaps = place;
    if (slab->live == chalk_slabs.capacity / 2 - 1 && slab != chalk_slabs.current && !slab->list)
        chalk_enlist(slab, &chalk_slabs.sparse);
}

static inline PyObject *chalk_alloc(PyTypeObject *type, Py_ssize_t items) {
    (void)items;
    void *place = chalk_take_place();
    if (!place) return PyErr_NoMemory();
    memset(place, 0, chalk_slabs.node_size);
    return PyObject_Init((PyObject *)place, type);
}

/* Keep the instances of a type, which are all of one size, in slabs. */
static inline void chalk_use_slabs(PyTypeObject *kind) {
    if (getenv("PYTHONMALLOC")) return; /* somebody wants to look at every allocation */
    chalk_slabs.node_size = ((size_t)kind->tp_basicsize + 15) / 16 * 16;
    chalk_slabs.capacity = (int)((CHALK_SLAB_SIZE - sizeof(chalk_slab) - 15) / chalk_slabs.node_size);
    kind->tp_alloc = chalk_alloc;
    kind->tp_free = chalk_give_back;
}

#endif
