// A lesson: a model, a recipe whose steps carry marks, and what there is to say of them, a file a language.
//
// A lesson is a folder. What is true in any language stands in `lesson.recipe`, which replays like any recipe: its
// comments that begin with `#@` are marks. `lesson.en.md` and `lesson.zh.md` hold the words, by the marks' names.
//
//   #@ model mm_relu.strata                       beside it; samples:mm_relu.strata: of the samples
//   #@ step split                                 what follows, up to the next `step`, belongs to it
//   #@ look loops mm_relu loop j1                 a node to look at once the step is taken
//   #@ whatif five loops.split(mm_relu, j, [_, 5])            another choice in place of the step; it is legal
//   #@ refused swap "reads" loops.reorder(mm_relu, [k, i])    one that is refused, with these words
//   #@ question turns turns mm_relu j0 = 16       see LessonQuestion
//   #@ published notebook 0.4450 ms               what the course says that it takes then, and where
//   #@ target mm_relu-jfactor8.strata             the program that it has to be then
//   #@ without order there is one step            a mistake that no reader can make here, and why; see mistakes.h
//   loops.split(mm_relu, j, factors=[_, 8])       the step itself; there may be several, or none
//
//   ---
//   title: Matmul and relu
//   source notebook: the course's notebook; it names no machine      for each source of a published figure what that is
//   differ: their compiler makes vectors by itself                   why the reader's own figures are others
//   ---
//   ## Cut j into pieces {#split}
//   Why the step is taken: paragraphs.
//   ### What to look at {#look}
//   - A list with an item for each `look`.
//   ### Now you {#task}
//   ### Hints {#hints}
//   - Two items: a question, and which step it is. The third, the step itself, stands in the recipe.
//   ### What if {#whatif}
//   - five: An item for each `whatif` and `refused`.
//   ### Questions {#questions}
//   - turns: An item for each `question`.
//   ### What changed {#changed}
#pragma once

#include "core/session/recipe.h"

#include <optional>

namespace strata {

struct LessonLook {
    Level level = Level::Loops;
    Cursor node;
    std::string text;
};

// What can be asked is what the program finds out by itself, so that no answer is wrong: of the state behind the step,
// how often a loop turns (`turns FUNCTION LOOP`), or its body runs in all (`runs FUNCTION LOOP`), the bytes of a buffer
// (`bytes FUNCTION BUFFER`; of a runtime program all of them together are `arena`), how many nodes or calls a function
// has (`nodes FUNCTION`), an element of a result (`value RESULT INDEX ...`, of the lesson's inputs), whether a step is
// legal (`legal STEP`: yes or no), and which node it is (`node FUNCTION KIND NAME`: a click).
struct LessonQuestion {
    enum class Kind { Turns, Runs, Bytes, Nodes, Value, Legal, Node };
    Kind kind = Kind::Turns;
    std::string name;
    Cursor node;                      // Value: the result's name
    std::vector<std::int64_t> index;  // Value
    std::optional<Step> step;         // Legal
    std::string answer;               // "16", "yes"; of a node "loop j1"
    std::string text;
};

struct LessonChoice {
    std::string name;
    Step step;            // in place of the lesson's
    std::string refusal;  // words of the sentence with which it is refused; "": it is legal
    std::string text;
};

// What was published: "0.4450 ms", where.
struct PublishedTime {
    double value = 0;
    std::string unit, source;  // a key of Lesson::sources
};

// What a reader may do wrong: another argument than the lesson's, steps in another order, one left out, one too many,
// one that is refused.
enum class MistakeKind { Argument, Order, Missing, Extra, Illegal };
constexpr MistakeKind allMistakes[] = {MistakeKind::Argument, MistakeKind::Order, MistakeKind::Missing,
                                       MistakeKind::Extra, MistakeKind::Illegal};
inline const char* name(MistakeKind kind)
{
    constexpr const char* names[] = {"argument", "order", "missing", "extra", "illegal"};
    return names[static_cast<int>(kind)];
}

struct LessonStep {
    std::string name;
    int first = 0, count = 0;  // its steps among those of the recipe
    std::vector<LessonLook> looks;
    std::vector<LessonQuestion> questions;
    std::vector<LessonChoice> choices;
    std::vector<PublishedTime> published;
    std::string target;                          // file of the program that it has to be then; "": none
    std::map<MistakeKind, std::string> without;  // those that nobody can make here, and why
    int line = 0;                                // of its mark
    std::string title, text, task, changed;
    std::vector<std::string> hints;  // from a question to the step itself
};

struct Lesson {
    std::string name, folder, language;
    std::string model;  // path
    std::string title, chapter, summary;
    std::string text;                            // before the first step
    std::map<std::string, std::string> sources;  // of published times: "notebook" -> what that is
    std::string differ;                          // why what is measured here is another number than what is published
    std::map<std::string, std::string> inputs;   // files by the entry's parameters
    Recipe recipe;
    std::vector<LessonStep> steps;

    std::vector<Step> stepsOf(const LessonStep& step) const;
};

// Whatever is missing in the text, or stands in it without a mark, is an error with file and line.
Result<Lesson> readLesson(const std::string& folder, const std::string& language, const Registry& registry);
// "en", "zh": those that it has a text in.
std::vector<std::string> lessonLanguages(const std::string& folder);

// The folder that holds those which come with the program; "": it stands alone.
std::string lessonsFolder();
// Folders of lessons, by their names; in `root`, if given.
std::vector<std::string> lessonFolders(const std::string& root = lessonsFolder());
// A folder, or the name of one that comes with the program.
Result<std::string> findLesson(const std::string& name);
// A lesson to begin with, that checks; the folder must not be there.
Status newLesson(const std::string& folder);

}  // namespace strata
