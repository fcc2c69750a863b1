// Strings: the graph in the evaluator, its runtime program in the evaluator, and what is compiled say the same texts;
// and these are what is expected.
#include "harness.h"

#include "core/reference/evaluate.h"
#include "core/text/text.h"
#include "passes/lowering/lower.h"
#include "tests/program.h"

#include <QtTest>

using namespace strata;

namespace {

QString said(const Result<std::vector<Tensor>>& results)
{
    if (!results)
        return QString::fromStdString(results.error().message);
    QStringList all;
    for (const Tensor& tensor : *results) {
        QStringList elements;
        for (std::int64_t i = 0; i < tensor.count(); ++i)
            elements << (tensor.type.dtype == DType::String ? QString::fromStdString(tensor.strings[std::size_t(i)])
                                                            : QString::number(tensor.at(i), 'g', 9));
        all << QString::fromStdString(toString(tensor.type)) + ": " + elements.join('|');
    }
    return all.join("; ");
}

}  // namespace

class TestTexts : public QObject {
    Q_OBJECT

private slots:
    void agree_data();
    void agree();
    void notTextsOfNumbers();

private:
    Harness m_harness;
};

// Each takes the same x: string[2, 3] and i: i64[2].
void TestTexts::agree_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* name, const char* text, const char* expected) {
        QTest::newRow(name) << "module m(entry=main):\n\n" + QString(text) << QString::fromUtf8(expected);
    };
    row("moved", R"(const @more: string[1, 3] = ["", "Z", "z"]

def main(x: string[2, 3], i: i64[2]) -> (y: string[3, 4]):
    a: string[3, 3] = Concat(x, @more, axis=0, node="concat", version=13)
    b: string[3, 3] = Transpose(a, perm=[1, 0], node="transpose", version=13)
    c: string[3, 2] = Gather(b, i, axis=1, node="gather", version=13)
    y: string[3, 4] = Concat(c, c, axis=1, node="again", version=13)
    return y
)",
        "string[3, 4]: Ä|one two|Ä|one two|b|b|b|b|a,b,,c| |a,b,,c| ");
    row("compared and chosen", R"(const @b: string[] = ["b"]
const @no: string[3] = ["no", "", "none"]

def main(x: string[2, 3], i: i64[2]) -> (y: string[2, 3], n: i64[2, 3]):
    e: bool[2, 3] = Equal(x, @b, node="equal", version=19)
    y: string[2, 3] = Where(e, @no, x, node="where", version=16)
    n: i64[2, 3] = Cast(e, to=7, node="cast", version=19)
    return y, n
)",
        "string[2, 3]: one two|| |Ä||a,b,,c; i64[2, 3]: 0|1|0|0|1|0");
    row("made", R"(def main(x: string[2, 3], i: i64[2]) -> (y: string[2, 3], t: string[2], f: f32[2]):
    u: string[2, 3] = StringNormalizer(x, case_change_action="LOWER", node="lower", version=10)
    y: string[2, 3] = StringConcat(u, x, node="concat", version=20)
    t: string[2] = Cast(i, to=8, node="texts", version=19)
    f: f32[2] = Cast(t, to=1, node="numbers", version=19)
    return y, t, f
)",
        "string[2, 3]: one twoone two|bb|  |äÄ|bb|a,b,,ca,b,,c; string[2]: 1|0; f32[2]: 1|0");
    row("split", R"(def main(x: string[2, 3], i: i64[2]) -> (y: string[2, 3, n], c: i64[2, 3]):
    y: string[2, 3, n], c: i64[2, 3] = StringSplit(x, delimiter=",", node="split", version=20)
    return y, c
)",
        "string[2, 3, 4]: one two||||b|||| ||||Ä||||b||||a|b||c; i64[2, 3]: 1|1|1|1|1|4");
    row("unique, in order", R"(def main(x: string[2, 3], i: i64[2]) -> (y: string[n], a: i64[n], b: i64[6], c: i64[n]):
    y: string[n], a: i64[n], b: i64[6], c: i64[n] = Unique(x, sorted=1, node="unique", version=11)
    return y, a, b, c
)",
        "string[5]:  |a,b,,c|b|one two|Ä; i64[5]: 2|5|1|0|3; i64[6]: 3|2|0|4|2|1; i64[5]: 1|1|2|1|1");
    row("matched", R"(def main(x: string[2, 3], i: i64[2]) -> (y: i64[2, 3]):
    m: bool[2, 3] = RegexFullMatch(x, pattern="\\w+( \\w+)?|[^a-z]", node="match", version=20)
    y: i64[2, 3] = Cast(m, to=7, node="cast", version=19)
    return y
)",
        "i64[2, 3]: 1|1|1|1|1|0");
    row("words", R"(def main(x: string[2, 3], i: i64[2]) -> (y: string[2, 3, n]):
    y: string[2, 3, n] = Tokenizer(x, tokenexp="[a-zÄ]+", mincharnum=1, pad_value="#", domain="com.microsoft", node="words", version=1)
    return y
)",
        "string[2, 3, 3]: one|two|#|b|#|#|#|#|#|Ä|#|#|b|#|#|a|b|c");
    row("between separators", R"(def main(x: string[2, 3], i: i64[2]) -> (y: string[2, 3, n]):
    y: string[2, 3, n] = Tokenizer(x, separators=["\\.", ",", " "], mincharnum=2, pad_value="", domain="com.microsoft", node="words", version=1)
    return y
)",
        "string[2, 3, 2]: one|two||||||||||");
    row("characters", R"(def main(x: string[2, 3], i: i64[2]) -> (y: string[2, 3, n]):
    y: string[2, 3, n] = Tokenizer(x, tokenexp=".", mincharnum=1, pad_value="#", domain="com.microsoft", node="words", version=1)
    return y
)",
        "string[2, 3, 7]: o|n|e| |t|w|o|b|#|#|#|#|#|#| |#|#|#|#|#|#|Ä|#|#|#|#|#|#|b|#|#|#|#|#|#|a|,|b|,|,|c|#");
}

