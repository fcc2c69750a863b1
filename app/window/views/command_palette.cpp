#include "app/window/views/command_palette.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace strata {

namespace {

constexpr int mostShown = 60;

// The letters of a word in their order, better together and at the beginnings of words; -1: not there.
int wordScore(const QString& word, const QString& text)
{
    int score = 0, at = 0, last = -2;
    for (const QChar c : word) {
        const int found = static_cast<int>(text.indexOf(c, at, Qt::CaseInsensitive));
        if (found < 0)
            return -1;
        const bool start = found == 0 || !text[found - 1].isLetterOrNumber();
        score += found == last + 1 ? 8 : start ? 6 : 1;
        last = found;
        at = found + 1;
    }
    return score;
}

}  // namespace

int fuzzyScore(const QString& pattern, const QString& text)
{
    int score = 0;
    for (const QString& word : pattern.split(QLatin1Char(' '), Qt::SkipEmptyParts)) {
        const int found = wordScore(word, text);
        if (found < 0)
            return -1;
        score += found;
    }
    return std::max(0, score * 100 - static_cast<int>(std::min<qsizetype>(text.size(), 99)));
}

CommandPalette::CommandPalette(std::vector<PaletteCommand> commands, QWidget* parent)
    : QDialog(parent)
    , m_commands(std::move(commands))
{
    setWindowTitle(tr("Find a node, a transform, a command"));
    setAccessibleName(windowTitle());
    m_input = new QLineEdit;
    m_input->setPlaceholderText(windowTitle());
    m_input->setAccessibleName(windowTitle());
    m_input->installEventFilter(this);
    m_list = new QListWidget;
    m_list->setAccessibleName(tr("Matches"));
    m_list->setUniformItemSizes(true);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(m_input);
    layout->addWidget(m_list);
    resize(620, 420);
    connect(m_input, &QLineEdit::textChanged, this, &CommandPalette::refill);
    connect(m_list, &QListWidget::itemActivated, this, &CommandPalette::choose);
    connect(m_list, &QListWidget::itemClicked, this, &CommandPalette::choose);
    refill({});
}

void CommandPalette::refill(const QString& pattern)
{
    std::vector<std::pair<int, std::size_t>> ranked;
    for (std::size_t i = 0; i < m_commands.size(); ++i)
        if (const int score = pattern.isEmpty() ? 0 : fuzzyScore(pattern, m_commands[i].text);
            score >= 0 || pattern.isEmpty())
            ranked.emplace_back(-score, i);
    std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    m_list->clear();
    for (std::size_t i = 0; i < ranked.size() && i < mostShown; ++i) {
        const PaletteCommand& command = m_commands[ranked[i].second];
        auto* item = new QListWidgetItem(
            command.detail.isEmpty() ? command.text : command.text + QStringLiteral("     ") + command.detail, m_list);
        item->setData(Qt::UserRole, static_cast<int>(ranked[i].second));
    }
    if (ranked.empty())
        (new QListWidgetItem(tr("Nothing is called so."), m_list))->setFlags(Qt::NoItemFlags);
    else
        m_list->setCurrentRow(0);
}

void CommandPalette::choose()
{
    const QListWidgetItem* item = m_list->currentItem();
    if (!item || !item->data(Qt::UserRole).isValid())
        return;
    const auto run = m_commands[item->data(Qt::UserRole).toInt()].run;
    accept();
    run();
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() != QEvent::KeyPress)
        return QDialog::eventFilter(watched, event);
    const int key = static_cast<QKeyEvent*>(event)->key();
    const int rows = m_list->count();
    if (key == Qt::Key_Down || key == Qt::Key_Up || key == Qt::Key_PageDown || key == Qt::Key_PageUp) {
        const int by = key == Qt::Key_Down ? 1 : key == Qt::Key_Up ? -1 : key == Qt::Key_PageDown ? 10 : -10;
        if (rows > 0)
            m_list->setCurrentRow(std::clamp(m_list->currentRow() + by, 0, rows - 1));
        return true;
    }
    if (key == Qt::Key_Return || key == Qt::Key_Enter) {
        choose();
        return true;
    }
    return QDialog::eventFilter(watched, event);
}

}  // namespace strata
