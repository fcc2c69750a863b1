#include "app/window/parts/lesson_part.h"

#include "app/window/parts/lesson_page.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QInputDialog>
#include <QLabel>
#include <QScrollBar>
#include <QTextBrowser>
#include <QToolButton>
#include <QVBoxLayout>

namespace strata {

LessonPart::LessonPart(Workspace& workspace)
    : Part(tr("Lesson"), Aspects(Aspect::Model) | Aspect::Lesson | Aspect::State | Aspect::Times, workspace)
    , m_widget(new QWidget)
    , m_page(new QTextBrowser)
    , m_previous(new QToolButton)
    , m_next(new QToolButton)
    , m_place(new QLabel)
{
    m_page->setOpenLinks(false);
    m_page->setFrameShape(QFrame::NoFrame);
    m_page->setAccessibleName(tr("Text of the lesson"));
    m_page->document()->setDocumentMargin(12);
    m_page->installEventFilter(this);
    m_previous->setText(tr("◀ Back"));
    m_next->setText(tr("Next ▶"));
    m_place->setAlignment(Qt::AlignCenter);
    auto* foot = new QHBoxLayout;
    foot->setContentsMargins(8, 4, 8, 4);
    foot->addWidget(m_previous);
    foot->addWidget(m_place, 1);
    foot->addWidget(m_next);
    auto* all = new QVBoxLayout(m_widget);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addWidget(m_page, 1);
    all->addLayout(foot);
    m_widget->setMinimumWidth(240);
    connect(m_page, &QTextBrowser::anchorClicked, this, [this](const QUrl& url) { follow(url.path()); });
    connect(m_previous, &QToolButton::clicked, &workspace.lesson(), &LessonReader::previous);
    connect(m_next, &QToolButton::clicked, &workspace.lesson(), &LessonReader::next);
}

void LessonPart::show(const Scene& scene, Aspects)
{
    emit filled(scene.lesson != nullptr);
    if (!scene.lesson)
        return;
    const LessonShown& shown = *scene.lesson;
    const int at = shown.step == m_step ? m_page->verticalScrollBar()->value() : 0;
    m_step = shown.step;
    m_page->setHtml(lessonPage(scene, themeOf(m_page->palette())));
    m_page->verticalScrollBar()->setValue(at);
    m_place->setText(tr("%1 of %2").arg(shown.step + 1).arg(shown.states.size()));
    m_previous->setEnabled(shown.step >= 0);
    m_next->setEnabled(shown.step + 1 < static_cast<int>(shown.states.size()) || !shown.done());
}

// Its colours are those of the theme, which are written into the page.
bool LessonPart::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_page && event->type() == QEvent::PaletteChange && workspace().scene()->lesson)
        QMetaObject::invokeMethod(
            this, [this] { show(*workspace().scene(), Aspect::Lesson); }, Qt::QueuedConnection);
    return Part::eventFilter(watched, event);
}

void LessonPart::follow(const QString& link)
{
    const QString what = link.section(QLatin1Char('/'), 0, 0), name = link.section(QLatin1Char('/'), 1);
    Workspace& w = workspace();
    if (!w.scene()->lesson)
        return;
    const LessonStep* step = w.scene()->lesson->current();
    if (what == QLatin1String("step"))
        w.lesson().goToStep(name.toInt());
    else if (what == QLatin1String("next"))
        w.lesson().next();
    else if (what == QLatin1String("check"))
        w.lesson().checkStep();
    else if (what == QLatin1String("hint"))
        w.lesson().openHint();
    else if (what == QLatin1String("fill") && step)
        emit stepAsked(w.scene()->lesson->lesson->stepsOf(*step).at(static_cast<std::size_t>(name.toInt())));
    else if (what == QLatin1String("look") && step)
        w.panes().point({step->looks.at(static_cast<std::size_t>(name.toInt())).node, false}, false);
    else if (what == QLatin1String("whatif"))
        w.lesson().choose(name.toStdString());
    else if (what == QLatin1String("handin"))
        emit handInAsked();
    else if (what == QLatin1String("handout"))
        emit handOutAsked();
    else if (what == QLatin1String("reset"))
        emit resetAsked();
    else if (what == QLatin1String("lesson"))
        emit nextLessonAsked();
    else if (what == QLatin1String("run"))
        w.runs().run({0, w.scene()->lesson->behind()});
    else if (what == QLatin1String("yes") || what == QLatin1String("no"))
        w.lesson().answer(name.toStdString(), what.toStdString());
    else if (what == QLatin1String("answer"))
        ask(name);
    else if (what == QLatin1String("this")) {
        const std::optional<Place>& place = w.place();
        if (!place)
            return emit said(tr("Select it in a pane first."));
        w.lesson().answer(name.toStdString(), std::string(nodeKindName(place->cursor.kind)) + " " + place->cursor.name);
    }
}

void LessonPart::ask(const QString& question)
{
    for (const LessonQuestion& one : workspace().scene()->lesson->current()->questions)
        if (qtext(one.name) == question) {
            const QString answer = QInputDialog::getText(m_widget->window(), name(), qtext(one.text));
            if (!answer.isEmpty())
                workspace().lesson().answer(one.name, answer.toStdString());
        }
}

}  // namespace strata
