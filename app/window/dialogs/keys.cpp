#include "app/window/dialogs/keys.h"

#include <QAction>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeySequenceEdit>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSettings>
#include <QTableWidget>

#include <algorithm>

namespace strata {

namespace {

constexpr const char* ownKeys = "ownKeys";  // property of an action: the keys that it comes with

QString settingOf(const QAction& action) { return QStringLiteral("keys/") + action.objectName(); }

QString nameOf(const QAction& action) { return action.text().remove(QLatin1Char('&')); }

QString textOf(const QList<QKeySequence>& keys) { return QKeySequence::listToString(keys, QKeySequence::NativeText); }

QList<QKeySequence> keysItComesWith(const QAction& action)
{
    return QKeySequence::listFromString(action.property(ownKeys).toString());
}

void set(QAction& action, const QList<QKeySequence>& keys)
{
    QSettings settings;
    action.setShortcuts(keys);
    if (keys == keysItComesWith(action))
        settings.remove(settingOf(action));
    else
        settings.setValue(settingOf(action), QKeySequence::listToString(keys));
}

}  // namespace

void restoreKeys(const QList<QAction*>& actions)
{
    const QSettings settings;
    for (QAction* action : actions) {
        if (!action->property(ownKeys).isValid())
            action->setProperty(ownKeys, QKeySequence::listToString(action->shortcuts()));
        if (const QVariant keys = settings.value(settingOf(*action)); keys.isValid())
            action->setShortcuts(QKeySequence::listFromString(keys.toString()));
    }
}

KeysDialog::KeysDialog(QList<QAction*> actions, QWidget* parent)
    : QDialog(parent)
    , m_actions(std::move(actions))
    , m_filter(new QLineEdit)
    , m_table(new QTableWidget)
    , m_keys(new QKeySequenceEdit)
    , m_said(new QLabel)
{
    setWindowTitle(tr("Keys"));
    resize(720, 640);
    std::sort(m_actions.begin(), m_actions.end(),
              [](const QAction* a, const QAction* b) { return nameOf(*a).localeAwareCompare(nameOf(*b)) < 0; });
    m_filter->setPlaceholderText(tr("Search commands and keys"));
    m_filter->setAccessibleName(m_filter->placeholderText());
    m_keys->setAccessibleName(tr("Keys of the chosen command"));
    m_said->setWordWrap(true);
    m_table->setAccessibleName(tr("Commands and their keys"));
    m_table->setColumnCount(2);
    m_table->setHorizontalHeaderLabels({tr("Command"), tr("Keys")});
    m_table->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
    m_table->horizontalHeader()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
    m_table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 8);
    m_table->setShowGrid(false);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    auto* panes = new QLabel(tr("In the panes: arrows, Page Up and Page Down move the caret, and what is lit follows; "
                                "Ctrl+wheel sets the size. In the graph: [ ] along an edge, ← → beside, Enter opens, "
                                "+ − 0 zoom. In a lecture: → ← steps, S spotlight, B blank, Esc ends."));
    panes->setWordWrap(true);
    panes->setForegroundRole(QPalette::PlaceholderText);
    auto* give = new QPushButton(tr("Set"));
    auto* reset = new QPushButton(tr("As it comes"));
    auto* all = new QPushButton(tr("All as they come"));
    auto* close = new QPushButton(tr("Close"));
    for (QPushButton* button : {give, reset, all})
        button->setAutoDefault(false);  // Enter is a key like others
    auto* row = new QHBoxLayout;
    row->addWidget(new QLabel(tr("New keys:")));
    row->addWidget(m_keys, 1);
    for (QPushButton* button : {give, reset, all, close})
        row->addWidget(button);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(m_filter);
    layout->addWidget(m_table, 1);
    layout->addWidget(panes);
    layout->addWidget(m_said);
    layout->addLayout(row);
    connect(m_filter, &QLineEdit::textChanged, this, &KeysDialog::filter);
    connect(m_table, &QTableWidget::currentCellChanged, this, [this] {
        if (const QAction* action = chosen())
            m_keys->setKeySequence(action->shortcut());
    });
    connect(give, &QPushButton::clicked, this, [this] {
        if (const QAction* action = chosen())
            this->give(action->objectName(), m_keys->keySequence());
    });
    connect(reset, &QPushButton::clicked, this, [this] {
        if (const QAction* action = chosen())
            this->give(action->objectName(), keysItComesWith(*action).value(0));
    });
    connect(all, &QPushButton::clicked, this, &KeysDialog::resetAll);
    connect(close, &QPushButton::clicked, this, &QDialog::accept);
    fill();
    m_filter->setFocus();
}

QAction* KeysDialog::chosen() const { return m_actions.value(m_table->currentRow()); }

QString KeysDialog::said() const { return m_said->text(); }

void KeysDialog::fill()
{
    m_table->setRowCount(static_cast<int>(m_actions.size()));
    for (int i = 0; i < m_actions.size(); ++i) {
        m_table->setItem(i, 0, new QTableWidgetItem(nameOf(*m_actions[i])));
        m_table->setItem(i, 1, new QTableWidgetItem(textOf(m_actions[i]->shortcuts())));
    }
}

void KeysDialog::filter(const QString& words)
{
    for (int i = 0; i < m_actions.size(); ++i) {
        const QString text = nameOf(*m_actions[i]) + QLatin1Char(' ') + textOf(m_actions[i]->shortcuts());
        m_table->setRowHidden(i, !text.contains(words, Qt::CaseInsensitive));
    }
}

bool KeysDialog::give(const QString& id, const QKeySequence& keys)
{
    const auto found = std::find_if(m_actions.begin(), m_actions.end(),
                                    [&](const QAction* action) { return action->objectName() == id; });
    if (found == m_actions.end())
        return false;
    for (const QAction* other : m_actions)
        if (other != *found && !keys.isEmpty() && other->shortcuts().contains(keys)) {
            m_said->setText(tr("%1 has %2 already; give it other keys first.")
                                .arg(nameOf(*other), keys.toString(QKeySequence::NativeText)));
            return false;
        }
    const QList<QKeySequence> own = keysItComesWith(**found);
    set(**found, keys == own.value(0) ? own : keys.isEmpty() ? QList<QKeySequence>() : QList<QKeySequence>{keys});
    m_said->setText(keys.isEmpty() ? tr("%1 has no keys now.").arg(nameOf(**found))
                                   : tr("%1 has %2 now.").arg(nameOf(**found), textOf((*found)->shortcuts())));
    fill();
    return true;
}

void KeysDialog::resetAll()
{
    for (QAction* action : m_actions)
        set(*action, keysItComesWith(*action));
    m_said->setText(tr("All commands have the keys that they come with."));
    fill();
}

}  // namespace strata
