#include "app/window/views/presenter_view.h"

#include "app/window/theme/theme.h"

#include <QCloseEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QScrollArea>
#include <QTime>

namespace strata {

namespace {

QFont makeFont(QFont font, double scale, bool bold)
{
    font.setPointSizeF(font.pointSizeF() * scale);
    font.setBold(bold);
    return font;
}

QLabel* makeLabel(double scale, bool bold, bool muted = false)
{
    auto* label = new QLabel;
    label->setFont(makeFont(label->font(), scale, bold));
    label->setWordWrap(true);
    label->setTextFormat(Qt::PlainText);
    if (muted)
        label->setForegroundRole(QPalette::PlaceholderText);
    return label;
}

QPushButton* makeButton(const QString& text, const QObject* receiver, std::function<void()> act)
{
    auto* button = new QPushButton(text);
    button->setFocusPolicy(Qt::NoFocus);  // keys go to the steps
    QObject::connect(button, &QPushButton::clicked, receiver, std::move(act));
    return button;
}

}  // namespace

PresenterView::PresenterView(QWidget* parent)
    : QWidget(parent)
    , m_now(makeCard())
    , m_next(makeCard())
{
    setWindowTitle(tr("Presenter view — Strata"));
    setObjectName(QStringLiteral("presenter"));
    setAutoFillBackground(true);
    setFocusPolicy(Qt::StrongFocus);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(20, 14, 20, 10);
    layout->setSpacing(12);
    layout->addWidget(makeHead());
    layout->addWidget(m_banner = makeFrozen());
    auto* cards = new QHBoxLayout;
    cards->setSpacing(12);
    cards->addWidget(m_now.frame, 1);
    cards->addWidget(m_next.frame, 1);
    layout->addLayout(cards);
    layout->addWidget(makeLists(), 1);
    m_foot = makeLabel(0.95, false, true);
    m_foot->setText(tr("→ next    ← back    a number and Enter: to that step    R from the beginning, clock at 0    "
                        "F freeze, or bring the class here    B blank    S spotlight    Esc ends"));
    layout->addWidget(m_foot);
    m_second.setInterval(250);
    connect(&m_second, &QTimer::timeout, this, &PresenterView::tick);
    resize(900, 760);
    setMinimumSize(520, 420);
    colour();
}

QWidget* PresenterView::makeHead()
{
    auto* head = new QWidget;
    auto* row = new QHBoxLayout(head);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(14);
    m_clock = makeLabel(2.4, true);
    m_clock->setWordWrap(false);
    m_clock->setAccessibleName(tr("Time since the lecture began"));
    m_wall = makeLabel(1.2, false, true);
    m_wall->setWordWrap(false);
    m_progress = makeLabel(1.2, false, true);
    row->addWidget(m_clock);
    row->addWidget(m_wall);
    row->addWidget(m_progress, 1);
    row->addWidget(makeButton(tr("Spotlight  S"), this, [this] { emit spotlightAsked(); }));
    row->addWidget(makeButton(tr("Blank  B"), this, [this] { emit blankAsked(); }));
    return head;
}

QWidget* PresenterView::makeFrozen()
{
    auto* banner = new QFrame;
    banner->setObjectName(QStringLiteral("frozen"));
    auto* row = new QHBoxLayout(banner);
    auto* text = makeLabel(1.1, true);
    text->setText(tr("❚❚ Frozen: the class stays where it is while you look ahead"));
    row->addWidget(text, 1);
    row->addWidget(makeButton(tr("Bring the class here  F"), this, [this] { freeze(); }));
    banner->hide();
    return banner;
}

PresenterView::Card PresenterView::makeCard()
{
    auto* frame = new QFrame;
    frame->setFrameShape(QFrame::StyledPanel);
    frame->setAutoFillBackground(true);
    frame->setBackgroundRole(QPalette::Base);
    const Card card{frame, makeLabel(0.95, false, true), makeLabel(1.25, true), makeLabel(1, false),
                    makeLabel(1.1, true)};
    auto* layout = new QVBoxLayout(frame);
    for (QLabel* label : {card.caption, card.title, card.sentence})
        layout->addWidget(label);
    layout->addStretch(1);
    layout->addWidget(card.figure);
    return card;
}

QWidget* PresenterView::makeLists()
{
    auto* both = new QWidget;
    auto* row = new QHBoxLayout(both);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(16);
    auto* left = new QVBoxLayout;
    m_notesHead = makeLabel(1, true);
    m_notes = makeLabel(1.45, false);
    m_notes->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_notes->setAccessibleName(tr("Notes"));
    auto* scroll = new QScrollArea;
    scroll->setAccessibleName(tr("Notes"));
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(m_notes);
    left->addWidget(m_notesHead);
    left->addWidget(scroll, 1);
    row->addLayout(left, 3);
    auto* right = new QVBoxLayout;
    auto* jump = makeLabel(1, true);
    jump->setText(tr("Jump to"));
    m_list = new QListWidget;
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setFont(makeFont(m_list->font(), 1.15, false));
    m_list->setSpacing(2);
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->setAccessibleName(tr("Steps"));
    connect(m_list, &QListWidget::itemClicked, this, [this] { goTo(m_list->currentRow()); });
    right->addWidget(jump);
    right->addWidget(m_list, 1);
    row->addLayout(right, 2);
    return both;
}

void PresenterView::setSteps(std::vector<LectureStep> steps, int current, const QString& verdict)
{
    if (steps.empty())
        return;
    const int last = static_cast<int>(steps.size()) - 1;
    m_class = std::clamp(current, 0, last);
    m_own = m_frozen ? std::clamp(m_own, 0, last) : m_class;
    m_verdict = verdict;
    if (steps != m_steps) {
        m_steps = std::move(steps);
        m_list->clear();
        for (const LectureStep& step : m_steps)
            m_list->addItem(step.title);
    }
    showSteps();
}

QString PresenterView::notes() const { return m_notes->text(); }
QString PresenterView::clock() const { return m_clock->text(); }

void PresenterView::startClock()
{
    m_begun.start();
    m_second.start();
    tick();
}

void PresenterView::tick()
{
    const qint64 seconds = m_begun.isValid() ? m_begun.elapsed() / 1000 : 0;
    m_clock->setText(QStringLiteral("%1:%2:%3")
                         .arg(seconds / 3600, 2, 10, QLatin1Char('0'))
                         .arg(seconds / 60 % 60, 2, 10, QLatin1Char('0'))
                         .arg(seconds % 60, 2, 10, QLatin1Char('0')));
    m_wall->setText(QTime::currentTime().toString(QStringLiteral("HH:mm")));
}

void PresenterView::goBy(int steps) { goTo(m_own + steps); }

void PresenterView::goTo(int step)
{
    if (m_steps.empty())
        return;
    m_own = std::clamp(step, 0, static_cast<int>(m_steps.size()) - 1);
    if (!m_frozen)
        emit chosen(m_steps[static_cast<std::size_t>(m_own)].state);
    showSteps();
}

void PresenterView::freeze()
{
    m_frozen = !m_frozen;
    if (!m_frozen)
        goTo(m_own);
    showSteps();
}

void PresenterView::fill(const Card& card, const QString& caption, int step) const
{
    const bool any = step < static_cast<int>(m_steps.size());
    const LectureStep shown = any ? m_steps[static_cast<std::size_t>(step)] : LectureStep();
    card.caption->setText(caption);
    card.title->setText(any ? shown.title : tr("That was the last step."));
    card.sentence->setText(shown.sentence);
    QStringList figures{shown.figure, shown.remark, step == m_class ? m_verdict : QString()};
    figures.removeAll(QString());
    card.figure->setText(figures.join(QStringLiteral(" · ")));
}

void PresenterView::showSteps()
{
    if (m_steps.empty())
        return;
    m_banner->setVisible(m_frozen);
    fill(m_now, m_frozen ? tr("Now · the class") : tr("Now"), m_class);
    const bool ahead = m_own != m_class;
    fill(m_next, ahead ? tr("You are here") : tr("Next"), ahead ? m_own : m_class + 1);
    const LectureStep& own = m_steps[static_cast<std::size_t>(m_own)];
    m_notes->setForegroundRole(own.notes.isEmpty() ? QPalette::PlaceholderText : QPalette::WindowText);
    m_notesHead->setText(tr("Notes, step %1").arg(own.number));
    m_notes->setText(own.notes.isEmpty()
                         ? tr("None. Comments above a step in its recipe stand here, and its note (F4).")
                         : own.notes.join(QLatin1Char('\n')));
    m_progress->setText(m_typed.isEmpty() ? tr("step %1 of %2").arg(m_class).arg(m_steps.size() - 1)
                                          : tr("to step %1: Enter").arg(m_typed));
    m_list->setCurrentRow(m_own);
    for (int i = 0; i < m_list->count(); ++i) {
        QFont font = m_list->font();
        font.setBold(i == m_class);
        m_list->item(i)->setFont(font);
    }
}

void PresenterView::colour()
{
    const Theme& theme = themeOf(palette());
    QPalette colours = palette();
    colours.setColor(QPalette::Window, theme.selectedGround);
    m_banner->setPalette(colours);
    m_banner->setAutoFillBackground(true);
}

void PresenterView::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::ApplicationPaletteChange)
        colour();
}