void TestTexts::agree()
{
    QFETCH(QString, text);
    QFETCH(QString, expected);
    const auto module = parseModule(text.toStdString());
    QVERIFY2(module.ok(), module ? "" : module.error().text().c_str());
    const auto lowered = lowerByDefault(**module);
    QVERIFY2(lowered.ok(), lowered ? "" : lowered.error().text().c_str());
    const auto again = parseModule(print(*lowered->module));
    QVERIFY2(again.ok(), again ? "" : again.error().text().c_str());
    QVERIFY(equal(**again, *lowered->module));
    std::vector<Tensor> inputs{makeTensor(DType::String, {2, 3}), makeTensor(DType::I64, {2})};
    inputs[0].strings = {"one two", "b", " ", "Ä", "b", "a,b,,c"};
    inputs[1].setInteger(0, 1);
    QCOMPARE(said(evaluate(**module, *(*module)->entryFunction(), inputs)), expected);
    QCOMPARE(said(evaluate(*lowered->module, *lowered->module->entryFunction(), inputs)), expected);
    QCOMPARE(said(m_harness.run(*lowered->module, inputs)), expected);
}

// In vectors, where some lanes do not run.
void TestTexts::notTextsOfNumbers()
{
    const auto module = parseModule(R"(module m(entry=main):

@loops
def main(x: string[5]) -> (y: i64[5]):
    for i in range(2):
        for j in vectorized(4):
            with block("b") as (v: spatial(5) = i * 4 + j):
                where(i * 4 + j < 5)
                y[v] = i64_of_text(x[v])
)");
    QVERIFY2(module.ok(), module ? "" : module.error().text().c_str());
    std::vector<Tensor> inputs{makeTensor(DType::String, {5})};
    inputs[0].strings = {"1", "-2", "3", "4", "5"};
    QCOMPARE(said(m_harness.run(**module, inputs)), "i64[5]: 1|-2|3|4|5");
    inputs[0].strings[3] = "four";
    QCOMPARE(said(m_harness.run(**module, inputs)), "The text 'four' is no whole number.");
    QVERIFY(said(evaluate(**module, *(*module)->entryFunction(), inputs))
                .startsWith("The text 'four' is no whole number in block \"b\" of main"));
}

STRATA_TEST(TestTexts)
#include "tst_texts.moc"
