// What the window works on: a model, its session, and what the jobs have found out about the shown state. Knows no
// widget. Intents come in as calls, a scene goes out after each change; everything that takes time is a job, and which
// job follows from what stands in one table (workspace_show.cpp).
#pragma once

#include "app/window/scene/scene.h"
#include "app/window/workspace/autosave.h"
#include "app/workbench/tune.h"

#include <QObject>
#include <QStringList>
#include <QTimer>

namespace strata {

// Something that went wrong, for the list of problems.
struct Problem {
    enum class Kind { Refused, Environment, Bug, Warning, Note };
    Kind kind = Kind::Refused;
    QString text, place;
    std::vector<Cursor> nodes;
};

Problem problemOf(const Error& error, const QString& place);

class Workspace : public QObject {
    Q_OBJECT
public:
    explicit Workspace(QObject* parent = nullptr);
    ~Workspace() override;

    // --- what there is
    // -------------------------------------------------------------------------------------------------------------
    ScenePtr scene() const { return m_published; }  // as it was published last
    bool isOpen() const { return m_session != nullptr; }
    const Session& session() const { return *m_session; }
    const std::shared_ptr<const Registry>& registry() const { return m_registry; }
    const OpenedModel& model() const { return m_model; }
    const QString& title() const { return m_scene.title; }
    const ModelInfo& info() const { return *m_scene.info; }
    JobRunner& jobs() { return *m_jobs; }
    const ShownPtr& shown() const { return m_scene.shown; }
    const std::optional<Place>& place() const { return m_scene.place; }
    const Lit& lit() const { return m_scene.lit; }
    const Times& times() const;  // under the present circumstances; those of others are kept
    Circumstances circumstances() const { return {m_scene.threads, nameOf(m_scene.target), machineName()}; }
    const std::optional<Verdict>& verdict() const { return m_scene.verdict; }  // of the shown state
    const std::optional<MachineLimits>& machine() const { return m_scene.machine; }
    const std::optional<Refusal>& refusal() const { return m_scene.refusal; }
    const std::vector<SamplePicture>& pictures() const { return *m_scene.pictures; }
    Recipe recipe() const;  // the path to the shown state
    // The document: all that was done, whatever of it is shown.
    QString documentText() const;
    const QString& recipePath() const { return m_scene.recipePath; }
    bool isModified() const;
    bool changedOutside() const;  // another program wrote its file since it was read or written here

