// A session as text and back: text in, text out.
#include "tests/core/session/rename.h"

#include "core/session/branches.h"
#include "core/session/document.h"
#include "tests/program.h"

#include <QtTest>

using namespace strata;

namespace {

std::string text(const Session& session) { return print(documentOf(session).recipe, session.registry()); }

Document restored(Session& session, const std::string& text)
{
    const Result<Recipe> recipe = parseRecipe(text, session.registry());
    return restore(session, *recipe);
}

}  // namespace

class tst_document : public QObject {
    Q_OBJECT
private slots:
    void roundTrips_data()
    {
        QTest::addColumn<QString>("in");
        QTest::addColumn<QString>("out");  // empty: the same
        QTest::newRow("nothing") << ""
                                 << "";
        QTest::newRow("comments alone") << "# one\n\n# two\n"
                                        << "";
        QTest::newRow("comments stay where they are")
            << "# head\n\nloops.rename(a, c)  # why\n\n# then\nloops.rename(c, d)\n# end\n\n"
            << "";
        QTest::newRow("a comment that was a step") << "# loops.rename(a, c)\nloops.rename(b, d)\n"
                                                   << "";
        QTest::newRow("a branch from the model") << "#+ loops.rename(a, x)\nloops.rename(a, c)\n"
                                                 << "";
        QTest::newRow("two branches, one nested")
            << "loops.rename(a, c)\n#+ loops.rename(b, x)\n#|+ loops.rename(c, y)\n#| loops.rename(x, z)\n"
               "#+ loops.rename(b, w)\nloops.rename(b, d)\n"
            << "";
        QTest::newRow("comments in a branch")
            << "# head\n#+ # why\n#|\n#| loops.rename(a, x)\n#| # end of it\nloops.rename(a, c)\n"
            << "";
        QTest::newRow("a branch behind the end of the path") << "loops.rename(a, c)\n#+ loops.rename(c, d)\n"
                                                             << "";
        QTest::newRow("a path without a step") << "#+ loops.rename(a, c)\n#| loops.rename(c, d)\n"
                                               << "";
        QTest::newRow("a step left out") << "loops.rename(a, c)\n#- loops.rename(c, d)\nloops.rename(c, e)\n"
                                         << "";
        QTest::newRow("left out in a branch") << "#+ #- loops.rename(a, c)\n#| loops.rename(a, d)\n"
                                              << "";
        QTest::newRow("a refused step is left out")
            << "loops.rename(a, c)\nloops.rename(a, d)\nloops.rename(b, e)\n"
            << "loops.rename(a, c)\n#- loops.rename(a, d)\nloops.rename(b, e)\n";
        QTest::newRow("a mark without a step is a comment")
            << "#+ sign\n#| bar\n#- dash\n#+\n#||| x\nloops.rename(a, c)\n#|+ loops.rename(b, x)\n"
            << "";
        QTest::newRow("a branch without a step stays a comment") << "#+ # only\n#| # talk\nloops.rename(a, c)\n"
                                                                 << "";
        const QString group = "# head\n\n#{ both\n# why\nloops.rename(a, c)\nloops.rename(c, d)\n# so\n#}\n# end\n";
        QTest::newRow("a group, and comments on both sides of its marks") << group << "";
        QTest::newRow("two groups with one title")
            << "#{ t\nloops.rename(a, c)\n#}\n#{ t\nloops.rename(c, d)\n#}\nloops.rename(b, e)\n"
            << "";
        QTest::newRow("a group in a branch, and a branch in a group")
            << "#{ t\nloops.rename(a, c)\n#+ #{ u\n#| loops.rename(b, x)\n#| #}\n#| loops.rename(c, y)\n"
               "loops.rename(b, d)\n#}\n#+ loops.rename(c, z)\n"
            << "";
        QTest::newRow("marks without a partner are comments")
            << "#}\n#{ never closed\nloops.rename(a, c)\n#{ no step\n#}\n#{\nloops.rename(b, d)\n#}\n"
            << "";
        QTest::newRow("a group ends with its branch") << "#+ #{ t\n#| loops.rename(a, x)\n#}\nloops.rename(a, c)\n"
                                                      << "#}\n#+ #{ t\n#| loops.rename(a, x)\nloops.rename(a, c)\n";
        QTest::newRow("a group that holds a step left out") << "#{ t\n#- loops.rename(a, c)\nloops.rename(a, d)\n#}\n"
                                                            << "";
        QTest::newRow("spaces and line ends") << "  loops.rename( a,c )\r\n# x \r\n"
                                              << "loops.rename(a, c)\n# x\n";
    }
    void roundTrips()
    {
        QFETCH(QString, in);
        QFETCH(QString, out);
        Session session(module(), registry());
        restored(session, in.toStdString());
        const std::string once = text(session);
        QCOMPARE(QString::fromStdString(once), out.isEmpty() ? in : out);
        Session again(module(), registry());
        restored(again, once);
        QCOMPARE(text(again), once);
        QCOMPARE(again.all().size(), session.all().size());
    }

