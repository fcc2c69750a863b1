# Sorted; "library/x" is defined by STRATA_TRANSFORM(library_x) in passes/library/x.cpp.
set(library_transforms
    library/call_library
    library/inline_call
    library/inout
    library/place
    library/plan_memory
)
# Sources that several transforms of this level share.
set(library_helpers
    library/memory_plan.cpp
    library/routines.cpp
)
