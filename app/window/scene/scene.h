// Everything that the window shows at one moment, as one value that nobody changes. The workspace makes a new one for
// each change and says which aspects of it are others now; a view that is given a scene needs to ask nobody else.
#pragma once

#include "app/lesson/compare.h"
#include "app/lesson/lesson.h"
#include "app/lesson/progress.h"
#include "app/window/jobs/accesses.h"
#include "app/window/jobs/estimate.h"
#include "app/window/jobs/ghost.h"
#include "app/window/jobs/graph.h"
#include "app/window/jobs/measure.h"
#include "app/window/jobs/open.h"
#include "app/window/jobs/show.h"
#include "app/window/models/inspector.h"
#include "app/window/models/palette_model.h"
#include "app/window/models/pictures.h"
#include "app/window/models/refusal.h"
#include "app/window/models/timings.h"
#include "app/workbench/explain.h"
#include "app/workbench/study.h"

#include <QFlags>
#include <QMetaType>

namespace strata {

// What of a scene changed. The jobs that refresh a scene name the aspects they follow from, the views those they show.
enum class Aspect : unsigned {
    Model = 1 << 0,        // another model is open, or it was read anew
    Steps = 1 << 1,        // the list of steps: its rows, notes, groups, its file
    State = 1 << 2,        // another state is shown, or it is compared with another
    Function = 1 << 3,     // another function in the loops pane is asked for
    Groups = 1 << 4,       // another function of the graph, or other open groups are asked for
    Place = 1 << 5,        // the selection
    Lit = 1 << 6,          // and what it lights up at the other levels
    Levels = 1 << 7,       // loops and library
    Graph = 1 << 8,        // the graph's picture
    Hardware = 1 << 9,     // instructions
    Palette = 1 << 10,     // what can be done
    Inspection = 1 << 11,  // what there is to say on the selection
    Refusal = 1 << 12,     // of the last step that was tried, or what would help
    Check = 1 << 13,       // the verdict on the line that a form holds
    Times = 1 << 14,
    Verdict = 1 << 15,  // on the shown state
    Judged = 1 << 16,   // on functions
    Deployment = 1 << 17,
    Prediction = 1 << 18,
    Fitting = 1 << 19,   // what of the palette fits by its form
    Accesses = 1 << 20,  // the picture of what the shown function touches when
    Ghost = 1 << 21,     // a proposal that is shown before it is taken
    Value = 1 << 22,     // that is looked at
    Gains = 1 << 23,     // of what the palette offers
    Inputs = 1 << 24,    // what the model runs on
    Outputs = 1 << 25,   // and what comes out
    Estimate = 1 << 26,  // of the busiest loop's instructions
    Work = 1 << 27,      // of the model
    Lesson = 1 << 28,    // the lesson's step, or what the reader did there
    Target = 1 << 29,    // where code runs
    Causes = 1 << 30,    // of the shown function's time
    Ir = 1U << 31,       // LLVM's text of it
};
Q_DECLARE_FLAGS(Aspects, Aspect)
Q_DECLARE_OPERATORS_FOR_FLAGS(Aspects)

// The palette of one selection in one state. What is only a preview is lowered first: `prelude` are these steps.
struct Offer {
    StatePtr state;
    std::optional<Place> place;
    std::vector<Step> prelude;
    ModulePtr module;                 // with the prelude taken
    std::optional<Cursor> selection;  // in it
    QString subject;                  // "mm_relu / for j (lowered first)"
    std::vector<PaletteEntry> entries;
};

// What the palette's steps would gain, as far as it was asked for.
struct TriedGains {
    Gains byId;
    bool trying = false;
};

struct Checked {
    QString line;
    bool applies = false;
    QString text;  // "applies", or why not
};

// A lesson that is open: where the reader is, and what came of it.
struct LessonShown {
    std::shared_ptr<const Lesson> lesson;
    std::vector<int> states;         // by step, behind it
    int step = -1;                   // -1: before the first
    std::optional<Attempt> attempt;  // of the shown state, where the step is one to take
    bool asked = false;              // the reader wants to know what differs
    int hints = 0;                   // that are open
    LessonProgress progress;         // what the reader has done and answered, now and before

