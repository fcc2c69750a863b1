// Do arguments of an intrinsic meet?
//
// An intrinsic's code may read all of an argument before it writes another, or keep elements in registers meanwhile: it
// does what its description says as long as the boxes that it writes share no element with the other ones.
#pragma once

#include "core/index/simplify.h"
#include "core/ir/module.h"

namespace strata {

// The names, in the description, of two arguments that may share an element of one buffer, one of them written; nullopt
// if their boxes are apart wherever the variables around lie in `ranges`.
std::optional<std::pair<std::string, std::string>> meetingArguments(const Intrinsic& intrinsic,
                                                                    const IntrinsicCall& call, const Ranges& ranges);

}  // namespace strata
