// strata edit: steps of a recipe are changed by their lines.
#include "cli.h"
#include "tests/program.h"

class tst_cli_edit : public QObject {
    Q_OBJECT
private slots:
    // --- Edits of a recipe by its lines
    // -----------------------------------------------------------------------------------------------------------------
    void edits_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("exit");
        QTest::addColumn<QString>("recipe");  // what is printed; empty: nothing
        QTest::addColumn<QStringList>("told");
        const QString head = "# why\n", split = "loops.split( mm_relu, j, factors=[_, 8] )\n", tail = "# end\n";
        const QString reorder = "loops.reorder(mm_relu, [j0, k, j1])\n", unroll = "loops.unroll(mm_relu, j1)\n";
        const QStringList model{"mm_relu.strata"};
        QTest::newRow("change") << model + QStringList{"--change", "2", "loops.split(mm_relu, j, [_, 4])"} << 0
                                << head + "loops.split(mm_relu, j, [_, 4])\n" + reorder + unroll + tail
                                << QStringList{"line 2: changed", "-> loops.split(mm_relu, j, [_, 4])"};
        QTest::newRow("what no longer applies")
            << model + QStringList{"--drop", "2"} << 0 << head + "#- " + reorder + "#- " + unroll + tail
            << QStringList{"line 2: dropped", "line 3, now line 2: does not apply",
                           "line 4, now line 3: does not apply"};
        QTest::newRow("several") << model + QStringList{"--leave-out", "3-4", "--note", "2", "wide enough"} << 0
                                 << head + "loops.split(mm_relu, j, [_, 8])  # wide enough\n#- " + reorder + "#- "
                                        + unroll + tail
                                 << QStringList{"line 2: noted", "line 3: left out"};
        QTest::newRow("move") << model + QStringList{"--move", "4", "2"} << 0 << head + split + unroll + reorder + tail
                              << QStringList{"line 4, now line 3: moved"};
        QTest::newRow("insert") << model + QStringList{"--insert", "2", "loops.unroll(mm_relu, i)"} << 0
                                << head + split + "loops.unroll(mm_relu, i)\n" + reorder + unroll + tail
                                << QStringList{"line 3: inserted"};
        QTest::newRow("no model needed") << QStringList{"--group", "2-3", "order"} << 0
                                         << head + "#{ order\n" + split + reorder + "#}\n" + unroll + tail
                                         << QStringList{"line 2, now line 3: grouped"};
        QTest::newRow("refused") << model + QStringList{"--change", "2", "loops.split(mm_relu, q, [_, 4])"} << 1 << ""
                                 << QStringList{"r.recipe: Line 2, split q [_, 4]: ", "no loop q"};
        QTest::newRow("moved where it is illegal")
            << model + QStringList{"--move", "3", "0"} << 1 << "" << QStringList{"Line 3, reorder", "j"};
        QTest::newRow("no model") << QStringList{"--drop", "2"} << 2 << "" << QStringList{"takes the model"};
        QTest::newRow("no edit") << model << 2 << "" << QStringList{"none is given"};
        QTest::newRow("no such line") << model + QStringList{"--drop", "1"} << 2 << ""
                                      << QStringList{"r.recipe", "Line 1 holds no step"};
        QTest::newRow("no number") << model + QStringList{"--drop", "two"} << 2 << ""
                                   << QStringList{"--drop takes a number from 1"};
        QTest::newRow("one value") << model + QStringList{"--change", "2"} << 2 << ""
                                   << QStringList{"--change takes two values: --change LINE STEP"};
        QTest::newRow("two places") << model + QStringList{"--drop", "2", "--in-place", "-o", "x"} << 2 << ""
                                    << QStringList{"name one of them"};
        QTest::newRow("a typing error") << model + QStringList{"--insert", "2", "loops.split(mm_relu"} << 2 << ""
                                        << QStringList{"^"};
    }
    void edits()
    {
        QFETCH(QStringList, arguments);
        QFETCH(int, exit);
        QFETCH(QString, recipe);
        QFETCH(QStringList, told);
        QTemporaryDir folder;
        const QString path = folder.filePath("r.recipe");
        const QByteArray before = "# why\nloops.split( mm_relu, j, factors=[_, 8] )\n"
                                  "loops.reorder(mm_relu, [j0, k, j1])\nloops.unroll(mm_relu, j1)\n# end\n";
        write(path, before);
        const Answer printed = strata(QStringList{"edit", path} + arguments);
        QVERIFY2(printed.exit == exit, qPrintable(QString::number(printed.exit) + "\n" + printed.out + printed.err));
        QCOMPARE(printed.out, recipe);
        for (const QString& part : told)
            QVERIFY2(printed.err.contains(part), qPrintable(printed.err));
        if (arguments.contains("--in-place"))
            return;
        const Answer written = strata(QStringList{"edit", path, "--in-place"} + arguments);
        QCOMPARE(written.exit, exit);
        QCOMPARE(read(path), exit == 0 ? recipe.toUtf8() : before);
        QCOMPARE(QDir(folder.path()).entryList(QDir::Files), QStringList{"r.recipe"});
        if (exit == 0)
            QVERIFY2(written.out.contains(told[0]) && written.out.contains("wrote "), qPrintable(written.out));
    }

    void editsElsewhereAndAsJson()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("r.recipe"), other = folder.filePath("other.recipe");
        const QByteArray before = "loops.split(mm_relu, j, [_, 8])\nloops.unroll(mm_relu, j1)\n";
        write(path, before);
        const QStringList edit{"edit", path, "mm_relu.strata", "--change", "1", "loops.split(mm_relu, j, [_, 4])"};
        const Answer answer = strata(edit + QStringList{"-o", other, "--keep", "--json"});
        QCOMPARE(answer.exit, 0);
        QCOMPARE(read(path), before);
        QCOMPARE(read(other), QByteArray("#+ loops.split(mm_relu, j, [_, 8])\n#| loops.unroll(mm_relu, j1)\n"
                                         "loops.split(mm_relu, j, [_, 4])\nloops.unroll(mm_relu, j1)\n"));
        const QJsonObject step = json(answer)["steps"].toArray()[0].toObject();
        QCOMPARE(step["line"].toInt(), 1);
        QCOMPARE(step["line_now"].toInt(), 3);
        QCOMPARE(step["what"].toArray()[0].toString(), QString("changed"));
        QCOMPARE(json(answer)["recipe"].toString().toUtf8(), read(other));
        QCOMPARE(strata({"edit", path, "mm_relu.strata", "--drop", "2", "-o", folder.filePath("no/where")}).exit, 3);
    }
};

STRATA_TEST_IN(QCoreApplication, tst_cli_edit)
#include "tst_cli_edit.moc"