    // --- intents
    // -------------------------------------------------------------------------------------------------------------------
    // What was open is given up when the other is there; who calls asks before.
    void open(const QString& path, const std::map<std::string, std::int64_t>& dimensions = {},
              const QString& recipe = {});
    void openRecipe(const QString& path);                              // on the open model
    void reload();                                                     // model and recipe as their files are now
    void bind(const std::map<std::string, std::int64_t>& dimensions);  // the model again, with all steps
    void recover(const LostDocument& lost);
    bool saveRecipe(const QString& path);  // false: reported, and nothing has changed
    void giveUp();                         // the document is saved or not wanted: its autosave goes
    void apply(const QString& line);       // a recipe line, after the steps that the selection's preview needs
    void apply(std::vector<Step> steps);
    // Answered by the scene's `checked`. `changed`: the state whose step it would replace; -1: it would follow the
    // shown one.
    void checkLine(const QString& line, int changed = -1);
    // The same, of a line that somebody still types elsewhere: no refusal is shown for it.
    void checkTyped(const QString& line);
    // Shows in the panes what the step would make of them, until something is done or it is ended.
    void preview(const QString& line);
    void endPreview();
    // Measures the most promising of what the palette offers, in the background; again: no more of it.
    void tryPromising();
    void clearRefusal();
    void takeHelp(int help);  // of the refusal
    // The last edit of the document, if nothing has come since; else the last step.
    void undo();
    void redo();
    void select(int state);
    void stepBy(int direction);  // to the next state, or the one before, that a step made
    // Edits of the document; what follows is replayed.
    void replaceStep(int state, const Step& step);
    void dropSteps(StepRange steps);
    void leaveOut(StepRange steps, bool out);     // or take them again
    void moveSteps(StepRange steps, int by);      // -1: before the step or group before them, 1: behind the one after
    void moveBehind(StepRange steps, int after);  // state `after`
    void setNote(int state, const QString& note);
    void setGroup(StepRange steps, const QString& title);  // empty: none
    // The steps again, on each of the functions instead of their own, behind the shown state; a function that they do
    // not fit is left as it is, and is told.
    void applyTo(StepRange steps, std::vector<std::string> functions);
    // Which there are, and whether they have the same loops as the steps' own function had.
    std::vector<std::pair<std::string, bool>> othersFor(StepRange steps) const;
    // The next step that is taken stands behind the shown state, and what follows it is replayed; else it would begin a
    // branch. Forgotten when another state is shown.
    void insertNext(bool insert);
    bool inserting() const { return m_scene.inserting; }
    void scheduleAutomatically(const std::string& function);  // empty: everything
    // The whole model, by measuring for some seconds; `enough` ends it before, and what was found is taken. Told by
    // `tuning` and `tuned`.
    void tune(double seconds, int threads, std::stop_token enough);
    void setBaseline(int state);
    void setFunction(const std::string& function);  // of the loops pane
    void setProgram(const std::string& program);    // of the library pane
    void setForm(Form form);                        // of its text
    void setGraphFunction(const std::string& function);
    void arrangeGraph(GraphArrangement arrangement);
    void point(const Place& place, bool gone);  // gone: the node is one of the compared state
    void clearSelection();
    void setThreads(int threads);
    void setTarget(const RunTarget& target);
    // What code is made for from now on, unless the model's text says; nullopt: this machine's. The model is opened
    // again, with all steps.
    void setIsa(std::optional<Target::Isa> isa);
    void run(std::vector<int> states = {});  // empty: shown, the one before, root
    void runEverywhere();                    // the shown state: on each number of threads, and on each device it fits
    void judgeFunctions();                   // of the shown state, each against what it means
    void exportTo(ExportOptions options);
    void reportTo(const QString& path);  // the whole path, as a page
    void predictPicture(int sample);
    void readValue();  // of the selected node of the graph
    // What the model runs on from now on: when it is timed, checked, looked into. `from` says where it is from.
    void giveInput(const std::string& name, Tensor value, const QString& from);
    void takeBackInputs();
    void computeOutputs();  // of the shown state, on these
    void refreshDeployment();
    // The picture of accesses is made for each function that is shown, or no more. `l1Bytes`: of another cache than the
    // target's; 0: of that.
    void watchAccesses(bool on, std::int64_t l1Bytes = 0);
    // Why the shown function takes its time is found out for each that is shown, or no more.
    void watchCauses(bool on);
    // A lesson in a language, on its model; its own steps are the path. The document has no file, so that nothing is
    // written over the lesson.
    void openLesson(const QString& folder, const QString& language);
    void goToLessonStep(int step);  // as its text finds the program; -1: the introduction
    // Shows the step taken, then the next one's text; back: the text before.
    void lessonNext();
    void lessonPrevious();
    void checkLessonStep();  // what differs is said from now on, until the step is left
    void openHint();
    void answerLesson(const std::string& question, const std::string& answer);
    void chooseInLesson(const std::string& choice);  // another choice than the step's, as a branch
    void resetLesson();                              // what the reader did is forgotten, on disk, too
    void handOut(const QString& path);               // the lesson as a page, with the times that were measured; .html or .pdf
    void handIn(const QString& path);                // what the reader did, to be replayed
    void report(std::vector<Problem> problems);
    void report(const Error& error, const QString& place);

signals:
    void sceneChanged(const strata::ScenePtr& scene, strata::Aspects changed);
    void openFailed(const QString& text);
    void unboundDimensions(const QStringList& names);  // the model has some, and no size for them yet
    void stepRefused(const QString& line, const QString& text);
    void helpTaken();                                              // instead of the step that was refused
    void tuning(const std::vector<strata::TunedFunction>& found);  // so far
    void tuned(const QString& sentence);                           // what came of it
    void exported(const strata::Exported& exported, const QString& folder);
    void problems(const std::vector<strata::Problem>& problems);
    void said(const QString& sentence);  // for the status bar

private:
    using Edit = std::function<Status(Session&, const JobSink&)>;
    enum class Undo { TakesStepsBack, TakesEditBack };
    void edit(const QString& title, Edit change, const QString& line = {}, Undo undo = Undo::TakesStepsBack);
    void take(std::function<std::vector<Step>()> first, std::vector<Step> steps);  // found when the job runs
    void annotate(const std::function<Status(Session&)>& change);
    void adoptLesson(const std::shared_ptr<const Lesson>& lesson);
    void giveLessonInputs();
    void setLesson(LessonShown lesson);
    void lookInLesson();
    void recordLesson();
    void keepProgress(LessonShown& lesson, LessonProgress progress);
    void remember(const std::shared_ptr<Session>& before);
    bool lastEdit() const;  // there is one, and nothing has come since
    bool nextEdit() const;
    void goTo(const std::shared_ptr<Session>& session);
    void forgetFrom(int state);  // what is known of it and of all made since
    void refuse(const Error& error);
    struct Opening;
    void start(Opening opening);
    void adopt(const OpenedDocument& opened, const Opening& opening);
    void reset(const OpenedDocument& opened);
    void reportOpened(const OpenedDocument& opened, const Opening& opening);
    int shownLine() const;
    void moved();  // another state is shown
    void carrySelection(int from);
    void carrySelection(int from, int to);
    // What one call changes is told in one scene: at once, or when the outermost `Together` ends.
    class Together {
    public:
        explicit Together(Workspace& workspace)
            : m_workspace(workspace)
        {
            ++m_workspace.m_together;
        }
        ~Together()
        {
            if (--m_workspace.m_together == 0 && m_workspace.m_changed)
                m_workspace.publish(std::exchange(m_workspace.m_changed, {}));
        }
        Together(const Together&) = delete;
        Together& operator=(const Together&) = delete;

