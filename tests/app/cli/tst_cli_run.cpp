// Commands that run code: what they measure, judge and leave behind.
#include "cli.h"
#include "tests/program.h"

#include <csignal>

namespace {

QJsonArray functionsOf(const Answer& answer)
{
    return json(answer)["results"].toArray()[0].toObject()["functions"].toObject()["judged"].toArray();
}

QByteArray pickText(const QByteArray& index)
{
    return "def f(x: f32[16], c: i64[8]) -> (y: f32[8]):\n    for i in range(8):\n"
           "        with block(\"b\") as (v: spatial(8) = i):\n            y[v] = x["
           + index + "]\n";
}

}  // namespace

class tst_cli_run : public QObject {
    Q_OBJECT
private slots:
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

    // Where data tell a size there is nothing to count, and the times are told all the same.
    void explainTakesSizesOfData()
    {
        const QTemporaryDir folder;
        write(folder.filePath("found.strata"), R"(module found(entry=main):

def main(x: f32[n, 40]) -> (y: i64[2, m]):
    z: f32[n, 40] = Relu(x, node="relu", version=14)
    y: i64[2, m] = NonZero(z, node="found", version=13)
    return y
)");
        const QJsonObject told = json(
            strata({"explain", folder.filePath("found.strata"), "--dim", "n=30", "--seconds", "0.05", "--json"}));
        int counted = 0, left = 0;
        for (const QJsonValue& value : told["functions"].toArray()) {
            const QJsonObject function = value.toObject();
            counted += function["predicted_ms"].toDouble() > 0;
            left += function["bound"].toString().startsWith(QStringLiteral("sizes that data tell"));
        }
        QCOMPARE(counted, 2);  // the elements and those that are not zero
        QCOMPARE(left, 1);
    }

