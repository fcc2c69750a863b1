#include "app/window/commands/lesson_menu.h"

#include "app/window/documents/documents.h"
#include "app/window/documents/lessons.h"

#include <QFileDialog>
#include <QMainWindow>
#include <QMenu>
#include <QMessageBox>

namespace strata {

LessonMenu::LessonMenu(const Frame& frame)
    : CommandGroup(frame)
{
    QMenu* menu = addMenu(tr("&Lesson"));
    QMenu* list = menu->addMenu(tr("&Open"));
    connect(list, &QMenu::aboutToShow, this, [this, list] {
        list->clear();
        for (const LessonEntry& lesson : lessons(language()))
            list->addAction(lesson.title, this, [this, lesson] { open(lesson.folder); })->setToolTip(lesson.summary);
    });
    add(menu, QStringLiteral("lesson.folder"), tr("Open a &folder…"), {},
        [this] { m_documents.askLesson(language()); });
    menu->addSeparator();
    add(menu, QStringLiteral("lesson.next"), tr("&Next"), QKeySequence(QStringLiteral("Alt+PgDown")),
        [this] { m_workspace.lesson().next(); });
    add(menu, QStringLiteral("lesson.previous"), tr("&Back"), QKeySequence(QStringLiteral("Alt+PgUp")),
        [this] { m_workspace.lesson().previous(); });
    add(menu, QStringLiteral("lesson.contents"), tr("From the &beginning"), {},
        [this] { m_workspace.lesson().goToStep(-1); });
    menu->addSeparator();
    add(menu, QStringLiteral("lesson.check"), tr("&Check my step"), QKeySequence(QStringLiteral("Alt+Return")),
        [this] { m_workspace.lesson().checkStep(); });
    add(menu, QStringLiteral("lesson.hint"), tr("&Hint"), QKeySequence(QStringLiteral("Alt+Shift+Return")),
        [this] { m_workspace.lesson().openHint(); });
    menu->addSeparator();
    add(menu, QStringLiteral("lesson.handIn"), tr("&Report to hand in…"), {}, [this] { handIn(); });
    add(menu, QStringLiteral("lesson.handOut"), tr("Hand&out…"), {}, [this] { handOut(); });
    add(menu, QStringLiteral("lesson.reset"), tr("&Start afresh…"), {}, [this] { reset(); });
}

void LessonMenu::show(const Scene& scene, Aspects)
{
    enable({"lesson.next", "lesson.previous", "lesson.check", "lesson.hint", "lesson.contents", "lesson.handIn",
            "lesson.handOut", "lesson.reset"},
           scene.lesson != nullptr);
}

QString LessonMenu::language() const
{
    return m_window.locale().language() == QLocale::Chinese ? QStringLiteral("zh") : QStringLiteral("en");
}

void LessonMenu::open(const QString& folder) { m_documents.openLesson(folder, language()); }

void LessonMenu::openNext()
{
    const std::shared_ptr<const LessonShown>& shown = m_workspace.scene()->lesson;
    const std::vector<LessonEntry> all = lessons(language());
    const auto here = std::find_if(all.begin(), all.end(), [&](const LessonEntry& entry) {
        return shown && entry.folder == QString::fromStdString(shown->lesson->folder);
    });
    if (here == all.end() || here + 1 == all.end())
        return emit startAsked();
    m_documents.openLesson((here + 1)->folder, language(), Documents::Kept::Yes);
}

void LessonMenu::handIn()
{
    const auto& lesson = m_workspace.scene()->lesson;
    if (!lesson)
        return;
    const QString path = QFileDialog::getSaveFileName(
        &m_window, tr("Save the report to hand in"),
        QString::fromStdString(lesson->lesson->name) + QStringLiteral(".json"), tr("Reports (*.json)"));
    if (!path.isEmpty())
        m_workspace.lesson().handIn(path);
}

void LessonMenu::handOut()
{
    const auto& lesson = m_workspace.scene()->lesson;
    if (!lesson)
        return;
    const QString path = QFileDialog::getSaveFileName(
        &m_window, tr("Save the handout"), QString::fromStdString(lesson->lesson->name) + QStringLiteral(".html"),
        tr("Pages and paper (*.html *.pdf)"));
    if (!path.isEmpty())
        m_workspace.lesson().handOut(path);
}

void LessonMenu::reset()
{
    if (m_workspace.scene()->lesson
        && QMessageBox::question(&m_window, tr("Start afresh"),
                                 tr("Your steps and answers of this lesson are forgotten. Go on?"))
               == QMessageBox::Yes)
        m_workspace.lesson().startAfresh();
}

}  // namespace strata
