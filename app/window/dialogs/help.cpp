#include "app/window/dialogs/help.h"

#include "app/window/models/said.h"
#include "app/workbench/workbench.h"

#include <QApplication>
#include <QDialog>
#include <QMessageBox>
#include <QScreen>
#include <QSysInfo>
#include <QTextBrowser>
#include <QVBoxLayout>

#include <algorithm>

namespace strata {

namespace {

void showPage(QWidget* parent, const QString& title, const QString& html, const QSize& size)
{
    auto* dialog = new QDialog(parent);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(title);
    auto* browser = new QTextBrowser;
    browser->setFrameShape(QFrame::NoFrame);
    browser->setHtml(html);
    browser->setAccessibleName(title);
    auto* layout = new QVBoxLayout(dialog);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->addWidget(browser);
    dialog->resize(size);
    dialog->show();
}

QString escaped(const std::string& text) { return QString::fromStdString(text).toHtmlEscaped(); }

}  // namespace

void showManual(QWidget* parent, const Registry& registry)
{
    QString html;
    for (const Transform& transform : registry.all()) {
        html += QStringLiteral("<h3>%1 <span style='font-weight:normal'>%2</span></h3><p>%3</p><p>%4</p>")
                    .arg(escaped(transform.id), translated(transform.title).toHtmlEscaped(), translated(transform.summary).toHtmlEscaped(),
                         translated(transform.documentation).toHtmlEscaped().replace(QLatin1String("\n"), QLatin1String("<br>")));
        html += QStringLiteral("<table cellpadding=2>");
        for (const Parameter& parameter : transform.parameters)
            html += QStringLiteral("<tr><td><b>%1</b></td><td>%2</td><td>%3</td></tr>")
                        .arg(escaped(parameter.name), QString::fromLatin1(name(parameter.kind)),
                             translated(parameter.summary).toHtmlEscaped());
        html += QStringLiteral("</table><pre>%1</pre>").arg(escaped(transform.example.step));
    }
    showPage(parent, QObject::tr("Transforms"), html, {760, 720});
}

void showAbout(QWidget* parent)
{
    const QString application = QCoreApplication::applicationVersion();
    const QStringList rows{
        QObject::tr("Strata %1").arg(application.isEmpty() ? QStringLiteral("0.1") : application),
        QObject::tr("Qt %1, %2, %3")
            .arg(QString::fromLatin1(qVersion()), QGuiApplication::platformName(), QSysInfo::prettyProductName()),
        QObject::tr("built by %1").arg(QStringLiteral("GCC " __VERSION__)),
        QObject::tr("%1, code for %2").arg(QString::fromStdString(machineName()), QLatin1String(name(machineIsa()))),
        QObject::tr("screen %1 × %2, scaled by %3")
            .arg(parent->screen()->size().width())
            .arg(parent->screen()->size().height())
            .arg(parent->devicePixelRatioF())};
    QMessageBox box(
        QMessageBox::NoIcon, QObject::tr("About Strata"),
        QObject::tr("<h3>Strata</h3><p>An explorer for machine-learning compilation: one model at four levels of "
                    "abstraction, transformed one visible step at a time, measured and checked after each.</p>"
                    "<p>%1</p><p>Apache License 2.0.</p>")
            .arg(rows.join(QStringLiteral("<br>"))),
        QMessageBox::Ok, parent);
    box.setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    box.exec();
}

}  // namespace strata
