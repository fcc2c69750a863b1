# Sorted; "graph/x" is defined by STRATA_TRANSFORM(graph_x) in passes/graph/x.cpp.
set(graph_transforms
)
# Sources that several transforms of this level share.
set(graph_helpers
)