    private:
        Workspace& m_workspace;
    };
    void changed(Aspects what);
    void publish(Aspects what);
    void settle(Aspects what);
    struct Refresh {
        Aspects after;  // aspects whose change starts the job
        void (Workspace::*start)();
    };
    static const std::vector<Refresh>& refreshes();
    void refreshShown();
    void refreshHardware();
    void compile(const ShownPtr& early);
    void showCompiled();
    void refreshGraph();
    void refreshPalette();
    void refreshPlans();
    bool panesAreComing() const;
    void refreshInspector();
    void refreshAccesses();
    void refreshCauses();
    void refreshEstimate();
    void startEstimate();
    void prepareNext();
    void refreshWork();
    void refreshVerdict();
    StatePtr compared() const;
    // The steps that must come before one on the selection; where no palette has found them yet, asking for them takes
    // as long as they do.
    std::function<std::vector<Step>()> prelude() const;
    bool canUndo() const;
    bool canRedo() const;
    std::vector<std::pair<std::string, double>> callTimes() const;
    // `where`: the session in which the step was refused behind its current state; null: no step was.
    void setRefusal(const Status& status, const QString& line, const std::shared_ptr<const Session>& where = {});
    void seekHelp(const Error& error, const QString& line, const Session& where);
    void drawRefusal(const Error& error, const QString& line, const Session& where);
    void autosave();
    const std::vector<onnx::TestData>& data() const { return m_given.empty() ? m_model.data : m_givenData; }
    void inputsChanged();
    bool limitsAreDoubtful() const;
    void keepLimits(const MachineLimits& limits);
    void keepTimes(const Circumstances& where, const Measured& measured);

    std::shared_ptr<Toolchain> m_toolchain;
    std::shared_ptr<const Registry> m_registry;
    TransformContext m_context;
    OpenedModel m_model;
    std::map<std::string, std::int64_t> m_dimensions;
    std::shared_ptr<Session> m_session;  // never shared for writing: jobs get copies
    // An edit of the document: the sessions before and behind it, and what they showed.
    struct Edited {
        std::shared_ptr<Session> before, behind;
        int shownBefore = 0, shownBehind = 0;
    };
    std::vector<Edited> m_edits, m_takenBack;
    QString m_saved;      // the document as it was saved
    QByteArray m_onDisk;  // what its file held then
    std::unique_ptr<Autosave> m_autosave = std::make_unique<Autosave>();
    bool m_autosaves = true;  // the last one went well
    ModulePtr m_counted;      // the model whose work is known
    std::string m_function, m_program, m_graphFunction;
    GraphArrangement m_arrangement;  // of the graph
    std::vector<StatePtr> m_ahead;   // whose code is made ready, or was
    bool m_watchesAccesses = false, m_watchesCauses = false;
    std::int64_t m_l1Bytes = 0;
    struct Kept {
        Times times;
        std::map<int, std::vector<std::string>> calls;  // by state, names of Timing::callMs
    };
    std::map<Circumstances, Kept> m_kept;
    std::map<int, Verdict> m_verdicts;
    std::map<FunctionPtr, FunctionVerdict> m_judged;  // a function is a value: what was found holds in every state
    std::map<std::pair<std::string, int>, MachineLimits> m_limits;  // by instruction set and threads
    std::map<std::string, Tensor> m_given;                          // inputs
    std::vector<onnx::TestData> m_givenData;                        // with them, and all others
    std::shared_ptr<Worker> m_layout;
    QTimer m_quiet;  // since the instructions are there
    struct Compiled {
        ShownPtr of;  // without its texts
        Result<HardwareShown> code;
    };
    std::optional<Compiled> m_compiled;  // that waits for the texts
    Scene m_scene;   // in the making
    ScenePtr m_published;
    Aspects m_changed;
    int m_together = 0;
    JobRunner* m_jobs;  // destroyed first: its jobs use what is above
};

}  // namespace strata
