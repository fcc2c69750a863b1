// What a step, or the steps that made an implementation, do to the numbers.
#pragma once

namespace strata {

// Ordered from harmless to "trust me".
enum class Effect { Exact, Reassociated, Approximate, Unsafe };
const char* name(Effect effect);

}  // namespace strata
