// Nothing of it is called: it is linked, and takes the place of the C library's `malloc`.
internal import CJemalloc
