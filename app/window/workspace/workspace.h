// What the window works on: a model, its session, and what the jobs have found out about the shown state. Knows no
// widget. Intents come in as calls, changes go out as signals; everything that takes time is a job.
#pragma once

#include "app/window/jobs/graph.h"
#include "app/window/jobs/measure.h"
#include "app/window/jobs/open.h"
#include "app/window/jobs/show.h"
#include "app/window/models/inspector.h"
#include "app/window/models/palette_model.h"
#include "app/window/models/pictures.h"
#include "app/window/models/refusal.h"
#include "app/window/models/timings.h"
#include "app/window/workspace/autosave.h"

#include <QObject>
#include <QStringList>

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
    bool isOpen() const { return m_session != nullptr; }
    const Session& session() const { return *m_session; }
    const std::shared_ptr<const Registry>& registry() const { return m_registry; }
    const OpenedModel& model() const { return m_model; }
    QString title() const;  // "mlp.onnx"
    const ModelInfo& info() const { return m_info; }
    JobRunner& jobs() { return *m_jobs; }
    const ShownPtr& shown() const { return m_shown; }
    const std::optional<Error>& hardwareError() const { return m_hardwareError; }
    const std::shared_ptr<const HardwareShown>& hardware() const { return m_hardware; }
    const GraphPicturePtr& graph() const { return m_graph; }
    const std::optional<Place>& place() const { return m_place; }
    const Lit& lit() const { return m_lit; }
    const Times& times() const;  // under the present circumstances; those of others are kept
    Circumstances circumstances() const { return {m_threads, "cpu", machineName()}; }
    std::vector<std::pair<std::string, double>> callTimes() const;  // of the shown state's last run, in ms
    const Verdict* verdict() const;                                 // of the shown state; nullptr: not checked
    const FunctionVerdict* judged(const FunctionPtr& function) const;  // nullptr: not judged yet
    const std::optional<Built>& deployment() const { return m_deployment; }
    const MachineLimits* machine() const;  // for the shown state's instruction set and threads; nullptr: not measured
    const std::optional<Refusal>& refusal() const { return m_refusal; }  // of the last step that was tried or checked
    int baseline() const { return m_baseline; }  // state that the panes compare with; -1: the one before
    int threads() const { return m_threads; }
    const std::vector<SamplePicture>& pictures() const { return m_pictures; }
    Recipe recipe() const;        // the path to the shown state
    QString stepSummary() const;  // one sentence on the last step
    // The document: all that was done, whatever of it is shown.
    QString documentText() const;
    const QString& recipePath() const { return m_recipePath; }  // its file; empty: it has none yet
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
    // Answers with lineChecked. `changed`: the state whose step it would replace; -1: it would follow the shown one.
    void checkLine(const QString& line, int changed = -1);
    void clearRefusal();
    void takeHelp(int help);  // of the refusal
    // The last edit of the document, if nothing has come since; else the last step.
    void undo();
    void redo();
    bool canUndo() const;
    bool canRedo() const;
    void select(int state);
    // Edits of the document; what follows is replayed.
    void replaceStep(int state, const Step& step);
    void dropSteps(StepRange steps);
    void leaveOut(StepRange steps, bool out);     // or take them again
    void moveSteps(StepRange steps, int by);      // -1: before the step or group before them, 1: behind the one after
    void moveBehind(StepRange steps, int after);  // state `after`
    void setNote(int state, const QString& note);
    void setGroup(StepRange steps, const QString& title);  // empty: none
    // The next step that is taken stands behind the shown state, and what follows it is replayed; else it would begin a
    // branch. Forgotten when another state is shown.
    void insertNext(bool insert);
    bool inserting() const { return m_inserting; }
    void scheduleAutomatically(const std::string& function);  // empty: everything
    void setBaseline(int state);
    void setFunction(const std::string& function);  // of the loops pane
    void setGraphFunction(const std::string& function);
    void toggleGroup(const std::string& group);  // of the graph pane
    void point(const Place& place, bool gone);   // gone: the node is one of the compared state
    void clearSelection();
    void setThreads(int threads);
    void run(std::vector<int> states = {});  // empty: shown, the one before, root
    void judgeFunctions();                  // of the shown state, each against what it means
    void exportTo(ExportOptions options);
    void predictPicture(int sample);
    void refreshDeployment();
    void report(std::vector<Problem> problems);
    void report(const Error& error, const QString& place);

