// The store: what is put is found, what is half is not, the limit holds, and the command line builds nothing twice.
#include "backends/store/store.h"
#include "tests/program.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <thread>
#include <vector>

using namespace strata;

namespace {

QString program(const char* name)
{
    return qEnvironmentVariable("STRATA_BIN") + QLatin1Char('/') + QLatin1String(name);
}

QByteArray contentOf(const std::optional<std::string>& text)
{
    return QByteArray::fromStdString(text.value_or("(none)"));
}

}  // namespace

class TestStore : public QObject {
    Q_OBJECT

private slots:
    void keepsWhatIsPut();
    void adoptsFiles();
    void keysAreOfContent();
    void othersGoFirstThenTheOldest();
    void manyWriteOneKey();
    void unwritable();
    void buildIds();
    void commandLineBuildsOnce();
    void aSecondStartAsksOnly();
    void aDamagedAnswerIsNone();

private:
    std::string folder(const char* name) { return m_folder.filePath(QLatin1String(name)).toStdString(); }
    QTemporaryDir m_folder;
};

void TestStore::keepsWhatIsPut()
{
    BuildStore store(folder("kept"), "build1");
    QVERIFY(!store.find(BuildStore::Kind::Object, "a"));
    QVERIFY(store.write(BuildStore::Kind::Object, "a", std::string_view("x\0y", 3)).ok());
    QCOMPARE(contentOf(store.read(BuildStore::Kind::Object, "a")), QByteArray("x\0y", 3));
    QVERIFY(!store.find(BuildStore::Kind::About, "a"));
    QVERIFY(!BuildStore(folder("kept"), "build2").find(BuildStore::Kind::Object, "a"));
    QVERIFY(store.write(BuildStore::Kind::Weights, "w", "1").ok());
    QVERIFY(BuildStore(folder("kept"), "build2").find(BuildStore::Kind::Weights, "w"));
    QCOMPARE(store.usage().files, std::size_t(2));
    QCOMPARE(store.usage().bytes, std::uint64_t(4));
    QVERIFY(store.clear().ok());
    QVERIFY(!store.find(BuildStore::Kind::Object, "a"));
    QCOMPARE(store.usage().files, std::size_t(0));
}

void TestStore::adoptsFiles()
{
    BuildStore store(folder("adopted"), "build");
    const std::string file = folder("finished.so");
    QVERIFY(BuildStore(folder("."), "x").folder().size() > 0);
    QFile made(QString::fromStdString(file));
    QVERIFY(made.open(QIODevice::WriteOnly));
    made.write("library");
    made.close();
    const auto path = store.adopt(BuildStore::Kind::Artifact, "k", file);
    QVERIFY2(path.ok(), path ? "" : path.error().text().c_str());
    QVERIFY(!made.exists());
    QCOMPARE(contentOf(store.read(BuildStore::Kind::Artifact, "k")), QByteArray("library"));
    QVERIFY(!store.adopt(BuildStore::Kind::Artifact, "l", folder("nowhere")).ok());
}

