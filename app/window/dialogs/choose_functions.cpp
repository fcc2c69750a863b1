#include "app/window/dialogs/choose_functions.h"

#include <QCoreApplication>
#include <QDialog>
#include <QDialogButtonBox>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>

namespace strata {

std::vector<std::string> askFunctions(const std::vector<std::pair<std::string, bool>>& functions, QWidget* window)
{
    QDialog dialog(window);
    dialog.setWindowTitle(QCoreApplication::translate("FunctionsDialog", "Take the steps on other functions"));
    auto* list = new QListWidget;
    list->setAccessibleName(QCoreApplication::translate("FunctionsDialog", "Functions"));
    for (const auto& [name, marked] : functions) {
        auto* item = new QListWidgetItem(QString::fromStdString(name), list);
        item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
        item->setCheckState(marked ? Qt::Checked : Qt::Unchecked);
    }
    auto* all = new QPushButton(QCoreApplication::translate("FunctionsDialog", "All"));
    auto* none = new QPushButton(QCoreApplication::translate("FunctionsDialog", "None"));
    const auto mark = [list](Qt::CheckState state) {
        for (int row = 0; row < list->count(); ++row)
            list->item(row)->setCheckState(state);
    };
    QObject::connect(all, &QPushButton::clicked, list, [mark] { mark(Qt::Checked); });
    QObject::connect(none, &QPushButton::clicked, list, [mark] { mark(Qt::Unchecked); });
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
    buttons->addButton(all, QDialogButtonBox::ActionRole);
    buttons->addButton(none, QDialogButtonBox::ActionRole);
    QObject::connect(buttons, &QDialogButtonBox::accepted, &dialog, &QDialog::accept);
    QObject::connect(buttons, &QDialogButtonBox::rejected, &dialog, &QDialog::reject);
    auto* hint = new QLabel(QCoreApplication::translate(
        "FunctionsDialog",
        "Marked are those with the same loops. A function that a step does not fit stays as it is."));
    hint->setWordWrap(true);
    auto* column = new QVBoxLayout(&dialog);
    column->addWidget(hint);
    column->addWidget(list, 1);
    column->addWidget(buttons);
    dialog.resize(420, 380);
    std::vector<std::string> chosen;
    if (dialog.exec() != QDialog::Accepted)
        return chosen;
    for (int row = 0; row < list->count(); ++row)
        if (list->item(row)->checkState() == Qt::Checked)
            chosen.push_back(list->item(row)->text().toStdString());
    return chosen;
}

}  // namespace strata
