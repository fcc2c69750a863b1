// Folders that come with the program: in the source tree, or beside an installed program.
#pragma once

#include "core/base/catalogue.h"

namespace strata {

// "lessons" and "translations" lie in the source tree's resources, "samples" at its root; "": there is none.
std::string folderOfProgram(const std::string& name);

// What the program says in a language ("zh"); English is what it says without one.
Result<Catalogue> catalogueOf(const std::string& language);

}  // namespace strata
