// The lessons that come with the program, as a list to choose from.
#pragma once

#include <QString>

#include <vector>

namespace strata {

struct LessonEntry {
    QString folder, title, chapter, summary;
};
// Those that can be read, by chapter; in a language where they have it, else in another.
std::vector<LessonEntry> lessons(const QString& language);

}  // namespace strata
