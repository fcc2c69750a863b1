// The tree of states, with the transform of rename.h.
#include "tests/core/session/rename.h"

#include "core/session/recipe.h"
#include "tests/program.h"

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

    // What is not taken keeps its words where new ones would not do: they fit again when the edit is taken back.
    void aRefusedStepKeepsItsWords()
    {
        Session session(module(), registry());
        QVERIFY(session.apply(renameStep("a", "c")).ok());
        QVERIFY(session.apply(renameStep("c", "a")).ok());
        const Result<StatePtr> without = session.drop(1);  // a is not renamed to a
        QVERIFY(without.ok());
        QVERIFY((*without)->refusal.has_value());
        QVERIFY((*without)->step == renameStep("c", "a"));
        const Result<StatePtr> again = session.insert(0, renameStep("a", "c"));
        QVERIFY(again.ok());
        QVERIFY(!(*again)->refusal);
        QCOMPARE(names(*again), std::string("b a "));
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

    // What an edit is about has to apply; nothing of it stays where it does not.
    void aStepIsNotMovedWhereItDoesNotApply()
    {
        Session session(module(), registry());
        QVERIFY(session.apply(renameStep("a", "c")).ok());
        QVERIFY(session.apply(renameStep("b", "a")).ok());
        const Result<StatePtr> refusal = session.move(2, 0);  // there is an a still
        QVERIFY(!refusal.ok());
        QVERIFY2(refusal.error().message.find("function a already") != std::string::npos,
                 refusal.error().message.c_str());
        QCOMPARE(session.all().size(), std::size_t(3));
        QCOMPARE(session.current()->id, 2);
        QVERIFY(!session.canRedo());
    }

    void norWhereThatIsKnownAfterOthersAreReplayed()
    {
        Session session(module(), registry());
        QVERIFY(session.apply(renameStep("a", "c")).ok());
        QVERIFY(session.apply(renameStep("c", "d")).ok());
        QVERIFY(session.apply(renameStep("b", "c")).ok());
        session.select(1);
        QVERIFY(!session.move(1, 3).ok());
        QCOMPARE(session.all().size(), std::size_t(4));
        QCOMPARE(session.current()->id, 1);
        QCOMPARE(session.tip(0), 3);
    }

    void whatAMovedStepPassesMayNoLongerApply()
    {
        Session session(module(), registry());
        QVERIFY(session.apply(renameStep("a", "c")).ok());
        QVERIFY(session.apply(renameStep("b", "a")).ok());
        QVERIFY(session.apply(renameStep("c", "d")).ok());
        const Result<StatePtr> last = session.drop(1);
        QVERIFY(last.ok());
        const std::vector<StatePtr> path = session.path((*last)->id);
        QVERIFY(path[1]->refusal.has_value());
        QVERIFY(!path[2]->refusal.has_value());
        QCOMPARE(names(*last), std::string("b d "));
    }

    void anEditBehindWhatIsShownLeavesItShown()
    {
        Session session(module(), registry());
        for (const char* name : {"c", "d", "e"})
            QVERIFY(session.apply(renameStep(session.current()->id ? names(session.current()).substr(2, 1) : "a", name))
                        .ok());
        session.select(1);
        QVERIFY(session.move(3, 1).ok());
        QCOMPARE(session.current()->id, 1);
        QCOMPARE(session.path(session.tip(1)).size(), std::size_t(4));
    }

    // An edit that another leads back to leaves no branch; those that the person made stay.
    void whatAMoveReplacesIsGone()
    {
        Session session(module(), registry());
        QVERIFY(session.apply(renameStep("a", "c")).ok());
        QVERIFY(session.apply(renameStep("b", "d")).ok());
        QVERIFY(session.apply(renameStep("d", "e")).ok());
        QVERIFY(session.move(1, 2).ok());
        QCOMPARE(session.children(0).size(), std::size_t(1));
        QCOMPARE(session.all().size(), std::size_t(7));
        const int first = session.children(0)[0];
        session.select(first);
        QVERIFY(session.apply(renameStep("a", "x")).ok());  // a branch of the person
        const int branch = session.current()->id;
        session.select(session.children(first)[0]);
        QVERIFY(session.setDisabled(session.current()->id, true).ok());
        QCOMPARE(session.children(first).size(), std::size_t(2));
        QVERIFY(session.setDisabled(first, true).ok());
        QCOMPARE(session.children(0), (std::vector<int>{first, session.next(0)}));
        QCOMPARE(session.children(first), std::vector<int>{branch});
        QCOMPARE(session.next(first), branch);
        session.select(1);  // it is somebody's again
        QVERIFY(!session.gone()[1] && !session.gone()[3]);
    }

    void rangesAreEditedAtOnce()
    {
        Session session(module(), registry());
        QVERIFY(session.apply(renameStep("a", "c")).ok());
        QVERIFY(session.apply(renameStep("b", "d")).ok());
        QVERIFY(session.apply(renameStep("c", "e")).ok());
        QVERIFY(session.apply(renameStep("e", "f")).ok());
        const Result<StatePtr> moved = session.move({2, 3}, 4);
        QVERIFY(moved.ok());
        QCOMPARE(names(*moved), std::string("d e "));
        QCOMPARE(session.path((*moved)->id).size(), std::size_t(5));
        const Result<StatePtr> out = session.setDisabled({2, 3}, true);
        QVERIFY(out.ok());
        QCOMPARE(names(*out), std::string("b f "));
        QCOMPARE(session.path((*out)->id).size(), std::size_t(5));
        const std::vector<StatePtr> path = session.path((*out)->id);
        const Result<StatePtr> dropped = session.drop({path[2]->id, path[3]->id});
        QVERIFY(dropped.ok());
        QCOMPARE(session.path((*dropped)->id).size(), std::size_t(3));
        QVERIFY(!session.drop({path[3]->id, path[2]->id}).ok());
        QVERIFY(!session.drop({0, 1}).ok());
    }

    void notesAndGroupsKeepTheStates()
    {
        Session session(module(), registry());
        QVERIFY(session.apply(renameStep("a", "c")).ok());
        QVERIFY(session.apply(renameStep("b", "d")).ok());
        QVERIFY(session.apply(renameStep("c", "e")).ok());
        const ModulePtr made = session.state(2)->module;
        QVERIFY(session.setNote(2, " why\nso ").ok());
        QCOMPARE(session.state(2)->step.comment, std::string("why so"));
        QVERIFY(session.setGroup({1, 2}, "both").ok());
        QVERIFY(session.state(2)->module == made);
        QCOMPARE(session.all().size(), std::size_t(4));
        QVERIFY(session.state(1)->group && session.state(1)->group == session.state(2)->group);
        QVERIFY(!session.state(3)->group);
        QVERIFY(!session.setNote(0, "x").ok() && !session.setGroup({2, 1}, "x").ok());
        QVERIFY(session.insert(1, renameStep("c", "z")).ok());  // between two of a group
        const std::vector<StatePtr> path = session.path(session.tip(0));
        QVERIFY(path[2]->group && path[2]->group == path[1]->group && path[2]->group == path[3]->group);
        QVERIFY(session.setGroup(path[2]->id, "").ok());
        QVERIFY(!session.state(path[2]->id)->group);
    }

    void movedStepsAndGroups()
    {
        const StepGroup t = std::make_shared<const std::string>("t"), u = std::make_shared<const std::string>("u");
        const auto moved = [](std::vector<StepGroup> groups, std::size_t begin, std::size_t count) {
            const Status status = regroupMoved(groups, begin, count);
            std::string text;
            for (const StepGroup& group : groups)
                text += group ? *group : "-";
            return status ? text : status.error().message;
        };
        QCOMPARE(moved({t, nullptr, t}, 1, 1), std::string("ttt"));      // into a group
        QCOMPARE(moved({t, t, nullptr, t}, 3, 1), std::string("tt--"));  // out of it
        QCOMPARE(moved({t, t, t}, 2, 1), std::string("ttt"));            // to its edge
        QCOMPARE(moved({nullptr, t, t}, 1, 2), std::string("-tt"));      // whole
        QCOMPARE(moved({u, u, t}, 1, 1), std::string("uut"));
        QVERIFY(moved({u, t, t, u}, 1, 2).find("a group holds no other") != std::string::npos);
        QCOMPARE(moved({u, t, u, t}, 1, 1), std::string("uuut"));  // part of one joins the other
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

STRATA_TEST(tst_session)
#include "tst_session.moc"
