// The window: parts that show the scene, and the commands that a person gives. Parts do not know each other; where two
// have to do with each other, that is wired here.
#pragma once

#include "app/window/commands/commands.h"
#include "app/window/window_parts.h"

#include <QMainWindow>

class QStackedWidget;

namespace strata {

class Appearance;
class CommandBar;
class HandOn;
class KeptSettings;
class LectureMode;
class LessonMenu;
class StartPage;
class StepMenu;
class TargetMenu;

class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    explicit MainWindow(QWidget* parent = nullptr);
    ~MainWindow() override;

    Workspace& workspace() { return *m_workspace; }
    Documents& documents() { return *m_documents; }
    const WindowParts& parts() const { return *m_parts; }
    StartPage* startPage() const { return m_start; }
    QAction* action(const QString& id) const { return m_commands.action(id); }
    Appearance& appearance() { return *m_appearance; }
    HandOn& handOn() { return *m_handOn; }
    KeptSettings& settings() { return *m_settings; }
    LectureMode& lecture() { return *m_lecture; }
    LessonMenu& lessons() { return *m_lessons; }
    TargetMenu& target() { return *m_target; }

    void openFile(const QString& path, const QString& recipe = {});
    void selectNode(const QString& name);   // by name, at any level
    void reportFault(const QString& what);  // of ours, and caught

protected:
    void closeEvent(QCloseEvent*) override;
    void dragEnterEvent(QDragEnterEvent*) override;
    void dropEvent(QDropEvent*) override;
    bool eventFilter(QObject* watched, QEvent* event) override;
    void resizeEvent(QResizeEvent*) override;

private:
    template<class G, class... More>
    G* addGroup(More&... more);
    void addCommands();
    void connectParts();
    void connectLesson();
    void connectWorkspace();
    void connectStart();
    void showScene(Aspects changed);
    void showStart();
    void showTitle(const Scene& scene);
    void sayCounterparts();
    void showOutput(const QString& name);
    void say(const QString& sentence);

    Workspace* m_workspace;
    Documents* m_documents;
    QStackedWidget* m_central;
    StartPage* m_start;
    WindowLayout* m_layout;
    Commands m_commands;
    std::unique_ptr<WindowParts> m_parts;
    std::unique_ptr<Appearance> m_appearance;
    std::vector<std::unique_ptr<CommandGroup>> m_groups;  // all that follow
    CommandBar* m_bar = nullptr;
    HandOn* m_handOn;
    KeptSettings* m_settings;
    LectureMode* m_lecture;
    LessonMenu* m_lessons;
    StepMenu* m_steps;
    TargetMenu* m_target;
};

}  // namespace strata
