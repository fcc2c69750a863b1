// What is fuzzed: a function takes the bytes of a file that nobody vouches for. It may refuse them; it may not crash,
// hang or take memory without bound, and what it accepts holds what is said beside it. libFuzzer calls them
// (scripts/fuzz), and tst_fuzzed with each input of corpus/ that once found something.
#pragma once

#include <string>
#include <string_view>

namespace fuzz {

// An ONNX file: opened, then printed and parsed, which gives the same text again.
void model(std::string_view bytes);
// Text of a module: what parses is examined, printed and parsed, which gives the same text again.
void text(std::string_view bytes);
// Data of a tensor, by its first byte a TensorProto, .npy or .npz: what is read has as many bytes as its type says.
void tensor(std::string_view bytes);

}  // namespace fuzz
