#include "app/window/parts/table_part.h"

#include "app/window/models/said.h"
#include "app/window/theme/theme.h"
#include "app/window/views/forms_view.h"
#include "app/window/views/panel.h"

#include <QDir>
#include <QFileInfo>
#include <QLocale>
#include <QPainter>

#include <numeric>

namespace strata {

TablePart::TablePart(QString name, QStringList headings, QSet<int> rightAligned, Aspects concerns, Workspace& workspace)
    : Part(std::move(name), concerns, workspace)
    , m_model(new TableModel(std::move(headings), std::move(rightAligned), this))
    , m_table(makeTable(m_model, this->name()))
{
}

namespace {

constexpr int widestColumn = 480, gap = 16, rowGap = 4;

// All rows of a table, set in lines and columns.
struct TableLayout {
    explicit TableLayout(const TableModel& model, const QFont& font)
        : metrics(font)
    {
        for (int column = 0; column < model.columnCount(); ++column) {
            int width = metrics.horizontalAdvance(text(model, -1, column));
            for (int row = 0; row < model.rowCount(); ++row)
                width = std::max(width, metrics.horizontalAdvance(text(model, row, column)));
            columns.push_back(std::min(width, widestColumn));
        }
        for (int row = -1; row < model.rowCount(); ++row) {
            int height = metrics.height();
            for (int column = 0; column < model.columnCount(); ++column)
                height = std::max(height, metrics
                                              .boundingRect(QRect(0, 0, columns[column], 100'000), Qt::TextWordWrap,
                                                            text(model, row, column))
                                              .height());
            rows.push_back(height + rowGap);
        }
    }
    static QString text(const TableModel& model, int row, int column)  // -1: the heading
    {
        return (row < 0 ? model.headerData(column, Qt::Horizontal, Qt::DisplayRole)
                        : model.data(model.index(row, column), Qt::DisplayRole))
            .toString();
    }
    QSize size() const
    {
        return {std::accumulate(columns.begin(), columns.end(), 0) + gap * static_cast<int>(columns.size()),
                std::accumulate(rows.begin(), rows.end(), 0)};
    }
    QFontMetrics metrics;
    std::vector<int> columns, rows;  // widths; heights, first the heading's
};

void paintTable(QPainter& painter, const TableModel& model, const QFont& font)
{
    const TableLayout layout(model, font);
    painter.setFont(font);
    int y = 0;
    for (int row = -1; row < model.rowCount(); ++row) {
        const int height = layout.rows[row + 1];
        int x = 0;
        painter.setPen(row < 0 ? lightTheme().muted : lightTheme().text);
        for (int column = 0; column < model.columnCount(); ++column) {
            const QVariant align = row < 0 ? QVariant() : model.data(model.index(row, column), Qt::TextAlignmentRole);
            const int flags = align.isValid() ? align.toInt() : int(Qt::AlignLeft);
            painter.drawText(QRect(x, y, layout.columns[column], height), flags | Qt::TextWordWrap | Qt::AlignTop,
                             TableLayout::text(model, row, column));
            x += layout.columns[column] + gap;
        }
        y += height;
        painter.setPen(lightTheme().line);
        painter.drawLine(0, y - 2, x - gap, y - 2);
    }
}

}  // namespace

Drawing TablePart::drawing() const
{
    if (m_model->rowCount() == 0)
        return {};
    return {TableLayout(*m_model, m_table->font()).size(),
            [this](QPainter& painter) { paintTable(painter, *m_model, m_table->font()); }};
}

// --- problems
// ----------------------------------------------------------------------------------------------------------------------------

ProblemsPart::ProblemsPart(Workspace& workspace)
    : TablePart(tr("Problems"), {tr("Kind"), tr("Where"), tr("What"), tr("Step")}, {3}, Aspect::Model, workspace)
{
    connect(&workspace, &Workspace::problems, this, &ProblemsPart::add);
    connect(table(), &QTableView::clicked, this, [this](const QModelIndex& index) { lead(index.row()); });
    connect(table(), &QTableView::activated, this, [this](const QModelIndex& index) { lead(index.row()); });
}

// To the first of its nodes that the shown state still has, at whatever level; else to the state that it belongs to.
void ProblemsPart::lead(int row)
{
    if (!workspace().isOpen() || row < 0 || row >= static_cast<int>(m_belongs.size()))
        return;
    const auto& [nodes, state] = m_belongs[static_cast<std::size_t>(row)];
    if (nodes.empty())
        return;
    const ShownPtr& shown = workspace().shown();
    for (const Cursor& node : nodes) {
        if (exists(*workspace().session().current()->module, node))
            return workspace().panes().point({node, false}, false);
        if (shown && shown->lowered && exists(shown->lowered->module(), node))
            return workspace().panes().point({node, true}, false);
    }
    const std::vector<StatePtr> all = workspace().session().all();
    if (state != workspace().session().current()->id && static_cast<std::size_t>(state) < all.size()
        && !workspace().session().gone()[static_cast<std::size_t>(state)])
        return workspace().select(state);
    emit said(tr("The shown state has no %1 any more.").arg(saidText(nodes.front())));
}

void ProblemsPart::show(const Scene& scene, Aspects)
{
    if (!scene.isOpen())
        return;
    model()->setRows({});
    m_belongs.clear();
    emit renamed(name());
}

// In one go: a model may come with a thousand warnings.
void ProblemsPart::add(const std::vector<Problem>& problems)
{
    static const QStringList kinds{tr("refused"), tr("environment"), tr("our bug"), tr("warning"), tr("note")};
    QSet<std::pair<QString, QString>> known;
    for (const TableRow& row : model()->rows())
        known.insert({row.cells.value(1), row.cells.value(2)});
    QList<TableRow> rows;
    const bool isOpen = workspace().isOpen();
    const QString step = isOpen ? QString::number(workspace().session().path().size() - 1) : QString();
    bool urgent = false;
    for (const Problem& problem : problems) {
        urgent = urgent || problem.kind == Problem::Kind::Environment || problem.kind == Problem::Kind::Bug;
        const std::pair key{problem.place, problem.text};
        if (known.contains(key))
            continue;
        known.insert(key);
        m_belongs.push_back({problem.nodes, isOpen ? workspace().session().current()->id : 0});
        rows << TableRow{
            {kinds.value(static_cast<int>(problem.kind)), problem.place, problem.text, step}, problem.text, {}};
    }
    if (rows.isEmpty())
        return;
    model()->append(std::move(rows));
    emit renamed(tr("Problems (%1)").arg(model()->rowCount()));
    table()->resizeColumnToContents(0);
    table()->setColumnWidth(1, 180);
    if (urgent)
        emit raised();
}

// --- deployment
// --------------------------------------------------------------------------------------------------------------------------

DeploymentPart::DeploymentPart(Workspace& workspace)
    : TablePart(tr("Deployment"), {tr("Part"), tr("Bytes"), tr("Kind"), tr("Brought in by")}, {1},
                Aspects(Aspect::Model) | Aspect::Deployment | Aspect::Levels, workspace)
    , m_forms(new FormsView)
    , m_widget(new QWidget)
{
    auto* column = new QVBoxLayout(m_widget);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_forms);
    column->addWidget(table(), 1);
}

void DeploymentPart::setLookedAt(bool on)
{
    m_lookedAt = on;
    if (on)
        workspace().runs().sizeDeployment();
}

namespace {

QString bytes(std::int64_t n) { return formatBytes(static_cast<double>(n)); }

QList<TableRow> contributions(const Built& built)
{
    QList<TableRow> rows;
    std::map<std::string, std::int64_t> sums;
    for (const Contribution& part : built.contributions)
        sums[part.kind] += part.bytes;
    for (const auto& [kind, sum] : sums)
        rows << TableRow{{DeploymentPart::tr("all %1").arg(qtext(kind)), bytes(sum), qtext(kind), {}}, {}, {}};
    for (const Contribution& part : built.contributions) {
        QStringList by;
        for (const Cursor& cursor : part.neededBy)
            by << qtext(cursor.name.empty() ? cursor.function : cursor.name);
        rows << TableRow{
            {qtext(part.name), bytes(part.bytes), qtext(part.kind), by.mid(0, 4).join(QStringLiteral(", "))},
            by.join(QStringLiteral(", ")),
            {}};
    }
    return rows;
}

// Of a folder in ONNX's test layout that of the model in it.
std::int64_t fileBytes(const std::string& path)
{
    const QFileInfo info(qtext(path));
    return info.isDir() ? QFileInfo(info.filePath() + QStringLiteral("/model.onnx")).size() : info.size();
}

// The whole file, and what it needs of the machine that it goes to.
QList<TableRow> needs(const Built& built)
{
    const auto tr = [](const char* text) { return DeploymentPart::tr(text); };
    QList<TableRow> rows{{{tr("the library file"), bytes(built.fileBytes), tr("sum"), {}}, {}, {}}};
    for (const std::string& name : built.needed)
        rows << TableRow{{qtext(name), {}, tr("needs"), {}}, {}, {}};
    for (const std::string& name : built.opened)
        rows << TableRow{{qtext(name), {}, tr("opens"), tr("a step chose a library call")}, {}, {}};
    for (const std::string& name : built.leftOut)
        rows << TableRow{{qtext(name), QStringLiteral("0"), tr("left out"), tr("nothing needs it")}, {}, {}};
    return rows;
}

}  // namespace

void DeploymentPart::show(const Scene& scene, Aspects changed)
{
    if (changed & Aspect::Levels && m_lookedAt)
        workspace().runs().sizeDeployment();
    if (!(changed & (Aspects(Aspect::Model) | Aspect::Deployment)) || !scene.isOpen())
        return;
    const ModelInfo& info = *scene.info;
    std::vector<ModelForm> forms{
        developmentForm({scene.title, fileBytes(workspace().model().path), info.parameterBytes, info.nodes,
                         static_cast<std::int64_t>(info.known.size() + info.opaque.size())})};
    if (scene.deployment)
        forms.push_back(deploymentForm(*scene.deployment));
    m_forms->setForms(std::move(forms));
    model()->setRows(scene.deployment ? contributions(*scene.deployment) + needs(*scene.deployment)
                                      : QList<TableRow>());
    table()->resizeColumnsToContents();
}

namespace {

using InspectorRows = std::vector<std::pair<QString, QString>>;

QString typed(const std::vector<TypedName>& values)
{
    QStringList texts;
    for (const TypedName& value : values)
        texts << qtext(value.name) + QStringLiteral(": ") + qtext(toString(value.type));
    return texts.join(QStringLiteral(", "));
}

QString counted(const std::map<std::string, int>& names)
{
    QStringList texts;
    for (const auto& [name, count] : names)
        texts << QStringLiteral("%1 %2").arg(qtext(name.empty() ? "ai.onnx" : name)).arg(count);
    return texts.join(QStringLiteral(", "));
}

// From the folder that the program was started in, where it is in there.
QString shownPath(const std::string& path)
{
    const QString relative = QDir().relativeFilePath(qtext(path));
    return path.empty() || relative.startsWith(QLatin1String("..")) ? qtext(path) : relative;
}

// Nothing of none.
QString grouped(std::int64_t count) { return count > 0 ? QLocale().toString(qlonglong(count)) : QString(); }

// What there is to say of the model while nothing of it is selected.
InspectorRows modelRows(const OpenedModel& model, const ModelInfo& info)
{
    const InspectorRows all{
        {InspectorPart::tr("file"), shownPath(model.path)},
        {InspectorPart::tr("written by"), qtext(model.producer)},
        {InspectorPart::tr("operator sets"), counted(model.opsets)},
        {InspectorPart::tr("inputs"), typed(info.inputs)},
        {InspectorPart::tr("outputs"), typed(info.outputs)},
        {InspectorPart::tr("nodes"), grouped(info.nodes)},
        {InspectorPart::tr("parameters"),
         info.parameters == 0
             ? QString()
             : InspectorPart::tr("%1 in %2")
                   .arg(grouped(info.parameters), formatBytes(static_cast<double>(info.parameterBytes)))},
        {InspectorPart::tr("operators"), counted(info.known)},
        {InspectorPart::tr("operators that do not run"), counted(info.opaque)},
        {InspectorPart::tr("says of itself"), qtext(model.notes.text)},
    };
    InspectorRows rows;
    std::copy_if(all.begin(), all.end(), std::back_inserter(rows),
                 [](const auto& row) { return !row.second.isEmpty(); });
    for (const auto& [name, value] : model.notes.values)
        rows.emplace_back(qtext(name), qtext(value));
    return rows;
}

}  // namespace

// --- inspector
// ---------------------------------------------------------------------------------------------------------------------------

InspectorPart::InspectorPart(Workspace& workspace)
    : TablePart(tr("Inspector"), {tr("What"), tr("Value")}, {}, Aspects(Aspect::Inspection) | Aspect::Model, workspace)
    , m_panel(new Panel(name(), table()))
{
    table()->horizontalHeader()->hide();
    table()->setTextElideMode(Qt::ElideMiddle);  // of what is one long word: both ends of a name say most
}

QWidget* InspectorPart::widget() const { return m_panel; }

void InspectorPart::show(const Scene& scene, Aspects)
{
    const Inspection& inspection = scene.inspection;
    QList<TableRow> rows;
    const bool whole = inspection.title.isEmpty() && scene.isOpen();
    m_panel->setRemark(whole                        ? scene.title
                       : inspection.title.isEmpty() ? QString()
                                                    : inspection.title + QStringLiteral("  ") + inspection.kind);
    if (inspection.title.isEmpty())
        rows << TableRow{{tr("Select a node, a loop or a line to see what it is and where it comes from.")}, {}, {}};
    for (const auto& [what, value] : whole ? modelRows(workspace().model(), *scene.info) : inspection.rows)
        rows << TableRow{{what, value}, what + QStringLiteral(": ") + value, {}};
    model()->setRows(rows);
    if (inspection.title.isEmpty())
        table()->setSpan(0, 0, 1, 2);
    else if (!rows.isEmpty())
        table()->clearSpans();
    table()->resizeColumnToContents(0);
    const int most = table()->width() / (inspection.title.isEmpty() ? 3 : 2);  // the first row goes over both
    table()->setColumnWidth(0, std::min(table()->columnWidth(0), most));
}

}  // namespace strata
