// Edits of a recipe by its lines: recipe and edits in, recipe out.
#include "tests/core/session/rename.h"

#include "core/session/edit.h"
#include "tests/program.h"

#include <QRegularExpression>
#include <QtTest>

using namespace strata;

namespace {

// "move 3-4 1", "change 2 loops.rename(a, z)", "drop 5", "insert 0 loops.rename(a, z)"
RecipeEdit editOf(const QString& text)
{
    static const std::map<QString, EditKind> kinds{
        {"change", EditKind::Change}, {"drop", EditKind::Drop},   {"leave-out", EditKind::LeaveOut},
        {"take", EditKind::Take},     {"move", EditKind::Move},   {"insert", EditKind::Insert},
        {"note", EditKind::Note},     {"group", EditKind::Group}, {"ungroup", EditKind::Ungroup}};
    const QRegularExpression form("^(\\S+) (\\d+)(?:-(\\d+))?(?: (.*))?$");
    const QRegularExpressionMatch match = form.match(text);
    RecipeEdit edit;
    edit.kind = kinds.at(match.captured(1));
    edit.lines.first = match.captured(2).toInt();
    edit.lines.last = match.captured(3).isEmpty() ? edit.lines.first : match.captured(3).toInt();
    edit.text = match.captured(4).toStdString();
    if (edit.kind == EditKind::Move)
        edit.after = match.captured(4).toInt();
    if (edit.kind == EditKind::Insert)
        edit.after = edit.lines.first;
    return edit;
}

std::vector<RecipeEdit> editsOf(const QString& text)
{
    std::vector<RecipeEdit> edits;
    for (const QString& one : text.split("; "))
        edits.push_back(editOf(one));
    return edits;
}

struct Edited {
    Result<EditedRecipe> result;
    QString text;
};
Edited edited(const QString& in, const QString& edits, bool keep = false)
{
    Session session(module(), registry());
    const Result<Recipe> recipe = parseRecipe(in.toStdString(), session.registry());
    Edited answer{editRecipe(session, *recipe, editsOf(edits), keep), {}};
    if (answer.result)
        answer.text = QString::fromStdString(print(*answer.result, *recipe, in.toStdString(), session.registry()));
    return answer;
}

}  // namespace