    // A recipe that replays, made of steps; what was measured is kept, and a second call goes on from it.
    void recipesAreTakenInTurn()
    {
        QTemporaryDir folder;
        const QString recipe = folder.filePath("first.recipe");
        QFile file(recipe);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("loops.fast_functions(softmax)\n");
        file.close();
        const QString model = folder.filePath("m.strata");
        QFile text(model);
        QVERIFY(text.open(QIODevice::WriteOnly));
        text.write(
            "module m(entry=softmax):\n\n@loops\ndef softmax(x: f32[64]) -> (y: f32[64]):\n    for i in range(64):\n"
            "        with block(\"y\") as (vi: spatial(64) = i):\n            y[vi] = exp(x[vi])\n");
        text.close();
        const Answer both = strata({"show", model, "--recipe", recipe, "--auto"});
        QCOMPARE(both.exit, 0);
        QVERIFY2(both.out.contains("exp_fast(") && both.out.contains("vectorized("), qPrintable(both.out));
        // To 13 bits is not to the last ones: check says so, and takes both recipes.
        const Answer checked = strata({"check", model, "--recipe", recipe, "--auto"});
        QCOMPARE(checked.exit, 1);
        QVERIFY2(checked.out.contains("FAIL  m.strata"), qPrintable(checked.out));
        const Answer exported = strata(
            {"export", model, "--recipe", recipe, "--auto", "--out", folder.filePath("out")});
        QVERIFY2(exported.exit == 0, qPrintable(exported.out + exported.err));
    }
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
        // A choice that is said to be fast for its function, and makes the model slow, is not taken.
        QByteArrayList lines = before.split('\n');
        QByteArray* slowest = nullptr;
        double speed = 0.85;
        for (QByteArray& line : lines)
            if (const QByteArrayList fields = line.split('\t');
                fields.value(3) == "gemm_relu_1x200" && fields[1].toDouble() < speed) {
                speed = fields[1].toDouble();
                slowest = &line;
            }
        if (slowest) {
            QByteArrayList fields = slowest->split('\t');
            fields[1] = fields[2] = "100";
            *slowest = fields.join('\t');
            QFile file(database);
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(lines.join('\n'));
            file.close();
            const QString own = folder.filePath("own.recipe");
            const QJsonObject third = json(
                strata({"tune", "mlp", "--time", "0", "--out", recipe, "--database", database, "--json"}));
            QVERIFY(!third["holds"].toBool() && third["high"].toDouble() < 1);
            json(strata({"tune", "mlp", "--time", "0", "--out", own, "--database", folder.filePath("none"), "--json"}));
            QCOMPARE(read(recipe), read(own));
        }
        // Loops that no graph calls have choices, too.
        const QJsonObject alone = json(
            strata({"tune", "mm_relu.strata", "--time", "0", "--out", recipe, "--database", database, "--json"}));
        QCOMPARE(alone["functions"].toArray().at(0).toObject()["function"].toString(), QStringLiteral("mm_relu"));
        const Answer nowhere = strata({"tune", "mlp"});
        QCOMPARE(nowhere.exit, 2);
        QVERIFY(nowhere.err.contains("Add --out FILE."));
    }

    // A time of code for any size says at which it was taken.
    void runTellsItsSizes()
    {
        const QTemporaryDir folder;
        const QString model = folder.filePath("twice.strata");
        write(model, R"(module twice(entry=main):

def main(x: f32[n, 4]) -> (y: f32[2*n, 4]):
    y: f32[2*n, 4] = Concat(x, x, axis=0, node="c", version=13)
    return y
)");
        const QStringList run{"run", model, "--seconds", "0.05"};
        QVERIFY(strata(run).out.contains(", any size (n = 3)\n"));
        QCOMPARE(json(strata(run + QStringList{"--json"}))["sizes"].toObject()["n"].toInt(), 3);
        QVERIFY(!strata(run + QStringList{"--dim", "n=2"}).out.contains("any size"));
    }

    // Sizes that nobody gives are drawn such that all states take them, whether a recipe or an option says what is
    // known.
    void drawnSizesKeepWhatIsAssumed()
    {
        const QTemporaryDir folder;
        write(folder.filePath("rows.strata"), R"(module rows(entry=main):

def main(x: f32[n, 4]) -> (y: f32[n, 4]):
    y: f32[n, 4] = call relu(x, node="r")
    return y

@loops
def relu(x: f32[n, 4]) -> (y: f32[n, 4]):
    for i, j in grid(n, 4):
        with block("y") as (vi: spatial(n) = i, vj: spatial(4) = j):
            y[vi, vj] = max(0.0, x[vi, vj])
)");
        write(folder.filePath("rows.recipe"), "graph.assume(main, \"n % 14 == 0\")\n");
        const QStringList run{"run", folder.filePath("rows.strata"), "--seconds", "0.05", "--json"};
        const auto drawn = [&](const QStringList& more) {
            const Answer answer = strata(run + more);
            return answer.exit == 0 ? json(answer)["sizes"].toObject()["n"].toInt() : -1;
        };
        QCOMPARE(drawn({}), 3);
        for (const QStringList& more : {QStringList{"--recipe", folder.filePath("rows.recipe")},
                                        QStringList{"--untouched", "--recipe", folder.filePath("rows.recipe")}}) {
            const int n = drawn(more);
            QVERIFY2(n > 0 && n % 14 == 0, qPrintable(QString::number(n)));
        }
        QCOMPARE(drawn({"--assume", "n <= 2"}), 2);
        QCOMPARE(drawn({}), 3);  // what is known of the model's inputs is of the model alone
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
        environment.insert("STRATA_CACHE", "off");  // else what is built goes to the store, or comes from there
        QProcess process;
        process.setProcessEnvironment(environment);
        process.setWorkingDirectory(samples());
        process.start(qEnvironmentVariable("STRATA_BIN") + "/strata", {"run", "mm_relu.strata", "--seconds", "1000"});
        const auto left = [&] { return QDir(folder.path()).entryList({"strata-*"}, QDir::Dirs); };
        const auto artifacts = [&] {
            return left().isEmpty() ? QStringList() : QDir(folder.filePath(left()[0])).entryList({"*.so"}, QDir::Files);
        };
        QTRY_VERIFY_WITH_TIMEOUT(!artifacts().isEmpty(), 60'000);
        QVERIFY(test_program::signalProcess(process.processId(), signal));
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
        test_program::signalProcess(process.processId(), SIGINT);  // unless it was faster: then all is there
        QVERIFY(process.state() == QProcess::NotRunning || process.waitForFinished(30'000));
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
        QVERIFY2(wrong.err.contains(
                     "There are x86-64-v1, x86-64-v2, x86-64-v3, x86-64-v4 and aarch64. \"native\" is this machine's."),
                 qPrintable(wrong.err));
    }
};

STRATA_TEST_IN(QCoreApplication, tst_cli_run)
#include "tst_cli_run.moc"
