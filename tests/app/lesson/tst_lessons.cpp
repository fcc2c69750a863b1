// Every lesson in every language, from the first step to the last; and a student who takes wrong steps.
#include "app/lesson/compare.h"
#include "app/lesson/hand_in.h"
#include "app/lesson/handout.h"
#include "app/lesson/markdown.h"
#include "app/lesson/mistakes.h"
#include "tests/program.h"

#include <QTemporaryDir>
#include <QTest>
#include <QXmlStreamReader>

#include <algorithm>
#include <fstream>
#include <set>

using namespace strata;

namespace {

std::string root() { return STRATA_SOURCE_DIR "/resources/lessons"; }

// A wrong way to an exercise's end, and words that have to stand in what is said of it.
struct Wrong {
    std::string what;
    std::vector<Step> steps;
    std::string says;
};

std::vector<Step> without(std::vector<Step> steps, std::size_t at)
{
    steps.erase(steps.begin() + static_cast<std::ptrdiff_t>(at));
    return steps;
}

void put(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

}  // namespace

class TestLessons : public QObject {
    Q_OBJECT

private slots:
    void holds_data();
    void holds();
    void bothLanguages_data() { names(); }
    void bothLanguages();
    void fiveMistakes_data() { names(); }
    void fiveMistakes();
    void wrongStudent_data() { names(); }
    void wrongStudent();
    void anotherOrder();
    void whatDiffers_data();
    void whatDiffers();
    void template_();
    void handedOut_data() { names(); }
    void handedOut();
    void handedOutTimes();
    void wordsAsHtml();
    void progressIsKept();
    void handedIn();
    void noReport();
    void faults_data();
    void faults();

private:
    static void names()
    {
        QTest::addColumn<QString>("folder");
        for (const std::string& folder : lessonFolders(root()))
            QTest::newRow(folder.substr(folder.rfind('/') + 1).c_str()) << QString::fromStdString(folder);
    }
    PlayedLesson played(const QString& folder)
    {
        const auto lesson = readLesson(folder.toStdString(), "en", *m_registry);
        if (!lesson)
            qFatal("%s", lesson.error().text().c_str());
        m_lesson = *lesson;
        auto result = playLesson(m_lesson, m_toolchain);
        if (!result)
            qFatal("%s", result.error().text().c_str());
        return std::move(*result);
    }