signals:
    void opened();
    void openFailed(const QString& text);
    void unboundDimensions(const QStringList& names);  // the model has some, and no size for them yet
    void sessionChanged();
    void shownChanged();
    void hardwareChanged();
    void graphChanged();
    void litChanged();
    void paletteChanged(const std::vector<strata::PaletteEntry>& entries, const QString& subject);
    void lineChecked(const QString& line, bool ok, const QString& text);
    void stepRefused(const QString& line, const QString& text);
    void refusalChanged();
    void timesChanged();
    void verdictChanged();
    void functionsJudged();
    void deploymentChanged();
    void inspectorChanged(const strata::Inspection& inspection);
    void predicted(int sample, const std::vector<double>& values);
    void exported(const strata::Exported& exported, const QString& folder);
    void problems(const std::vector<strata::Problem>& problems);
    void said(const QString& sentence);  // for the status bar

private:
    using Edit = std::function<Status(Session&, const JobSink&)>;
    enum class Undo { TakesStepsBack, TakesEditBack };
    void edit(const QString& title, Edit change, const QString& line = {}, Undo undo = Undo::TakesStepsBack);
    void annotate(const std::function<Status(Session&)>& change);
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
    void refresh();
    void refreshShown();
    void refreshHardware();
    void refreshGraph();
    void refreshPalette();
    void offerTransforms(const Prepared& prepared, const std::vector<PaletteEntry>& entries);
    void refreshInspector();
    void refreshVerdict();
    StatePtr compared() const;
    // `where`: the session in which the step was refused behind its current state; null: no step was.
    void setRefusal(const Status& status, const QString& line, const std::shared_ptr<const Session>& where = {});
    void seekHelp(const Error& error, const QString& line, const Session& where);
    void setLit();
    void autosave();
    bool limitsAreDoubtful() const;
    void keepLimits(const MachineLimits& limits);

    std::shared_ptr<Toolchain> m_toolchain;
    std::shared_ptr<const Registry> m_registry;
    TransformContext m_context;
    OpenedModel m_model;
    ModelInfo m_info;
    std::vector<SamplePicture> m_pictures;
    std::map<std::string, std::int64_t> m_dimensions;
    std::shared_ptr<Session> m_session;  // never shared for writing: jobs get copies
    // An edit of the document: the sessions before and behind it, and what they showed.
    struct Edited {
        std::shared_ptr<Session> before, behind;
        int shownBefore = 0, shownBehind = 0;
    };
    std::vector<Edited> m_edits, m_takenBack;
    QString m_recipePath, m_saved;  // the document's file, and the document as it was saved
    QByteArray m_onDisk;            // what the file held then
    std::unique_ptr<Autosave> m_autosave = std::make_unique<Autosave>();
    bool m_autosaves = true;  // the last one went well
    int m_baseline = -1, m_threads = 1;
    std::string m_function, m_graphFunction;
    std::set<std::string> m_openGroups;
    std::optional<Place> m_place;
    Lit m_lit;
    std::vector<Step> m_prepared;
    bool m_inserting = false;
    std::optional<Refusal> m_refusal;
    ShownPtr m_shown;
    std::shared_ptr<const HardwareShown> m_hardware;
    std::optional<Error> m_hardwareError;
    GraphPicturePtr m_graph;
    struct Kept {
        Times times;
        std::map<int, std::vector<std::string>> calls;  // by state, names of Timing::callMs
    };
    std::map<Circumstances, Kept> m_kept;
    std::map<int, Verdict> m_verdicts;
    std::map<FunctionPtr, FunctionVerdict> m_judged;  // a function is a value: what was found holds in every state
    std::optional<Built> m_deployment;
    std::map<std::pair<std::string, int>, MachineLimits> m_limits;  // by instruction set and threads
    std::shared_ptr<Worker> m_layout;
    JobRunner* m_jobs;  // destroyed first: its jobs use what is above
};

}  // namespace strata
