# Sorted; "loops/x" is defined by STRATA_TRANSFORM(loops_x) in passes/loops/x.cpp.
set(loops_transforms
)
# Sources that several transforms of this level share.
set(loops_helpers
)
