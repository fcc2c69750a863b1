// The command line on an OpenCL device.
#include "tests/app/cli/cli.h"
#include "tests/program.h"

class tst_opencl_cli : public QObject {
    Q_OBJECT
private slots:
    void nothingIsMadeForTheDevice()
    {
        const Answer run = strata({"run", "mm_relu.strata", "--target", "opencl"});
        QCOMPARE(run.exit, 2);
        QVERIFY(run.err.contains("made for a device"));
        const Answer check = strata({"check", "mm_relu.strata", "--target", "opencl"});
        QCOMPARE(check.exit, 2);
        QVERIFY(check.out.contains("1 skipped"));
    }

    // The course's programs, made for the device by steps, give its bits.
    void theCoursesPrograms_data()
    {
        QTest::addColumn<QString>("program");
        QTest::addColumn<QString>("recipe");
        QTest::newRow("vector_add") << "vector_add.strata" << "vector_add.recipe";
        QTest::newRow("window_sum") << "window_sum.strata" << "window_sum.recipe";
        QTest::newRow("matmul, sums in registers") << "matmul_gpu.strata" << "matmul_gpu-blocking.recipe";
        QTest::newRow("matmul, tiles fetched together") << "matmul_gpu.strata" << "matmul_gpu-shared.recipe";
    }
    void theCoursesPrograms()
    {
        QFETCH(QString, program);
        QFETCH(QString, recipe);
        const Answer check = strata({"check", program, "--recipe", recipe, "--target", "opencl"});
        QVERIFY2(check.exit == 0 && check.out.contains("bit for bit"), qPrintable(check.out + check.err));
        const Answer show = strata({"show", program, "--recipe", recipe, "--host", "--target", "opencl"});
        QVERIFY2(show.out.contains("launch "), qPrintable(show.out + show.err));
    }

    // Buffers stay on the device between kernels; conditions, rows and what the CPU runs are on the host.
    void kernelsAmongTheRest()
    {
        const Answer check = strata({"check", STRATA_SOURCE_DIR "/tests/backends/opencl/control.strata", "--target",
                                     "opencl"});
        QVERIFY2(check.exit == 0 && check.out.count("bit for bit") == 3, qPrintable(check.out + check.err));
    }

    // Convolutions, pools and matmuls are made for the device by rules; what is small runs on the CPU. What kernels hand
    // to each other stays there.
    void scheduledAutomatically()
    {
        for (const char* const model : {"mlp", "cnn"}) {
            const Answer check = strata({"check", model, "--auto", "--target", "opencl"});
            QVERIFY2(check.exit == 0 && check.out.contains("1 passed"), qPrintable(check.out + check.err));
        }
        const QString host = strata({"show", "cnn", "--auto", "--target", "opencl", "--host"}).out;
        QCOMPARE(host.count("launch "), 3);
        QCOMPARE(host.count("call "), 2);
        QCOMPARE(host.count("copy ") - host.count(", once"), 2);  // the picture there, what the CPU goes on with back
    }

    // A call runs where it is placed, whatever the target.
    void placed()
    {
        const QStringList placing{"--auto", "--step", "library.place(main, MaxPool_0, cpu)", "--step",
                                  "library.place(main, Relu_1, opencl)"};
        QTemporaryDir folder;
        const QString model = folder.filePath("placed.strata");
        QVERIFY(strata(QStringList{"apply", "cnn", "--target", "opencl", "--out", model} + placing).exit == 0);
        const auto launches = [&](const char* target) {
            return strata({"show", model, "--target", target, "--host"}).out.count("launch ");
        };
        QCOMPARE(launches("opencl"), 2);
        QCOMPARE(launches("cpu"), 1);
        const Answer run = strata({"run", model, "--target", "cpu", "--seconds", "0.05"});
        QVERIFY2(run.out.contains("opencl and cpu:"), qPrintable(run.out + run.err));
        const Answer check = strata({"check", model, "--target", "cpu"});
        QVERIFY2(check.exit == 0 && check.out.contains("1 passed"), qPrintable(check.out + check.err));
    }

    // On a device the kernels are told apart from the copies around them.
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

};

STRATA_TEST_IN(QCoreApplication, tst_opencl_cli)
#include "tst_opencl_cli.moc"
