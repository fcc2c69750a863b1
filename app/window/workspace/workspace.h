// What the window works on: a model and its session, as a document. Knows no widget. Intents come in as calls, here or
// to what it is made of; a scene goes out after each change; everything that takes time is a job, and which job follows
// from what stands in one table.
#pragma once

#include "app/window/workspace/autosave.h"
#include "app/window/workspace/edit_history.h"
#include "app/window/workspace/lesson_reader.h"
#include "app/window/workspace/offers.h"
#include "app/window/workspace/panes.h"
#include "app/window/workspace/runs.h"
#include "app/workbench/tune.h"

#include <QStringList>

namespace strata {

class Workspace : public QObject {
    Q_OBJECT
public:
    explicit Workspace(QObject* parent = nullptr);
    ~Workspace() override;

    // --- what there is
    // -------------------------------------------------------------------------------------------------------------
    ScenePtr scene() const { return m_published; }  // as it was published last
    bool isOpen() const { return m_desk.isOpen(); }
    const Session& session() const { return *m_desk.session; }
    const std::shared_ptr<const Registry>& registry() const { return m_desk.registry; }
    const OpenedModel& model() const { return m_desk.model; }
    JobRunner& jobs() { return *m_desk.jobs; }
    const ShownPtr& shown() const { return m_desk.scene.shown; }
    const std::optional<Place>& place() const { return m_desk.scene.place; }

    // --- what it is made of, each with intents of its own
    // -------------------------------------------------------------------------------------------------------------
    Panes& panes() { return m_panes; }
    Offers& offers() { return m_offers; }
    Refusals& refusals() { return m_refusals; }
    Runs& runs() { return m_runs; }
    LessonReader& lesson() { return m_lesson; }

    // --- the document: all that was done, whatever of it is shown
    // -------------------------------------------------------------------------------------------------------------
    QString documentText() const;
    bool isModified() const;
    bool changedOutside() const;  // another program wrote its file since it was read or written here
    // What was open is given up when the other is there; who calls asks before.
    void open(const QString& path, const std::map<std::string, std::int64_t>& dimensions = {},
              const QString& recipe = {});
    // A lesson in a language, on its model; its own steps are the path. The document has no file, so that nothing is
    // written over the lesson.
    void openLesson(const QString& folder, const QString& language);
    void openRecipe(const QString& path);                              // on the open model
    void reload();                                                     // model and recipe as their files are now
    void bind(const std::map<std::string, std::int64_t>& dimensions);  // the model again, with all steps
    // What code is made for from now on, unless the model's text says; nullopt: this machine's. The model is opened
    // again, with all steps.
    void setIsa(std::optional<Target::Isa> isa);
    void recover(const LostDocument& lost);
    bool saveRecipe(const QString& path);  // false: reported, and nothing has changed
    void giveUp();                         // the document is saved or not wanted: its autosave goes

    // --- steps
    // -------------------------------------------------------------------------------------------------------------
    void apply(const QString& line);  // a recipe line, after the steps that the selection's preview needs
    void apply(std::vector<Step> steps);
    // The last edit of the document, if nothing has come since; else the last step.
    void undo();
    void redo();
    void select(int state);
    void stepBy(int direction);  // to the next state, or the one before, that a step made
    void setBaseline(int state);
    // Edits of the document; what follows is replayed.
    void replaceStep(int state, const Step& step);
    void dropSteps(StepRange steps);
    void leaveOut(StepRange steps, bool out);     // or take them again
    void moveSteps(StepRange steps, int by);      // -1: before the step or group before them, 1: behind the one after
    void moveBehind(StepRange steps, int after);  // state `after`
    void setNote(int state, const QString& note);
    void setGroup(StepRange steps, const QString& title);  // empty: none
    void setBranchName(int first, const QString& name);    // of the branch that begins with this state
    // The steps again, on each of the functions instead of their own, behind the shown state; a function that they do
    // not fit is left as it is, and is told.
    void applyTo(StepRange steps, std::vector<std::string> functions);
    // Which there are, and whether they have the same loops as the steps' own function had.
    std::vector<std::pair<std::string, bool>> othersFor(StepRange steps) const;
    // The next step that is taken stands behind the shown state, and what follows it is replayed; else it would begin a
    // branch. Forgotten when another state is shown.
    void insertNext(bool insert);
    void scheduleAutomatically(const std::string& function);  // empty: everything
    // The whole model, by measuring for some seconds; `enough` ends it before, and what was found is taken. Told by
    // `tuning` and `tuned`.
    void tune(double seconds, int threads, std::stop_token enough);

signals:
    void sceneChanged(const strata::ScenePtr& scene, strata::Aspects changed);
    void openFailed(const QString& text);
    void unboundDimensions(const QStringList& names);  // the model has some, and no size for them yet
    void stepRefused(const QString& line, const QString& text);
    void tuning(const std::vector<strata::TunedFunction>& found);  // so far
    void tuned(const QString& sentence);                           // what came of it
    void problems(const std::vector<strata::Problem>& problems);
    void said(const QString& sentence);  // for the status bar

private:
    // The scene.
    void publish(Aspects what);
    void settle(Aspects what);
    void addRefreshes();
    // Opening and keeping.
    struct Opening;
    void start(Opening opening);
    void adopt(const OpenedDocument& opened, const Opening& opening);
    void reset(const OpenedDocument& opened);
    void reportOpened(const OpenedDocument& opened, const Opening& opening);
    int shownLine() const;
    void autosave();
    // Steps.
    using Edit = std::function<Status(Session&, const JobSink&)>;
    enum class Undo { TakesStepsBack, TakesEditBack };
    void edit(const QString& title, Edit change, const QString& line = {}, Undo undo = Undo::TakesStepsBack);
    void take(std::function<std::vector<Step>()> first, std::vector<Step> steps);  // found when the job runs
    void annotate(const std::function<Status(Session&)>& change);
    void goTo(const std::shared_ptr<Session>& session);
    void refuse(const Error& error);
    void moved();  // another state is shown
    void carrySelection(int from);
    void carrySelection(int from, int to);

    Desk m_desk;
    Measurements m_measurements;
    Refusals m_refusals;
    Panes m_panes;
    Offers m_offers;
    Runs m_runs;
    LessonReader m_lesson;
    std::map<std::string, std::int64_t> m_dimensions;
    EditHistory m_edits;
    QString m_saved;      // the document as it was saved
    QByteArray m_onDisk;  // what its file held then
    std::unique_ptr<Autosave> m_autosave = std::make_unique<Autosave>();
    bool m_autosaves = true;  // the last one went well
    ScenePtr m_published;
    struct Refresh {
        Aspects after;  // aspects whose change starts the job
        std::function<void()> start;
    };
    std::vector<Refresh> m_refreshes;
};

}  // namespace strata