    std::shared_ptr<const Registry> m_registry = makeRegistry();
    Toolchain m_toolchain;
    Lesson m_lesson;
};

void TestLessons::holds_data()
{
    QTest::addColumn<QString>("folder");
    QTest::addColumn<QString>("language");
    for (const std::string& folder : lessonFolders(root()))
        for (const std::string& language : lessonLanguages(folder))
            QTest::newRow((folder.substr(folder.rfind('/') + 1) + " " + language).c_str())
                << QString::fromStdString(folder) << QString::fromStdString(language);
}

void TestLessons::holds()
{
    QFETCH(QString, folder);
    QFETCH(QString, language);
    const auto lesson = readLesson(folder.toStdString(), language.toStdString(), *m_registry);
    QVERIFY2(lesson.ok(), lesson.ok() ? "" : lesson.error().text().c_str());
    const auto report = checkLesson(*lesson, m_toolchain);
    QVERIFY2(report.ok(), report.ok() ? "" : report.error().text().c_str());
    for (const std::string& fault : report->faults)
        qWarning("%s", fault.c_str());
    QVERIFY(report->faults.empty());
    QVERIFY(report->steps > 0);
}

void TestLessons::bothLanguages()
{
    QFETCH(QString, folder);
    QCOMPARE(lessonLanguages(folder.toStdString()), (std::vector<std::string>{"en", "zh"}));
}

// Each exercise answers five mistakes, one of each kind, or its recipe says why there is none and one more step too
// many stands for it; and each is one indeed.
void TestLessons::fiveMistakes()
{
    QFETCH(QString, folder);
    PlayedLesson played = this->played(folder);
    for (std::size_t i = 0; i < m_lesson.steps.size(); ++i) {
        const LessonStep& exercise = m_lesson.steps[i];
        if (exercise.count == 0)
            continue;
        const std::vector<AnsweredMistake> mistakes = answeredMistakes(m_lesson, played, i);
        QCOMPARE(mistakes.size(), std::size(allMistakes));
        std::set<MistakeKind> kinds;
        for (const AnsweredMistake& mistake : mistakes) {
            const QByteArray said = QByteArray::fromStdString(exercise.name + ", " + name(mistake.kind) + ": "
                                                              + mistake.said);
            QVERIFY2(kinds.insert(mistake.kind).second || mistake.kind == MistakeKind::Extra, said);
            QVERIFY2(!exercise.without.count(mistake.kind), said);
            QVERIFY2(mistake.said.size() > 20, said);
            QVERIFY2(mistake.refused || mistake.kind != MistakeKind::Illegal, said);
            QVERIFY2(!mistake.refused || mistake.kind != MistakeKind::Missing, said);
            // The sentence names what the reader did: the step itself, its transform, or what is not there.
            Session session = *played.session;
            bool refused = false, right = false;
            for (const int from : {stateBefore(played.states, i), i > 0 ? stateBefore(played.states, i - 1) : 0, 0}) {
                session.select(from);
                refused = false;
                for (const Step& step : mistake.steps)
                    refused = refused || !session.apply(step).ok();
                right = !refused && judgeAttempt(session, session.current()->id, played.states[i]).right();
                if (refused == mistake.refused && !right)
                    break;
            }
            QVERIFY2(refused == mistake.refused && !right, said);
        }
        QCOMPARE(kinds.size() + exercise.without.size(), std::size(allMistakes));
    }
}

// For each exercise: a step with another number, loops in another order, a step left out, a step too many, a step that
// is illegal. Each is told from the target, and by name.
void TestLessons::wrongStudent()
{
    QFETCH(QString, folder);
    PlayedLesson played = this->played(folder);
    Session& session = *played.session;
    for (std::size_t i = 0; i < m_lesson.steps.size(); ++i) {
        const LessonStep& exercise = m_lesson.steps[i];
        const std::vector<Step> right = m_lesson.stepsOf(exercise);
        const int before = stateBefore(played.states, i), target = played.states[i];
        std::vector<Wrong> attempts;
        for (std::size_t s = 0; s < right.size(); ++s) {
            attempts.push_back({"missing", without(right, s), title(right[s], *m_registry)});
            for (const auto& [key, value] : right[s].arguments.values) {
                Step other = right[s];
                if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(&value)) {
                    std::vector<std::int64_t> changed = *numbers;
                    for (std::int64_t& number : changed)
                        number = number > 1 ? number / 2 : number;
                    other.arguments.values[key] = changed;
                } else if (const auto* list = std::get_if<std::vector<std::string>>(&value); list && list->size() > 1) {
                    std::vector<std::string> changed(list->rbegin(), list->rend());
                    other.arguments.values[key] = changed;
                } else {
                    continue;
                }
                if (other.arguments == right[s].arguments)
                    continue;
                std::vector<Step> steps(right.begin(), right.begin() + static_cast<std::ptrdiff_t>(s));
                steps.push_back(other);
                attempts.push_back({"another choice", steps, title(other, *m_registry)});
            }
        }
        for (const LessonChoice& choice : exercise.choices)
            if (choice.refusal.empty() && !right.empty() && choice.step != right.front())
                attempts.push_back({"what if", {choice.step}, title(choice.step, *m_registry)});
        // A step too many: what the next exercise begins with.
        if (i + 1 < m_lesson.steps.size() && m_lesson.steps[i + 1].count > 0 && !right.empty()) {
            std::vector<Step> more = right;
            more.push_back(m_lesson.stepsOf(m_lesson.steps[i + 1]).front());
            attempts.push_back({"extra", more, title(more.back(), *m_registry)});
        }
        for (const Wrong& wrong : attempts) {
            session.select(before);
            bool refused = false;
            for (const Step& step : wrong.steps)
                if (const auto taken = session.apply(step); !taken) {
                    // The illegal step of an attempt says why, and nothing has changed.
                    QVERIFY(!taken.error().message.empty());
                    QCOMPARE(taken.error().kind, ErrorKind::Refused);
                    refused = true;
                    break;
                }
            if (refused)
                continue;
            const Attempt attempt = judgeAttempt(session, session.current()->id, target);
            const QByteArray place = QByteArray::fromStdString(m_lesson.name + ", " + exercise.name + ", " + wrong.what
                                                               + ": " + wrong.says);
            if (attempt.right()) {
                // Only where the choice makes no difference: the order in which a list names what is no order.
                QVERIFY2(equal(*session.current()->module, *session.state(target)->module)
                             || wrong.what == "another choice",
                         place);
                continue;
            }
            QVERIFY2(!attempt.where->said.text().empty(), place);
            std::string said;
            for (const StepDifference& step : attempt.steps)
                said += step.said.text() + "\n";
            QVERIFY2(said.find(wrong.says) != std::string::npos, place + "\n" + QByteArray::fromStdString(said));
        }
        for (const LessonChoice& choice : exercise.choices)
            if (!choice.refusal.empty()) {
                session.select(before);
                QVERIFY(!session.apply(choice.step).ok());
                QCOMPARE(session.current()->id, before);
            }
    }
}

