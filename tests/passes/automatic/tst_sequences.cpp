// Automatic schedules of recurrent layers: the products of the state become tiles of registers below the loop over the
// steps, which stays, and not a bit of the result changes.
#include "core/analysis/locate.h"
#include "core/index/simplify.h"
#include "core/verify/verify.h"
#include "passes/automatic/automatic.h"
#include "passes/registry.h"
#include "tests/passes/automatic/drawn.h"
#include "tests/program.h"

#include <QTest>

using namespace strata;

class TestSequences : public QObject {
    Q_OBJECT
private slots:
    void stepsAreScheduled_data()
    {
        QTest::addColumn<QString>("op");
        QTest::addColumn<int>("gates");
        QTest::addColumn<QString>("more");  // attributes
        QTest::addColumn<int>("batch");
        QTest::addColumn<QStringList>("vectors");  // blocks whose innermost loop is one
        const QStringList lstm{"recurrent", "cell", "state"}, gru{"recurrent", "reset", "candidate"};
        QTest::newRow("LSTM") << "LSTM" << 4 << "" << 1 << lstm;
        QTest::newRow("LSTM backwards") << "LSTM" << 4 << ", direction=\"reverse\"" << 2 << lstm;
        QTest::newRow("GRU, linear") << "GRU" << 3 << ", linear_before_reset=1" << 2 << gru;
        QTest::newRow("RNN") << "RNN" << 1 << "" << 2 << QStringList{"recurrent", "state"};
    }
    void stepsAreScheduled()
    {
        QFETCH(QString, op);
        QFETCH(int, gates);
        QFETCH(QString, more);
        QFETCH(int, batch);
        QFETCH(QStringList, vectors);
        const QString text = QString(R"(module m(entry=main, isa=x86-64-v4):

const @w: f32[1, %1, 20]
const @r: f32[1, %1, 64]
const @b: f32[1, %2]

def main(x: f32[6, %3, 20]) -> (y: f32[6, 1, %3, 64]):
    y: f32[6, 1, %3, 64] = %4(x, @w, @r, @b, hidden_size=64, node="layer", version=14%5)
    return y
)")
                                 .arg(gates * 64)
                                 .arg(gates * 128)
                                 .arg(batch)
                                 .arg(op, more);
        const ModulePtr root = parse(text.toStdString());
        Session session(root, std::make_shared<const Registry>(passTransforms()));
        const Result<AutomaticReport> steps = autoScheduleAll(session, {}, {}, Effect::Exact);
        QVERIFY2(steps.ok(), steps.ok() ? "" : steps.error().text().c_str());
        const Module& scheduled = *session.current()->module;
        QVERIFY(verified(scheduled).ok());
        for (const QString& block : vectors)
            QVERIFY2(isInVectors(scheduled, block.toStdString()), qPrintable(block));
        const std::vector<Tensor> inputs = inputsOf(*root->entryFunction());
        const auto expected = evaluate(*root, *root->entryFunction(), inputs),
                   found = evaluate(scheduled, *scheduled.entryFunction(), inputs);
        QVERIFY(expected.ok() && found.ok());
        QVERIFY((*expected)[0].bytes == (*found)[0].bytes);
    }

private:
    // The block stands in a vectorized loop, below a serial one of six steps.
    static bool isInVectors(const Module& module, const std::string& name)
    {
        for (const FunctionPtr& function : module.functions)
            if (const auto located = function->loops() ? findBlock(*function, name) : std::nullopt) {
                const Loop* first = as<Loop>(located->ancestors.front());
                const Loop* last = as<Loop>(located->ancestors.back());
                return first && last && first->kind == LoopKind::Serial && number(first->extent) == 6
                       && last->kind == LoopKind::Vectorized;
            }
        return false;
    }
};

STRATA_TEST(TestSequences)
#include "tst_sequences.moc"
