#include "app/window/dialogs/dialogs.h"

#include "app/window/models/format.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileDialog>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMessageBox>
#include <QPushButton>
#include <QSpinBox>

namespace strata {

namespace {

QDialogButtonBox* buttons(QDialog* dialog, const QString& accept)
{
    auto* box = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
    box->button(QDialogButtonBox::Ok)->setText(accept);
    for (QAbstractButton* button : box->buttons())
        button->setIcon({});
    QObject::connect(box, &QDialogButtonBox::accepted, dialog, &QDialog::accept);
    QObject::connect(box, &QDialogButtonBox::rejected, dialog, &QDialog::reject);
    return box;
}

QLabel* sentence(const QString& text)
{
    auto* label = new QLabel(text);
    label->setWordWrap(true);
    label->setForegroundRole(QPalette::PlaceholderText);
    return label;
}

}  // namespace

ExportDialog::ExportDialog(const QString& name, QWidget* parent)
    : QDialog(parent)
{
    setWindowTitle(tr("Export library"));
    m_name = new QLineEdit(name);
    m_folder = new QLineEdit(QDir::current().filePath(name + QStringLiteral("-library")));
    m_folder->setAccessibleName(tr("Folder"));
    m_weights = new QComboBox;
    m_weights->addItem(tr("inside the library"));
    m_weights->addItem(tr("in a file beside it"));
    auto* browse = new QPushButton(tr("Browse…"));
    connect(browse, &QPushButton::clicked, this, [this] {
        const QString folder = QFileDialog::getExistingDirectory(this, tr("Folder for the export"),
                                                                 QFileInfo(m_folder->text()).path());
        if (!folder.isEmpty())
            m_folder->setText(QDir(folder).filePath(m_name->text() + QStringLiteral("-library")));
    });
    auto* folder = new QHBoxLayout;
    folder->addWidget(m_folder, 1);
    folder->addWidget(browse);
    auto* form = new QFormLayout(this);
    form->addRow(sentence(tr(
        "Writes the library of the shown state, its C header, examples in C and Python, and a manifest; then loads the "
        "library again and compares its outputs with this window's.")));
    form->addRow(tr("Name"), m_name);
    form->addRow(tr("Folder"), folder);
    form->addRow(tr("Weights"), m_weights);
    form->addRow(buttons(this, tr("Export")));
    resize(560, sizeHint().height());
}

ExportOptions ExportDialog::options() const
{
    ExportOptions options;
    options.name = m_name->text().toStdString();
    options.folder = m_folder->text().toStdString();
    options.weights = m_weights->currentIndex() == 0 ? WeightsMode::Embedded : WeightsMode::File;
    return options;
}

void showExportResult(const Exported& exported, const QString& folder, QWidget* parent)
{
    QString text = QStringLiteral("<p><b>%1</b></p><table cellpadding=3>").arg(folder.toHtmlEscaped());
    for (const auto& [name, bytes] : exported.files)
        text += QStringLiteral("<tr><td>%1</td><td align=right>%2</td></tr>")
                    .arg(QString::fromStdString(name).toHtmlEscaped(), formatBytes(static_cast<double>(bytes)));
    text += QStringLiteral("</table>");
    QStringList needs;
    for (const std::string& name : exported.built.needed)
        needs << QString::fromStdString(name);
    for (const std::string& name : exported.built.opened)
        needs << QString::fromStdString(name);
    text += QObject::tr("<p>Needs %1.</p>")
                .arg(needs.isEmpty() ? QObject::tr("nothing") : needs.join(QStringLiteral(", ")));
    text += QStringLiteral("<p>%1</p>")
                .arg(exported.verified
                         ? QObject::tr("Loaded again: its outputs equal this window's, bit for bit.")
                         : QObject::tr("Loaded again: its outputs differ by at most %1.").arg(exported.maxAbsolute));
    text += QStringLiteral("<p><code>%1</code></p>").arg(QString::fromStdString(exported.buildCommand).toHtmlEscaped());
    auto* box = new QMessageBox(exported.verified ? QMessageBox::Information : QMessageBox::Warning,
                                QObject::tr("Exported"), text, QMessageBox::Ok, parent);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setTextInteractionFlags(Qt::TextSelectableByMouse);
    box->open();
}

CompareDialog::CompareDialog(const std::vector<std::pair<int, QString>>& states, int current, int baseline,
                             QWidget* parent)
    : QDialog(parent)
{
    setWindowTitle(tr("Compare"));
    m_baseline = new QComboBox;
    m_baseline->addItem(tr("the step before"), -1);
    m_states = new QListWidget;
    m_states->setAccessibleName(tr("Steps"));
    for (const auto& [id, name] : states) {
        m_baseline->addItem(name, id);
        auto* item = new QListWidgetItem(name, m_states);
        item->setData(Qt::UserRole, id);
        item->setFlags(item->flags() | Qt::ItemIsUserCheckable);
        item->setCheckState(id == current || id == 0 ? Qt::Checked : Qt::Unchecked);
    }
    m_baseline->setCurrentIndex(std::max(0, m_baseline->findData(baseline)));
    m_measure = new QCheckBox(tr("Measure these in turn (A B A B), so that the ratios hold on a noisy machine:"));
    m_measure->setChecked(true);
    auto* form = new QFormLayout(this);
    form->addRow(tr("Panes show differences against"), m_baseline);
    form->addRow(m_measure);
    form->addRow(m_states);
    form->addRow(buttons(this, tr("Compare")));
    resize(560, 420);
}

int CompareDialog::baseline() const { return m_baseline->currentData().toInt(); }

bool CompareDialog::measures() const { return m_measure->isChecked() && !chosen().empty(); }

std::vector<int> CompareDialog::chosen() const
{
    std::vector<int> ids;
    for (int i = 0; i < m_states->count(); ++i)
        if (m_states->item(i)->checkState() == Qt::Checked)
            ids.push_back(m_states->item(i)->data(Qt::UserRole).toInt());
    return ids;
}

DimensionsDialog::DimensionsDialog(const QStringList& names, QWidget* parent)
    : QDialog(parent)
{
    setWindowTitle(tr("Bind dimensions"));
    auto* form = new QFormLayout(this);
    form->addRow(sentence(tr(
        "The model leaves these sizes open. Loops, code and timings need numbers; the graph is shown without them.")));
    for (const QString& name : names) {
        auto* size = new QSpinBox;
        size->setRange(1, 1 << 20);
        size->setValue(name.contains(QLatin1String("seq"), Qt::CaseInsensitive) ? 128 : 1);
        m_sizes[name.toStdString()] = size;
        form->addRow(name, size);
    }
    form->addRow(buttons(this, tr("Bind")));
}

std::map<std::string, std::int64_t> DimensionsDialog::sizes() const
{
    std::map<std::string, std::int64_t> result;
    for (const auto& [name, box] : m_sizes)
        result[name] = box->value();
    return result;
}

}  // namespace strata