    const LessonStep* current() const { return step < 0 ? nullptr : &lesson->steps[static_cast<std::size_t>(step)]; }
    int before() const { return step <= 0 ? 0 : states[static_cast<std::size_t>(step - 1)]; }
    int behind() const { return step < 0 ? 0 : states[static_cast<std::size_t>(step)]; }
    // Answers are kept by the step, too: two steps may have questions of the same name.
    std::string keyOf(const std::string& question) const { return current()->name + "/" + question; }
    // The step is taken: nothing is left to do but to go on.
    bool done() const { return !current() || current()->count == 0 || (attempt && attempt->right()); }
};

struct PicturePrediction {
    int sample = 0;
    std::vector<double> values;
};

// A value of the graph that is looked at, in the shown state and in the untouched model.
struct SeenValue {
    std::string name;
    std::shared_ptr<const Tensor> value, reference;  // value: nullptr, and why; reference: the model has no such value
    std::string why;
};

struct Scene {
    std::shared_ptr<const Session> session;  // nullptr: nothing is open, and only `threads` says anything
    std::string path;                        // of the model
    QString title;                           // "mlp.onnx"
    std::shared_ptr<const ModelInfo> info;
    std::optional<ModelWork> work;  // of a run of the untouched model; nullopt: not known, or not yet
    std::shared_ptr<const std::vector<SamplePicture>> pictures;
    QString recipePath;     // the document's file; empty: it has none yet
    bool modified = false;  // against its file
    bool canUndo = false, canRedo = false;
    bool inserting = false;  // the next step stands behind the shown state, and what follows it is replayed
    int baseline = -1;       // state that the panes compare with; -1: the one before
    int threads = 1;
    RunTarget target;                // where it runs
    std::optional<Target::Isa> isa;  // that code is asked for; nullopt: this machine's
    Form form = Form::Short;         // of the loops' text

    std::optional<Place> place;
    Lit lit;
    ShownPtr shown;
    GhostPtr ghost;  // shown in the panes of text instead; nullptr: none
    GraphPicturePtr graph;
    std::shared_ptr<const HardwareShown> hardware;
    std::optional<Error> hardwareError;
    std::optional<Result<IrShown>> ir;             // nullopt: nobody asks for it, or not yet
    std::optional<Result<LoopEstimate>> estimate;  // of its busiest loop; nullopt: there is none, or not yet
    std::shared_ptr<const Offer> offer;
    TriedGains tried;  // of the offer
    Inspection inspection;
    std::optional<Refusal> refusal;
    std::optional<Checked> checked;

    // Measured under the present circumstances.
    std::shared_ptr<const Times> times;                                    // never null
    std::shared_ptr<const History> history;                                // of all circumstances; never null
    std::map<Circumstances, Times> elsewhere;                              // measured under others
    std::vector<std::pair<std::string, double>> callTimes;                 // of the shown state's last run, in ms
    std::optional<MachineLimits> machine;                                  // for the shown state's instruction set
    std::optional<Verdict> verdict;                                        // nullopt: not checked
    std::shared_ptr<const std::map<FunctionPtr, FunctionVerdict>> judged;  // never null
    std::shared_ptr<const Built> deployment;
    std::optional<PicturePrediction> prediction;
    AccessPicturePtr accesses;                   // of the shown function; made while somebody watches
    std::optional<Error> accessError;            // why there are none
    std::shared_ptr<const FunctionCost> causes;  // of the shown function's time; found while somebody asks why
    std::shared_ptr<const SeenValue> value;

    std::map<std::string, QString> given;                // inputs that a person gave, and from where
    bool hasTestData = false;                            // else the others are drawn at random
    std::shared_ptr<const std::vector<Tensor>> outputs;  // of the shown state; nullptr: not computed
    QStringList labels;                                  // of classes, beside the model; empty: none

    std::shared_ptr<const LessonShown> lesson;  // nullptr: none

    bool isOpen() const { return session != nullptr; }
    // So little that what a run says is found out without being asked.
    bool isQuick() const { return work && work->flops < 2e8; }
    StatePtr state() const { return session ? session->current() : nullptr; }
    const FunctionVerdict* verdictOn(const FunctionPtr& function) const  // nullptr: not judged yet
    {
        const auto found = judged->find(function);
        return found == judged->end() ? nullptr : &found->second;
    }
};
using ScenePtr = std::shared_ptr<const Scene>;

Circumstances circumstancesOf(const Scene& scene);  // the present ones
// "CPU", "Evaluator", or the title of a device
QString placeTitle(const RunTarget& target);
// "CPU · 1 thread · x86-64-v3"; before a model is opened it is not known what code is made for.
QString runtimeNote(const Scene& scene);

}  // namespace strata

Q_DECLARE_METATYPE(strata::ScenePtr)
