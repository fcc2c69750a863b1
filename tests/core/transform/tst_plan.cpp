// What is kept of plans: a question that is asked again is not planned again, but for the oldest of many answers, and of
// answers that make a whole model anew a few.
#include "core/text/text.h"
#include "core/transform/plan.h"
#include "tests/program.h"

#include <QTest>

using namespace strata;

namespace {

ModulePtr module()
{
    const Result<ModulePtr> parsed = parseModule("def main(x: f32[4]) -> (y: f32[4]):\n"
                                                 "    y: f32[4] = Relu(x)\n"
                                                 "    return y\n");
    return parsed ? *parsed : nullptr;
}

// Puts so many copies of the entry; how often it was planned is counted.
Transform copies(int& planned)
{
    Transform t;
    t.id = "any.copies";
    t.level = Level::Graph;
    t.parameters = {{"name", ParameterKind::Name, "Of the copies.", "", false, {}},
                    {"count", ParameterKind::Integer, "How many.", "", false, {}}};
    t.plan = [&planned](const Module& from, const Arguments& arguments, const TransformContext&) -> Result<Change> {
        ++planned;
        Change change;
        for (int i = 0; i < std::get<std::int64_t>(arguments.values.at("count")); ++i) {
            Function copy = *from.entryFunction();
            copy.name = std::get<std::string>(arguments.values.at("name")) + std::to_string(i);
            change.put.push_back(std::make_shared<const Function>(std::move(copy)));
        }
        return change;
    };
    return t;
}

Arguments arguments(int question, std::int64_t count)
{
    Arguments result;
    result.values["name"] = "c" + std::to_string(question) + "_";
    result.values["count"] = count;
    return result;
}

}  // namespace

class TestPlan : public QObject {
    Q_OBJECT

private slots:
    void answersAreKept_data()
    {
        QTest::addColumn<int>("count");
        QTest::addColumn<bool>("oldestIsKept");
        QTest::newRow("of one function") << 1 << true;
        QTest::newRow("of a whole model") << 12 << false;
    }

    void answersAreKept()
    {
        QFETCH(int, count);
        QFETCH(bool, oldestIsKept);
        constexpr int questions = 40;
        const ModulePtr from = module();
        QVERIFY(from);
        int planned = 0;
        const Transform transform = copies(planned);
        TransformContext context;
        context.plans = makePlanCache();
        for (int i = 0; i < questions; ++i) {
            const auto change = planStep(transform, *from, arguments(i, count), context);
            QVERIFY2(change.ok(), change ? "" : change.error().text().c_str());
            QCOMPARE(int((*change)->put.size()), count);
        }
        QCOMPARE(planned, questions);
        QVERIFY(planStep(transform, *from, arguments(questions - 1, count), context).ok());
        QCOMPARE(planned, questions);  // the last one is there in any case
        QVERIFY(planStep(transform, *from, arguments(0, count), context).ok());
        QCOMPARE(planned, questions + (oldestIsKept ? 0 : 1));
    }
};

STRATA_TEST(TestPlan)
#include "tst_plan.moc"