// The steps in an order of one's own, with names of one's own, to the same program.
void TestLessons::anotherOrder()
{
    PlayedLesson played = this->played(QString::fromStdString(root() + "/22-mm-relu"));
    Session& session = *played.session;
    const auto take = [&](const std::vector<const char*>& lines) {
        session.select(0);
        for (const char* line : lines) {
            const auto step = parseStep(line, *m_registry);
            QVERIFY2(step.ok(), line);
            const auto taken = session.apply(*step);
            QVERIFY2(taken.ok(), taken.ok() ? "" : taken.error().text().c_str());
        }
    };
    const int target = played.states[4];  // "start"
    take({"loops.split(mm_relu, j, [_, 8], names=[outer, inner])", "loops.reverse_compute_at(mm_relu, C, outer)",
          "loops.reorder(mm_relu, [k, inner])", "loops.decompose_reduction(mm_relu, Y, k)"});
    const Attempt attempt = judgeAttempt(session, session.current()->id, target);
    QVERIFY2(attempt.right(), attempt.right() ? "" : attempt.where->said.text().c_str());

    take({"loops.split(mm_relu, j, [_, 4])", "loops.reorder(mm_relu, [j0, k, j1])",
          "loops.reverse_compute_at(mm_relu, C, j0)", "loops.decompose_reduction(mm_relu, Y, k)"});
    const Attempt wrong = judgeAttempt(session, session.current()->id, target);
    QVERIFY(!wrong.right());
    QCOMPARE(wrong.where->said.text(), std::string("Loop j0 turns 32 times; in the target, j0 turns 16 times."));
    QCOMPARE(wrong.where->here, (std::vector<Cursor>{{"mm_relu", NodeKind::Loop, "j0"}}));
    QCOMPARE(wrong.steps.size(), std::size_t(1));
    QCOMPARE(wrong.steps[0].said.text(),
             std::string("Your step 1 is split j [_, 4]; the target takes split j [_, 8]."));
    QCOMPARE(wrong.steps[0].state, session.path()[1]->id);
}

void TestLessons::whatDiffers_data()
{
    QTest::addColumn<QStringList>("steps");
    QTest::addColumn<QString>("where");
    QTest::addColumn<QString>("step");
    const QString split = "loops.split(mm_relu, j, [_, 8])", order = "loops.reorder(mm_relu, [j0, k, j1])";
    const QString under = "loops.reverse_compute_at(mm_relu, C, j0)";
    const QString start = "loops.decompose_reduction(mm_relu, Y, k)";
    QTest::newRow("wrong order") << QStringList{split, "loops.reorder(mm_relu, [k, j0, j1])"}
                                 << "Loop k turns 128 times; in the target, j0 turns 16 times."
                                 << "Your step 2 is reorder [k, j0, j1]; the target takes reorder [j0, k, j1].";
    QTest::newRow("missing step") << QStringList{split, order, start} << "Loop j_relu of the target is missing here."
                                  << "reverse_compute_at";
    QTest::newRow("extra step") << QStringList{split, order, under, start, "loops.unroll(mm_relu, j1)"}
                                << "Loop j1 is unrolled; in the target it is serial."
                                << "Your step 5, unroll j1, is not among those of the target.";
    QTest::newRow("missing start") << QStringList{split, order, under} << "Loop j1_init of the target is missing here."
                                   << "decompose_reduction";
}

