// Results in the memory of inputs, from the step to the caller: the exported library writes there what the plain one
// writes beside it, bit for bit, and who passes two tensors keeps the old value.
#include "tests/app/cli/cli.h"
#include "tests/program.h"

namespace {

const QString decoder = QStringLiteral(STRATA_SOURCE_DIR "/tests/app/cli/decoder/");
const QStringList prompt{"3", "7", "11", "2", "5"};

// One step of training: x, and the moments v and h of its gradient.
const char* const adam = R"(module adam(entry=main):

def main(r: f32[1], t: i64[1], x: f32[1000], g: f32[1000], v: f32[1000], h: f32[1000]) -> (x1: f32[1000], v1: f32[1000], h1: f32[1000]):
    x1: f32[1000], v1: f32[1000], h1: f32[1000] = Adam(r, t, x, g, v, h, node="adam", domain="ai.onnx.preview.training", version=1)
    return x1, v1, h1
)";

// Writes in the memory of its input what it is told to, or what it is not.
const char* const driver = R"(
#include "adam.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = 1000 };

static DLTensor tensor(void *data, uint8_t code, uint8_t bits, int64_t *shape)
{
    DLTensor t = {data, {1, 0}, 1, {code, bits, 1}, shape, NULL, 0};
    return t;
}

static int run(adam_instance *model, float *x, float *v, float *h, float *x1, float *v1, float *h1)
{
    static int64_t one = 1, many = N, steps = 3;
    static float rate = 0.125f, g[N];
    for (int i = 0; i < N; ++i)
        g[i] = (float)(i % 17) - 8;
    DLTensor in[6] = {tensor(&rate, 2, 32, &one), tensor(&steps, 0, 64, &one), tensor(x, 2, 32, &many),
                      tensor(g, 2, 32, &many), tensor(v, 2, 32, &many), tensor(h, 2, 32, &many)};
    DLTensor out[3] = {tensor(x1, 2, 32, &many), tensor(v1, 2, 32, &many), tensor(h1, 2, 32, &many)};
    const DLTensor *inputs[6];
    DLTensor *outputs[3];
    for (int i = 0; i < 6; ++i)
        inputs[i] = &in[i];
    for (int i = 0; i < 3; ++i)
        outputs[i] = &out[i];
    return adam_run(model, inputs, outputs);
}

static void fill(float *values, float scale)
{
    for (int i = 0; i < N; ++i)
        values[i] = scale * (float)(i % 29 + 1);
}

int main(void)
{
    const adam_description *about = adam_describe();
    printf("%d %d %d\n", about->inouts ? about->inouts[0] : -1, about->inouts ? about->inouts[1] : -1,
           about->inouts ? about->inouts[2] : -1);
    adam_instance *model;
    if (adam_create(NULL, &model) != adam_OK)
        return 1;
    /* aligned to 64 bytes or not */
    for (int odd = 0; odd < 2; ++odd) {
        float *memory = aligned_alloc(64, 8 * 4096), *at[6];
        for (int i = 0; i < 6; ++i)
            at[i] = memory + i * 1024 + odd;
        fill(at[0], 1), fill(at[1], 0.5f), fill(at[2], 0.25f);
        if (run(model, at[0], at[1], at[2], at[3], at[4], at[5]) != adam_OK)
            return 2;
        if (at[0][28] != 29 || at[1][28] != 14.5f) /* apart, the inputs stay */
            return 3;
        if (run(model, at[0], at[1], at[2], at[0], at[1], at[2]) != adam_OK)
            puts(adam_last_error(model)->message);
        else
            for (int i = 0; i < 3; ++i)
                puts(memcmp(at[i], at[i + 3], N * sizeof(float)) ? "differs" : "same");
        if (run(model, at[0], at[1], at[2], at[0], at[1], at[2] + 1) != adam_OK)
            puts(adam_last_error(model)->message);
        if (run(model, at[0], at[1], at[2], at[1], at[4], at[5]) != adam_OK)
            puts(adam_last_error(model)->message);
        free(memory);
    }
    adam_destroy(model);
    return 0;
}
)";

Answer exported(const QString& model, const QString& out, const QStringList& more)
{
    return strata(QStringList{"export", model, "--auto", "--out", out, "--quiet"} + more);
}

Answer compiled(const QString& folder, const QString& source, const QString& library)
{
    return ran(folder, "cc",
               {"-std=c11", "-Wall", "-Wextra", "-Werror", "-include", library + ".h", source, "-o", "program", "-L.",
                "-l" + library, "-Wl,-rpath,$ORIGIN"});
}

}  // namespace

