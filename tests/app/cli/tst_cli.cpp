// The command line as a person meets it: arguments in, exit code and text out.
#include "cli.h"
#include "tests/program.h"

class tst_cli : public QObject {
    Q_OBJECT
private slots:
    void answers_data()
    {
        QTest::addColumn<QString>("arguments");
        QTest::addColumn<int>("exit");
        QTest::addColumn<QString>("out");
        QTest::addColumn<QString>("err");
        QTest::newRow("help") << "--help" << 0 << "strata check PATH"
                              << "";
        QTest::newRow("help for a command") << "--help check" << 0 << "--target TARGET"
                                            << "";
        QTest::newRow("a command's help") << "run --help" << 0 << "--seconds S"
                                          << "";
        QTest::newRow("option of another command") << "info mlp --recipe mlp/mlp.recipe" << 2 << ""
                                                   << "strata info takes no --recipe";
        QTest::newRow("value of a flag") << "info mlp --json=yes" << 2 << ""
                                         << "--json takes no value";
        QTest::newRow("short option") << "info -v mlp" << 2 << ""
                                      << "There is no option -v";
        QTest::newRow("no number") << "run mlp --threads two" << 2 << ""
                                   << "--threads takes a number";
        QTest::newRow("size of nothing") << "info mlp --dim batch=3" << 2 << ""
                                         << "no symbolic dimension batch";
        QTest::newRow("a folder as recipe") << "apply mm_relu.strata --recipe mlp" << 2 << ""
                                            << "mlp is no file";
        QTest::newRow("check without anything to compare with")
            << "check mm_relu.strata" << 0 << "nothing to compare with but itself"
            << "";
        QTest::newRow("check function by function")
            << "check mm_relu.strata --recipe mm_relu.recipe --functions" << 0 << "as it first stood"
            << "";
        QTest::newRow("check with a missing recipe") << "check mlp --recipe nowhere.recipe" << 2 << ""
                                                     << "nowhere.recipe";
        QTest::newRow("no time") << "run mm_relu.strata --seconds nan" << 2 << ""
                                 << "--seconds takes a number from 0 to 3600";
        QTest::newRow("too many threads") << "run mm_relu.strata --threads 5000" << 2 << ""
                                          << "--threads takes a number from 1 to 4096";
        QTest::newRow("help for no command") << "help nosuch" << 2 << ""
                                             << "There is no command nosuch";
        QTest::newRow("a level at which nothing is") << "show mm_relu.strata --level graph" << 0 << ""
                                                     << "nothing is held at the graph level";
        QTest::newRow("help tells of exit codes") << "--help" << 0 << "the data end a run"
                                                  << "";
        QTest::newRow("apply into a missing folder")
            << "apply mm_relu.strata --step loops.parallel(mm_relu,i) --out nowhere/x.strata" << 3 << ""
            << "'nowhere/x.strata' cannot be written";
        QTest::newRow("export over a file") << "export mm_relu.strata --out mm_relu.strata" << 2 << ""
                                            << "mm_relu.strata is there already";
        QTest::newRow("export into a file") << "export mm_relu.strata --out mm_relu.strata/x" << 3 << ""
                                            << "mm_relu.strata/x cannot be made";
        QTest::newRow("check nowhere") << "check nowhere" << 2 << ""
                                       << "There is no file or folder nowhere";
        QTest::newRow("no command") << "" << 2 << ""
                                    << "strata info MODEL";
        QTest::newRow("unknown command") << "compile x" << 2 << ""
                                         << "There is no command compile";
        QTest::newRow("unknown option") << "info mm_relu.strata --fast" << 2 << ""
                                        << "There is no option --fast";
        QTest::newRow("missing value") << "show mm_relu.strata --level" << 2 << ""
                                       << "--level takes a value";
        QTest::newRow("bad level") << "show mm_relu.strata --level tensors" << 2 << ""
                                   << "graph, loops, library or hardware";
        QTest::newRow("no model") << "info" << 2 << ""
                                  << "takes one MODEL";
        QTest::newRow("missing file") << "info nowhere.onnx" << 2 << ""
                                      << "There is no file nowhere.onnx";
        QTest::newRow("not a model") << "info README.md" << 2 << ""
                                     << "neither a .onnx nor a .strata file";
        QTest::newRow("empty folder") << "info mlp/pictures" << 2 << ""
                                      << "holds no model.onnx";
        QTest::newRow("diff of the same") << "diff mlp mlp/model.onnx" << 0 << "main: the same"
                                          << "";
        QTest::newRow("diff of two") << "diff mlp cnn" << 1 << "+ Conv_0 (Conv)"
                                     << "";
        QTest::newRow("diff of loops") << "diff mm_relu.strata bmm_relu.strata" << 1 << "bmm_relu: changed"
                                       << "";
        QTest::newRow("diff of one") << "diff mlp" << 2 << ""
                                     << "strata diff takes two models, 1 are given.";
        const QString decoder = QStringLiteral("info ../tests/app/cli/decoder/");
        QTest::newRow("info of sizes") << decoder + "f32.onnx" << 0 << "sizes       batch, new, old"
                                       << "";
        QTest::newRow("info of work for sizes") << decoder + "f32.onnx" << 0 << "*batch*new*new + "
                                                << "";
        QTest::newRow("info of types and sets") << decoder + "int4.onnx" << 0 << "opsets      ai.onnx 20, com.microsoft 1"
                                                << "";
        QTest::newRow("info") << "info mlp/model.onnx" << 0 << "Gemm 2"
                              << "";
        QTest::newRow("show graph") << "show mlp/model.onnx --level graph" << 0 << "Softmax("
                                    << "";
        QTest::newRow("show loops") << "show mlp/model.onnx --level loops" << 0 << "fma("
                                    << "";
        QTest::newRow("show library") << "show mlp/model.onnx --level library" << 0 << "out="
                                      << "";
        QTest::newRow("show hardware") << "show mm_relu.strata --level hardware" << 0 << "vfmadd"
                                       << "";
        QTest::newRow("no such function") << "show mm_relu.strata --level loops --function g" << 2 << ""
                                          << "There are mm_relu";
        QTest::newRow("diff without recipe") << "show mm_relu.strata --diff" << 2 << ""
                                             << "no recipe is given";
        QTest::newRow("manual") << "transforms loops.split" << 0 << "Example"
                                << "";
        QTest::newRow("no such transform") << "transforms loops.splt" << 2 << ""
                                           << "loops.split";
        QTest::newRow("list") << "transforms" << 0 << "loops.vectorize"
                              << "";
        QTest::newRow("definitions") << "definitions" << 0 << "com.microsoft.FusedMatMul"
                                     << "";
        QTest::newRow("a definition") << "definitions BiasGelu" << 0 << "C = Gelu(Add(A, B))"
                                      << "";
        QTest::newRow("no such definition") << "definitions Bias" << 2 << ""
                                            << "No definition is called Bias.";
        QTest::newRow("apply nothing") << "apply mm_relu.strata" << 2 << ""
                                       << "takes a recipe or steps";
        QTest::newRow("missing recipe") << "apply mm_relu.strata --recipe nowhere.recipe" << 2 << ""
                                        << "nowhere.recipe";
        QTest::newRow("export nowhere") << "export mm_relu.strata" << 2 << ""
                                        << "Add --out DIR";
        QTest::newRow("check a sample") << "check mlp" << 0 << "1 passed, 0 failed, 0 skipped"
                                        << "";
    }
    void answers()
    {
        QFETCH(QString, arguments);
        QFETCH(int, exit);
        QFETCH(QString, out);
        QFETCH(QString, err);
        const Answer answer = strata(arguments.split(' ', Qt::SkipEmptyParts));
        QVERIFY2(answer.exit == exit, qPrintable(QString::number(answer.exit) + "\n" + answer.out + answer.err));
        QVERIFY2(answer.out.contains(out), qPrintable(answer.out));
        QVERIFY2(answer.err.contains(err), qPrintable(answer.err));
    }