void TestLessons::whatDiffers()
{
    QFETCH(QStringList, steps);
    QFETCH(QString, where);
    QFETCH(QString, step);
    PlayedLesson played = this->played(QString::fromStdString(root() + "/22-mm-relu"));
    Session& session = *played.session;
    session.select(0);
    for (const QString& line : steps)
        QVERIFY(session.apply(*parseStep(line.toStdString(), *m_registry)).ok());
    const Attempt attempt = judgeAttempt(session, session.current()->id, played.states[4]);
    QVERIFY(!attempt.right());
    const QString said = QString::fromStdString(attempt.where->said.text());
    QVERIFY2(said.contains(where), qPrintable(said));
    QVERIFY(!attempt.steps.empty());
    QVERIFY2(QString::fromStdString(attempt.steps.front().said.text()).contains(step),
             attempt.steps.front().said.text().c_str());
}

void TestLessons::template_()
{
    QTemporaryDir folder;
    const std::string path = folder.filePath("mine").toStdString();
    QVERIFY(newLesson(path).ok());
    QVERIFY(!newLesson(path).ok());
    const auto lesson = readLesson(path, "en", *m_registry);
    QVERIFY2(lesson.ok(), lesson.ok() ? "" : lesson.error().text().c_str());
    const auto report = checkLesson(*lesson, m_toolchain);
    QVERIFY(report.ok());
    QVERIFY2(report->faults.empty(), report->faults.empty() ? "" : report->faults.front().c_str());
    QCOMPARE(report->questions, 1);
    QCOMPARE(report->choices, 2);
}

// The page reads as XML and says in its own language all that the lesson does: titles, steps, what a refused choice is
// refused with.
void TestLessons::handedOut()
{
    QFETCH(QString, folder);
    for (const std::string& language : lessonLanguages(folder.toStdString())) {
        const auto lesson = readLesson(folder.toStdString(), language, *m_registry);
        QVERIFY(lesson.ok());
        const auto played = playLesson(*lesson, m_toolchain);
        QVERIFY(played.ok());
        const auto page = handoutPage(m_toolchain, *lesson, *played->session, played->states, {});
        QVERIFY2(page.ok(), page.ok() ? "" : page.error().text().c_str());
        QXmlStreamReader xml(QByteArray::fromStdString(*page));
        int sections = 0, steps = 0, choices = 0, answers = 0;
        QString text;
        while (!xml.atEnd()) {
            xml.readNext();
            if (xml.isCharacters())
                text += xml.text();
            if (!xml.isStartElement())
                continue;
            const auto kind = xml.attributes().value(QStringLiteral("class"));
            sections += xml.name() == QLatin1String("section");
            steps += kind == QLatin1String("step");
            choices += kind == QLatin1String("choice");
            answers += kind == QLatin1String("answer");
        }
        QVERIFY2(!xml.hasError(), qPrintable(xml.errorString()));
        QVERIFY(language != "zh" || page->find("<p>yes</p>") == std::string::npos);
        QCOMPARE(sections, int(lesson->steps.size()) + 1);
        int expectedSteps = 0, expectedChoices = 0, expectedAnswers = 0;
        for (const LessonStep& step : lesson->steps) {
            QVERIFY2(text.contains(QString::fromStdString(step.title)), step.title.c_str());
            expectedSteps += step.count;
            expectedChoices += int(step.choices.size());
            expectedAnswers += int(step.questions.size());
        }
        QCOMPARE(steps, expectedSteps);
        QCOMPARE(choices, expectedChoices);
        QCOMPARE(answers, expectedAnswers);
        QCOMPARE(text.contains(QStringLiteral("What to look at")), language == "en");
    }
}

void TestLessons::handedOutTimes()
{
    const PlayedLesson played = this->played(QString::fromStdString(root() + "/22-mm-relu"));
    Timing timing;
    timing.medianMs = 12.5;
    const auto page = handoutPage(m_toolchain, m_lesson, *played.session, played.states, {{played.states[0], timing}});
    QVERIFY(page.ok());
    QVERIFY(page->find("12.5 ms") != std::string::npos);
    QVERIFY(page->find("1.9874 ms") != std::string::npos);     // published, beside it
    QVERIFY(page->find("not measured") != std::string::npos);  // the step with the other published times
}

