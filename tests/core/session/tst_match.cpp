// Two graphs in, what stands for what out: "-" is gone, "+" is new, "~" has changed, ">" only has shapes that follow.
#include "core/session/match.h"
#include "core/text/text.h"
#include "tests/program.h"

#include <QtTest>

using namespace strata;

namespace {

ModulePtr parsed(const QString& body, const QString& signature)
{
    const QString text = "module m(entry=main):\n\nconst @w: f32[2] = [1.0, 2.0]\nconst @v: f32[2] = [1.0, 3.0]\n\n"
                         "@graph\ndef main"
                         + signature + ":\n    " + QString(body).replace("; ", "\n    ") + "\n";
    const Result<ModulePtr> module = parseModule(text.toStdString());
    if (!module)
        qFatal("%s", module.error().text().c_str());
    return *module;
}

QString said(const GraphMatch& match)
{
    QStringList lines;
    for (const std::string& line : match.signature)
        lines << "~ " + QString::fromStdString(line);
    for (const GraphNodePtr& node : match.removed)
        lines << "- " + QString::fromStdString(node->name);
    for (const GraphNodePtr& node : match.added)
        lines << "+ " + QString::fromStdString(node->name);
    for (const MatchedNode& pair : match.pairs) {
        const QString names = QString::fromStdString(pair.before->name + "=" + pair.after->name);
        for (const std::string& line : pair.differences)
            lines << "~ " + names + " " + QString::fromStdString(line);
        if (pair.follows)
            lines << "> " + names;
    }
    return lines.join('|');
}

QString node(const char* value, const char* op, const char* inputs, const char* name)
{
    return QString("%1: f32[2] = %2(%3, node=\"%4\", version=14); ").arg(value, op, inputs, name);
}

}  // namespace

class TestMatch : public QObject {
    Q_OBJECT
private slots:
    void graphs_data()
    {
        QTest::addColumn<QString>("before");
        QTest::addColumn<QString>("after");
        QTest::addColumn<QString>("expected");
        const QString relu = node("a", "Relu", "x", "r"), sum = node("y", "Add", "b, @w", "s");
        const QString chain = relu + node("b", "Exp", "a", "e") + sum + "return y";
        const auto row = [&](const char* name, const QString& after, const char* expected) {
            QTest::newRow(name) << chain << after << QString(expected);
        };
        row("the same", chain, "");
        row("other names",
            node("p", "Relu", "x", "n0") + node("q", "Exp", "p", "n1") + node("z", "Add", "q, @w", "n2") + "return z",
            "");
        row("one between", relu + node("c", "Abs", "a", "n") + node("b", "Exp", "c", "k") + sum + "return y",
            "+ n|~ e=k input 0 is n, was r");
        row("one less", node("b", "Exp", "x", "k") + sum + "return y", "- r|~ e=k input 0 is the input x, was r");
        row("another constant", relu + node("b", "Exp", "a", "e") + node("y", "Add", "b, @v", "s") + "return y",
            "~ s=s input 1 is the constant v, was the constant w");
        row("another operator", relu + node("b", "Abs", "a", "e") + sum + "return y",
            "- e|+ e|~ s=s input 0 is e, another one of that name");
        row("another result", relu + node("b", "Exp", "a", "e") + sum + "return b", "~ result y is e, was s");
        const QString leaky = "a: f32[2] = LeakyRelu(x, alpha=%1, node=\"r\", version=16); return a";
        QTest::newRow("an attribute") << leaky.arg("0.5") << leaky.arg("0.25") << "~ r=r alpha is 0.25, was 0.5";
    }

    void graphs()
    {
        QFETCH(QString, before);
        QFETCH(QString, after);
        const QString signature = "(x: f32[2]) -> (y: f32[2])";
        const ModulePtr a = parsed(before, signature), b = parsed(after, signature);
        QTEST(said(matchGraphs(*a, *a->entryFunction(), *b, *b->entryFunction())), "expected");
    }

    // What is only another shape because the input is, is told apart.
    void shapesFollow()
    {
        const QString body =
            "a: f32[%1] = Relu(x, node=\"r\", version=14); y: f32[%1] = Exp(a, node=\"e\", version=13); return y";
        const ModulePtr a = parsed(body.arg(2), "(x: f32[2]) -> (y: f32[2])"),
                        b = parsed(body.arg(3), "(x: f32[3]) -> (y: f32[3])");
        QCOMPARE(said(matchGraphs(*a, *a->entryFunction(), *b, *b->entryFunction())),
                 "~ parameter x is f32[3], was f32[2]|~ result y is f32[3], was f32[2]|> r=r|> e=e");
    }
};

STRATA_TEST_IN(QCoreApplication, TestMatch)
#include "tst_match.moc"
