#include "app/window/start/start_page.h"

#include "app/window/models/said.h"
#include "app/window/start/sample_picture.h"
#include "app/window/theme/theme.h"

#include <QDir>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QMouseEvent>
#include <QPainter>
#include <QPushButton>
#include <QScrollArea>

#include <set>

namespace strata {

namespace {

constexpr int margin = 14, rowMargin = 5, pictureWidth = 150, keyWidth = 64;

QFont bold(QFont font)
{
    font.setBold(true);
    return font;
}

QLabel* heading(const QString& name, const QString& remark)
{
    auto* label = new QLabel(
        QStringLiteral("<span style='font-size:large'><b>%1</b></span>&nbsp; %2").arg(name, remark));
    label->setForegroundRole(QPalette::WindowText);
    return label;
}

void clear(QBoxLayout* layout)
{
    while (QLayoutItem* item = layout->takeAt(0)) {
        delete item->widget();
        delete item;
    }
}

}  // namespace

// --- a card
// -----------------------------------------------------------------------------------------------------------------------------

StartCard::StartCard(Text text, QWidget* parent)
    : QAbstractButton(parent)
    , m_text(std::move(text))
{
    setText(m_text.title);
    setAccessibleName(m_text.title);
    setAccessibleDescription(m_text.sentence);
    setCursor(Qt::PointingHandCursor);
    setFocusPolicy(Qt::StrongFocus);
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    setMouseTracking(true);
    setAttribute(Qt::WA_Hover);
}

int StartCard::textLeft() const { return m_text.picture.isEmpty() ? margin : margin + pictureWidth + margin; }

// A title alone is a row of a list.
bool StartCard::isRow() const
{
    return m_text.sentence.isEmpty() && m_text.remark.isEmpty() && m_text.picture.isEmpty();
}

int StartCard::heightForWidth(int width) const
{
    const int line = fontMetrics().height();
    if (isRow())
        return line + 2 * rowMargin;
    const QRect space(0, 0, std::max(80, width - textLeft() - margin), 1000);
    int height = 2 * margin + line + 4 + fontMetrics().boundingRect(space, Qt::TextWordWrap, m_text.sentence).height();
    if (!m_text.remark.isEmpty())
        height += line + 4;
    return m_text.picture.isEmpty() ? height : std::max(height, 86);
}

QSize StartCard::sizeHint() const { return {320, heightForWidth(420)}; }

void StartCard::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const Theme& theme = themeOf(palette());
    const QRect all = rect().adjusted(0, 0, -1, -1);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(hasFocus() || underMouse() ? theme.accent : theme.line, hasFocus() ? 2 : 1));
    painter.setBrush(theme.panel);
    painter.drawRoundedRect(QRectF(all).adjusted(1, 1, -1, -1), 5, 5);
    if (!m_text.picture.isEmpty())
        paintSample(painter, QRectF(margin, 8, pictureWidth, height() - 16), m_text.picture, theme);
    const int line = fontMetrics().height(), left = textLeft(), width = all.width() - left - margin;
    QFont title = bold(font());
    title.setStrikeOut(m_text.gone);
    painter.setFont(title);
    painter.setPen(m_text.gone ? theme.muted : theme.text);
    int y = isRow() ? rowMargin : margin;
    const int keyRoom = m_text.key.isEmpty() ? 0 : keyWidth;
    painter.drawText(QRect(left, y, width - keyRoom, line), Qt::AlignVCenter,
                     QFontMetrics(title).elidedText(m_text.title, Qt::ElideMiddle, width - keyRoom));
    painter.setFont(font());
    painter.setPen(theme.muted);
    painter.drawText(QRect(all.width() - margin - keyWidth, y, keyWidth, line), Qt::AlignRight | Qt::AlignVCenter,
                     m_text.key);
    y += line + 4;
    painter.setPen(m_text.gone ? theme.muted : theme.text);
    const QRect sentence(left, y, width, height() - y);
    painter.drawText(sentence, Qt::TextWordWrap, m_text.sentence);
    y += fontMetrics().boundingRect(sentence, Qt::TextWordWrap, m_text.sentence).height() + 4;
    painter.setPen(theme.accent);
    painter.drawText(QRect(left, y, width, line), Qt::AlignVCenter, m_text.remark);
}

void StartCard::mouseReleaseEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton && event->modifiers() & Qt::ShiftModifier
        && rect().contains(event->position().toPoint())) {
        setDown(false);
        return emit chosenWithSteps();
    }
    QAbstractButton::mouseReleaseEvent(event);
}

// --- the page
// ---------------------------------------------------------------------------------------------------------------------------