class TestCliInout : public QObject {
    Q_OBJECT
private slots:
    void trainsInPlace()
    {
        QTemporaryDir folder;
        write(folder.filePath("adam.strata"), adam);
        const QString out = folder.filePath("out");
        const Answer done = exported(folder.filePath("adam.strata"), out,
                                     {"--inout", "x1=x", "--inout", "v1=v", "--inout", "h1=h"});
        QVERIFY2(done.exit == 0, qPrintable(done.err));
        write(out + "/driver.c", driver);
        const Answer built = compiled(out, "driver.c", "adam");
        QVERIFY2(built.exit == 0, qPrintable(built.err));
        const Answer driven = ran(out, "./program", {});
        QCOMPARE(driven.exit, 0);
        const QString round =
            "same\nsame\nsame\nThe output h1 overlaps the input h.\nThe output x1 overlaps the input v.\n";
        QCOMPARE(driven.out, "2 4 5\n" + round + round);
    }

    // The same module without the step refuses one tensor for both, and the exported examples say the same.
    void examplesAgree()
    {
        QTemporaryDir folder;
        write(folder.filePath("adam.strata"), adam);
        write(folder.filePath("x.bin"), QByteArray(4000, '\x3f'));
        QStringList said;
        for (const QStringList& more : {QStringList(), QStringList{"--inout", "*1=*"}}) {
            const QString out = folder.filePath("out" + QString::number(more.size()));
            QVERIFY2(exported(folder.filePath("adam.strata"), out, more).exit == 0, "export");
            QVERIFY(QFile::copy(folder.filePath("x.bin"), out + "/x.bin"));
            write(out + "/r.bin", QByteArray("\0\0\0\x3e", 4));
            write(out + "/t.bin", QByteArray("\2\0\0\0\0\0\0\0", 8));
            const QStringList files{"r.bin", "t.bin", "x.bin", "x.bin", "x.bin", "x.bin"};
            const Answer built = compiled(out, "example.c", "adam");
            QVERIFY2(built.exit == 0, qPrintable(built.err));
            said << ran(out, "./program", files).out << ran(out, "python3", QStringList{"example.py"} + files).out;
        }
        QVERIFY(said[0].startsWith("x1: "));
        for (const QString& one : said)
            QCOMPARE(one, said[0]);
    }

    void refuses_data()
    {
        QTest::addColumn<QString>("inout");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("no pair") << "x1"
                                 << "--inout takes RESULT=PARAMETER, not \"x1\".";
        QTest::newRow("no such result") << "z*=x*"
                                        << "No result of main is called like z*.";
        QTest::newRow("another shape") << "x1=r"
                                       << "x1 is f32[1000] and r is f32[1]: one memory has one type and one shape.";
    }
    void refuses()
    {
        QFETCH(QString, inout);
        QFETCH(QString, sentence);
        QTemporaryDir folder;
        write(folder.filePath("adam.strata"), adam);
        const Answer refused = strata({"show", folder.filePath("adam.strata"), "--inout", inout});
        QVERIFY(refused.exit != 0);
        QVERIFY2(refused.err.contains(sentence), qPrintable(refused.err));
    }

    // 32 tokens with caches that stay where they are, from C and from Python, as with caches that change places.
    void generatesInPlace()
    {
        QTemporaryDir folder;
        QVERIFY(QFile::copy(decoder + "static.onnx", folder.filePath("decoder.onnx")));
        QStringList said;
        for (const QStringList& more : {QStringList(), QStringList{"--inout", "present_*=past_*"}}) {
            const QString out = folder.filePath("out" + QString::number(more.size()));
            const Answer done = exported(folder.filePath("decoder.onnx"), out, more);
            QVERIFY2(done.exit == 0, qPrintable(done.err));
            const Answer built = compiled(out, decoder + "generate_static.c", "decoder");
            QVERIFY2(built.exit == 0, qPrintable(built.err));
            const Answer fromC = ran(out, "./program", prompt);
            QVERIFY(fromC.err.endsWith(more.isEmpty() ? "twice\n" : "once\n"));
            said << fromC.out;
        }
        said << ran(folder.filePath("out2"), "python3", QStringList{decoder + "generate_static.py", "."} + prompt).out;
        for (const QString& one : said)
            QCOMPARE(one, said[0]);
        const QString tokens = QString::fromUtf8(read(decoder + "tokens.txt")).section('\n', 0, 0);
        QCOMPARE("f32 " + said[0].section('\n', 0, 0).trimmed(), tokens);  // as with caches that grow
    }
};

STRATA_TEST_IN(QCoreApplication, TestCliInout)
#include "tst_cli_inout.moc"
