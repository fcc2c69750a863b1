#include "app/window/dialogs/settings.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QPushButton>
#include <QSpinBox>
#include <QThread>

namespace strata {

SettingsDialog::SettingsDialog(const Preferences& preferences, QWidget* parent)
    : QDialog(parent)
    , m_theme(new QComboBox)
    , m_language(new QComboBox)
    , m_codeSize(new QDoubleSpinBox)
    , m_threads(new QSpinBox)
    , m_fullForm(new QCheckBox(tr("Loops in full form")))
    , m_opensAgain(new QCheckBox(tr("Begin with what was open last, at the step that was shown")))
{
    setWindowTitle(tr("Settings"));
    m_theme->addItems({tr("As the system"), tr("Light"), tr("Dark")});
    m_theme->setCurrentIndex(preferences.theme);
    m_language->addItem(tr("As the system"), QString());
    m_language->addItem(QStringLiteral("English"), QStringLiteral("en"));
    m_language->addItem(QStringLiteral("中文"), QStringLiteral("zh"));
    m_language->setCurrentIndex(std::max(0, m_language->findData(preferences.language)));
    m_language->setToolTip(tr("From the next start on"));
    m_codeSize->setRange(6, 30);
    m_codeSize->setDecimals(0);
    m_codeSize->setSuffix(tr(" pt"));
    m_codeSize->setValue(preferences.codeSize);
    m_threads->setRange(1, std::max({1, QThread::idealThreadCount(), preferences.threads}));
    m_threads->setValue(preferences.threads);
    m_fullForm->setChecked(preferences.fullForm);
    m_opensAgain->setChecked(preferences.opensAgain);
    auto* form = new QFormLayout(this);
    form->addRow(tr("Theme"), m_theme);
    form->addRow(tr("Language"), m_language);
    form->addRow(tr("Size of code"), m_codeSize);
    form->addRow(tr("Threads of a run"), m_threads);
    form->addRow(m_fullForm);
    form->addRow(m_opensAgain);
    auto* keys = new QPushButton(tr("Keys…"));
    keys->setAutoDefault(false);
    connect(keys, &QPushButton::clicked, this, &SettingsDialog::keysAsked);
    form->addRow(keys);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    form->addRow(buttons);
}

Preferences SettingsDialog::preferences() const
{
    return {m_theme->currentIndex(), m_codeSize->value(), m_threads->value(), m_fullForm->isChecked(),
            m_opensAgain->isChecked(), m_language->currentData().toString()};
}

}  // namespace strata