void TestStore::keysAreOfContent()
{
    QCOMPARE(QByteArray::fromStdString(BuildStore::keyOf("abc")),
             QByteArray("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
}

void TestStore::othersGoFirstThenTheOldest()
{
    BuildStore other(folder("full"), "other"), store(folder("full"), "mine");
    const std::string block(1000, 'x');
    QVERIFY(store.write(BuildStore::Kind::Object, "old", block).ok());
    QTest::qWait(20);
    QVERIFY(store.write(BuildStore::Kind::Object, "young", block).ok());
    QVERIFY(other.write(BuildStore::Kind::Object, "others", block).ok());
    QCOMPARE(store.usage().othersBytes, std::uint64_t(1000));
    QVERIFY(store.setLimit(2300).ok());
    QVERIFY(!other.find(BuildStore::Kind::Object, "others"));
    QTest::qWait(20);
    QVERIFY(store.find(BuildStore::Kind::Object, "old"));  // a use makes it young
    QVERIFY(store.setLimit(1500).ok());
    QVERIFY(store.find(BuildStore::Kind::Object, "old"));
    QVERIFY(!store.find(BuildStore::Kind::Object, "young"));
    QCOMPARE(store.usage().limit, std::uint64_t(1500));
}

// Each reader sees one of the whole texts.
void TestStore::manyWriteOneKey()
{
    BuildStore store(folder("many"), "build");
    QVERIFY(store.write(BuildStore::Kind::Object, "k", std::string(100000, '0')).ok());
    std::atomic<bool> whole{true};
    std::vector<std::thread> threads;
    for (char c = '1'; c <= '4'; ++c)
        threads.emplace_back([&, c] {
            for (int i = 0; i < 50; ++i) {
                const bool written = store.write(BuildStore::Kind::Object, "k", std::string(100000, c)).ok();
                const auto read = store.read(BuildStore::Kind::Object, "k");
                if (!written || !read || read->size() != 100000 || read->find_first_not_of(read->front()) != read->npos)
                    whole = false;
            }
        });
    for (std::thread& thread : threads)
        thread.join();
    QVERIFY(whole);
    QCOMPARE(store.usage().files, std::size_t(1));  // and nothing half is left
}

void TestStore::unwritable()
{
    BuildStore store("/proc/strata", "build");
    const Status written = store.write(BuildStore::Kind::Object, "a", "x");
    QVERIFY(!written.ok());
    QCOMPARE(written.error().kind, ErrorKind::Environment);
    QVERIFY(!store.find(BuildStore::Kind::Object, "a"));
    store.evict();
}

void TestStore::buildIds()
{
    const auto compiler = buildIdOf(program("strata-compiler").toStdString());
    QVERIFY(compiler && compiler->size() == 40);
    QVERIFY(!buildIdOf("/proc/version"));
    QVERIFY(!buildIdOf("/nowhere"));
}

// A second run of the command line compiles nothing, a broken store is built anew, and clearing empties it.
void TestStore::commandLineBuildsOnce()
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("STRATA_CACHE", QString::fromStdString(folder("command")));
    const auto strata = [&](const QStringList& arguments, QByteArray* out = nullptr) {
        QProcess process;
        process.setProcessEnvironment(environment);
        process.start(program("strata"), arguments);
        process.waitForFinished(60000);
        if (out)
            *out = process.readAllStandardOutput();
        return process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
    };
    const auto usage = [&] {
        QByteArray text;
        strata({"cache", "--json"}, &text);
        return QJsonDocument::fromJson(text).object();
    };
    const QStringList check{"check", STRATA_SOURCE_DIR "/samples/mlp", "--auto", "--quiet"};
    QCOMPARE(strata(check), 0);
    const int files = usage()["files"].toInt();
    QVERIFY(files >= 4);
    QCOMPARE(strata(check), 0);
    QCOMPARE(usage()["files"].toInt(), files);

    QDir weights(QString::fromStdString(folder("command")) + "/weights");
    for (const QString& name : weights.entryList(QDir::Files))
        QVERIFY(QFile::resize(weights.filePath(name), 10));
    for (const QFileInfo& build :
         QDir(QString::fromStdString(folder("command"))).entryInfoList(QDir::Dirs | QDir::NoDotAndDotDot))
        for (const QFileInfo& library : QDir(build.filePath() + "/artifacts").entryInfoList(QDir::Files))
            QVERIFY(QFile::resize(library.filePath(), 100));
    QCOMPARE(strata(check), 0);

    QCOMPARE(strata({"cache", "--limit", "1K"}), 0);
    QVERIFY(usage()["bytes"].toInt() <= 1024);
    QCOMPARE(usage()["limit"].toInt(), 1024);
    QCOMPARE(strata({"cache", "--clear"}), 0);
    QCOMPARE(usage()["bytes"].toInt(), 0);
    QCOMPARE(strata({"cache", "--limit", "many"}), 2);
    QCOMPARE(strata({"cache", "model.onnx"}), 2);
    environment.insert("STRATA_CACHE", "off");
    QCOMPARE(strata({"cache"}), 3);
    QCOMPARE(strata(check), 0);
}

namespace {

enum class Seal { Anew, AsItWas };

// Rewrites each answer that is known of a library; how many there are.
int rewriteKnown(const QString& store, const std::function<void(QJsonObject&)>& rewrite, Seal seal = Seal::Anew)
{
    int count = 0;
    for (const QFileInfo& build : QDir(store).entryInfoList(QDir::Dirs | QDir::NoDotAndDotDot))
        for (const QFileInfo& answer : QDir(build.filePath() + "/known").entryInfoList(QDir::Files)) {
            QFile file(answer.filePath());
            if (!file.open(QIODevice::ReadOnly))
                return -1;
            const QByteArray text = file.readAll();
            file.close();
            const qsizetype end = text.lastIndexOf('\n');
            QJsonObject json = QJsonDocument::fromJson(text.left(end)).object();
            if (!json.contains("artifact"))
                continue;
            rewrite(json);
            ++count;
            const QByteArray changed = QJsonDocument(json).toJson(QJsonDocument::Compact);
            const std::string anew = BuildStore::keyOf((answer.fileName().toUtf8() + '\n' + changed).toStdString());
            const QByteArray last = seal == Seal::Anew ? QByteArray::fromStdString(anew) : text.mid(end + 1);
            if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate) || file.write(changed + '\n' + last) < 0)
                return -1;
        }
    return count;
}

