// The weights file of an artifact.
#include "backends/artifact/weights.h"
#include "core/text/text.h"
#include "tests/program.h"

#include <QtTest>

#include <cstring>
#include <sys/stat.h>

using namespace strata;

namespace {

const char* const text = R"(module m(entry=main):

const @a: f32[3] = [1.0, 2.0, 3.0]
const @b: f32[2, 20] = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 18.0, 19.0, 20.0, 21.0, 22.0, 23.0, 24.0, 25.0, 26.0, 27.0, 28.0, 29.0, 30.0, 31.0, 32.0, 33.0, 34.0, 35.0, 36.0, 37.0, 38.0, 39.0]
const @same: f32[3] = [1.0, 2.0, 3.0]
const @unused: f32[1] = [5.0]

@library
def main(x: f32[3]) -> (y: f32[3], z: f32[2, 20]):
    add(x, @a, out=y)
    add(y, @same, out=y)
    copy(@b, out=z)

@loops
def add(a: f32[3], b: f32[3]) -> (c: f32[3]):
    for i in grid(3):
        with block("add") as (vi: spatial(3) = i):
            c[vi] = a[vi] + b[vi]
)";

}  // namespace

class TestWeights : public QObject {
    Q_OBJECT

private slots:
    void layout();
    void keepsWhatIsThere();
    void unwritable();
};

void TestWeights::layout()
{
    const QTemporaryDir folder;
    const Result<ModulePtr> module = parseModule(text);
    QVERIFY2(module.ok(), module ? "" : module.error().message.c_str());
    const Result<Weights> weights = writeWeights(**module, folder.filePath("w").toStdString());
    QVERIFY2(weights.ok(), weights ? "" : weights.error().message.c_str());
    QVERIFY((weights->offsets == std::map<std::string, std::int64_t>{{"a", 0}, {"b", 64}, {"same", 0}}));
    QCOMPARE(weights->bytes, std::int64_t(64 + 192));
    QFile file(folder.filePath("w"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray bytes = file.readAll();
    QCOMPARE(bytes.size(), 256 + 80);
    float last = 0;
    std::memcpy(&last, bytes.constData() + 64 + 39 * 4, 4);
    QCOMPARE(last, 39.0f);
    QCOMPARE(bytes.mid(256, 14), QByteArray("strata weights"));
    const QByteArray hash = QCryptographicHash::hash(bytes.left(256), QCryptographicHash::Sha256).toHex();
    QCOMPARE(bytes.right(64), hash);
    QCOMPARE(QByteArray::fromStdString(weights->hash), hash);
    QCOMPARE(QDir(folder.path()).entryList(QDir::Files), QStringList("w"));
}

void TestWeights::keepsWhatIsThere()
{
    const QTemporaryDir folder;
    const Result<ModulePtr> module = parseModule(text);
    QVERIFY(module.ok());
    const std::string path = folder.filePath("w").toStdString();
    QVERIFY(writeWeights(**module, path).ok());
    QFile old(folder.filePath("w"));
    QVERIFY(old.open(QIODevice::ReadOnly));
    QVERIFY(writeWeights(**module, path).ok());
    struct stat before, after;
    QCOMPARE(fstat(old.handle(), &before), 0);
    QCOMPARE(stat(path.c_str(), &after), 0);
    QCOMPARE(before.st_ino, after.st_ino);
}

void TestWeights::unwritable()
{
    const Result<ModulePtr> module = parseModule(text);
    QVERIFY(module.ok());
    const Result<Weights> weights = writeWeights(**module, "/nowhere/w");
    QVERIFY(!weights.ok());
    QCOMPARE(QString::fromStdString(weights.error().message),
             QString("The weights cannot be written to /nowhere/w: No such file or directory."));
}

STRATA_TEST_IN(QCoreApplication, TestWeights)
#include "tst_weights.moc"
