// The window: joins the views with the workspace. Views do not know each other; what one says goes to the workspace,
// what the workspace says goes to those whom it concerns.
#pragma once

#include "app/window/models/step_model.h"
#include "app/window/models/table_model.h"
#include "app/window/views/timings_view.h"
#include "app/window/workspace/workspace.h"

#include <QLabel>
#include <QMainWindow>
#include <QProgressBar>
#include <QPushButton>
#include <QSplitter>
#include <QTabWidget>
#include <QTableView>
#include <QToolButton>

namespace strata {

class GraphView;
class ElidedLabel;
class LectureBar;
class LevelPane;
class MemoryView;
class PaletteView;
class Panel;
class ParameterForm;
class PictureView;
class RooflineView;
class StepView;
class TextView;

inline size_t qHash(Level level, size_t seed = 0) { return ::qHash(static_cast<int>(level), seed); }

// Of a window that has none of an earlier start, by what the screen has for windows.
QSize firstWindowSize(const QSize& available);

class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    enum class ThemeChoice { System, Light, Dark };

    explicit MainWindow(QWidget* parent = nullptr);
    ~MainWindow() override;

    Workspace& workspace() { return *m_workspace; }
    void openFile(const QString& path, const QString& recipe = {});
    void setThemeChoice(ThemeChoice choice);
    void setLecture(bool on);
    bool lecture() const { return m_lecture; }
    void restoreSettings();
    // Documents that a crash left behind; `asked`: says so where there are none.
    void offerRecovery(bool asked = false);
    void selectNode(const QString& name);   // by name, at any level; for the command line and the palette
    void reportFault(const QString& what);  // of ours, and caught
    QString savePicture(Level level, const QString& path);  // of a whole pane; says what went wrong, or nothing
    QAction* action(const QString& id) const { return m_actions.value(id); }

    TextView* textView(Level level) const { return m_texts.value(level); }
    GraphView* graphView() const { return m_graph; }
    LevelPane* pane(Level level) const { return m_panes.value(level); }
    StepView* stepView() const { return m_steps; }
    PaletteView* paletteView() const { return m_palette; }
    PaletteModel* paletteModel() const { return m_paletteModel; }
    TableModel* problemModel() const { return m_problemModel; }
    TableModel* implementationModel() const { return m_implementationModel; }
    QTableView* implementationTable() const { return m_implementations; }
    ParameterForm* form() const { return m_form; }

protected:
    void closeEvent(QCloseEvent*) override;
    void dragEnterEvent(QDragEnterEvent*) override;
    void dropEvent(QDropEvent*) override;
    bool eventFilter(QObject* watched, QEvent* event) override;
    void changeEvent(QEvent*) override;
    void resizeEvent(QResizeEvent*) override;

private:
    // Building.
    QWidget* makeLeft();
    QWidget* makePanes();
    QWidget* makeBottom();
    LevelPane* makeTextPane(Level level);
    void makeGraphPane();
    QTableView* makeTable(TableModel* model);
    void makeImplementations();
    void makeActions();
    void makeFileMenu();
    void makeEditMenu();
    void makeViewMenu();
    void makeStepMenu();
    void makeRunMenu();
    void makeHelpMenu();
    void makeToolBar();
    void makeStatusBar();
    QAction* add(QMenu* menu, const QString& id, const QString& text, const QKeySequence& keys,
                 std::function<void()> run);
    void connectWorkspace();
    // What the workspace said.
    void showOpened();
    void showSession();
    void showLoopsAndLibrary();
    void showHardware();
    void showImplementations();
    void chooseImplementation(int row);
    void showGraph();
    void showLit();
    void sayCounterparts();
    void showPalette(const std::vector<PaletteEntry>& entries, const QString& subject);
    void showTimes();
    void showHeat();
    void showVerdict();
    void showDeployment();
    void showInspection(const Inspection& inspection);
    void showRoofline();
    void showJobs();
    void showExported(const Exported& exported, const QString& folder);
    void showPicture(int sample, const std::vector<double>& values);
    void showLecture();
    void addProblems(const std::vector<Problem>& problems);
    void showNotOpened(const QString& why);
    void showTitle();
    void showRefusal();
    void takeHelp(int help);
    void say(const QString& sentence);
    // What the person asked for.
    QString documentFolder() const;
    void openDialog();
    void openForm(const PaletteEntry& entry);
    void changeStep(int state);
    void groupSteps(StepRange steps);  // asks for their title
    void nameGroup(StepRange steps, const QString& title);
    void fold(int state);  // the group that its step is in, or unfolds it
    void openFormFor(const Transform& transform, ModulePtr module, const Arguments& arguments, int changed);
    void acceptForm(const QString& line, int changed);
    void closeForm();
    void editFunction();
    void exportDialog();
    void compareDialog();
    void bindDimensions(const QStringList& names);
    void openCommandPalette();
    void stepBy(int direction);
    void zoomText(int steps);
    void setCodeSize(double size);
    void maximize(LevelPane* pane, bool on);
    void nextChange(bool forward);
    void findInPane();
    bool mayLeave(const QString& before);
    void openRecipeDialog();
    void openRecipe(const QString& path);
    bool saveRecipe();
    bool saveRecipeAs();
    bool saveRecipeTo(const QString& path);
    void revert();
    void reload();
    void savePictureAs(Level level);
    void fillRecent();
    void fillSamples(QMenu* menu);
    void addRecent(const QString& path);
    void applyTheme();
    void fitScreen();
    void resetLayout();
    void saveSettings() const;
    QStringList functionsOf(Level level) const;
    QString runtimeNote() const;
    QString graphSubtitle() const;
    void copyCurrent();

