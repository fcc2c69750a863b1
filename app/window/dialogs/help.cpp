#include "app/window/dialogs/help.h"

#include <QAction>
#include <QApplication>
#include <QDialog>
#include <QMessageBox>
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

void showKeys(QWidget* parent, const QList<QAction*>& actions)
{
    QStringList rows;
    for (const QAction* action : actions)
        if (!action->shortcut().isEmpty())
            rows << QStringLiteral("<tr><td>%1</td><td><b>%2</b></td></tr>")
                        .arg(action->text().remove(QLatin1Char('&')).toHtmlEscaped(),
                             action->shortcut().toString(QKeySequence::NativeText).toHtmlEscaped());
    rows.sort();
    const QString panes = QObject::tr(
        "<h3>In the panes</h3><table cellpadding=3>"
        "<tr><td>Text: move the caret, and with it what is lit everywhere</td><td><b>arrows, Page Up, Page Down, Home, End</b></td></tr>"
        "<tr><td>Text size</td><td><b>Ctrl+wheel</b></td></tr>"
        "<tr><td>Graph: along an edge; beside; open a group or a function</td><td><b>[ ] ↑ ↓; ← →; Enter</b></td></tr>"
        "<tr><td>Graph: larger, smaller, fit</td><td><b>+ − 0, Ctrl+wheel</b></td></tr>"
        "<tr><td>Lecture mode: next and previous step</td><td><b>→ ←, Page Down, Page Up</b></td></tr></table>");
    showPage(parent, QObject::tr("Keys"),
             QObject::tr("<h3>Commands</h3><table cellpadding=3>%1</table>%2").arg(rows.join(QString()), panes),
             {640, 680});
}

void showManual(QWidget* parent, const Registry& registry)
{
    QString html;
    for (const Transform& transform : registry.all()) {
        html += QStringLiteral("<h3>%1 <span style='font-weight:normal'>%2</span></h3><p>%3</p><p>%4</p>")
                    .arg(escaped(transform.id), escaped(transform.title), escaped(transform.summary),
                         escaped(transform.documentation).replace(QLatin1String("\n"), QLatin1String("<br>")));
        html += QStringLiteral("<table cellpadding=2>");
        for (const Parameter& parameter : transform.parameters)
            html += QStringLiteral("<tr><td><b>%1</b></td><td>%2</td><td>%3</td></tr>")
                        .arg(escaped(parameter.name), QString::fromLatin1(name(parameter.kind)),
                             escaped(parameter.summary));
        html += QStringLiteral("</table><pre>%1</pre>").arg(escaped(transform.example.step));
    }
    showPage(parent, QObject::tr("Transforms"), html, {760, 720});
}

void showAbout(QWidget* parent)
{
    QMessageBox::about(
        parent, QObject::tr("About Strata"),
        QObject::tr(
            "<h3>Strata %1</h3><p>An explorer for machine-learning compilation: one model at four levels of abstraction, transformed one "
            "visible step at a time, measured and checked after each.</p><p>Apache License 2.0. Qt %2.</p>")
            .arg(QCoreApplication::applicationVersion(), QString::fromLatin1(qVersion())));
}

}  // namespace strata