    // --- Refusals: the answer is no (1), with the two instances or the structural reason
    // -------------------------------------------
    void refusals_data()
    {
        QTest::addColumn<QString>("model");
        QTest::addColumn<QString>("step");
        QTest::addColumn<QStringList>("expected");
        QTest::newRow("stencil reordered") << "stencil.strata"
                                           << "loops.reorder(stencil, [s, t])" << QStringList{"step(", "before"};
        QTest::newRow("imperfect nest") << "mm_relu.strata"
                                        << "loops.reorder(mm_relu, [j, j_relu])" << QStringList{"j_relu"};
        QTest::newRow("parallel reduction") << "mm_relu.strata"
                                            << "loops.parallel(mm_relu, k)" << QStringList{"Loop k"};
        QTest::newRow("no such loop") << "mm_relu.strata"
                                      << "loops.split(mm_relu, q, factors=[_, 4])" << QStringList{"q"};
    }
    void refusals()
    {
        QFETCH(QString, model);
        QFETCH(QString, step);
        QFETCH(QStringList, expected);
        const Answer answer = strata({"apply", model, "--step", step});
        QVERIFY2(answer.exit == 1, qPrintable(QString::number(answer.exit) + "\n" + answer.out + answer.err));
        for (const QString& part : expected)
            QVERIFY2(answer.err.contains(part), qPrintable(answer.err));
    }

    void aTypingErrorInAStepPointsAtTheColumn()
    {
        const Answer answer = strata({"apply", "mm_relu.strata", "--step", "loops.split(mm_relu, j, factors=[_, 4)"});
        QCOMPARE(answer.exit, 2);
        QVERIFY2(answer.err.contains("^"), qPrintable(answer.err));
    }

