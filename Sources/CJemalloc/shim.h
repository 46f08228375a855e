// The process's allocator. That it is linked is what counts: its malloc stands before the C library's. A gateway's memory is
// mostly small, soon given back, and often on another thread than took it, which it is better at.
#ifndef TIMEGATE_CJEMALLOC_H
#define TIMEGATE_CJEMALLOC_H

#include <jemalloc/jemalloc.h>

#endif
