#include "app/window/parts/functions_part.h"

#include <QEvent>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QSaveFile>
#include <QToolButton>

namespace strata {

FunctionsPart::FunctionsPart(Workspace& workspace)
    : TablePart(tr("Functions"),
                {tr("Function"), tr("Calls"), tr("Time"), tr("Predicted"), tr("Share"), tr("GFLOP/s"), tr("GB/s"),
                 tr("Bound by"), tr("Costs most")},
                {1, 2, 3, 4, 5, 6}, Aspects(Aspect::Levels) | Aspect::Times, workspace)
    , m_widget(new QWidget)
    , m_filter(new QLineEdit)
{
    m_filter->setPlaceholderText(tr("Filter functions"));
    m_filter->setAccessibleName(tr("Filter functions"));
    m_filter->setClearButtonEnabled(true);
    m_widget->installEventFilter(this);
    auto* save = new QToolButton;
    save->setText(tr("CSV…"));
    save->setToolTip(tr("Save the table"));
    save->setAutoRaise(true);
    auto* top = new QHBoxLayout;
    top->setContentsMargins(8, 2, 8, 2);
    top->addWidget(m_filter);
    top->addWidget(save);
    auto* all = new QVBoxLayout(m_widget);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addLayout(top);
    all->addWidget(table(), 1);
    table()->setWordWrap(false);
    table()->horizontalHeader()->setSectionsClickable(true);
    table()->horizontalHeader()->setSortIndicatorShown(true);
    table()->horizontalHeader()->setSortIndicator(static_cast<int>(m_column), Qt::DescendingOrder);
    connect(m_filter, &QLineEdit::textChanged, this, &FunctionsPart::showRows);
    connect(save, &QToolButton::clicked, this, &FunctionsPart::saveCsv);
    connect(table()->horizontalHeader(), &QHeaderView::sortIndicatorChanged, this,
            [this](int column, Qt::SortOrder order) {
                m_column = static_cast<FunctionColumn>(column);
                m_descending = order == Qt::DescendingOrder;
                showRows();
            });
    const auto choose = [this](const QModelIndex& index) {
        this->workspace().panes().setFunction(model()->rows()[index.row()].cells.front().toStdString());
    };
    connect(table(), &QTableView::clicked, this, choose);
    connect(table(), &QTableView::activated, this, choose);
}

void FunctionsPart::show(const Scene& scene, Aspects)
{
    m_stale = !m_widget->isVisible();
    if (!m_stale)
        refresh(scene);
}

bool FunctionsPart::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::Show && std::exchange(m_stale, false))
        refresh(*workspace().scene());
    return TablePart::eventFilter(watched, event);
}

void FunctionsPart::refresh(const Scene& scene)
{
    const ShownPtr& shown = scene.shown;
    m_rows.clear();
    if (shown && shown->lowered) {
        std::vector<std::pair<QString, double>> calls;
        for (const auto& [name, ms] : scene.callTimes)
            calls.emplace_back(qtext(name), ms);
        m_rows = functionTimes(*shown->lowered, calls, scene.machine);
    }
    showRows();
}

void FunctionsPart::showRows()
{
    sortBy(m_rows, m_column, m_descending);
    const auto number = [](double value, int digits) {
        return value > 0 ? QString::number(value, 'f', digits) : QStringLiteral("—");
    };
    QList<TableRow> rows;
    for (const FunctionTime& row : m_rows) {
        if (!row.function.contains(m_filter->text().trimmed(), Qt::CaseInsensitive))
            continue;
        const bool timed = row.ms > 0;
        rows << TableRow{{row.function, QString::number(row.calls), timed ? formatTime(row.ms) : QStringLiteral("—"),
                          row.predictedMs > 0 ? formatTime(row.predictedMs) : QStringLiteral("—"),
                          timed ? tr("%1 %").arg(100 * row.share, 0, 'f', 1) : QStringLiteral("—"),
                          number(row.gflopsPerSecond(), 1), number(row.gbytesPerSecond(), 2), row.boundBy, row.cause},
                         tr("%1: %2 on %3 in %4 calls")
                             .arg(row.function, formatCount(row.flops, QStringLiteral("FLOP")), formatBytes(row.bytes))
                             .arg(row.calls),
                         {}};
    }
    model()->setRows(std::move(rows));
    table()->resizeColumnsToContents();
}

void FunctionsPart::saveCsv()
{
    const QString path = QFileDialog::getSaveFileName(m_widget->window(), tr("Save the table"),
                                                      QStringLiteral("functions.csv"), tr("Tables (*.csv)"));
    if (path.isEmpty())
        return;
    QSaveFile file(path);
    const QByteArray bytes = csvText().toUtf8();
    const bool written = file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() && file.commit();
    emit said(written ? tr("Written to %1").arg(path) : tr("%1 is not written: %2").arg(path, file.errorString()));
}

}  // namespace strata
