// The window: a table of parts that show the scene, the commands, and what belongs to the window itself (layout, theme,
// lecture mode). Parts do not know each other; where two have to do with each other, that is wired here.
#pragma once

#include "app/window/bookmark.h"
#include "app/window/models/table_model.h"
#include "app/window/window_layout.h"
#include "app/window/workspace/workspace.h"

#include <QMainWindow>

class QActionGroup;
class QSettings;
class QStackedWidget;
class QTableView;
class QToolButton;

namespace strata {

class AccessPart;
class DeploymentPart;
class Documents;
class GraphPart;
class GraphView;
class ImplementationsPart;
class InputsPart;
class LecturePart;
class LevelPane;
class LevelPart;
class PalettePart;
class PaletteView;
class ParameterForm;
class PicturePart;
class PresenterView;
class ProblemsPart;
class Spotlight;
class StatusPart;
class StepsPart;
class StepView;
class StartPage;
class TextPart;
class TextView;
class ValuesPart;

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
    void openLesson(const QString& folder);  // in the language of the window, where it has a text in that
    void openNextLesson();                   // the one behind the open one; the start page behind the last
    QString lessonLanguage() const;
    void setThemeChoice(ThemeChoice choice);
    void chooseTarget(const ChosenTarget& target);
    void setCodeSize(double size);
    void setLecture(bool on);
    bool lecture() const { return m_lecture; }
    void setPresenter(bool on);  // lecture mode, with the presenter view
    bool presenting() const;
    PresenterView* presenter() const;
    QWidget* presenterWindow() const;
    Spotlight* spotlight() const;
    void restoreSettings();
    bool openLastSession();                 // if that is wanted, and what was open is still there
    void offerRecovery();                   // of documents that a crash left behind
    void selectNode(const QString& name);   // by name, at any level; for the command line and the palette
    void reportFault(const QString& what);  // of ours, and caught
    // Of a whole pane; say what went wrong, or nothing.
    QString savePicture(Level level, const QString& path);
    QString savePicture(const Part& part, const QString& path);
    const std::vector<Part*>& parts() const { return m_layout->parts(); }
    QAction* action(const QString& id) const { return m_actions.value(id); }

    TextView* textView(Level level) const;
    GraphView* graphView() const;
    LevelPane* pane(Level level) const;
    StepView* stepView() const;
    StartPage* startPage() const { return m_start; }
    PaletteView* paletteView() const;
    PaletteModel* paletteModel() const;
    TableModel* problemModel() const;
    TableModel* implementationModel() const;
    QTableView* implementationTable() const;
    ParameterForm* form() const;

protected:
    void closeEvent(QCloseEvent*) override;
    void dragEnterEvent(QDragEnterEvent*) override;
    void dropEvent(QDropEvent*) override;
    bool eventFilter(QObject* watched, QEvent* event) override;
    void resizeEvent(QResizeEvent*) override;

private:
    // Building.
    template<class P>
    P* add(WindowLayout::Room room, P* part);
    void addParts();
    void connectParts();
    void connectWorkspace();
    // Commands.
    QAction* add(QMenu* menu, const QString& id, const QString& text, const QKeySequence& keys,
                 std::function<void()> run);
    QAction* addToggle(QMenu* menu, const QString& id, const QString& text, const QKeySequence& keys,
                       std::function<void(bool)> toggled);
    void makeActions();
    void makeFileMenu();
    void makeHandOnMenu(QMenu* menu);
    void makeEditMenu();
    void makeViewMenu();
    void makeGraphMenu(QMenu* menu);
    void makeThemes(QMenu* menu);
    void makeStepMenu();
    void makeStepEdits(QMenu* menu);
    void makeRunMenu();
    void makeLessonMenu();
    void makeTargetMenu(QMenu* menu);
    void addChoice(QActionGroup* group, QAction* action, const QString& meaning);
    void makePlaces(QMenu* menu);
    void makeIsas(QMenu* menu);
    void makeThreads(QMenu* menu);
    void showTarget(const Scene& scene);
    void makeBookmarkMenu(QMenu* menu);
    void showBookmarks();
    Bookmark presentView(const QString& name) const;
    void askBookmark();
    void askForgotten();
    void goToBookmark(const Bookmark& bookmark);
    void saveTarget(QSettings& settings) const;
    void restoreTarget(const QSettings& settings);
    void makeHelpMenu();
    void makeToolBar();
    void openCommandPalette();
    // What was said and asked.
    void showScene(const ScenePtr& scene, Aspects changed);
    void showStart();
    void showFrame(const Scene& scene);
    void sayCounterparts();
    void showOutput(const QString& name);
    void takeOnFunctionAt(StepRange steps, const QPoint& global);
    void say(const QString& sentence);
    void editText();
    void zoomText(int steps);
    void nextChange(bool forward);
    void findInPane();
    void copyCurrent();
    void savePictureAs(const Part& part);
    void copyPicture();
    void saveReportAs();
    void handInLesson();
    void handOutLesson();
    void resetLesson();
    void applyTheme();
    void fitScreen();
    void resetLayout();
    void makeLecture();
    std::set<Level> lecturePanes() const;
    void choosePane(Level level, bool on);
    void showChosenPanes();
    void followLecture();
    void showLecturePanes();
    bool lectureKey(const QKeyEvent& key);
    void toggleBlank();
    void toggleSpotlight();
    void saveSettings() const;
    void saveSession(QSettings& settings) const;
    void showRestoredStep();
    void askSettings();
    void askKeys();
    std::vector<TextPart*> texts() const;

    Workspace* m_workspace;
    Documents* m_documents;
    QStackedWidget* m_central;
    StartPage* m_start;
    WindowLayout* m_layout;
    std::vector<Part*> m_parts;
    std::map<Level, LevelPart*> m_levels;
    QHash<QString, QAction*> m_actions;
    StepsPart* m_steps = nullptr;
    PalettePart* m_palette = nullptr;
    GraphPart* m_graph = nullptr;
    AccessPart* m_accesses = nullptr;
    ProblemsPart* m_problems = nullptr;
    ImplementationsPart* m_implementations = nullptr;
    PicturePart* m_picture = nullptr;
    ValuesPart* m_values = nullptr;
    InputsPart* m_inputs = nullptr;
    DeploymentPart* m_deployment = nullptr;
    LecturePart* m_lecturePart = nullptr;
    StatusPart* m_status = nullptr;
    QToolButton *m_target = nullptr, *m_search = nullptr;
    QMenu* m_targetMenu = nullptr;
    std::vector<Bookmark> m_bookmarks;  // of the open model
    QMetaObject::Connection m_seeing;   // until the graph of a bookmark is drawn
    ThemeChoice m_themeChoice = ThemeChoice::System;
    double m_codeSize = 10;
    bool m_opensAgain = false;  // what was open when the program ended
    int m_stepToShow = -1;      // of a session that is being restored
    bool m_lecture = false;
    struct LectureState;
    struct LectureDeleter {
        void operator()(LectureState* state) const;
    };
    std::unique_ptr<LectureState, LectureDeleter> m_lectureState;
};

}  // namespace strata
