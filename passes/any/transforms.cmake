# Transforms that apply at any level. Sorted; "any/x" is defined by STRATA_TRANSFORM(any_x) in passes/any/x.cpp.
set(any_transforms
    any/add_implementation
    any/choose_implementation
    any/clone_function
    any/remove_implementation
    any/replace_text
    any/share_functions
)
