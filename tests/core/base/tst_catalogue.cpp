// A catalogue: read, asked for texts, for sentences with arguments, for errors.
#include "core/base/catalogue.h"
#include "tests/program.h"

#include <QTest>

using namespace strata;

class TestCatalogue : public QObject {
    Q_OBJECT

private slots:
    void texts();
    void sentences();
    void errors();
    void faults_data();
    void faults();
};

namespace {

const char text[] = R"(# comment
msgid "Undo"
msgstr "撤销"

msgid "In {}, loop {} is {}."
msgstr "循环 {2} 在 {1} 里是 {3}。"

msgid ""
"Two "
"lines\n"
msgstr "两\"行\"\n"

msgid "not yet"
msgstr ""

msgid "serial"
msgstr "串行"
msgid "First {}, then {}."
msgstr "先 {}，后 {}。"
)";

}  // namespace

void TestCatalogue::texts()
{
    const auto catalogue = Catalogue::parse(text);
    QVERIFY2(catalogue.ok(), catalogue.ok() ? "" : catalogue.error().text().c_str());
    QCOMPARE(catalogue->size(), std::size_t(5));
    QCOMPARE(catalogue->translated(std::string("Undo")), std::string("撤销"));
    QCOMPARE(catalogue->translated(std::string("Two lines\n")), std::string("两\"行\"\n"));
    QCOMPARE(catalogue->translated(std::string("not yet")), std::string("not yet"));
    QVERIFY(!catalogue->find("Redo"));
}

void TestCatalogue::sentences()
{
    const auto catalogue = Catalogue::parse(text);
    QVERIFY(catalogue.ok());
    // The order of places is the translation's own; arguments that are words are translated, names stay.
    QCOMPARE(catalogue->translated(say("In {}, loop {} is {}.", std::string("mm"), std::string("k"), std::string("serial"))),
             std::string("循环 k 在 mm 里是 串行。"));
    QCOMPARE(catalogue->translated(say("First {}, then {}.", 1, std::string("{2}"))), std::string("先 1，后 {2}。"));
    QCOMPARE(catalogue->translated(say("Nobody translates {}.", 1)), std::string("Nobody translates 1."));
}

void TestCatalogue::errors()
{
    const auto catalogue = Catalogue::parse(text);
    QVERIFY(catalogue.ok());
    Error error = refused(say("First {}, then {}.", 1, 2), {}, "Undo");
    error.message = "file, line 3: " + error.message;
    QCOMPARE(catalogue->translated(error).text(), std::string("file, line 3: 先 1，后 2。 撤销"));
    QCOMPARE(catalogue->translated(bug("Undo")).text(), std::string("撤销"));
}

void TestCatalogue::faults_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("no keyword") << QByteArray("\"a\"\n") << QByteArray("Line 1");
    QTest::newRow("open") << QByteArray("# c\nmsgid \"a\n") << QByteArray("Line 2");
    QTest::newRow("bare") << QByteArray("msgid \"a\"\nmsgstr b\n") << QByteArray("Line 2");
    QTest::newRow("quote inside") << QByteArray("msgid \"a\"b\"\n") << QByteArray("Line 1");
    QTest::newRow("escape at the end") << QByteArray("msgid \"a\\\"\n") << QByteArray("Line 1");
}

void TestCatalogue::faults()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, says);
    const auto catalogue = Catalogue::parse(text.toStdString());
    QVERIFY(!catalogue.ok());
    QVERIFY2(QByteArray::fromStdString(catalogue.error().message).startsWith(says), catalogue.error().message.c_str());
}

STRATA_TEST(TestCatalogue)
#include "tst_catalogue.moc"