void TestLessons::wordsAsHtml()
{
    QCOMPARE(
        markdownLine("`a * b` is *one* **word**, 2 * 3 * 4 & <5>, a * b *block*"),
        std::string("<code>a * b</code> is <i>one</i> <b>word</b>, 2 * 3 * 4 &amp; &lt;5&gt;, a * b <i>block</i>"));
    QCOMPARE(markdownHtml("one\ntwo\n\n- a\n  b\n- c\n"), std::string("<p>one two</p><ul><li>a b</li><li>c</li></ul>"));
    QCOMPARE(markdownHtml("第一行，\n第二行"),
             std::string("<p>第一行，第二行</p>"));  // no space between wide characters
}

void TestLessons::progressIsKept()
{
    LessonProgress progress;
    progress.exercises["split"] = {false, 2, "loops.split(mm_relu, j, [_, 8])\n"};
    progress.answers["split/turns"] = "16";
    progress.times["split"] = 1.5;
    QTemporaryDir folder;
    const std::string path = folder.filePath("deeper/mm-relu.json").toStdString();
    QVERIFY(loadProgress(path).ok() && loadProgress(path)->empty());
    QVERIFY(saveProgress(progress, path).ok());
    QCOMPARE(*loadProgress(path), progress);
    put(path, R"({"format": 2, "exercises": {}, "answers": {}, "times": {}})");
    QCOMPARE(loadProgress(path).error().text(), std::string("It has format 2; this program reads format 1."));
    put(path, "[]");
    QVERIFY(loadProgress(path).error().text().starts_with("It is no progress of a lesson:"));
}

// A report is what its steps are: one that leads elsewhere is wrong, whatever it claims, and a changed one is told.
void TestLessons::handedIn()
{
    using Outcome = HandedInExercise::Outcome;
    const std::string folder = root() + "/22-mm-relu";
    const PlayedLesson played = this->played(QString::fromStdString(folder));
    LessonProgress progress;
    std::string steps;
    for (const LessonStep& step : m_lesson.steps) {
        for (const Step& taken : m_lesson.stepsOf(step))
            steps += print(taken, *m_registry) + "\n";
        if (step.count > 0)
            progress.exercises[step.name] = {false, 0, steps};
        for (const LessonQuestion& question : step.questions)
            progress.answers[step.name + "/" + question.name] = question.answer;
    }
    progress.times["start"] = 1.25;
    const auto verified = [&] { return verifyHandIn(handIn(m_lesson, progress), folder, "en", m_toolchain); };
    auto report = verified();
    QVERIFY2(report.ok(), report.ok() ? "" : report.error().text().c_str());
    QVERIFY(report->complete());
    QCOMPARE(report->exercises.size(), std::size_t(5));
    QCOMPARE(report->exercises[3].ms, 1.25);
    QCOMPARE(report->right, 6);

    progress.exercises["split"].recipe = "loops.split(mm_relu, j, [_, 4])\n";
    progress.exercises["reorder"].recipe = "loops.split(mm_relu, k, [_, 4])\nloops.parallel(mm_relu, k0)\n";
    progress.exercises["under"].shown = true;
    progress.exercises.erase("start");
    progress.answers["split/turns"] = "17";
    report = verified();
    QVERIFY(report.ok() && !report->complete() && report->unchanged && report->sameLesson);
    QCOMPARE(report->exercises[0].outcome, Outcome::Wrong);
    QCOMPARE(report->exercises[0].said, std::string("Loop j0 turns 32 times; in the target, j0 turns 16 times."));
    QCOMPARE(report->exercises[1].outcome, Outcome::Wrong);
    QVERIFY(report->exercises[1].said.find("update the same elements") != std::string::npos);
    QCOMPARE(report->exercises[2].outcome, Outcome::Shown);
    QCOMPARE(report->exercises[3].outcome, Outcome::Missing);
    QCOMPARE(report->exercises[4].outcome, Outcome::Right);
    QCOMPARE(report->right, 5);

    std::string changed = handIn(m_lesson, progress);
    changed.replace(changed.find("\"17\""), 4, "\"16\"");
    report = verifyHandIn(changed, folder, "en", m_toolchain);
    QVERIFY(report.ok() && !report->unchanged);
}