class tst_edit : public QObject {
    Q_OBJECT
private slots:
    void edits_data()
    {
        QTest::addColumn<QString>("in");
        QTest::addColumn<QString>("edits");
        QTest::addColumn<QString>("out");
        QTest::newRow("changed; later names follow") << "loops.rename(a, c)\nloops.rename(c, d)\nloops.rename(b, e)\n"
                                                     << "change 1 loops.rename(a, z)"
                                                     << "loops.rename(a, z)\nloops.rename(z, d)\nloops.rename(b, e)\n";
        QTest::newRow("a changed step keeps its note") << "loops.rename(a, c)  # why\n"
                                                       << "change 1 loops.rename(a, z)"
                                                       << "loops.rename(a, z)  # why\n";
        QTest::newRow("or takes another") << "loops.rename(a, c)  # why\n"
                                          << "change 1 loops.rename(a, z)  # so"
                                          << "loops.rename(a, z)  # so\n";
        QTest::newRow("dropped") << "loops.rename(a, c)\nloops.rename(c, d)\n"
                                 << "drop 1"
                                 << "loops.rename(a, d)\n";
        QTest::newRow("dropped, with a branch behind it and comments")
            << "# head\nloops.rename(a, c)\n# of a branch\n#+ loops.rename(c, x)\n#| # its end\n# then\n"
               "loops.rename(c, d)\n# end\n"
            << "drop 2"
            << "# head\n# of a branch\n# then\n#+ loops.rename(a, x)\n#| # its end\nloops.rename(a, d)\n# end\n";
        QTest::newRow("the first step of a branch dropped")
            << "loops.rename(a, c)\n#+ loops.rename(c, x)\n#|+ loops.rename(x, w)\n#| loops.rename(b, y)\n"
               "loops.rename(b, d)\n"
            << "drop 2"
            << "loops.rename(a, c)\n#+ loops.rename(b, y)\n#+ loops.rename(c, w)\nloops.rename(b, d)\n";
        QTest::newRow("the only step of a branch dropped") << "#+ # why\n#| loops.rename(a, x)\nloops.rename(a, c)\n"
                                                           << "drop 2"
                                                           << "# why\nloops.rename(a, c)\n";
        QTest::newRow("left out") << "loops.rename(a, c)\nloops.rename(c, d)\n"
                                  << "leave-out 1"
                                  << "#- loops.rename(a, c)\nloops.rename(a, d)\n";
        QTest::newRow("taken again") << "#- loops.rename(a, c)\nloops.rename(a, d)\n"
                                     << "take 1"
                                     << "loops.rename(a, c)\nloops.rename(c, d)\n";
        QTest::newRow("moved up") << "loops.rename(a, c)\nloops.rename(c, d)\nloops.rename(b, e)\n"
                                  << "move 3 0"
                                  << "loops.rename(b, e)\nloops.rename(a, c)\nloops.rename(c, d)\n";
        QTest::newRow("moved down, with its comment and its branch")
            << "# first\nloops.rename(a, c)\n#+ loops.rename(c, x)\n# second\nloops.rename(b, e)\n# end\n"
            << "move 2 5"
            << "# second\nloops.rename(b, e)\n# first\nloops.rename(a, c)\n# end\n#+ loops.rename(c, x)\n";
        QTest::newRow("moved into a branch") << "loops.rename(a, c)\n#+ loops.rename(c, x)\nloops.rename(b, d)\n"
                                             << "move 3 2"
                                             << "loops.rename(a, c)\n#+ loops.rename(c, x)\n#| loops.rename(b, d)\n";
        QTest::newRow("several behind one line, in the order given")
            << "loops.rename(a, c)\nloops.rename(b, d)\nloops.rename(c, e)\nloops.rename(d, f)\n"
            << "move 4 2; insert 2 loops.rename(c, q)"
            << "loops.rename(a, c)\nloops.rename(b, d)\n"
               "loops.rename(d, f)\nloops.rename(c, q)\nloops.rename(q, e)\n";
        QTest::newRow("inserted") << "loops.rename(a, c)\n# end\n"
                                  << "insert 1 loops.rename(b, d)  # new"
                                  << "loops.rename(a, c)\nloops.rename(b, d)  # new\n# end\n";
        QTest::newRow("inserted before all") << "# head\nloops.rename(a, c)\n"
                                             << "insert 0 loops.rename(a, z)"
                                             << "loops.rename(a, z)\n# head\nloops.rename(z, c)\n";
        QTest::newRow("lines are those of the file given")
            << "loops.rename(a, c)\nloops.rename(c, d)\nloops.rename(d, e)\n"
            << "drop 1; drop 2; note 3 last"
            << "loops.rename(a, e)  # last\n";
        QTest::newRow("what no longer applies is kept") << "loops.rename(a, c)\nloops.rename(b, d)\n"
                                                        << "change 1 loops.rename(a, d)"
                                                        << "loops.rename(a, d)\n#- loops.rename(b, d)\n";
        QTest::newRow("what applies again is taken") << "loops.rename(a, d)\nloops.rename(b, d)\n"
                                                     << "change 1 loops.rename(a, c)"
                                                     << "loops.rename(a, c)\nloops.rename(b, d)\n";
        QTest::newRow("what the person left out stays so") << "loops.rename(a, d)\n#- loops.rename(b, d)\n"
                                                           << "change 1 loops.rename(a, c)"
                                                           << "loops.rename(a, c)\n#- loops.rename(b, d)\n";
        QTest::newRow("a branch follows, too") << "loops.rename(a, c)\n#+ loops.rename(c, x)\n"
                                               << "drop 1"
                                               << "#+ loops.rename(a, x)\n";
        QTest::newRow("a note") << "loops.rename(a, c)  # old\n"
                                << "note 1  new  "
                                << "loops.rename(a, c)  # new\n";
        QTest::newRow("no note") << "loops.rename(a, c)  # old\n"
                                 << "note 1"
                                 << "loops.rename(a, c)\n";
        QTest::newRow("a group") << "loops.rename(a, c)\n# why\nloops.rename(b, d)\nloops.rename(c, e)\n"
                                 << "group 3-4 both of them"
                                 << "loops.rename(a, c)\n# why\n#{ both of them\nloops.rename(b, d)\n"
                                    "loops.rename(c, e)\n#}\n";
        const QString grouped = "loops.rename(a, c)\n#{ t\nloops.rename(b, d)\nloops.rename(c, e)\n#}\n"
                                "loops.rename(d, f)\n";
        QTest::newRow("a group by its mark: renamed")
            << grouped << "group 2 u" << QString(grouped).replace("#{ t", "#{ u");
        QTest::newRow("dropped whole") << grouped << "drop 2"
                                       << "loops.rename(a, c)\nloops.rename(b, f)\n";
        QTest::newRow("moved whole")
            << grouped << "move 5 6"
            << "loops.rename(a, c)\nloops.rename(b, f)\n#{ t\nloops.rename(f, d)\nloops.rename(c, e)\n#}\n";
        QTest::newRow("behind a group") << grouped << "move 1 2"
                                        << "#{ t\nloops.rename(b, d)\nloops.rename(a, e)\n#}\nloops.rename(e, c)\n"
                                           "loops.rename(d, f)\n";
        QTest::newRow("left out whole")
            << grouped << "leave-out 2"
            << "loops.rename(a, c)\n#{ t\n#- loops.rename(b, d)\n#- loops.rename(c, e)\n#}\nloops.rename(b, f)\n";
        QTest::newRow("out of a group") << grouped << "move 3 6"
                                        << "loops.rename(a, c)\n#{ t\nloops.rename(c, e)\n#}\nloops.rename(b, f)\n"
                                           "loops.rename(f, d)\n";
        QTest::newRow("into a group") << grouped << "insert 3 loops.rename(d, z)"
                                      << "loops.rename(a, c)\n#{ t\nloops.rename(b, d)\nloops.rename(d, z)\n"
                                         "loops.rename(c, e)\n#}\nloops.rename(z, f)\n";
        QTest::newRow("no group") << grouped << "ungroup 2" << QString(grouped).remove("#{ t\n").remove("#}\n");
        QTest::newRow("lines that nothing touches stay as typed")
            << "  # x \nloops.rename( a,c )\nloops.rename( c, to = d )\n"
            << "note 2 n"
            << "# x\nloops.rename(a, c)  # n\nloops.rename( c, to = d )\n";
    }
    void edits()
    {
        QFETCH(QString, in);
        QFETCH(QString, edits);
        QFETCH(QString, out);
        const Edited answer = edited(in, edits);
        QVERIFY2(answer.result.ok(), answer.result ? "" : answer.result.error().text().c_str());
        QCOMPARE(answer.text, out);
    }

