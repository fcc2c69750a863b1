// The tree of states, with the transform of rename.h.
#include "tests/core/session/rename.h"

#include "core/session/recipe.h"

#include <QtTest>

using namespace strata;

class tst_session : public QObject {
    Q_OBJECT
private slots:
    void undoGivesTheSamePointer()
    {
        Session session(module(), registry());
        const ModulePtr root = session.current()->module;
        QVERIFY(!session.canUndo());
        QVERIFY(session.apply(renameStep("a", "c")).ok());
        QVERIFY(session.current()->module != root);
        QVERIFY(session.current()->module->find("b") == root->find("b"));  // untouched: the same pointer
        const ModulePtr after = session.current()->module;
        session.undo();
        QVERIFY(session.current()->module == root);
        QVERIFY(session.canRedo());
        session.redo();
        QVERIFY(session.current()->module == after);
    }

    void aRefusalLeavesTheStateAlone()
    {
        Session session(module(), registry());
        const Result<StatePtr> refusal = session.apply(renameStep("a", "b"));
        QVERIFY(!refusal.ok());
        QCOMPARE(refusal.error().kind, ErrorKind::Refused);
        QCOMPARE(session.all().size(), std::size_t(1));
    }

    void branchesStayReachable()
    {
        Session session(module(), registry());
        QVERIFY(session.apply(renameStep("a", "c")).ok());
        session.undo();
        QVERIFY(session.apply(renameStep("a", "d")).ok());
        QCOMPARE(session.children(0), (std::vector<int>{1, 2}));
        session.undo();
        session.redo();
        QCOMPARE(session.current()->id, 2);  // the child visited last
        session.select(1);
        session.undo();
        session.redo();
        QCOMPARE(session.current()->id, 1);
    }

    void replaceReplaysWithForwardedNames()
    {
        Session session(module(), registry());
        QVERIFY(session.apply(renameStep("a", "c")).ok());
        QVERIFY(session.apply(renameStep("c", "d")).ok());
        QVERIFY(session.apply(renameStep("b", "e")).ok());
        const Result<StatePtr> last = session.replace(1, renameStep("a", "z"));
        QVERIFY(last.ok());
        QCOMPARE(names(*last), std::string("d e "));  // "c" of step 2 is "z" now, and still becomes "d"
        QCOMPARE(names(session.state(3)), std::string("d e "));
    }

    void dropReplaysOntoTheOldNames()
    {
        Session session(module(), registry());
        QVERIFY(session.apply(renameStep("a", "c")).ok());
        QVERIFY(session.apply(renameStep("c", "d")).ok());
        const Result<StatePtr> last = session.replace(1, std::nullopt);
        QVERIFY(last.ok());
        QVERIFY(!(*last)->refusal);
        QCOMPARE(names(*last), std::string("b d "));
    }

    void refusedStepsStayVisible()
    {
        Session session(module(), registry());
        QVERIFY(session.apply(renameStep("a", "c")).ok());
        QVERIFY(session.apply(renameStep("b", "d")).ok());
        const Result<StatePtr> last = session.replace(1, renameStep("a", "d"));  // now step 2 would give the name twice
        QVERIFY(last.ok());
        QVERIFY((*last)->refusal.has_value());
        QCOMPARE(names(*last), std::string("b d "));
        QCOMPARE(recipeOf(session).steps().size(), std::size_t(1));
    }

    void aChangeIsReplayedToTheTipAndWhatWasShownStays()
    {
        Session session(module(), registry());
        QVERIFY(session.apply(renameStep("a", "c")).ok());
        QVERIFY(session.apply(renameStep("c", "d")).ok());
        QVERIFY(session.apply(renameStep("b", "e")).ok());
        session.select(2);  // in the middle
        const Result<StatePtr> last = session.replace(1, renameStep("a", "z"));
        QVERIFY(last.ok());
        QCOMPARE(names(*last), std::string("d e "));
        QCOMPARE(names(session.current()), std::string("b d "));  // step 2 as it is now
        QCOMPARE(session.tip(0), (*last)->id);
    }

    void aDroppedTipIsABranch()
    {
        Session session(module(), registry());
        QVERIFY(session.apply(renameStep("a", "c")).ok());
        QVERIFY(session.replace(1, std::nullopt).ok());
        QCOMPARE(session.current()->id, 0);
        QVERIFY(!session.canRedo());
        QCOMPARE(session.children(0), std::vector<int>{1});
        QVERIFY(!session.replace(0, std::nullopt).ok());
    }

    void forwardBetweenBranches()
    {
        Session session(module(), registry());
        QVERIFY(session.apply(renameStep("a", "c")).ok());
        session.undo();
        QVERIFY(session.apply(renameStep("a", "d")).ok());
        const std::vector<Cursor> found = session.forwardBetween(1, 2, {"c", NodeKind::Loop, "i"});
        QCOMPARE(found.size(), std::size_t(1));
        QCOMPARE(found[0].function, std::string("d"));
        QCOMPARE(found[0].name, std::string("i"));
    }

    void recipesRoundTrip()
    {
        const auto known = registry();
        const std::string text =
            "# how to rename\n\nloops.rename(a, c)  # because\nloops.rename(c, d) @auto(\"rule\")\n";
        const Result<Recipe> recipe = parseRecipe(text, *known);
        QVERIFY2(recipe.ok(), recipe ? "" : recipe.error().message.c_str());
        QCOMPARE(print(*recipe, *known), text);
        const Result<Recipe> again = parseRecipe(print(*recipe, *known), *known);
        QVERIFY(again.ok() && *again == *recipe);
        Session session(module(), known);
        QVERIFY(replay(session, *recipe).ok());
        QCOMPARE(names(session.current()), std::string("b d "));
        QCOMPARE(session.current()->step.automatic, std::string("rule"));
    }

    void errorsNameTheLine()
    {
        const auto known = registry();
        const Result<Recipe> bad = parseRecipe("loops.rename(a, c)\nloops.nothing(a)\n", *known, "my.recipe");
        QVERIFY(!bad.ok());
        QVERIFY2(bad.error().message.find("my.recipe, line 2") == 0, bad.error().message.c_str());
        Session session(module(), known);
        const Result<Recipe> twice = parseRecipe("loops.rename(a, c)\n\nloops.rename(a, d)\n", *known);
        QVERIFY(twice.ok());
        const Status status = replay(session, *twice);
        QVERIFY(!status.ok());
        QVERIFY2(status.error().message.find("Line 3") == 0, status.error().message.c_str());
        QCOMPARE(names(session.current()), std::string("b c "));  // what was applied stays
    }
};

QTEST_APPLESS_MAIN(tst_session)
#include "tst_session.moc"
