set(pipelines_sources
    pipelines/automatic.cpp
    pipelines/lower.cpp
    pipelines/lower_graph.cpp
    pipelines/lowering_cache.cpp
    pipelines/node_key.cpp
)
