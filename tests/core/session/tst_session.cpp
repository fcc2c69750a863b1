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

    void aStepIsInserted()
    {
        Session session(module(), registry());
        QVERIFY(session.apply(renameStep("a", "c")).ok());
        QVERIFY(session.apply(renameStep("c", "d")).ok());
        const Result<StatePtr> last = session.insert(1, renameStep("b", "e"));
        QVERIFY(last.ok());
        QCOMPARE(names(*last), std::string("e d "));
        QCOMPARE(session.path((*last)->id).size(), std::size_t(4));
        QVERIFY(!(*last)->refusal);
        const std::size_t states = session.all().size();
        const int shown = session.current()->id;
        QVERIFY(!session.insert(1, renameStep("nowhere", "f")).ok());  // nothing is changed
        QCOMPARE(session.all().size(), states);
        QCOMPARE(session.current()->id, shown);
        QVERIFY(!session.insert(99, renameStep("b", "f")).ok());
    }

    void aStepIsLeftOutAndTakenAgain()
    {
        Session session(module(), registry());
        QVERIFY(session.apply(renameStep("a", "c")).ok());
        QVERIFY(session.apply(renameStep("c", "d")).ok());
        const Result<StatePtr> without = session.setDisabled(1, true);
        QVERIFY(without.ok());
        QCOMPARE(names(*without), std::string("b d "));  // step 2 speaks of a now
        const int left = session.path((*without)->id)[1]->id;
        QVERIFY(session.state(left)->disabled);
        QCOMPARE(recipeOf(session).steps().size(), std::size_t(1));
        const Result<StatePtr> again = session.setDisabled(left, false);
        QVERIFY(again.ok());
        QCOMPARE(names(*again), std::string("b d "));
        QCOMPARE(recipeOf(session).steps().size(), std::size_t(2));
        QVERIFY(!session.setDisabled(0, true).ok());
        QVERIFY(!session.setDisabled(left, true).ok());
    }

    void aStepIsMoved()
    {
        Session session(module(), registry());
        QVERIFY(session.apply(renameStep("a", "c")).ok());
        QVERIFY(session.apply(renameStep("b", "e")).ok());
        QVERIFY(session.apply(renameStep("c", "d")).ok());
        const Result<StatePtr> last = session.move(3, 1);
        QVERIFY(last.ok());
        QCOMPARE(names(*last), std::string("d e "));
        QCOMPARE(std::get<std::string>(session.path((*last)->id)[2]->step.arguments.values.at("to")), std::string("d"));
        const Result<StatePtr> first = session.move(session.path((*last)->id)[3]->id, 0);
        QVERIFY(first.ok());
        QCOMPARE(names(*first), std::string("e d "));
        QVERIFY(!session.move(0, 1).ok());
        QVERIFY(!session.move((*first)->id, (*first)->id).ok());
        QVERIFY(!session.move((*first)->id, 3).ok());  // of another branch
    }

    void aMovedStepMayNoLongerApply()
    {
        Session session(module(), registry());
        QVERIFY(session.apply(renameStep("a", "c")).ok());
        QVERIFY(session.apply(renameStep("b", "a")).ok());
        const Result<StatePtr> last = session.move(2, 0);  // there is an a still
        QVERIFY(last.ok());
        const std::vector<StatePtr> path = session.path((*last)->id);
        QVERIFY(path[1]->refusal.has_value());
        QVERIFY(!path[2]->refusal.has_value());
        QCOMPARE(names(*last), std::string("b c "));
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
