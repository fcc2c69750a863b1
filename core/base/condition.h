// Conditions that a mutant can take away, which proves that a test would miss them.
//
// scripts/mutants builds with STRATA_MUTANTS and sets the environment variable STRATA_MUTANT to the id of a condition,
// which then always holds; tests/mutants/conditions.txt says which test fails for it. In every other build a condition
// is the expression alone.
#pragma once

#include "core/base/result.h"

#ifdef STRATA_MUTANTS

#include <cstdlib>
#include <string_view>

namespace strata {

inline bool isTakenAway(std::string_view id)
{
    const char* const mutant = std::getenv("STRATA_MUTANT");
    return mutant && id == mutant;
}

}  // namespace strata

#define STRATA_CONDITION(id, holds) (::strata::isTakenAway(id) || (holds))
#define STRATA_REQUIRE(id, status)                                                                                     \
    do {                                                                                                               \
        if (!::strata::isTakenAway(id))                                                                                \
            STRATA_CHECK(status);                                                                                      \
    } while (false)

#else

// `holds`, a condition of legality or of the verifier.
#define STRATA_CONDITION(id, holds) (holds)
// Returns the error from the enclosing function unless the status is ok.
#define STRATA_REQUIRE(id, status) STRATA_CHECK(status)

#endif
