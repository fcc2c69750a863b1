# Sorted; "loops/x" is defined by STRATA_TRANSFORM(loops_x) in passes/loops/x.cpp.
set(loops_transforms
    loops/bind
    loops/fuse
    loops/parallel
    loops/reorder
    loops/serial
    loops/split
    loops/unroll
    loops/vectorize
)
# Sources that several transforms of this level share.
set(loops_helpers
    loops/kinds.cpp
    loops/legality.cpp
    loops/rewrite.cpp
)