StartPage::StartPage(QWidget* parent)
    : QWidget(parent)
{
    setAutoFillBackground(true);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Start page"));
    auto* columns = new QHBoxLayout;
    columns->setSpacing(36);
    columns->addWidget(makeLeft(), 10);
    columns->addWidget(makeRight(), 10);
    auto* page = new QWidget;
    auto* whole = new QVBoxLayout(page);
    m_whole = whole;
    whole->setContentsMargins(48, 28, 48, 24);
    whole->setSpacing(18);
    auto* title = new QLabel;
    title->setObjectName(QStringLiteral("startTitle"));
    title->setText(tr("<span style='font-size:xx-large'><b>Strata</b></span> &nbsp; a model, step by step: "
                      "graph, loops, library, hardware"));
    whole->addWidget(title);
    whole->addLayout(columns);
    whole->addWidget(makeLessons());
    whole->addStretch(1);
    auto* scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(page);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(scroll);
}

QWidget* StartPage::makeLeft()
{
    auto* left = new QWidget;
    auto* column = new QVBoxLayout(left);
    m_left = column;
    column->setContentsMargins(0, 0, 0, 0);
    auto* zone = new QFrame;
    zone->setObjectName(QStringLiteral("dropZone"));
    zone->setFrameShape(QFrame::StyledPanel);
    auto* inZone = new QVBoxLayout(zone);
    inZone->setContentsMargins(24, 28, 24, 24);
    auto* open = new QPushButton(tr("Open a model…   O"));
    open->setObjectName(QStringLiteral("open"));
    open->setAccessibleName(tr("Open a model"));
    open->setFont(bold(open->font()));
    open->setMinimumSize(220, 44);
    connect(open, &QPushButton::clicked, this, &StartPage::openAsked);
    inZone->addWidget(open, 0, Qt::AlignCenter);
    auto* drop = new QLabel(tr("or drop a file here: .onnx, .strata"));
    drop->setAlignment(Qt::AlignCenter);
    drop->setForegroundRole(QPalette::PlaceholderText);
    inZone->addWidget(drop);
    column->addWidget(zone);
    column->addSpacing(14);
    m_recentHead = heading(tr("Recent"), tr("Ctrl and a number"));
    column->addWidget(m_recentHead);
    m_recentList = new QVBoxLayout;
    column->addLayout(m_recentList);
    column->addStretch();
    return left;
}

QWidget* StartPage::makeLessons()
{
    m_lessons = new QWidget;
    auto* all = new QVBoxLayout(m_lessons);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(heading(tr("Lessons"), tr("L, then up and down")));
    m_lessonColumns = new QHBoxLayout;
    m_lessonColumns->setSpacing(24);
    all->addLayout(m_lessonColumns);
    return m_lessons;
}

QWidget* StartPage::makeRight()
{
    auto* right = new QWidget;
    auto* column = new QVBoxLayout(right);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(heading(tr("Samples"), tr("press a number; with Shift its steps come too")));
    m_sampleList = new QVBoxLayout;
    column->addLayout(m_sampleList);
    column->addStretch();
    return right;
}

void StartPage::setSamples(std::vector<Sample> samples)
{
    clear(m_sampleList);
    m_samples = std::move(samples);
    std::erase_if(m_samples, [](const Sample& sample) { return sample.title.isEmpty(); });
    for (int i = 0; i < static_cast<int>(m_samples.size()); ++i) {
        const Sample& sample = m_samples[static_cast<std::size_t>(i)];
        auto* card = new StartCard(
            {translated(sample.title.toStdString()), translated(sample.sentence.toStdString()),
             sample.recipe.isEmpty() ? QString() : tr("with its %1 steps: Shift").arg(sample.steps),
             QString::number(i + 1), sample.picture, false});
        connect(card, &StartCard::clicked, this, [this, i] { chooseSample(i, false); });
        connect(card, &StartCard::chosenWithSteps, this, [this, i] { chooseSample(i, true); });
        m_sampleList->addWidget(card);
    }
}

void StartPage::setLessons(std::vector<LessonEntry> lessons)
{
    m_shownLessons = std::move(lessons);
    placeLessons();
}

namespace {

// The lessons that begin a column, so that chapters stay whole and the highest column is as low as can be.
std::set<std::size_t> columnStarts(const std::vector<LessonEntry>& lessons, std::size_t columns)
{
    std::vector<std::pair<std::size_t, std::size_t>> chapters;  // the first lesson, and lines with its head
    for (std::size_t i = 0; i < lessons.size(); ++i) {
        if (i == 0 || lessons[i].chapter != lessons[i - 1].chapter)
            chapters.emplace_back(i, 1);
        ++chapters.back().second;
    }
    std::set<std::size_t> starts;
    for (std::size_t most = 1; !chapters.empty(); ++most) {
        starts.clear();
        std::size_t lines = most;  // of the column at hand; the first chapter opens one
        for (const auto& [first, own] : chapters) {
            if (lines + own > most || starts.empty()) {
                starts.insert(first);
                lines = 0;
            }
            lines += own;
            if (lines > most)
                break;
        }
        if (lines <= most && starts.size() <= columns)
            return starts;
    }
    return starts;
}

}  // namespace

