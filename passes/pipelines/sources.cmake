set(pipelines_sources
)
