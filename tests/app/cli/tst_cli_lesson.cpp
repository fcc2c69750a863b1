// strata lesson, from outside: the list, a lesson as text, a page, somebody's steps, what was handed in, a lesson of
// one's own.
#include "cli.h"
#include "tests/program.h"

class TestCliLesson : public QObject {
    Q_OBJECT

private slots:
    void list();
    void run();
    void handout();
    void judge();
    void verify();
    void own();
    void wrongUse_data();
    void wrongUse();
};

void TestCliLesson::list()
{
    const Answer english = strata({"lesson", "list", "--json"}),
                 chinese = strata({"lesson", "list", "--json", "--language", "zh"});
    QCOMPARE(english.exit, 0);
    QCOMPARE(chinese.exit, 0);
    const QJsonArray lessons = json(english).value("lessons").toArray(),
                     others = json(chinese).value("lessons").toArray();
    QVERIFY(lessons.size() >= 31);
    QCOMPARE(others.size(), lessons.size());
    for (qsizetype i = 0; i < lessons.size(); ++i) {
        QCOMPARE(lessons[i].toObject().value("languages").toArray().size(), 2);
        QVERIFY(lessons[i].toObject().value("summary") != others[i].toObject().value("summary"));
    }
}

void TestCliLesson::run()
{
    const Answer played = strata({"lesson", "run", "mm-relu"});
    QCOMPARE(played.exit, 0);
    QVERIFY2(played.out.contains("Cut j into pieces of eight")
                 && played.out.contains("loops.split(mm_relu, j, [_, 8])"),
             qPrintable(played.out));
    QVERIFY(strata({"lesson", "run", "mm-relu", "--language", "zh"}).out.contains(QStringLiteral("把 j 按 8 拆分")));
}

void TestCliLesson::handout()
{
    const QTemporaryDir folder;
    const QString page = folder.filePath("page.html");
    QCOMPARE(strata({"lesson", "handout", "vector-add", "--out", page}).exit, 0);
    QVERIFY(read(page).contains("What to look at"));
    const Answer nowhere = strata({"lesson", "handout", "vector-add"});
    QCOMPARE(nowhere.exit, 2);
    QVERIFY(nowhere.err.contains("--out says where"));
}

void TestCliLesson::judge()
{
    const QTemporaryDir folder;
    const QString recipe = folder.filePath("mine.recipe");
    write(recipe, "loops.split(mm_relu, j, [_, 8], names=[a, b])\n");
    QCOMPARE(strata({"lesson", "check", "mm-relu", "--recipe", recipe, "--at", "split"}).exit, 0);
    write(recipe, "loops.split(mm_relu, j, [_, 4])\n");
    const Answer wrong = strata({"lesson", "check", "mm-relu", "--recipe", recipe, "--at", "2"});
    QCOMPARE(wrong.exit, 1);
    QVERIFY2(wrong.out.contains("Loop j0 turns 32 times; in the target, j0 turns 16 times."), qPrintable(wrong.out));
}

void TestCliLesson::verify()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath("report.json");
    const Answer missing = strata({"lesson", "verify", path});
    QCOMPARE(missing.exit, 2);
    QVERIFY(missing.err.contains("There is no file"));
    write(
        path,
        R"json({"format": 1, "lesson": "22-mm-relu", "recipe": "another", "machine": "a desk", "hash": "none", "progress":
        {"format": 1, "answers": {"split/turns": "16"}, "times": {}, "exercises":
            {"split": {"shown": false, "hints": 1, "recipe": "loops.split(mm_relu, j, [_, 8])"}}}})json");
    const Answer verified = strata({"lesson", "verify", path});
    QCOMPARE(verified.exit, 1);
    for (const char* said :
         {"its hash is another", "The lesson has other steps", "right   Cut j into pieces of eight, 1 hints",
          "missing Put k between them", "1 of 6 questions answered, 1 rightly"})
        QVERIFY2(verified.out.contains(said), qPrintable(verified.out));
    QCOMPARE(json(strata({"lesson", "verify", path, "--json"})).value("right").toInt(), 1);
}

void TestCliLesson::own()
{
    const QTemporaryDir folder;
    const QString mine = folder.filePath("mine");
    QCOMPARE(strata({"lesson", "new", mine}).exit, 0);
    QCOMPARE(strata({"lesson", "check", mine}).exit, 0);
    QCOMPARE(strata({"lesson", "new", mine}).exit, 2);
}

void TestCliLesson::wrongUse_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("says");
    QTest::newRow("nothing") << QStringList{} << "strata lesson takes list";
    QTest::newRow("no such lesson") << QStringList{"run", "nothing"} << "There is no lesson nothing.";
    QTest::newRow("no such step") << QStringList{"check", "mm-relu", "--untouched", "--at", "nowhere"}
                                  << "The lesson 22-mm-relu has no step nowhere.";
    QTest::newRow("check of nothing") << QStringList{"check"} << "takes a LESSON, or --all";
}

void TestCliLesson::wrongUse()
{
    QFETCH(QStringList, arguments);
    QFETCH(QString, says);
    const Answer ran = strata(QStringList{"lesson"} + arguments);
    QCOMPARE(ran.exit, 2);
    QVERIFY2(ran.err.contains(says), qPrintable(ran.err));
}

STRATA_TEST_IN(QCoreApplication, TestCliLesson)
#include "tst_cli_lesson.moc"
