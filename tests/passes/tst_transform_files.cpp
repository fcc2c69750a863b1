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
// or, instead of `expect:`, `refused: part of the message and hint` for the last step. Lines that start with # before
// the first case are comments. Each step also passes the checks that hold of all (see transform_checks.h).
#include "core/text/text.h"
#include "passes/registry.h"
#include "tests/passes/transform_checks.h"

#include <QDirIterator>
#include <QFileInfo>
#include <QTest>

#include <algorithm>
#include <fstream>

using namespace strata;

namespace {

struct Case {
    std::string name, program, expected, refusal, effect;
    std::vector<std::string> steps, notes;
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
        if (cases.empty() || line.rfind("===", 0) == 0)
            continue;
        Case& current = cases.back();
        if (const auto step = after(line, "apply:"))
            current.steps.push_back(*step);
        else if (const auto effect = after(line, "effect:"))
            current.effect = *effect;
        else if (const auto note = after(line, "note:"))
            current.notes.push_back(*note);
        else if (const auto refusal = after(line, "refused:"))
            current.refusal = *refusal, current.refuses = true;
        else if (after(line, "expect:"))
            current.expects = true;
        else
            (current.expects ? current.expected : current.program) += line + "\n";
    }
    return cases;
}

}  // namespace

class TestTransformFiles : public QObject {
    Q_OBJECT

private slots:
    void file_data();
    void file();

private:
    void refusal(const Case& test, const Result<Applied>& applied);
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

void TestTransformFiles::refusal(const Case& test, const Result<Applied>& applied)
{
    QVERIFY2(!applied.ok(), ("It is not refused:\n" + (applied.ok() ? print(*applied->module) : "")).c_str());
    QVERIFY2(applied.error().kind == ErrorKind::Refused, applied.error().text().c_str());
    QVERIFY2(applied.error().text().find(test.refusal) != std::string::npos, applied.error().text().c_str());
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
        const auto applied = applyChecked(*module, test.steps[i], m_registry);
        const bool last = i + 1 == test.steps.size();
        if (last && test.refuses)
            return refusal(test, applied);
        QVERIFY2(applied.ok(), applied.ok() ? "" : (test.steps[i] + ": " + applied.error().text()).c_str());
        worst = std::max(worst, applied->effect);
        notes.insert(notes.end(), applied->notes.begin(), applied->notes.end());
        if (last)
            result(test, *applied, worst, notes);
        module = applied->module;
    }
}

QTEST_APPLESS_MAIN(TestTransformFiles)
#include "tst_transform_files.moc"
