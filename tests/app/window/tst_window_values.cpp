// The value of a selected node: computed when somebody looks, with slices, and against the untouched model.
#include "app/window/parts/values_part.h"
#include "app/window/views/value_view.h"
#include "tests/app/window/window_test.h"
#include "tests/program.h"

#include <QTabWidget>

using namespace strata;

class TestValues : public QObject {
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(windowWarnings); }
    void theSelectedNodeIsComputed();
    void slicesAndDifferences();
    void whatCannotBeComputedIsSaid();
};

void TestValues::theSelectedNodeIsComputed()
{
    MainWindow window;
    window.resize(1600, 1000);
    window.show();
    window.openFile(samplesFolder + QStringLiteral("mlp"), samplesFolder + QStringLiteral("mlp/mlp.recipe"));
    QVERIFY(settle(window));
    auto* part = window.findChild<ValuesPart*>();
    QVERIFY(part);
    window.selectNode(QStringLiteral("Gemm_1"));
    QVERIFY(settle(window));
    QVERIFY(part->view()->lines().isEmpty());  // nobody looks
    for (QTabWidget* tabs : window.findChildren<QTabWidget*>())
        if (tabs->indexOf(part->view()) >= 0)
            tabs->setCurrentWidget(part->view());
    QVERIFY(settle(window));
    const QString said = part->view()->lines().join(QLatin1Char('\n'));
    QVERIFY2(said.contains(QStringLiteral("f32[1, 10]")), qPrintable(said));
    QVERIFY2(said.contains(QStringLiteral("bit for bit")), qPrintable(said));
    window.selectNode(QStringLiteral("Softmax_0"));
    QVERIFY(settle(window));
    QVERIFY(part->view()->lines().join(QString()) != said);
    QVERIFY(!part->view()->grab().isNull());
    window.workspace().panes().clearSelection();
    QVERIFY(settle(window));
    QVERIFY(part->view()->lines().isEmpty());
}

void TestValues::slicesAndDifferences()
{
    Tensor value = makeTensor(DType::F32, {3, 4, 5}), reference = value;
    for (std::int64_t i = 0; i < value.count(); ++i) {
        value.set(i, double(i));
        reference.set(i, double(i) - (i == 47 ? 0.5 : 0));
    }
    ValueView view;
    view.resize(500, 260);
    view.setValue(QStringLiteral("y"), std::make_shared<const Tensor>(value),
                  std::make_shared<const Tensor>(reference));
    QCOMPARE(view.slices(), 3);
    const QImage first = view.grab().toImage();
    QTest::keyClick(&view, Qt::Key_Right);
    QCOMPARE(view.slice(), 1);
    QVERIFY(view.grab().toImage() != first);
    QTest::keyClick(&view, Qt::Key_End);
    QTest::keyClick(&view, Qt::Key_Right);
    QCOMPARE(view.slice(), 2);
    QVERIFY2(view.lines().join(u' ').contains(QStringLiteral("[2, 3, 4] 59")), qPrintable(view.lines().join(u' ')));
    QTest::keyClick(&view, Qt::Key_D);
    QVERIFY(view.showsDifference());
    QVERIFY2(view.lines().join(u' ').contains(QStringLiteral("[2, 1, 2] 0.5")), qPrintable(view.lines().join(u' ')));
    view.setValue(QStringLiteral("z"), std::make_shared<const Tensor>(makeTensor(DType::F32, {0, 2})), nullptr);
    QCOMPARE(view.slices(), 0);
    QVERIFY(!view.showsDifference() && !view.grab().isNull());
    Tensor words = makeTensor(DType::String, {2});
    words.strings = {"setosa", "one\ntwo"};
    view.setValue(QStringLiteral("w"), std::make_shared<const Tensor>(words),
                  std::make_shared<const Tensor>(makeTensor(DType::String, {2})));
    QVERIFY2(view.accessibleName().contains("w: string[2]. \"setosa\", \"one two\". other texts than the untouched model's"),
             qPrintable(view.accessibleName()));
    view.grab();
    view.setValue(QStringLiteral("s"), std::make_shared<const Tensor>(makeTensor(DType::Bool, {})), nullptr);
    QCOMPARE(view.slices(), 1);
    QVERIFY(!view.grab().isNull());
}

void TestValues::whatCannotBeComputedIsSaid()
{
    MainWindow window;
    window.resize(1600, 1000);
    window.show();
    window.openFile(samplesFolder + QStringLiteral("mm_relu.strata"));
    QVERIFY(settle(window));
    auto* part = window.findChild<ValuesPart*>();
    for (QTabWidget* tabs : window.findChildren<QTabWidget*>())
        if (tabs->indexOf(part->view()) >= 0)
            tabs->setCurrentWidget(part->view());
    window.selectNode(QStringLiteral("mm_relu"));
    QVERIFY(settle(window));
    QVERIFY(part->view()->lines().isEmpty());
    QVERIFY(!part->view()->accessibleName().isEmpty());
}

STRATA_TEST_IN(QApplication, TestValues)
#include "tst_window_values.moc"