void TestLessons::noReport()
{
    for (const char* text : {"", "{}", "[1]", R"({"lesson": 3})"}) {
        const auto report = verifyHandIn(text, {}, "en", m_toolchain);
        QVERIFY(!report.ok());
        QVERIFY2(report.error().text().starts_with("It is no report of a lesson:"), report.error().text().c_str());
    }
}

void TestLessons::faults_data()
{
    QTest::addColumn<QString>("from");
    QTest::addColumn<QString>("to");
    QTest::addColumn<QString>("says");
    QTest::addColumn<bool>("inText");
    const auto recipe = [](const char* name, const char* from, const char* to, const char* says) {
        QTest::newRow(name) << from << to << says << false;
    };
    recipe("mark", "#@ look", "#@ lok", "lesson.recipe, line 4: `lok` is no mark");
    recipe("model", "samples:mm_relu", "samples:nothing", "There is no model");
    recipe("node", "loop j1", "loop j7", "there is no loop j7 of mm_relu to look at");
    recipe("kind", "mm_relu loop j1", "mm_relu lop j1", "\"lop\" is no kind of node");
    recipe("answer", "= 32", "= 33", "the answer to turns is 32, not 33");
    recipe("legal choice", "[_, 5]", "[_, 500000, _]", "");
    recipe("refused choice", "parallel(mm_relu, k)", "parallel(mm_relu, i)", "is legal");
    recipe("words", "\"update the same", "\"never said", "refused in other words");
    recipe("without", "#@ step cut\n", "#@ step cut\n#@ without luck nobody has any\n",
           "`without` takes argument, order");
    recipe("without reason", "#@ step cut\n", "#@ step cut\n#@ without order\n",
           "and why no reader can make this mistake");
    recipe("without, but made", "#@ without order", "#@ without missing one step\n#@ without order",
           "is said to be without missing, but this is one");
    recipe("published", "#@ step cut\n", "#@ step cut\n#@ published site 3 ms\n", "no text for source site");
    recipe("no step", "#@ step cut\n", "", "stands before the first `#@ step NAME`");
    const auto text = [](const char* name, const char* from, const char* to, const char* says) {
        QTest::newRow(name) << from << to << says << true;
    };
    text("heading", "{#cut}", "{#cu}", "line 9: The heading \"Cut j into pieces of four\" names no step of the recipe");
    text("hints", "- Which loop runs along a row of B?\n", "", "what to do");
    text("choice", "- five:", "- six:", "is no `name: text` of a mark of this step");
    text("question", "- turns: How often does j0 turn now?", "", "has no text for turns");
    text("front", "title: ", "titel: ", "is none of title, chapter, summary, differ");
    text("section", "{#task}", "{#tasks}", "{#tasks} is none of look, task, hints");
}

void TestLessons::faults()
{
    QFETCH(QString, from);
    QFETCH(QString, to);
    QFETCH(QString, says);
    QFETCH(bool, inText);
    QTemporaryDir folder;
    const std::string path = folder.filePath("mine").toStdString();
    QVERIFY(newLesson(path).ok());
    const std::string file = path + (inText ? "/lesson.en.md" : "/lesson.recipe");
    std::ifstream stream(file);
    QString content = QString::fromStdString({std::istreambuf_iterator<char>(stream), {}});
    QVERIFY2(content.contains(from), qPrintable(content));
    put(file, content.replace(from, to).toStdString());
    std::string said;
    const auto lesson = readLesson(path, "en", *m_registry);
    if (!lesson) {
        said = lesson.error().text();
    } else {
        const auto report = checkLesson(*lesson, m_toolchain);
        said = !report ? report.error().text() : report->faults.empty() ? "" : report->faults.front();
    }
    QVERIFY(!said.empty());
    QVERIFY2(said.find(says.toStdString()) != std::string::npos, said.c_str());
}

STRATA_TEST_IN(QCoreApplication, TestLessons)
#include "tst_lessons.moc"
