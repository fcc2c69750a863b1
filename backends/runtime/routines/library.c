/* Libraries that are opened by name, only if a call needs them. */
#include "backends/runtime/routines/instance.h"

#include <dlfcn.h>

int32_t strata_open_library(strata_run* run, const char* library, const char* package, const char* const* names,
                            void** functions, int32_t count, void** handle)
{
    *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (!*handle)
        return strata_fail(run, CODE_LIBRARY, "%s is missing (Debian package %s).", library, package);
    for (int32_t i = 0; i < count; ++i) {
        functions[i] = dlsym(*handle, names[i]);
        if (!functions[i]) {
            dlclose(*handle);
            *handle = NULL;
            return strata_fail(run, CODE_LIBRARY, "%s has no function %s; it is another version than expected.",
                               library, names[i]);
        }
    }
    return CODE_OK;
}