    void doesNotDependOnWhatIsShown()
    {
        Session session(module(), registry());
        restored(session, "loops.rename(a, c)\n#+ loops.rename(b, x)\nloops.rename(b, d)\n");
        const std::string whole = text(session);
        QCOMPARE(session.path().size(), std::size_t(3));  // the end of the path is shown
        session.undo();
        QCOMPARE(text(session), whole);
        session.undo();
        QCOMPARE(text(session), whole);
        QVERIFY(session.apply(renameStep("a", "q")).ok());  // another path: the old one is a branch
        QCOMPARE(text(session), std::string("#+ loops.rename(a, c)\n#|+ loops.rename(b, x)\n#| loops.rename(b, d)\n"
                                            "loops.rename(a, q)\n"));
    }

    // The name is a comment before the branch, so that it is read back, and what knows no names keeps it.
    void branchesHaveNames()
    {
        Session session(module(), registry());
        restored(session, "loops.rename(a, c)\n#+ loops.rename(b, x)\n#| loops.rename(x, y)\nloops.rename(b, d)\n");
        QCOMPARE(branchOf(session, 1), -1);
        QCOMPARE(branchOf(session, 3), 2);
        QVERIFY(nameBranch(session, 2, "other name\nof x").ok());
        QCOMPARE(text(session), std::string("loops.rename(a, c)\n#+ # branch: other name of x\n#| loops.rename(b, x)\n"
                                            "#| loops.rename(x, y)\nloops.rename(b, d)\n"));
        Session again(module(), registry());
        restored(again, text(session));
        QCOMPARE(branchName(*again.state(branchOf(again, 3))), std::string("other name of x"));
        const Status refused = nameBranch(again, 3, "a step inside");
        QVERIFY(!refused);
        QCOMPARE(refused.error().text(), std::string("No branch begins there."));
        QVERIFY(nameBranch(again, 2, "").ok());
        QVERIFY(text(again).find("branch:") == std::string::npos);
    }

    void groupsAreKnownByState()
    {
        Session session(module(), registry());
        restored(session, "loops.rename(a, c)\n#{ both\nloops.rename(c, d)\nloops.rename(b, e)\n#}\n"
                          "loops.rename(e, f)\n");
        QVERIFY(!session.state(1)->group && !session.state(4)->group);
        QCOMPARE(*session.state(2)->group, std::string("both"));
        QVERIFY(session.state(2)->group == session.state(3)->group);
        QCOMPARE(session.groupAround(3).first, 2);
        QCOMPARE(session.groupAround(2).last, 3);
        QCOMPARE(print(recipeOf(session), session.registry()), text(session));
    }

    void aReplayTakesThePathAlone()
    {
        const Result<Recipe> recipe = parseRecipe(
            "loops.rename(a, c)\n#+ loops.rename(b, x)\n#- loops.rename(b, y)\nloops.rename(b, d)\n", *registry());
        QVERIFY(recipe.ok());
        QCOMPARE(recipe->steps().size(), std::size_t(2));
        Session session(module(), registry());
        QVERIFY(replay(session, *recipe).ok());
        QCOMPARE(names(session.current()), std::string("c d "));
        QCOMPARE(session.all().size(), std::size_t(3));
    }

    void statesAreKnownByLine()
    {
        Session session(module(), registry());
        const Document document = restored(session, "# head\nloops.rename(a, c)\nloops.rename(a, d)\n");
        QCOMPARE(document.states, (std::vector<int>{-1, 1, 2}));
        QVERIFY(session.state(2)->refusal.has_value());
        QCOMPARE(documentOf(session).states, document.states);
    }

    void commentsGoWithAChangedStep()
    {
        Session session(module(), registry());
        restored(session, "# first\nloops.rename(a, c)\n# second\nloops.rename(b, d)\n# end\n");
        QVERIFY(session.replace(1, renameStep("a", "z")).ok());
        QCOMPARE(
            text(session),
            std::string("# first\n#+ # first\n#| loops.rename(a, c)\n#| # second\n#| loops.rename(b, d)\n#| # end\n"
                        "loops.rename(a, z)\n# second\nloops.rename(b, d)\n# end\n"));
    }
};

STRATA_TEST(tst_document)
#include "tst_document.moc"