// There are many, by chapters, one below the other in columns of about the same height: below all, or where files would
// stand if any had been open.
void StartPage::placeLessons()
{
    const std::vector<LessonEntry>& lessons = m_shownLessons;
    const bool beside = m_recent.empty();
    const std::size_t lessonColumns = beside ? 2 : 3;
    m_whole->removeWidget(m_lessons);
    m_left->removeWidget(m_lessons);
    QBoxLayout* const room = beside ? m_left : m_whole;
    room->insertWidget(room->count() - 1, m_lessons);
    clear(m_lessonColumns);
    m_lessons->setVisible(!lessons.empty());
    const auto begins = [&](std::size_t i) { return i == 0 || lessons[i].chapter != lessons[i - 1].chapter; };
    const std::set<std::size_t> starts = columnStarts(lessons, lessonColumns);
    QVBoxLayout* column = nullptr;
    for (std::size_t i = 0; i < lessons.size(); ++i) {
        const LessonEntry& lesson = lessons[i];
        if (starts.count(i)) {
            auto* holder = new QWidget;
            column = new QVBoxLayout(holder);
            column->setContentsMargins(0, 0, 0, 0);
            column->setSpacing(3);
            m_lessonColumns->addWidget(holder, 1, Qt::AlignTop);
        }
        if (begins(i)) {
            auto* chapter = new QLabel(lesson.chapter);
            chapter->setForegroundRole(QPalette::PlaceholderText);
            chapter->setContentsMargins(0, column->count() == 0 ? 0 : 6, 0, 0);
            column->addWidget(chapter);
        }
        auto* row = new StartCard({lesson.title, {}, {}, {}, {}, false});
        row->setObjectName(QStringLiteral("lesson"));
        row->setAccessibleName(tr("Lesson: %1").arg(lesson.title));
        row->setToolTip(lesson.chapter + QLatin1Char('\n') + lesson.summary);
        connect(row, &QAbstractButton::clicked, this, [this, lesson] { emit lessonChosen(lesson.folder); });
        column->addWidget(row);
    }
}

void StartPage::setRecent(std::vector<RecentFile> files)
{
    clear(m_recentList);
    m_recent = std::move(files);
    m_recentHead->setVisible(!m_recent.empty());
    for (int i = 0; i < static_cast<int>(m_recent.size()); ++i) {
        const RecentFile& file = m_recent[static_cast<std::size_t>(i)];
        const QFileInfo info(file.path);
        auto* card = new StartCard({info.completeBaseName() == QLatin1String("model")
                                        ? info.dir().dirName() + QLatin1Char('/') + info.fileName()
                                        : info.fileName(),
                                    QDir::toNativeSeparators(info.absolutePath()),
                                    file.exists ? QString() : tr("not there any more; a click forgets it"),
                                    QStringLiteral("Ctrl+%1").arg(i + 1),
                                    {},
                                    !file.exists});
        connect(card, &StartCard::clicked, this, [this, i] { chooseRecent(i); });
        m_recentList->addWidget(card);
    }
    placeLessons();
}

void StartPage::chooseSample(int index, bool withSteps)
{
    if (index >= static_cast<int>(m_samples.size()))
        return;
    const Sample sample = m_samples[static_cast<std::size_t>(index)];
    emit chosen(sample.model, withSteps ? sample.recipe : QString());
}

void StartPage::chooseRecent(int index)
{
    if (index >= static_cast<int>(m_recent.size()))
        return;
    const RecentFile file = m_recent[static_cast<std::size_t>(index)];
    if (file.exists)
        emit chosen(file.path, {});
    else
        emit forgotten(file.path);
}

// Numbers as keys, whatever Shift makes of them on this keyboard: the key's code stays the digit only without it.
void StartPage::keyPressEvent(QKeyEvent* event)
{
    static const QString shifted = QStringLiteral("!@#$%^&*(");
    const Qt::KeyboardModifiers modifiers = event->modifiers() & ~Qt::KeypadModifier;
    const bool shift = modifiers == Qt::ShiftModifier;
    int number = event->key() >= Qt::Key_1 && event->key() <= Qt::Key_9 ? event->key() - Qt::Key_1 : -1;
    if (number < 0 && shift && !event->text().isEmpty())
        number = static_cast<int>(shifted.indexOf(event->text()));
    if (number >= 0 && modifiers == Qt::ControlModifier)
        return chooseRecent(number);
    if (number >= 0 && (shift || modifiers == Qt::NoModifier))
        return chooseSample(number, shift);
    if (event->key() == Qt::Key_L && modifiers == Qt::NoModifier)
        if (auto* first = m_lessons->findChild<StartCard*>())
            return first->setFocus(Qt::TabFocusReason);
    if (event->key() == Qt::Key_O && modifiers == Qt::NoModifier)
        return emit openAsked();
    QWidget::keyPressEvent(event);
}

}  // namespace strata
