// Tests of transforms as text. A .test file holds cases:
//
//     === split that does not divide
//     def f(x: f32[10]) -> (y: f32[10]):
//         ...
//     apply: loops.split(f, i, factors=[_, 4])
//     effect: exact                               (optional)
//     note: part of a note                        (optional)
//     expect:
//     def f(...)
//         ...
//
// or, instead of `expect:`, `refused: part of the message and hint` for the last step. `offer: loops.split for loop i
// of f` is a step too: the one that the palette offers for that selection. Below `refused:` a line `help: LINE; LINE`
// is one way that core/transform/help.h finds; several are the first ones, in order. Lines that start with # are
// comments. Each step also passes the checks that hold of all (see transform_checks.h), and each refusal names nodes
// that are there.
#include "core/text/text.h"
#include "core/transform/help.h"
#include "passes/registry.h"
#include "tests/passes/transform_checks.h"
#include "tests/program.h"

#include <QDirIterator>
#include <QFileInfo>
#include <QTest>

#include <algorithm>
#include <fstream>

using namespace strata;

namespace {

struct Line {
    std::string text;
    bool offered = false;  // "TRANSFORM for SELECTION" instead of a recipe line
};

struct Case {
    std::string name, program, expected, refusal, effect;
    std::vector<Line> steps;
    std::vector<std::string> notes, helps;
    bool refuses = false, expects = false;
};

// What follows "key: " if the line starts so.
std::optional<std::string> after(const std::string& line, const std::string& key)
{
    if (line.rfind(key, 0) != 0)
        return std::nullopt;
    const std::size_t begin = line.find_first_not_of(' ', key.size());
    return begin == std::string::npos ? std::string() : line.substr(begin);
}

std::vector<Case> readCases(const QString& path)
{
    std::vector<Case> cases;
    std::ifstream file(path.toStdString());
    for (std::string line; std::getline(file, line);) {
        if (const auto name = after(line, "===")) {
            cases.push_back({});
            cases.back().name = *name;
        }
        if (cases.empty() || line.rfind("===", 0) == 0 || line.rfind("#", 0) == 0)
            continue;
        Case& current = cases.back();
        if (const auto step = after(line, "apply:"))
            current.steps.push_back({*step, false});
        else if (const auto offer = after(line, "offer:"))
            current.steps.push_back({*offer, true});
        else if (const auto effect = after(line, "effect:"))
            current.effect = *effect;
        else if (const auto note = after(line, "note:"))
            current.notes.push_back(*note);
        else if (const auto refusal = after(line, "refused:"))
            current.refusal = *refusal, current.refuses = true;
        else if (const auto help = after(line, "help:"))
            current.helps.push_back(*help);
        else if (after(line, "expect:"))
            current.expects = true;
        else
            (current.expects ? current.expected : current.program) += line + "\n";
    }
    return cases;
}

// "loop i of f", "constant w", "function f": as toString(Cursor) writes it.
Cursor selectionOf(const std::string& text)
{
    const std::size_t kind = text.find(' '), of = text.rfind(" of ");
    Cursor cursor{of == std::string::npos ? "" : text.substr(of + 4), NodeKind::Function,
                  text.substr(kind + 1, of == std::string::npos ? of : of - kind - 1)};
    while (cursor.kind != NodeKind::Constant && text.substr(0, kind) != nodeKindName(cursor.kind))
        cursor.kind = NodeKind(int(cursor.kind) + 1);
    return cursor.kind == NodeKind::Function ? functionCursor(cursor.name) : cursor;
}

// The recipe line that the palette offers: "loops.split for loop i of f".
Result<std::string> offered(const Module& module, const std::string& text, const Registry& registry)
{
    const std::size_t end = text.find(" for ");
    STRATA_TRY(const Transform* transform, registry.find(text.substr(0, end)));
    Step step;
    step.transform = transform->id;
    STRATA_TRY(step.arguments, suggestArguments(*transform, module, selectionOf(text.substr(end + 5))));
    return print(step, registry);
}

Result<Applied> applied(const ModulePtr& module, const Line& line, const Registry& registry)
{
    if (!line.offered)
        return applyChecked(module, line.text, registry);
    STRATA_TRY(const std::string text, offered(*module, line.text, registry));
    return applyChecked(module, text, registry);
}

// Where there are nodes to speak of, the refusal names such as are there: the window underlines them.
std::string absentNode(const Module& module, const Error& error)
{
    for (const Cursor& node : error.nodes)
        if (!exists(module, node))
            return toString(node) + " is not there. ";
    return {};
}

}  // namespace