    void refusals_data()
    {
        QTest::addColumn<QString>("edits");
        QTest::addColumn<QString>("told");
        QTest::newRow("a comment") << "drop 1"
                                   << "Line 1 holds no step";
        QTest::newRow("beyond the end") << "drop 9"
                                        << "Line 9 holds no step";
        QTest::newRow("twice") << "drop 2; note 2 x"
                               << "Line 2 is dropped already";
        QTest::newRow("not on one branch") << "drop 2-3"
                                           << "Lines 2 to 3 are no steps that follow each other";
        QTest::newRow("backwards") << "drop 4-2"
                                   << "follow each other";
        QTest::newRow("several") << "change 2-4 loops.rename(a, z)"
                                 << "several steps";
        QTest::newRow("no step") << "change 2 loops.nothing(a)"
                                 << "nothing";
        QTest::newRow("taken") << "take 2"
                               << "Line 2 is taken already";
        QTest::newRow("left out") << "leave-out 5"
                                  << "Line 5 is left out already";
        QTest::newRow("there") << "move 4 2"
                               << "Line 4 stands behind line 2 already";
        QTest::newRow("into itself") << "move 2 3"
                                     << "Line 3 is among what would move";
        QTest::newRow("no title") << "group 2-4 "
                                  << "A group needs a title";
        QTest::newRow("the new step") << "change 2 loops.rename(b, a)"
                                      << "Line 2, rename a: There is a function a";
        QTest::newRow("the inserted step") << "insert 2 loops.rename(q, r)"
                                           << "behind line 2, rename r: There is no";
    }
    void refusals()
    {
        QFETCH(QString, edits);
        QFETCH(QString, told);
        const QString in = "# head\nloops.rename(a, c)\n#+ loops.rename(c, x)\nloops.rename(b, d)\n"
                           "#- loops.rename(d, e)\n";
        const Edited answer = edited(in, edits);
        QVERIFY(!answer.result.ok());
        QVERIFY2(answer.result.error().message.find(told.toStdString()) != std::string::npos,
                 answer.result.error().message.c_str());
    }

