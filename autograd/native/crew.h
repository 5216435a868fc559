/* What a thread does while it waits for a moment. */
#ifndef CHALKGRAD_CREW_H
#define CHALKGRAD_CREW_H

/* A number that another thread may be changing. */
static inline int chalk_look(const int *number) { return *(const volatile int *)number; }

/* Let the other hardware thread of this core go first. */
static inline void chalk_pause(void) {
#if defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))
    __builtin_ia32_pause();
#elif defined(__GNUC__) && defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

#endif
