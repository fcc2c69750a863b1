#include "app/window/views/level_pane.h"

#include "app/window/theme/theme.h"
#include "app/window/views/name_box.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QPainter>
#include <QPushButton>

namespace strata {

BadgeLabel::BadgeLabel(Level level, QWidget* parent)
    : QWidget(parent)
    , m_level(level)
{
    setFixedSize(sizeHint());
    setAccessibleName(title(level));
}

QSize BadgeLabel::sizeHint() const { return {18, 18}; }

void BadgeLabel::paint(QPainter& painter, const QRect& rect, Level level, const QPalette& palette, double opacity)
{
    const Theme& theme = themeOf(palette);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setOpacity(opacity);
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.level(level));
    painter.drawRoundedRect(rect, 3, 3);
    QFont font = painter.font();
    font.setBold(true);
    font.setPixelSize(std::max(8, rect.height() * 11 / 18));
    painter.setFont(font);
    painter.setPen(theme.dark ? theme.ground : QColor(Qt::white));
    painter.drawText(rect, Qt::AlignCenter, letter(level));
    painter.restore();
}

void BadgeLabel::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    paint(painter, rect(), m_level, palette());
}

ElidedLabel::ElidedLabel(QWidget* parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
}

void ElidedLabel::setText(const QString& text)
{
    m_text = text;
    setToolTip(text);
    setAccessibleName(text);
    update();
}

QSize ElidedLabel::minimumSizeHint() const { return {20, fontMetrics().height()}; }

// It takes the room that is left, so that nothing is laid out again because of its text.
QSize ElidedLabel::sizeHint() const { return minimumSizeHint(); }

void ElidedLabel::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setPen(themeOf(palette()).muted);
    painter.drawText(rect(), Qt::AlignVCenter | Qt::AlignLeft,
                     fontMetrics().elidedText(m_text, Qt::ElideRight, width()));
}

LevelPane::LevelPane(Level level, QWidget* view, QWidget* parent)
    : QWidget(parent)
    , m_level(level)
    , m_view(view)
{
    setAutoFillBackground(true);
    setBackgroundRole(QPalette::Base);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(makeHead());
    auto* line = new QFrame;
    line->setFrameShape(QFrame::HLine);
    line->setFixedHeight(1);
    line->setForegroundRole(QPalette::Mid);
    line->setFrameShadow(QFrame::Plain);
    layout->addWidget(line);
    layout->addWidget(makeBanner());
    m_message = new QLabel;
    m_message->setWordWrap(true);
    m_message->setAlignment(Qt::AlignCenter);
    m_message->setMargin(24);
    m_message->setForegroundRole(QPalette::PlaceholderText);
    m_message->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_stack = new QStackedWidget;
    m_stack->addWidget(view);
    m_stack->addWidget(m_message);
    layout->addWidget(m_stack, 1);
    layout->addWidget(makeFindBar());
    setMinimumWidth(120);
    installEventFilter(this);
}

namespace {

// Where a narrow pane has no room for them beside its name, they are in the menus only.
void showWhereThereIsRoom(const QHBoxLayout& tools, int width, int taken)
{
    for (int i = 0; i < tools.count(); ++i)
        taken += tools.itemAt(i)->widget()->sizeHint().width() + tools.spacing();
    for (int i = 0; i < tools.count(); ++i)
        tools.itemAt(i)->widget()->setVisible(width >= taken);
}

}  // namespace

QWidget* LevelPane::makeHead()
{
    auto* head = new QWidget;
    auto* row = new QHBoxLayout(head);
    row->setContentsMargins(10, 5, 4, 5);
    row->setSpacing(6);
    row->addWidget(new BadgeLabel(m_level));
    auto* name = new QLabel(QStringLiteral("<b>%1</b>").arg(title(m_level)));
    row->addWidget(name);
    m_choice = new NameBox;
    m_choice->setMinimumContentsLength(7);
    m_choice->setAccessibleName(tr("Function shown at the %1 level").arg(title(m_level).toLower()));
    m_choice->hide();
    connect(m_choice, &QComboBox::textActivated, this, &LevelPane::chosen);
    row->addWidget(m_choice, 3);
    m_subtitle = new ElidedLabel;
    row->addWidget(m_subtitle, 1);
    m_tools = new QHBoxLayout;
    row->addLayout(m_tools);
    m_maximize = new QToolButton;
    m_maximize->setAutoRaise(true);
    m_maximize->setCheckable(true);
    m_maximize->setFixedWidth(22);
    m_maximize->setText(QStringLiteral("⤢"));
    m_maximize->setToolTip(tr("Show this pane alone"));
    m_maximize->setAccessibleName(tr("Show the %1 pane alone").arg(title(m_level).toLower()));
    connect(m_maximize, &QToolButton::toggled, this, &LevelPane::maximizeToggled);
    row->addWidget(m_maximize);
    auto* close = new QToolButton;
    close->setAutoRaise(true);
    close->setFixedWidth(22);
    close->setText(QStringLiteral("×"));
    close->setToolTip(tr("Hide this pane (View menu shows it again)"));
    close->setAccessibleName(tr("Hide the %1 pane").arg(title(m_level).toLower()));
    connect(close, &QToolButton::clicked, this, &LevelPane::closeRequested);
    row->addWidget(close);
    return head;
}

