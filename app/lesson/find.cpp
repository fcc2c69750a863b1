#include "app/lesson/lesson.h"
#include "app/workbench/place.h"
#include "core/base/write_whole.h"

#include <algorithm>
#include <filesystem>

namespace strata {

namespace fs = std::filesystem;

namespace {

constexpr const char* languages[] = {"en", "zh"};

const char newRecipe[] = R"(#@ model samples:mm_relu.strata
#@ step cut
#@ without order there is one step
#@ look loops mm_relu loop j1
#@ whatif five loops.split(mm_relu, j, factors=[_, 5])
#@ refused sum "update the same elements" loops.parallel(mm_relu, k)
#@ question turns turns mm_relu j0 = 32
loops.split(mm_relu, j, factors=[_, 4])
)";
const char newText[] = R"(---
title: A lesson to begin with
chapter: Own lessons
summary: One step, with everything that a step of a lesson can have.
---

What this lesson is about.

## Cut j into pieces of four {#cut}

Why the step is taken.

### What to look at {#look}

- j1 is new, and turns four times.

### Now you {#task}

In Loops, select j and split it: the inner loop takes 4.

### Hints {#hints}

- Which loop runs along a row of B?
- The step is called split, and j is its loop.

### What if {#whatif}

- five: 5 does not divide 128, so a test remains.
- sum: All k add to the same element, so they cannot run at once.

### Questions {#questions}

- turns: How often does j0 turn now?

### What changed {#changed}

The same elements in the same order: the loop has two parts now.
)";

}  // namespace

std::string lessonsFolder() { return folderOfProgram("lessons"); }

std::vector<std::string> lessonLanguages(const std::string& folder)
{
    std::vector<std::string> found;
    std::error_code error;
    for (const char* language : languages)
        if (fs::is_regular_file(fs::path(folder) / ("lesson." + std::string(language) + ".md"), error))
            found.push_back(language);
    return found;
}

std::vector<std::string> lessonFolders(const std::string& root)
{
    std::vector<std::string> found;
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(root, error))
        if (fs::is_regular_file(entry.path() / "lesson.recipe", error))
            found.push_back(entry.path().string());
    std::sort(found.begin(), found.end());
    return found;
}

Result<std::string> findLesson(const std::string& name)
{
    std::error_code error;
    if (fs::is_regular_file(fs::path(name) / "lesson.recipe", error))
        return name;
    if (name.find('/') == std::string::npos)
        for (const std::string& folder : lessonFolders())
            if (const std::string own = fs::path(folder).filename().string();
                own == name || own.substr(own.find('-') + 1) == name)
                return folder;
    return refused(say("There is no lesson {}.", name), {},
                   "strata lesson list says which there are; a folder with a lesson.recipe is one, too.");
}

Status newLesson(const std::string& folder)
{
    std::error_code error;
    if (fs::exists(folder, error))
        return refused(say("{} is there already.", folder), {}, "A new lesson takes a folder of its own.");
    if (!fs::create_directories(folder, error))
        return environmentError("The folder " + folder + " cannot be made: " + error.message() + ".");
    STRATA_CHECK(writeWhole(newRecipe, folder + "/lesson.recipe", "The recipe"));
    return writeWhole(newText, folder + "/lesson.en.md", "The text");
}

}  // namespace strata
