# Transforms that apply at any level. Sorted; "any/x" is defined by STRATA_TRANSFORM(any_x) in passes/any/x.cpp.
set(any_transforms
    any/clone_function
    any/replace_text
)