void LevelPane::addTool(QAction* action, const QString& text)
{
    auto* button = new QToolButton;
    button->setDefaultAction(action);
    button->setText(text);
    button->setAutoRaise(true);
    button->setAccessibleName(action->text());
    button->setToolTip(action->text() + QStringLiteral("  ") + action->shortcut().toString(QKeySequence::NativeText));
    connect(action, &QAction::changed, button, [button, text] { button->setText(text); });
    m_tools->addWidget(button);
}

QWidget* LevelPane::makeBanner()
{
    m_bannerFrame = new QFrame;
    m_bannerFrame->setAutoFillBackground(true);
    m_bannerFrame->setBackgroundRole(QPalette::AlternateBase);
    auto* row = new QHBoxLayout(m_bannerFrame);
    row->setContentsMargins(12, 8, 4, 8);
    m_banner = new QLabel;
    m_banner->setWordWrap(true);
    m_banner->setTextFormat(Qt::RichText);
    m_banner->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_banner->setAccessibleName(tr("Why the step is refused"));
    auto* column = new QVBoxLayout;
    column->addWidget(m_banner);
    m_bannerActions = new QVBoxLayout;
    m_bannerActions->setSpacing(4);
    column->addLayout(m_bannerActions);
    row->addLayout(column, 1);
    auto* close = new QToolButton;
    close->setAutoRaise(true);
    close->setText(QStringLiteral("×"));
    close->setAccessibleName(tr("Close the refusal"));
    connect(close, &QToolButton::clicked, this, &LevelPane::bannerClosed);
    row->addWidget(close, 0, Qt::AlignTop);
    m_bannerFrame->hide();
    return m_bannerFrame;
}

void LevelPane::setBanner(const QString& html, const QStringList& actions)
{
    while (QLayoutItem* old = m_bannerActions->takeAt(0)) {
        old->widget()->deleteLater();
        delete old;
    }
    for (int i = 0; i < actions.size(); ++i) {
        auto* button = new QPushButton(actions[i]);
        connect(button, &QPushButton::clicked, this, [this, i] { emit bannerAction(i); });
        m_bannerActions->addWidget(button, 0, Qt::AlignLeft);
    }
    m_banner->setText(html);
    m_bannerFrame->setVisible(!html.isEmpty());
}

QWidget* LevelPane::makeFindBar()
{
    m_findBar = new QWidget;
    auto* row = new QHBoxLayout(m_findBar);
    row->setContentsMargins(10, 4, 10, 4);
    m_find = new QLineEdit;
    m_find->setPlaceholderText(tr("Find; Enter for the next, Shift+Enter for the previous, Esc closes"));
    m_find->setAccessibleName(tr("Find in the %1 pane").arg(title(m_level).toLower()));
    m_find->installEventFilter(this);
    row->addWidget(m_find);
    m_findBar->hide();
    return m_findBar;
}

bool LevelPane::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == this && event->type() == QEvent::Resize) {
        const int name = fontMetrics().horizontalAdvance(title(m_level)) * 5 / 4;  // it is bold
        const int choice = m_choice->isHidden() ? 0 : m_choice->minimumSizeHint().width() + 6;
        constexpr int fixed = 120;  // the badge, the buttons at the end, a piece of the subtitle
        showWhereThereIsRoom(*m_tools, width(), fixed + name + choice);
    }
    if (watched != m_find || event->type() != QEvent::KeyPress)
        return QWidget::eventFilter(watched, event);
    const auto* key = static_cast<QKeyEvent*>(event);
    if (key->key() == Qt::Key_Escape) {
        m_findBar->hide();
        m_view->setFocus();
        return true;
    }
    if (key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter) {
        emit findRequested(m_find->text(), !(key->modifiers() & Qt::ShiftModifier));
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

void LevelPane::setSubtitle(const QString& text) { m_subtitle->setText(text); }

void LevelPane::setChoices(const QStringList& names, const QString& current)
{
    QStringList old;
    for (int i = 0; i < m_choice->count(); ++i)
        old << m_choice->itemText(i);
    if (old != names) {
        m_choice->clear();
        m_choice->addItems(names);
    }
    m_choice->setCurrentText(current);
    m_choice->setMaximumWidth(static_cast<NameBox*>(m_choice)->widthOfAll());
    m_choice->setVisible(names.size() > 1);
}

void LevelPane::showView() { m_stack->setCurrentWidget(m_view); }

void LevelPane::showMessage(const QString& text)
{
    m_message->setText(text);
    m_stack->setCurrentWidget(m_message);
}

QString LevelPane::message() const { return m_stack->currentWidget() == m_message ? m_message->text() : QString(); }

void LevelPane::openFind()
{
    m_findBar->show();
    m_find->setFocus();
    m_find->selectAll();
}

void LevelPane::addFoot(QWidget* foot) { layout()->addWidget(foot); }

void LevelPane::setMaximized(bool on) { m_maximize->setChecked(on); }

}  // namespace strata