    void aMovedStepHasToApply()
    {
        const Edited answer = edited("loops.rename(a, c)\nloops.rename(b, a)\n", "move 2 0");
        QVERIFY(!answer.result.ok());
        QCOMPARE(answer.result.error().message, std::string("Line 2, rename a: There is a function a already."));
    }

    void whatBecameOfEachStep()
    {
        const Edited answer = edited("loops.rename(a, c)\nloops.rename(c, d)\nloops.rename(b, z)\nloops.rename(z, y)\n",
                                     "change 1 loops.rename(a, z)");
        const std::vector<EditedStep>& changes = answer.result->changes;
        QCOMPARE(changes.size(), std::size_t(2));
        QCOMPARE(changes[0].line, 1);
        QCOMPARE(changes[0].edits, std::vector{EditKind::Change});
        QCOMPARE(changes[1].line, 2);  // renamed; z is free again when line 3 comes
        QVERIFY(changes[1].edits.empty() && !changes[1].refusal);
        const Edited refusal = edited("loops.rename(a, c)\nloops.rename(b, z)\n", "change 1 loops.rename(a, z)");
        QCOMPARE(refusal.result->changes.size(), std::size_t(2));
        QVERIFY(refusal.result->changes[1].refusal.has_value());
    }

    // What the edits replace is a branch, if it is asked for; branches that were there stay once.
    void whatIsReplacedMayBeKept()
    {
        const QString in = "loops.rename(a, c)\n#+ loops.rename(b, x)\nloops.rename(b, d)\n";
        const QString edits = "change 3 loops.rename(b, e)";
        QCOMPARE(edited(in, edits).text, "loops.rename(a, c)\n#+ loops.rename(b, x)\nloops.rename(b, e)\n");
        QCOMPARE(edited(in, edits, true).text,
                 "loops.rename(a, c)\n#+ loops.rename(b, x)\n#+ loops.rename(b, d)\nloops.rename(b, e)\n");
    }

    void notesAndGroupsNeedNoModel()
    {
        const auto known = registry();
        const std::string in = "loops.rename(q, r)\nloops.rename(r, s)\n";
        const Result<Recipe> recipe = parseRecipe(in, *known);
        const Result<EditedRecipe> result = editRecipe(*recipe, editsOf("note 1 why; group 1-2 both"), *known);
        QVERIFY(result.ok());
        QCOMPARE(print(*result, *recipe, in, *known),
                 std::string("#{ both\nloops.rename(q, r)  # why\nloops.rename(r, s)\n#}\n"));
        QVERIFY(needsModel(EditKind::Drop) && !needsModel(EditKind::Note));
    }
};

STRATA_TEST(tst_edit)
#include "tst_edit.moc"
