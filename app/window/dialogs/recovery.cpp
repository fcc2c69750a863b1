#include "app/window/dialogs/recovery.h"

#include <QDialogButtonBox>
#include <QFileInfo>
#include <QLabel>
#include <QLocale>
#include <QVBoxLayout>

namespace strata {

namespace {

QString lineOf(const LostDocument& document)
{
    const Snapshot& kept = document.snapshot;
    QString text = QFileInfo(kept.model).fileName();
    if (!kept.recipe.isEmpty())
        text += QStringLiteral(" · ") + QFileInfo(kept.recipe).fileName();
    const int steps = kept.stepCount();
    text += QStringLiteral(" · ")
            + (steps == 1 ? RecoveryDialog::tr("1 step") : RecoveryDialog::tr("%1 steps").arg(steps));
    return text + QStringLiteral(" · ") + QLocale().toString(document.time, QLocale::ShortFormat);
}

}  // namespace

RecoveryDialog::RecoveryDialog(std::vector<LostDocument> documents, QWidget* parent)
    : QDialog(parent)
    , m_documents(std::move(documents))
{
    setWindowTitle(tr("Go on where it ended?"));
    auto* sentence = new QLabel(tr("Strata ended without closing. These steps were kept; what you do not take up stays "
                                   "and is offered again (File › Recover lost steps)."));
    sentence->setWordWrap(true);
    m_list = new QListWidget;
    m_list->setAccessibleName(tr("Lost documents"));
    for (const LostDocument& document : m_documents)
        (new QListWidgetItem(lineOf(document), m_list))->setToolTip(document.snapshot.model);
    m_list->setCurrentRow(0);
    auto* buttons = new QDialogButtonBox;
    m_recover = buttons->addButton(tr("Recover"), QDialogButtonBox::AcceptRole);
    m_later = buttons->addButton(tr("Later"), QDialogButtonBox::RejectRole);
    m_discard = buttons->addButton(tr("Discard"), QDialogButtonBox::ResetRole);
    m_discard->setAutoDefault(false);  // Enter loses nothing, wherever the focus is
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(sentence);
    layout->addWidget(m_list);
    layout->addWidget(buttons);
    m_recover->setDefault(true);  // now that the dialog knows it
    m_list->setFocus();
    connect(m_recover, &QPushButton::clicked, this, &RecoveryDialog::recover);
    connect(m_list, &QListWidget::itemDoubleClicked, this, &RecoveryDialog::recover);
    connect(m_discard, &QPushButton::clicked, this, &RecoveryDialog::discardChosen);
    connect(m_later, &QPushButton::clicked, this, &QDialog::reject);
    resize(560, 260);
}

void RecoveryDialog::recover()
{
    const int row = m_list->currentRow();
    if (row < 0)
        return;
    const LostDocument document = m_documents[row];
    accept();
    emit recovered(document);
}

void RecoveryDialog::discardChosen()
{
    const int row = m_list->currentRow();
    if (row < 0)
        return;
    discard(m_documents[row]);
    m_documents.erase(m_documents.begin() + row);
    delete m_list->takeItem(row);
    if (m_documents.empty())
        accept();
}

}  // namespace strata