    Workspace* m_workspace;
    StepModel* m_stepModel;
    PaletteModel* m_paletteModel;
    TableModel *m_inspectorModel, *m_deploymentModel, *m_problemModel, *m_implementationModel = nullptr;
    Folding m_folding;
    QHash<QString, QAction*> m_actions;
    QHash<Level, LevelPane*> m_panes;
    QHash<Level, TextView*> m_texts;
    GraphView* m_graph = nullptr;
    StepView* m_steps = nullptr;
    PaletteView* m_palette = nullptr;
    ParameterForm* m_form = nullptr;
    TimingsView* m_timings = nullptr;
    RooflineView* m_roofline = nullptr;
    MemoryView* m_memory = nullptr;
    PictureView* m_picture = nullptr;
    LectureBar* m_lectureBar = nullptr;
    Panel *m_stepPanel = nullptr, *m_palettePanel = nullptr, *m_inspectorPanel = nullptr;
    QSplitter *m_main = nullptr, *m_upper = nullptr, *m_columns = nullptr, *m_right = nullptr, *m_left = nullptr,
              *m_bottom = nullptr;
    QTabWidget *m_timingTabs = nullptr, *m_memoryTabs = nullptr, *m_rooflineTabs = nullptr;
    QTableView *m_problems = nullptr, *m_implementations = nullptr, *m_inspectorTable = nullptr, *m_deploymentTable = nullptr;
    QLabel *m_verdict = nullptr, *m_modelLabel = nullptr, *m_jobLabel = nullptr, *m_machineLabel = nullptr;
    ElidedLabel* m_said = nullptr;
    QTimer m_saidTimer;
    QProgressBar* m_progress = nullptr;
    QPushButton* m_cancel = nullptr;
    QToolButton *m_target = nullptr, *m_search = nullptr;
    QMenu *m_recentMenu = nullptr, *m_threadMenu = nullptr;
    ThemeChoice m_themeChoice = ThemeChoice::System;
    double m_codeSize = 10;
    bool m_lecture = false;
    QByteArray m_beforeLecture;
    int m_predicted = -1;
};

}  // namespace strata
