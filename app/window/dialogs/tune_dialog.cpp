#include "app/window/dialogs/tune_dialog.h"

#include "app/window/models/format.h"
#include "app/window/views/search_view.h"

#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QHeaderView>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QSpinBox>
#include <QTreeWidget>

namespace strata {

namespace {

constexpr double shownShare = 0.005;  // of the time

QTreeWidget* functionList()
{
    auto* list = new QTreeWidget;
    list->setAccessibleName(TuneDialog::tr("Functions"));
    list->setRootIsDecorated(false);
    list->setUniformRowHeights(true);
    list->setHeaderLabels({TuneDialog::tr("Function"), TuneDialog::tr("By the rules"), TuneDialog::tr("Best so far"),
                           TuneDialog::tr("Times as fast"), TuneDialog::tr("Tried"), TuneDialog::tr("Choice")});
    list->header()->setSectionResizeMode(0, QHeaderView::ResizeToContents);
    return list;
}

}  // namespace

TuneDialog::TuneDialog(int threads, QWidget* parent)
    : QDialog(parent)
{
    setWindowTitle(tr("Tune by measuring"));
    m_seconds = new QDoubleSpinBox;
    m_seconds->setRange(1, 86'400);
    m_seconds->setDecimals(0);
    m_seconds->setValue(60);
    m_seconds->setSuffix(tr(" s"));
    m_threads = new QSpinBox;
    m_threads->setRange(1, 256);
    m_threads->setValue(std::max(1, threads));
    m_functions = functionList();
    m_trials = new SearchView;
    connect(m_functions, &QTreeWidget::currentItemChanged, this, &TuneDialog::showTrials);
    m_progress = new QProgressBar;
    m_progress->setRange(0, 1000);
    m_progress->setTextVisible(false);
    m_sentence = new QLabel(tr("The rules' own choices are measured against others, function by function, where the "
                               "time is. What is fastest becomes steps like any others."));
    m_sentence->setWordWrap(true);
    auto* buttons = new QDialogButtonBox;
    m_search = buttons->addButton(tr("&Tune"), QDialogButtonBox::ActionRole);
    m_enough = buttons->addButton(tr("&Stop, and take the best"), QDialogButtonBox::ActionRole);
    m_close = buttons->addButton(QDialogButtonBox::Cancel);
    m_search->setDefault(true);

    auto* form = new QFormLayout(this);
    form->addRow(tr("For at most"), m_seconds);
    form->addRow(tr("Threads"), m_threads);
    form->addRow(m_functions);
    form->addRow(m_trials);
    form->addRow(m_progress);
    form->addRow(m_sentence);
    form->addRow(buttons);
    connect(m_search, &QPushButton::clicked, this, [this] {
        setSearching(true);
        emit searchAsked();
    });
    connect(m_enough, &QPushButton::clicked, this, [this] {
        m_enough->setEnabled(false);
        emit enoughAsked();
    });
    connect(m_close, &QPushButton::clicked, this, &TuneDialog::reject);
    setSearching(false);
    resize(820, 600);
}

double TuneDialog::seconds() const { return m_seconds->value(); }

int TuneDialog::threads() const { return m_threads->value(); }

void TuneDialog::setSearching(bool searching)
{
    m_searching = searching;
    for (QWidget* input :
         {static_cast<QWidget*>(m_seconds), static_cast<QWidget*>(m_threads), static_cast<QWidget*>(m_search)})
        input->setEnabled(!searching);
    m_enough->setEnabled(searching);
    m_progress->setVisible(searching);
}

void TuneDialog::showProgress(const QString& what, double fraction)
{
    if (!m_searching)
        return;
    m_sentence->setText(what);
    m_progress->setValue(int(1000 * std::clamp(fraction, 0.0, 1.0)));
}

void TuneDialog::showFunctions(const std::vector<TunedFunction>& functions)
{
    const QTreeWidgetItem* chosen = m_functions->currentItem();
    const QString name = chosen ? chosen->text(0) : QString();
    m_found = functions;
    const QSignalBlocker quiet(m_functions);  // a row that is made anew is no choice
    m_functions->clear();
    for (const TunedFunction& f : functions) {
        if (f.choices == 0 || f.share < shownShare)
            continue;
        auto* row = new QTreeWidgetItem(m_functions, {QString::fromStdString(f.function), formatTime(f.ms),
                                                      formatTime(f.ms / f.speed), formatRatio(f.speed),
                                                      tr("%1 of %2").arg(f.tried).arg(f.choices),
                                                      QString::fromStdString(choiceText(f))});
        row->setToolTip(5, row->text(5));
        QFont font = row->font(0);
        font.setBold(f.speed > 1);
        for (int column = 0; column < row->columnCount(); ++column)
            row->setFont(column, font);
        if (row->text(0) == name)
            m_functions->setCurrentItem(row);
    }
    showTrials();
}

void TuneDialog::showTrials()
{
    const QTreeWidgetItem* row = m_functions->currentItem() ? m_functions->currentItem() : m_functions->topLevelItem(0);
    for (const TunedFunction& f : m_found)
        if (row && row->text(0).toStdString() == f.function)
            m_trials->setTrials(row->text(0), f.ms, f.trials);
}

void TuneDialog::end(const QString& sentence)
{
    setSearching(false);
    m_seconds->setEnabled(false);
    m_threads->setEnabled(false);
    m_search->setVisible(false);
    m_enough->setVisible(false);
    m_close->setText(tr("Close"));
    m_sentence->setText(sentence);
}

void TuneDialog::reject()
{
    if (m_searching)
        emit cancelAsked();
    QDialog::reject();
}

}  // namespace strata
