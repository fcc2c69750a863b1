/* What this processor can do: each architecture answers in its own folder of ../architectures. */
#pragma once

/* NULL if the processor (and the system, which must save the registers) has all that code for an instruction set may
 * use ("x86-64-v3", say); else the name of the first extension that is missing. */
const char* strata_missing_instructions(const char* isa);

/* "AMD EPYC 9654 96-Core Processor"; at least 49 bytes of room. */
void strata_processor_name(char* name);
