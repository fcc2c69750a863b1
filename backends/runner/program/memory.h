// Memory of tensors and of an artifact's arena; on request between pages that nobody may touch.
//
// The idea: an access that strays by any distance up to a page ends the runner with a signal, and the test that asked
// for guards sees it. A block has to start at a multiple of 64 bytes, so only one of its ends can lie at a guard
// exactly; which one is chosen by the environment, and a test runs twice. The bytes between a block's end and the guard
// are filled and looked at after every run.
#pragma once

#include <cstddef>
#include <memory>

namespace strata::runner {

// STRATA_RUNNER_GUARD=after: reading or writing behind a block is caught; =before: in front of it. Anything else: none.
enum class Guard { None, After, Before };
Guard guardAsked();

// 64-byte aligned, zeroed; nullptr if there is none.
void* allocateMemory(Guard guard, std::size_t bytes);
void releaseMemory(Guard guard, void* memory);
// Ends the program with a message if somebody wrote between a guarded block and its guards.
void checkMemory(Guard guard);

}  // namespace strata::runner