class TestTransformFiles : public QObject {
    Q_OBJECT

private slots:
    void file_data();
    void file();

private:
    void refusal(const Case& test, const Module& module, const Result<Applied>& applied);
    void help(const Case& test, const Module& module, const std::string& line, const Error& error);
    void result(const Case& test, const Applied& applied, Effect worst, const std::vector<std::string>& notes);

    std::map<std::string, Case> m_cases;
    Registry m_registry{passTransforms()};
};

void TestTransformFiles::file_data()
{
    QTest::addColumn<QString>("name");
    QStringList paths;
    QDirIterator files(QStringLiteral(STRATA_SOURCE_DIR "/tests/passes"), {"*.test"}, QDir::Files,
                       QDirIterator::Subdirectories);
    while (files.hasNext())
        paths << files.next();
    paths.sort();
    for (const QString& path : paths)
        for (const Case& test : readCases(path)) {
            const std::string name = QFileInfo(path).baseName().toStdString() + ": " + test.name;
            m_cases[name] = test;
            QTest::newRow(name.c_str()) << QString::fromStdString(name);
        }
}

void TestTransformFiles::refusal(const Case& test, const Module& module, const Result<Applied>& applied)
{
    QVERIFY2(!applied.ok(), ("It is not refused:\n" + (applied.ok() ? print(*applied->module) : "")).c_str());
    QVERIFY2(applied.error().kind == ErrorKind::Refused, applied.error().text().c_str());
    QVERIFY2(applied.error().text().find(test.refusal) != std::string::npos, applied.error().text().c_str());
    QCOMPARE(QString::fromStdString(absentNode(module, applied.error())), QString());
}

// The ways that are found begin with those of the case, and each of them is legal.
void TestTransformFiles::help(const Case& test, const Module& module, const std::string& line, const Error& error)
{
    const auto step = parseStep(line, m_registry);
    QVERIFY(step.ok());
    const std::vector<Help> helps = helpFor(module, *step, error, m_registry, {}, {3, std::chrono::seconds(60)});
    QStringList found, expected;
    for (const Help& help : helps) {
        QStringList lines;
        ModulePtr at = std::make_shared<const Module>(module);
        for (const Step& one : help.steps) {
            lines << QString::fromStdString(print(one, m_registry));
            const auto applied = applyChecked(at, lines.back().toStdString(), m_registry);
            QVERIFY2(applied.ok(),
                     applied.ok() ? "" : (lines.join("; ").toStdString() + ": " + applied.error().text()).c_str());
            at = applied->module;
        }
        found << lines.join(QStringLiteral("; "));
    }
    for (const std::string& one : test.helps)
        expected << QString::fromStdString(one);
    QCOMPARE(found.mid(0, expected.size()).join('\n'), expected.join('\n'));
}

void TestTransformFiles::result(const Case& test, const Applied& applied, Effect worst,
                                const std::vector<std::string>& notes)
{
    const auto expected = parseModule(test.expected);
    const std::string actual = "\n--- actual\n" + print(*applied.module);
    QVERIFY2(expected.ok(), expected.ok() ? "" : (expected.error().text() + actual).c_str());
    const Status same = sameModule(*applied.module, **expected);
    QVERIFY2(same.ok(), same.ok() ? "" : same.error().text().c_str());
    if (!test.effect.empty())
        QCOMPARE(std::string(name(worst)), test.effect);
    for (const std::string& wanted : test.notes)
        QVERIFY2(std::any_of(notes.begin(), notes.end(),
                             [&](const std::string& note) { return note.find(wanted) != std::string::npos; }),
                 wanted.c_str());
}

void TestTransformFiles::file()
{
    QFETCH(QString, name);
    const Case& test = m_cases[name.toStdString()];
    QVERIFY2(!test.steps.empty() && test.expects != test.refuses,
             "A case has steps, and either an expected text or a refusal.");
    auto module = parseModule(test.program);
    QVERIFY2(module.ok(), module.ok() ? "" : module.error().text().c_str());
    Effect worst = Effect::Exact;
    std::vector<std::string> notes;
    for (std::size_t i = 0; i < test.steps.size(); ++i) {
        const auto step = applied(*module, test.steps[i], m_registry);
        const bool last = i + 1 == test.steps.size();
        if (last && test.refuses) {
            refusal(test, **module, step);
            if (!test.helps.empty() && !step.ok())
                help(test, **module, test.steps[i].text, step.error());
            return;
        }
        QVERIFY2(step.ok(), step.ok() ? "" : (test.steps[i].text + ": " + step.error().text()).c_str());
        worst = std::max(worst, step->change->effect);
        notes.insert(notes.end(), step->change->notes.begin(), step->change->notes.end());
        if (last)
            result(test, *step, worst, notes);
        module = step->module;
    }
}

STRATA_TEST(TestTransformFiles)
#include "tst_transform_files.moc"