// Makes a model of its own from a sample; a file that was written just now is known by its bytes.
bool copyModel(const QString& sample, const QString& to)
{
    const bool copied = QFile::copy(sample, to) && QFile::setPermissions(to, QFile::ReadOwner | QFile::WriteOwner);
    QTest::qWait(200);
    return copied;
}

// Turns a bit of a file's middle.
bool damage(const QString& path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadWrite) || !file.seek(file.size() / 2))
        return false;
    const char byte = char(file.peek(1).at(0) ^ 1);
    return file.write(&byte, 1) == 1;
}

}  // namespace

// What is known is believed: a run whose answer is marked shows the mark, so nothing was planned or lowered for it.
// Another model, other steps, or an answer whose library is gone are worked out.
void TestStore::aSecondStartAsksOnly()
{
    const QString store = m_folder.filePath("second"), model = m_folder.filePath("model.onnx");
    QVERIFY(copyModel(STRATA_SOURCE_DIR "/samples/mlp/model.onnx", model));
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("STRATA_CACHE", store);
    const auto isa = [&](const QStringList& options) {
        QProcess process;
        process.setProcessEnvironment(environment);
        process.start(program("strata"),
                      QStringList{"run", model, "--json", "--seconds", "0.01", "--isa", "x86-64-v3"} + options);
        process.waitForFinished(60000);
        return QJsonDocument::fromJson(process.readAllStandardOutput()).object()["isa"].toString();
    };
    const QString recipe = STRATA_SOURCE_DIR "/samples/mlp/mlp.recipe";
    for (const QStringList& options : {QStringList{"--auto"}, QStringList{}, QStringList{"--recipe", recipe}})
        QCOMPARE(isa(options), "x86-64-v3");
    const auto mark = [](QJsonObject& json) {
        QJsonArray target = json["target"].toArray();
        target[0] = "x86-64-v2";
        json["target"] = target;
    };
    QCOMPARE(rewriteKnown(store, mark), 6);  // each state, and each by its steps
    for (const QStringList& options : {QStringList{"--auto"}, QStringList{}, QStringList{"--recipe", recipe}})
        QCOMPARE(isa(options), "x86-64-v2");

    const QString other = m_folder.filePath("other.recipe");
    QVERIFY(QFile::copy(recipe, other));
    QFile file(other);
    QVERIFY(file.open(QIODevice::Append) && file.write("loops.unroll(gone, k)\n") > 0);
    file.close();
    QCOMPARE(isa({"--recipe", other}), "");  // refused

    rewriteKnown(store, [](QJsonObject& json) { json["artifact"] = QString(64, '0'); });
    QCOMPARE(isa({"--auto"}), "x86-64-v3");
    rewriteKnown(store, mark);
    QVERIFY(damage(model));
    QCOMPARE(isa({"--auto"}), "x86-64-v3");
}

// A damaged answer is none, however well it reads: the run is that of a first start.
void TestStore::aDamagedAnswerIsNone()
{
    const QString store = m_folder.filePath("damaged"), model = m_folder.filePath("damaged.onnx");
    QVERIFY(copyModel(STRATA_SOURCE_DIR "/samples/mlp/model.onnx", model));
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("STRATA_CACHE", store);
    const auto isa = [&] {
        QProcess process;
        process.setProcessEnvironment(environment);
        process.start(program("strata"), {"run", model, "--auto", "--json", "--seconds", "0.01", "--isa", "x86-64-v3"});
        process.waitForFinished(60000);
        return QJsonDocument::fromJson(process.readAllStandardOutput()).object()["isa"].toString();
    };
    QCOMPARE(isa(), "x86-64-v3");
    for (const int other : {1, 4, 99, -1}) {
        const auto mark = [&](QJsonObject& json) {
            QJsonArray target = json["target"].toArray();
            target[0] = other;
            json["target"] = target;
        };
        QCOMPARE(rewriteKnown(store, mark, Seal::AsItWas), 2);
        QCOMPARE(isa(), "x86-64-v3");
    }
    for (const QFileInfo& build : QDir(store).entryInfoList(QDir::Dirs | QDir::NoDotAndDotDot))
        for (const QFileInfo& answer : QDir(build.filePath() + "/known").entryInfoList(QDir::Files))
            QVERIFY(damage(answer.filePath()));
    QCOMPARE(isa(), "x86-64-v3");
}

STRATA_TEST_IN(QCoreApplication, TestStore)
#include "tst_store.moc"
