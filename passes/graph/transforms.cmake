# Sorted; "graph/x" is defined by STRATA_TRANSFORM(graph_x) in passes/graph/x.cpp.
set(graph_transforms
    graph/assume
    graph/bind_dimension
    graph/compute_in_integers
    graph/convert_layout
    graph/decompose
    graph/fold_batch_normalization
    graph/fold_constants
    graph/fold_zero_points
    graph/fuse
    graph/fuse_automatically
    graph/fuse_by_pattern
    graph/lower_to_library
    graph/lower_to_loops
    graph/make_unsigned
    graph/remove_dead
    graph/remove_identity
    graph/specialize
    graph/winograd
)
# Sources that several transforms of this level share.
set(graph_helpers
    graph/decompositions.cpp
    graph/fusion_groups.cpp
    graph/group.cpp
    graph/replacement.cpp
)