// A number and Enter; any other key forgets the number.
bool PresenterView::typed(const QKeyEvent& key)
{
    const QString number = std::exchange(m_typed, QString());
    if (key.key() >= Qt::Key_0 && key.key() <= Qt::Key_9 && number.size() < 4)
        m_typed = number + QChar(u'0' + (key.key() - Qt::Key_0));
    else if ((key.key() == Qt::Key_Return || key.key() == Qt::Key_Enter) && !number.isEmpty())
        goTo(number.toInt());
    else
        return false;
    showSteps();
    return true;
}

void PresenterView::keyPressEvent(QKeyEvent* event)
{
    if (typed(*event))
        return;
    switch (event->key()) {
    case Qt::Key_Right:
    case Qt::Key_PageDown:
    case Qt::Key_Space: return goBy(1);
    case Qt::Key_Left:
    case Qt::Key_PageUp: return goBy(-1);
    case Qt::Key_Home: return goTo(0);
    case Qt::Key_End: return goTo(static_cast<int>(m_steps.size()) - 1);
    case Qt::Key_R: startClock(); return goTo(0);
    case Qt::Key_F: return freeze();
    case Qt::Key_B: emit blankAsked(); return;
    case Qt::Key_S: emit spotlightAsked(); return;
    case Qt::Key_Escape: close(); return;
    default: QWidget::keyPressEvent(event);
    }
}

void PresenterView::closeEvent(QCloseEvent* event)
{
    m_frozen = false;
    m_own = m_class;
    m_second.stop();
    event->accept();
    emit closed();
}

}  // namespace strata