    // --- JSON: one object, also for an error
    // ---------------------------------------------------------------------------------------
    void jsonObjects_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QStringList>("keys");
        QTest::newRow("info") << QStringList{"info", "mlp"}
                              << QStringList{"producer", "opsets", "functions", "sizes", "inputs", "outputs", "known", "opaque", "because",
                                             "parameters", "parameters_by_type", "flops", "flops_by_sizes"};
        QTest::newRow("run") << QStringList{"run", "mm_relu.strata", "--seconds", "0.05"}
                             << QStringList{"median_ms", "low_ms", "high_ms", "runs", "threads", "isa", "compile_ms"};
        QTest::newRow("check") << QStringList{"check", "mlp"}
                               << QStringList{"passed", "failed", "skipped", "skipped_by_operator", "results"};
        QTest::newRow("transforms") << QStringList{"transforms"} << QStringList{"transforms"};
        QTest::newRow("error") << QStringList{"info", "nowhere.onnx"} << QStringList{"error", "message", "hint"};
    }
    void jsonObjects()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QStringList, keys);
        const Answer answer = strata(arguments + QStringList{"--json"});
        const QJsonObject object = json(answer);
        for (const QString& key : keys)
            QVERIFY2(object.contains(key), qPrintable(key + " in\n" + answer.out + answer.err));
    }

    // --- Bad input: a clear answer, never a crash
    // -----------------------------------------------------------------------------------
    void truncatedModel()
    {
        QTemporaryDir folder;
        const QByteArray whole = read(samples() + "/mlp/model.onnx");
        for (int length : {0, 1, 100, int(whole.size()) / 2, int(whole.size()) - 1}) {
            const QString path = folder.filePath("cut.onnx");
            write(path, whole.left(length));
            const Answer answer = strata({"info", path});
            QVERIFY2(answer.exit == 2 || answer.exit == 3,
                     qPrintable(QString::number(length) + ": " + QString::number(answer.exit) + answer.out));
            QVERIFY2(answer.err.contains("cut.onnx"), qPrintable(answer.err));
        }
    }

    // What a terminal would obey stays in the file.
    void binaryFiles()
    {
        QTemporaryDir folder;
        QByteArray bytes("\x1b[31m\x00\xff\x07", 8);
        for (const char* name : {"bin.strata", "bin.onnx", "empty.strata", "empty.onnx"}) {
            const QString path = folder.filePath(name);
            write(path, QByteArray(name).startsWith("bin") ? bytes : QByteArray());
            for (const char* command : {"info", "show", "check", "run"}) {
                const Answer answer = strata({command, path});
                QVERIFY2(answer.exit == 2, qPrintable(path + QString::number(answer.exit) + answer.out + answer.err));
                QVERIFY(!(answer.out + answer.err).contains(QChar(0x1b)));
            }
        }
    }

    void typingErrorInText()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("bad.strata");
        write(path, read(samples() + "/mm_relu.strata").replace("reduce(128)", "redce(128)"));
        const Answer answer = strata({"show", path});
        QCOMPARE(answer.exit, 2);
        QVERIFY2(answer.err.contains("bad.strata") && answer.err.contains("^"), qPrintable(answer.err));
    }

    // --- What is written
    // -----------------------------------------------------------------------------------------------------------
    void applyWritesAModuleThatReadsBack()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("split.strata");
        const Answer written = strata(
            {"apply", "mm_relu.strata", "--step", "loops.split(mm_relu, j, factors=[_, 8])", "--out", path});
        QVERIFY2(written.exit == 0, qPrintable(written.err));
        const Answer shown = strata({"show", path});
        QCOMPARE(shown.exit, 0);
        QVERIFY2(shown.out.contains("j1"), qPrintable(shown.out));
        QVERIFY(!QFile::exists(path + ".part"));
    }

    void exportWritesAFolderThatIsChecked()
    {
        QTemporaryDir folder;
        const QString out = folder.filePath("mlp");
        const Answer answer = strata({"export", "mlp", "--out", out});
        QVERIFY2(answer.exit == 0, qPrintable(answer.out + answer.err));
        QVERIFY2(answer.out.contains("bit for bit"), qPrintable(answer.out));
        QVERIFY(QFile::exists(out + "/manifest.json"));
        // An empty folder is taken; a folder that is no export is not replaced.
        QVERIFY(QDir().mkpath(folder.filePath("empty")));
        QCOMPARE(strata({"export", "mlp", "--out", folder.filePath("empty")}).exit, 0);
        const QString mine = folder.filePath("mine");
        QVERIFY(QDir().mkpath(mine));
        write(mine + "/thesis.txt", "years of work");
        const Answer refused = strata({"export", "mlp", "--out", mine});
        QVERIFY(refused.exit != 0);
        QCOMPARE(read(mine + "/thesis.txt"), QByteArray("years of work"));
    }
};

STRATA_TEST_IN(QCoreApplication, tst_cli)
#include "tst_cli.moc"
