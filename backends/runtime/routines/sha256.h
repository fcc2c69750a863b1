/* SHA-256 (FIPS 180-4). */
#pragma once

#include <stddef.h>

/* 64 hex digits, without a NUL. */
void strata_sha256_hex(const unsigned char* bytes, size_t size, char hex[64]);
