/* Code for AArch64 keeps to what every processor of ARMv8-A has, so there is nothing to ask. */
#include "backends/runtime/routines/cpu.h"

#include "backends/runtime/runtime.h"

#include <stddef.h>
#include <string.h>

const char* strata_missing_instructions(const char* isa)
{
    return strcmp(isa, "aarch64") == 0 ? NULL : "instructions beyond those of every AArch64 processor";
}

/* No instruction tells its name. */
void strata_processor_name(char* name) { memcpy(name, "AArch64", sizeof "AArch64"); }

int32_t strata_rt_isa(void) { return 1; }
int32_t strata_rt_dot_products(void) { return 0; }
