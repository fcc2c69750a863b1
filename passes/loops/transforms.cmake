# Sorted; "loops/x" is defined by STRATA_TRANSFORM(loops_x) in passes/loops/x.cpp.
set(loops_transforms
    loops/bind
    loops/cache_read
    loops/cache_write
    loops/compact_buffer
    loops/compute_at
    loops/decompose_reduction
    loops/fuse
    loops/parallel
    loops/reorder
    loops/reverse_compute_at
    loops/serial
    loops/set_scope
    loops/split
    loops/unroll
    loops/vectorize
)
# Sources that several transforms of this level share.
set(loops_helpers
    loops/cache.cpp
    loops/compact.cpp
    loops/kinds.cpp
    loops/legality.cpp
    loops/place.cpp
    loops/rewrite.cpp
    loops/suggest.cpp
)
