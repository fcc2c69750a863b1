// The command line as a person meets it: arguments in, exit code and text out.
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

namespace {

struct Answer {
    int exit = -1;
    QString out, err;
};

QString samples() { return QStringLiteral(STRATA_SOURCE_DIR "/samples"); }

Answer strata(const QStringList& arguments)
{
    QProcess process;
    process.setWorkingDirectory(samples());
    process.start(qEnvironmentVariable("STRATA_BIN") + "/strata", arguments);
    Answer answer;
    if (!process.waitForFinished(120'000))
        return answer;
    answer.exit = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -2;
    answer.out = QString::fromUtf8(process.readAllStandardOutput());
    answer.err = QString::fromUtf8(process.readAllStandardError());
    return answer;
}

QJsonObject json(const Answer& answer) { return QJsonDocument::fromJson(answer.out.toUtf8()).object(); }

QJsonArray functionsOf(const Answer& answer)
{
    return json(answer)["results"].toArray()[0].toObject()["functions"].toObject()["judged"].toArray();
}

void write(const QString& path, const QByteArray& bytes)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(bytes);
}

QByteArray read(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QByteArray pickText(const QByteArray& index)
{
    return "def f(x: f32[16], c: i64[8]) -> (y: f32[8]):\n    for i in range(8):\n"
           "        with block(\"b\") as (v: spatial(8) = i):\n            y[v] = x["
           + index + "]\n";
}

}  // namespace

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
        QTest::newRow("no function for a device") << "run mm_relu.strata --target opencl" << 2 << ""
                                                  << "made for a device";
        QTest::newRow("check for a device") << "check mm_relu.strata --target opencl" << 2 << "1 skipped"
                                            << "";
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

    // --- JSON: one object, also for an error
    // ---------------------------------------------------------------------------------------
    void jsonObjects_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QStringList>("keys");
        QTest::newRow("info") << QStringList{"info", "mlp"}
                              << QStringList{"inputs", "outputs", "known", "opaque", "parameters", "flops"};
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

    // On a device the kernels are told apart from the copies around them.
    // Each function with its time, a prediction beside it, and what would help; in a state of loops as they are, that
    // is to schedule them.
    void explainTellsCausesAndSteps()
    {
        const QJsonObject plain = json(strata({"explain", "mlp", "--seconds", "0.1", "--json"}));
        const QJsonArray functions = plain["functions"].toArray();
        QVERIFY(functions.size() >= 3);
        const QJsonObject slowest = functions[0].toObject();
        QVERIFY(slowest["ms"].toDouble() > 0 && slowest["predicted_ms"].toDouble() > 0);
        QVERIFY(slowest["share"].toDouble() > 0.5);
        double sum = 0;
        for (const QJsonValue& function : functions)
            sum += function.toObject()["ms"].toDouble();
        QVERIFY(std::abs(plain["quickest_ms"].toDouble() - sum) < 1e-6 * sum && plain["busy"].toDouble() >= 1);
        const QJsonObject cause = slowest["causes"].toArray()[0].toObject();
        QCOMPARE(cause["cause"].toString(), QStringLiteral("not scheduled"));
        QVERIFY(cause["gain_ms"].toDouble() > slowest["ms"].toDouble() / 2);
        QVERIFY(plain["flops_per_second"].toDouble() > 1e9 && plain["levels"].toArray().size() >= 2);
        const Answer automatic = strata({"explain", "mlp", "--auto", "--seconds", "0.1"});
        QCOMPARE(automatic.exit, 0);
        QVERIFY2(automatic.out.contains("rank correlation"), qPrintable(automatic.out));
        QVERIFY(!automatic.out.contains("not scheduled"));
    }

    // What computes a product has a routine beside it, nothing else has, and without being asked no library runs.
    void explainAsksLibraries()
    {
        const QJsonObject asked = json(
            strata({"explain", "mlp", "--auto", "--libraries", "--seconds", "0.1", "--json"}));
        int products = 0;
        for (const QJsonValue& value : asked["functions"].toArray()) {
            const QJsonObject function = value.toObject();
            const bool isProduct = function["function"].toString().startsWith(QStringLiteral("gemm"));
            QCOMPARE(function["library_ms"].toDouble() > 0, isProduct);
            QCOMPARE(function["library"].toString().endsWith(QStringLiteral(".matmul")), isProduct);
            products += isProduct;
        }
        QCOMPARE(products, 2);
        const Answer plain = strata({"explain", "mlp", "--auto", "--seconds", "0.1"});
        QVERIFY(!plain.out.contains("same products"));
    }

    // A recipe that replays, made of steps; what was measured is kept, and a second call goes on from it.
    void tuneWritesARecipeAndRemembers()
    {
        QTemporaryDir folder;
        const QString recipe = folder.filePath("r.recipe"), database = folder.filePath("d.tsv");
        const QStringList arguments{"tune", "mlp", "--time", "6", "--out", recipe, "--database", database, "--json"};
        const QJsonObject first = json(strata(arguments));
        QVERIFY(first["functions"].toArray().size() >= 3);
        int tried = 0;
        for (const QJsonValue& f : first["functions"].toArray())
            tried += f.toObject()["tried"].toInt();
        QVERIFY(tried > 0);
        QVERIFY(read(recipe).contains("loops.split("));
        QVERIFY2(read(database).contains("vectors of "), read(database).constData());
        const Answer checked = strata({"check", "mlp", "--recipe", recipe});
        QVERIFY2(checked.exit == 0, qPrintable(checked.out + checked.err));
        const QByteArray before = read(database);
        const QJsonObject second = json(
            strata({"tune", "mlp", "--time", "0", "--out", recipe, "--database", database, "--json"}));
        QCOMPARE(second["ended"].toString(), QStringLiteral("time is up"));
        QCOMPARE(read(database), before);
        const auto decisions = [](const QJsonObject& tuning) {
            QJsonObject all;
            for (const QJsonValue& f : tuning["functions"].toArray())
                all[f.toObject()["function"].toString()] = f.toObject()["decisions"].toObject();
            return all;
        };
        QCOMPARE(decisions(second), decisions(first));
        const Answer nowhere = strata({"tune", "mlp"});
        QCOMPARE(nowhere.exit, 2);
        QVERIFY(nowhere.err.contains("Add --out FILE."));
    }

    void runTellsKernelsApart()
    {
        const QJsonObject onDevice = json(strata({"run", "vector_add.strata", "--recipe", "vector_add.recipe",
                                                  "--target", "opencl", "--seconds", "0.05", "--json"}));
        const double kernels = onDevice["kernel_ms"].toDouble();
        QVERIFY2(kernels > 0 && kernels < onDevice["median_ms"].toDouble(), qPrintable(QString::number(kernels)));
        const QStringList onCpu{"run", "vector_add.strata", "--seconds", "0.05"};
        QCOMPARE(json(strata(onCpu + QStringList{"--json"}))["kernel_ms"].toDouble(-1), 0.0);
        QVERIFY(!strata(onCpu).out.contains("in kernels"));
    }

    // A program that is bound to a device already and has no steps: where there is no device, nothing is said to pass.
    void checkRunsOnTheDeviceItNames()
    {
        QTemporaryDir folder;
        const QString bound = folder.filePath("bound.strata");
        write(bound, strata({"apply", "vector_add.strata", "--recipe", "vector_add.recipe"}).out.toUtf8());
        const QStringList check{"check", bound, "--target", "opencl"};
        QCOMPARE(strata(check).exit, 0);
        qputenv("OCL_ICD_VENDORS", qUtf8Printable(folder.path()));
        const Answer answer = strata(check);
        qunsetenv("OCL_ICD_VENDORS");
        QVERIFY2(answer.exit != 0 && answer.out.contains("There is no OpenCL device"),
                 qPrintable(answer.out + answer.err));
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

    // --- A verdict is never better than what was checked
    // ----------------------------------------------------------------------------
    void verdicts_data()
    {
        QTest::addColumn<QString>("file");  // of a copy of the sample, and what becomes of it
        QTest::addColumn<int>("keep");      // bytes from its beginning; -1: all, with the last one changed; 0: no file
        QTest::addColumn<int>("exit");
        QTest::addColumn<QString>("out");
        QTest::newRow("the sample") << "" << 0 << 0 << "1 passed, 0 failed, 0 skipped";
        QTest::newRow("model cut") << "model.onnx" << 1000 << 2 << "0 passed, 0 failed, 1 skipped";
        QTest::newRow("output cut") << "test_data_set_0/output_0.pb" << 20 << 2 << "0 passed, 0 failed, 1 skipped";
        QTest::newRow("no output") << "test_data_set_0/output_0.pb" << 0 << 2 << "holds 0 outputs";
        QTest::newRow("no input") << "test_data_set_0/input_0.pb" << 0 << 2 << "holds 0 inputs";
        QTest::newRow("another output") << "test_data_set_0/output_0.pb" << -1 << 1 << "0 passed, 1 failed, 0 skipped";
    }
    void verdicts()
    {
        QFETCH(QString, file);
        QFETCH(int, keep);
        QFETCH(int, exit);
        QFETCH(QString, out);
        QTemporaryDir folder;
        QVERIFY(QDir(folder.path()).mkpath("mlp/test_data_set_0"));
        for (const char* name : {"model.onnx", "test_data_set_0/input_0.pb", "test_data_set_0/output_0.pb"}) {
            QByteArray bytes = read(samples() + "/mlp/" + name);
            if (file == name && keep > 0)
                bytes.truncate(keep);
            if (file == name && keep < 0)
                bytes.back() = char(bytes.back() ^ 0x40);  // of the exponent
            if (file != name || keep != 0)
                write(folder.filePath("mlp/") + name, bytes);
        }
        const Answer answer = strata({"check", folder.filePath("mlp")});
        QVERIFY2(answer.exit == exit, qPrintable(QString::number(answer.exit) + "\n" + answer.out + answer.err));
        QVERIFY2(answer.out.contains(out), qPrintable(answer.out + answer.err));
    }

    // --- A run that its data end: the same answer from every command that runs
    // ----------------------------------------------------------------------------
    // A hand edit that is wrong is told function by function, asked or not: the outputs may drown it.
    void functions_data()
    {
        QTest::addColumn<QStringList>("options");
        QTest::newRow("unasked") << QStringList();
        QTest::newRow("asked") << QStringList{"--functions"};
    }
    void functions()
    {
        QFETCH(QStringList, options);
        QTemporaryDir folder;
        const QString recipe = folder.filePath("edit.recipe");
        const QByteArray steps =
            "graph.fuse(main, [Gemm_0, Relu_0], name=linear_relu)\ngraph.lower_to_loops(linear_relu)\n";
        write(recipe, steps);
        const QStringList show{"show", "mlp", "--recipe", recipe, "--function", "linear_relu", "--level", "loops"};
        const QString text = strata(show).out;
        QVERIFY(text.contains("max(0.0,"));
        const auto checked = [&](QString edited) {
            edited.replace("\"", "\\\"").replace("\n", "\\n");
            write(recipe, steps + "any.replace_text(linear_relu, \"" + edited.toUtf8() + "\")\n");
            return strata(QStringList{"check", "mlp", "--recipe", recipe, "--json"} + options);
        };
        const Answer wrong = checked(QString(text).replace("max(0.0,", "max(0.5,"));
        QCOMPARE(wrong.exit, 1);
        QJsonObject function = functionsOf(wrong)[0].toObject();
        QCOMPARE(function["function"].toString(), "linear_relu_edited");
        QCOMPARE(function["against"].toString(), "its definition linear_relu");
        QCOMPARE(function["verdict"].toString(), "WRONG");
        QVERIFY(function["error"].toDouble() > 10 * function["bound"].toDouble());
        const Answer right = checked(QString(text).replace("x[vi, vk], w[vj, vk]", "x[vi, 783 - vk], w[vj, 783 - vk]"));
        QVERIFY2(right.exit == 0, qPrintable(right.out + right.err));
        function = functionsOf(right)[0].toObject();
        QCOMPARE(function["verdict"].toString(), "within");
        QCOMPARE(function.contains("times_as_fast"), !options.isEmpty());
    }

    void dataOutOfRange_data()
    {
        QTest::addColumn<QStringList>("arguments");
        for (const char* target : {"cpu", "reference"}) {
            QTest::newRow(qPrintable(QString("run ") + target)) << QStringList{"run", "--target", target};
            QTest::newRow(qPrintable(QString("check ") + target)) << QStringList{"check", "--target", target};
        }
        QTest::newRow("export") << QStringList{"export", "--out", "nowhere"};
    }
    void dataOutOfRange()
    {
        QFETCH(QStringList, arguments);
        QTemporaryDir folder;
        const QString path = folder.filePath("pick.strata");
        // An index that no drawn data make right.
        write(path, pickText("checked(c[v] * 0 + 16, 16)"));
        const Answer answer = strata(arguments + QStringList{path});
        QVERIFY2(answer.exit == 1, qPrintable(QString::number(answer.exit) + "\n" + answer.out + answer.err));
        QVERIFY2((answer.out + answer.err).contains("16"), qPrintable(answer.out + answer.err));
    }

    // --- What a text trusts by itself is as unsafe as what loops.trust_index makes of it
    // ----------------------------------------------------------------------------
    void aTrustedIndexOfATextIsUnsafe()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("pick.strata"), told = "Block b of function f trusts the index c[v]";
        write(path, pickText("trusted(c[v], 16)"));
        QVERIFY2(strata({"info", path}).out.contains(told), qPrintable(strata({"info", path}).out));
        const QStringList apply{"apply", path, "--step", "loops.split(f, i, factors=[_, 4])"};
        const Answer applied = strata(apply);
        QCOMPARE(applied.exit, 0);
        QVERIFY2(applied.err.contains(told), qPrintable(applied.err));
        const QJsonObject object = json(strata(apply + QStringList{"--json"}));
        QCOMPARE(object["effect"].toString(), QString("unsafe"));
        QCOMPARE(object["steps"].toArray()[0].toObject()["effect"].toString(), QString("exact"));
        write(path, pickText("trusted(min(max(c[v], 0), 15), 16)"));  // follows from the clamp
        QCOMPARE(json(strata(apply + QStringList{"--json"}))["effect"].toString(), QString("exact"));
    }

    // --- Signals: what lies in the temporary folder goes with the process
    // ---------------------------------------------------------------
    void nothingIsLeftBehind_data()
    {
        QTest::addColumn<int>("signal");
        QTest::addColumn<bool>("tidy");  // at once; else at the next start
        QTest::newRow("SIGINT") << SIGINT << true;
        QTest::newRow("SIGTERM") << SIGTERM << true;
        QTest::newRow("SIGHUP") << SIGHUP << true;
        QTest::newRow("SIGKILL") << SIGKILL << false;
    }
    void nothingIsLeftBehind()
    {
        QFETCH(int, signal);
        QFETCH(bool, tidy);
        QTemporaryDir folder;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("TMPDIR", folder.path());
        QProcess process;
        process.setProcessEnvironment(environment);
        process.setWorkingDirectory(samples());
        process.start(qEnvironmentVariable("STRATA_BIN") + "/strata", {"run", "mm_relu.strata", "--seconds", "1000"});
        const auto left = [&] { return QDir(folder.path()).entryList({"strata-*"}, QDir::Dirs); };
        const auto artifacts = [&] {
            return left().isEmpty() ? QStringList() : QDir(folder.filePath(left()[0])).entryList({"*.so"}, QDir::Files);
        };
        QTRY_VERIFY_WITH_TIMEOUT(!artifacts().isEmpty(), 60'000);
        ::kill(pid_t(process.processId()), signal);
        QVERIFY(process.waitForFinished(30'000));
        QCOMPARE(process.exitStatus(), QProcess::CrashExit);  // ended by the signal, as its parent can see
        QCOMPARE(left().isEmpty(), tidy);
        QProcess next;
        next.setProcessEnvironment(environment);
        next.setWorkingDirectory(samples());
        next.start(qEnvironmentVariable("STRATA_BIN") + "/strata", {"info", "mlp"});
        QVERIFY(next.waitForFinished(60'000));
        QTRY_VERIFY_WITH_TIMEOUT(left().isEmpty(), 10'000);
    }

    void exportCutShortLeavesNothing()
    {
        QTemporaryDir folder;
        QProcess process;
        process.setWorkingDirectory(samples());
        process.start(qEnvironmentVariable("STRATA_BIN") + "/strata",
                      {"export", "mlp", "--auto", "--out", folder.filePath("mlp")});
        const auto made = [&] { return QDir(folder.path()).entryList(QDir::AllEntries | QDir::NoDotAndDotDot); };
        QTRY_VERIFY_WITH_TIMEOUT(!made().isEmpty() || process.state() == QProcess::NotRunning, 60'000);
        ::kill(pid_t(process.processId()), SIGINT);
        QVERIFY(process.waitForFinished(30'000));
        QVERIFY2(made().isEmpty() || made() == QStringList("mlp"), qPrintable(made().join(' ')));
    }

    // --- Threads that the module is made for
    // ---------------------------------------------------------------------------------------
    void threadsOfTheTarget()
    {
        QTemporaryDir folder;
        write(folder.filePath("two.recipe"), "hardware.choose_isa(x86-64-v3, threads=2)\n");
        const QStringList run{"run",       "mm_relu.strata", "--recipe", folder.filePath("two.recipe"),
                              "--seconds", "0.05",           "--json"};
        QCOMPARE(json(strata(run))["threads"].toInt(), 2);
        QCOMPARE(json(strata(run + QStringList{"--threads", "1"}))["threads"].toInt(), 1);
    }

    // --- The instruction set
    // -----------------------------------------------------------------------------------------------------------
    void instructionSet()
    {
        QTemporaryDir folder;
        const auto isaOf = [&](const QStringList& more, const QString& model = "mm_relu.strata") {
            return json(strata(QStringList{"run", model, "--seconds", "0.05", "--json"} + more))["isa"].toString();
        };
        __builtin_cpu_init();
        const QString native = __builtin_cpu_supports("x86-64-v4")   ? "x86-64-v4"
                               : __builtin_cpu_supports("x86-64-v3") ? "x86-64-v3"
                                                                     : "x86-64-v2";
        QCOMPARE(isaOf({}), native);
        QCOMPARE(isaOf({"--auto"}), native);
        QCOMPARE(isaOf({"--isa", "native"}), native);
        QCOMPARE(isaOf({"--isa", "x86-64-v2"}), QStringLiteral("x86-64-v2"));
        // A step and a text have the last word, also where they name what it is already.
        write(folder.filePath("two.recipe"), "hardware.choose_isa(x86-64-v2)\n");
        QCOMPARE(isaOf({"--recipe", folder.filePath("two.recipe")}), QStringLiteral("x86-64-v2"));
        QCOMPARE(isaOf({"--isa", "x86-64-v2", "--recipe", folder.filePath("two.recipe")}), QStringLiteral("x86-64-v2"));
        const QString text = folder.filePath("one.strata");
        QCOMPARE(strata({"apply", "mm_relu.strata", "--untouched", "--isa", "x86-64-v2", "--out", text}).exit, 0);
        QCOMPARE(isaOf({}, text), QStringLiteral("x86-64-v2"));
        // What leaves this machine is made for others, too.
        const QString out = folder.filePath("mlp");
        const auto exported = [&](const QStringList& more) {
            if (strata(QStringList{"export", "mlp", "--out", out} + more).exit != 0)
                return QString("not exported");
            QFile manifest(out + "/manifest.json");
            (void)manifest.open(QIODevice::ReadOnly);
            return QJsonDocument::fromJson(manifest.readAll())["target"]["isa"].toString();
        };
        QCOMPARE(exported({}), QStringLiteral("x86-64-v3"));
        QCOMPARE(exported({"--isa", "x86-64-v2"}), QStringLiteral("x86-64-v2"));
        const Answer wrong = strata({"run", "mm_relu.strata", "--isa", "sse9"});
        QCOMPARE(wrong.exit, 2);
        QVERIFY2(wrong.err.contains("native, x86-64-v1, x86-64-v2, x86-64-v3 or x86-64-v4"), qPrintable(wrong.err));
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

QTEST_GUILESS_MAIN(tst_cli)
#include "tst_cli.moc"
