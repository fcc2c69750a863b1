// What holds for each widget and each model, whatever they show: a widget that can be used has a name that a screen
// reader says, and a model keeps the rules that views rely on.
#include "tests/app/window/window_test.h"

#include "app/lesson/lesson.h"
#include "app/window/commands/lesson_menu.h"
#include "app/window/dialogs/choose_functions.h"
#include "app/window/dialogs/dialogs.h"
#include "app/window/dialogs/draw.h"
#include "app/window/dialogs/recovery.h"
#include "app/window/documents/documents.h"
#include "tests/program.h"

#include <QAbstractButton>
#include <QAbstractItemModelTester>
#include <QAbstractItemView>
#include <QAbstractSlider>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QAction>
#include <QComboBox>
#include <QDialog>
#include <QFileDialog>
#include <QHeaderView>
#include <QLineEdit>
#include <QScrollBar>
#include <QSettings>
#include <QStandardPaths>
#include <QTabBar>
#include <QTextEdit>

using namespace strata;

namespace {

// What Qt puts inside its own widgets is named by them.
bool isInside(const QWidget& widget)
{
    if (widget.objectName().startsWith(QStringLiteral("qt_")) || qobject_cast<const QScrollBar*>(&widget)
        || qobject_cast<const QHeaderView*>(&widget))
        return true;
    for (const QWidget* around = widget.parentWidget(); around; around = around->parentWidget())
        if (qobject_cast<const QComboBox*>(around) || qobject_cast<const QAbstractSpinBox*>(around)
            || qobject_cast<const QLineEdit*>(around) || qobject_cast<const QTabBar*>(around)
            || (qobject_cast<const QAbstractItemView*>(around) && qobject_cast<const QAbstractButton*>(&widget)))
            return true;
    return false;
}

bool isUsed(const QWidget& widget)
{
    return !isInside(widget)
           && (qobject_cast<const QAbstractButton*>(&widget) || qobject_cast<const QLineEdit*>(&widget)
               || qobject_cast<const QComboBox*>(&widget) || qobject_cast<const QAbstractSpinBox*>(&widget)
               || qobject_cast<const QAbstractSlider*>(&widget) || qobject_cast<const QAbstractItemView*>(&widget)
               || qobject_cast<const QTextEdit*>(&widget)
               || (widget.focusPolicy() & Qt::TabFocus && !qobject_cast<const QTabBar*>(&widget)
                   && widget.metaObject()->className() != QByteArray("QWidget")));
}

QString path(const QWidget& widget)
{
    QStringList parts;
    for (const QWidget* at = &widget; at; at = at->parentWidget())
        parts.prepend(QString::fromLatin1(at->metaObject()->className())
                      + (at->objectName().isEmpty() ? QString() : QLatin1Char('#') + at->objectName()));
    return parts.join(QStringLiteral(" / "));
}

QString said(const QStringList& names) { return names.join(QLatin1Char('\n')); }

QStringList namelessIn(QWidget& root)
{
    QStringList nameless;
    QList<QWidget*> all = root.findChildren<QWidget*>();
    all.prepend(&root);
    for (QWidget* widget : all) {
        if (!isUsed(*widget))
            continue;
        QAccessibleInterface* spoken = QAccessible::queryAccessibleInterface(widget);
        if (!spoken || spoken->text(QAccessible::Name).trimmed().isEmpty())
            nameless << path(*widget);
    }
    return nameless;
}

}  // namespace

class AuditTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName(QStringLiteral("strata-test"));
        QCoreApplication::setApplicationName(QStringLiteral("tst_window_audit"));
        QSettings().clear();
        QTest::failOnWarning(windowWarnings);
        m_window = std::make_unique<MainWindow>();
        m_window->resize(1400, 900);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    }
    void cleanupTestCase() { m_window.reset(); }

    // The start page, each pane, each tab, the lecture's bar and the presenter view.
    void everyWidgetHasAName()
    {
        QVERIFY2(namelessIn(*m_window).isEmpty(), qPrintable(said(namelessIn(*m_window))));
        m_window->openFile(samplesFolder + QStringLiteral("mm_relu.strata"),
                           samplesFolder + QStringLiteral("mm_relu.recipe"));
        QVERIFY(settle(*m_window));
        m_window->action(QStringLiteral("view.accesses"))->trigger();
        m_window->action(QStringLiteral("edit.find"))->trigger();
        QVERIFY(settle(*m_window));
        for (QWidget* top : QApplication::topLevelWidgets())
            QVERIFY2(namelessIn(*top).isEmpty(), qPrintable(said(namelessIn(*top))));
        m_window->action(QStringLiteral("view.accesses"))->trigger();
    }

    // Each dialogue that a command opens; a dialogue of files is Qt's own.
    void everyDialogueHasNames()
    {
        QStringList nameless;
        QStringList seen;
        for (QAction* command : m_window->findChildren<QAction*>()) {
            const QString id = command->objectName();
            const bool asks = command->text().endsWith(QStringLiteral("…")) || id == QStringLiteral("help.about")
                              || id == QStringLiteral("help.transforms");
            if (!asks || !command->isEnabled() || id.startsWith(QStringLiteral("file.picture.")))
                continue;
            QTimer look;
            look.setInterval(5);
            QObject::connect(&look, &QTimer::timeout, &look, [&] {
                auto* dialogue = qobject_cast<QDialog*>(QApplication::activeModalWidget());
                if (!dialogue || !dialogue->isVisible())
                    return;
                if (!qobject_cast<QFileDialog*>(dialogue)) {
                    nameless << namelessIn(*dialogue);
                    seen << command->objectName();
                }
                dialogue->reject();
            });
            look.start();
            command->trigger();
            QCoreApplication::processEvents();
        }
        QVERIFY2(nameless.isEmpty(), qPrintable(said(nameless)));
        QVERIFY2(seen.size() >= 6, qPrintable(said(seen)));
    }

    // Those that no command opens by itself.
    void otherDialoguesHaveNames()
    {
        DrawDialog draw(QSize(28, 28));
        DimensionsDialog dimensions({QStringLiteral("batch"), QStringLiteral("sequence")});
        CompareDialog compare({{0, QStringLiteral("untouched")}, {1, QStringLiteral("step 1")}}, 1, -1);
        RecoveryDialog recovery({});
        for (QDialog* dialogue : std::initializer_list<QDialog*>{&draw, &dimensions, &compare, &recovery}) {
            dialogue->show();
            QVERIFY2(namelessIn(*dialogue).isEmpty(), qPrintable(said(namelessIn(*dialogue))));
            dialogue->close();
        }
        QStringList nameless{QStringLiteral("it was not asked")};
        whenAsked<QDialog>([&](QDialog& dialogue) {
            nameless = namelessIn(dialogue);
            dialogue.reject();
        });
        QVERIFY(askFunctions({{"f", true}, {"g", false}}, m_window.get()).empty());
        QVERIFY2(nameless.isEmpty(), qPrintable(said(nameless)));
    }

    // Steps to take, hints, questions, what-ifs, tables of times.
    void lessonsHaveNames()
    {
        const auto folder = findLesson("mm-relu");
        QVERIFY(folder.ok());
        m_window->lessons().open(QString::fromStdString(*folder));
        QTRY_VERIFY_WITH_TIMEOUT(m_window->workspace().scene()->lesson, patienceMs);
        QVERIFY(settle(*m_window));
        const int steps = static_cast<int>(m_window->workspace().scene()->lesson->lesson->steps.size());
        for (int step = -1; step < steps; ++step) {
            m_window->workspace().lesson().goToStep(step);
            m_window->workspace().lesson().openHint();
            QVERIFY(settle(*m_window));
            QVERIFY2(namelessIn(*m_window).isEmpty(), qPrintable(said(namelessIn(*m_window))));
        }
    }

    // While a model is opened, steps are taken, taken back and measured.
    void everyModelKeepsItsRules()
    {
        std::vector<std::unique_ptr<QAbstractItemModelTester>> testers;
        std::set<QAbstractItemModel*> models;
        for (QAbstractItemView* view : m_window->findChildren<QAbstractItemView*>())
            if (view->model() && models.insert(view->model()).second)
                testers.push_back(std::make_unique<QAbstractItemModelTester>(
                    view->model(), QAbstractItemModelTester::FailureReportingMode::QtTest));
        for (auto* model : m_window->findChildren<QAbstractItemModel*>())
            if (models.insert(model).second)
                testers.push_back(std::make_unique<QAbstractItemModelTester>(
                    model, QAbstractItemModelTester::FailureReportingMode::QtTest));
        QVERIFY2(testers.size() >= 8, qPrintable(QString::number(testers.size())));
        m_window->openFile(samplesFolder + QStringLiteral("mlp"));
        QVERIFY(settle(*m_window));
        m_window->action(QStringLiteral("graph.outline"))->trigger();
        m_window->workspace().apply(QStringLiteral("graph.fuse(main, [Gemm_0, Relu_0], name=linear_relu)"));
        QVERIFY(settle(*m_window));
        m_window->selectNode(QStringLiteral("linear_relu"));
        QVERIFY(settle(*m_window));
        m_window->action(QStringLiteral("edit.undo"))->trigger();
        QVERIFY(settle(*m_window));
        m_window->workspace().apply(QStringLiteral("graph.fuse(main, [Gemm_0], name=other)"));
        QVERIFY(settle(*m_window));
        m_window->action(QStringLiteral("graph.outline"))->trigger();
    }

private:
    std::unique_ptr<MainWindow> m_window;
};

STRATA_TEST_IN(QApplication, AuditTest)
#include "tst_window_audit.moc"
