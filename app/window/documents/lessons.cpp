#include "app/window/documents/lessons.h"

#include "app/lesson/lesson.h"
#include "app/workbench/workbench.h"

namespace strata {

std::vector<LessonEntry> lessons(const QString& language)
{
    static const std::shared_ptr<const Registry> registry = makeRegistry();
    std::vector<LessonEntry> all;
    for (const std::string& folder : lessonFolders()) {
        const std::vector<std::string> languages = lessonLanguages(folder);
        if (languages.empty())
            continue;
        const bool there = std::find(languages.begin(), languages.end(), language.toStdString()) != languages.end();
        if (const auto lesson = readLesson(folder, there ? language.toStdString() : languages.front(), *registry))
            all.push_back({QString::fromStdString(folder), QString::fromStdString(lesson->title),
                           QString::fromStdString(lesson->chapter), QString::fromStdString(lesson->summary)});
    }
    return all;
}

}  // namespace strata
