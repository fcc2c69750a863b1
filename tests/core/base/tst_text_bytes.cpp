// What functions of texts do to bytes: letters, numbers, pieces.
#include "core/base/text_bytes.h"
#include "tests/program.h"

#include <clocale>
#include <limits>

#include <QtTest>

namespace {

strata_text part(const QByteArray& text) { return {text.constData(), text.size()}; }

QString letters(const char* text, bool upper)
{
    const QByteArray from(text);
    QByteArray to(from.size() + 1, '#');
    const auto size = strata_text_case(part(from), upper, to.data());
    return size <= from.size() ? QString::fromUtf8(to.left(int(size))) : QStringLiteral("too long");
}

QString real(double value, bool isSingle)
{
    char digits[STRATA_TEXT_NUMBER];
    return QString::fromLatin1(digits, int(strata_text_of_real(value, isSingle, digits)));
}

QStringList pieces(const char* text, const char* delimiter, int most)
{
    const QByteArray whole(text), between(delimiter);
    QStringList list;
    strata_text piece;
    const auto count = strata_text_piece(part(whole), part(between), most, -1, &piece);
    for (int k = 0; k < count; ++k) {
        strata_text_piece(part(whole), part(between), most, k, &piece);
        list << QString::fromUtf8(piece.data, int(piece.size));
    }
    strata_text_piece(part(whole), part(between), most, count, &piece);
    return piece.size == 0 ? list : QStringList{QStringLiteral("something behind the last piece")};
}

}  // namespace

class TestTextBytes : public QObject {
    Q_OBJECT

private slots:
    void lettersHaveTwoCases();
    void numbersHaveFewDigits();
    void textsAreNumbers();
    void piecesLieBetweenDelimiters();
};

void TestTextBytes::lettersHaveTwoCases()
{
    QCOMPARE(letters("Monday 7 \xc3\x84rger", false), QString::fromUtf8("monday 7 ärger"));
    QCOMPARE(letters("ärger \xc3\x9f µ ÿ", true), QString::fromUtf8("ÄRGER SS Μ Ÿ"));
    QCOMPARE(letters("ΣΟΦΙΑ ЖЮРИ Łódź", false), QString::fromUtf8("σοφια жюри łódź"));
    QCOMPARE(letters("σοφια жюри łódź ấ", true), QString::fromUtf8("ΣΟΦΙΑ ЖЮРИ ŁÓDŹ Ấ"));
    QCOMPARE(letters("的中 @[`{", true), QString::fromUtf8("的中 @[`{"));
    // Qt knows all letters: those of these alphabets come out as it has them.
    for (const auto& [first, last] : {std::pair(0x20, 0x17e), {0x386, 0x3ce}, {0x400, 0x52f}, {0x531, 0x586}})
        for (int code = first; code <= last; ++code) {
            const QString one = QChar(code);
            if (one.toUpper().size() != 1 || one.toLower().size() != 1 || code == 0x131 || code == 0x17f
                || code == 0x130)
                continue;
            QCOMPARE(letters(one.toUtf8(), true), one.toUpper());
            QCOMPARE(letters(one.toUtf8(), false), one.toLower());
        }
    const QByteArray broken("a\xff\xc3");
    char to[8];
    QCOMPARE(strata_text_case(part(broken), 1, to), 3);
    QCOMPARE(QByteArray(to, 3), QByteArray("A\xff\xc3"));
}

void TestTextBytes::numbersHaveFewDigits()
{
    QCOMPARE(real(0.9767611F, true), "0.9767611");
    QCOMPARE(real(0.039187793F, true), "0.039187793");
    QCOMPARE(real(0.1, false), "0.1");
    QCOMPARE(real(25, true), "25.0");
    QCOMPARE(real(1e15, false), "1000000000000000.0");
    QCOMPARE(real(1.5e20, false), "1.5e+20");
    QCOMPARE(real(1e-5, false), "1e-05");
    QCOMPARE(real(-0.0, true), "-0.0");
    QCOMPARE(real(std::numeric_limits<double>::quiet_NaN(), false), "nan");
    QCOMPARE(real(-std::numeric_limits<float>::infinity(), true), "-inf");
    QCOMPARE(real(std::numeric_limits<double>::denorm_min(), false), "5e-324");
    if (std::setlocale(LC_NUMERIC, "de_DE.UTF-8"))
        QCOMPARE(real(0.5, false), "0.5");
    std::setlocale(LC_NUMERIC, "C");
    char digits[STRATA_TEXT_NUMBER];
    QCOMPARE(QByteArray(digits, int(strata_text_of_whole(-1, 1, digits))), "18446744073709551615");
}

void TestTextBytes::textsAreNumbers()
{
    double value = 0;
    QVERIFY(strata_text_to_real(part(" 0.47892547\n"), 1, &value) && float(value) == 0.47892547F);
    QVERIFY(strata_text_to_real(part("+INF"), 0, &value) && value > 1e308);
    QVERIFY(strata_text_to_real(part("NaN"), 0, &value) && value != value);
    for (const char* none : {"", " ", "one", "1.5.2", "0x10", "1,5", "nan(1)", "--1"})
        QVERIFY2(!strata_text_to_real(part(none), 0, &value), none);
    std::int64_t whole = 0;
    QVERIFY(strata_text_to_whole(part("-9223372036854775808"), 0, &whole)
            && whole == std::numeric_limits<std::int64_t>::min());
    QVERIFY(strata_text_to_whole(part("18446744073709551615"), 1, &whole) && whole == -1);
    for (const char* none : {"", "9223372036854775808", "1.0", "-", "1e3"})
        QVERIFY2(!strata_text_to_whole(part(none), 0, &whole), none);
    QVERIFY(!strata_text_to_whole(part("-1"), 1, &whole));
}

void TestTextBytes::piecesLieBetweenDelimiters()
{
    QCOMPARE(pieces("a,b,,c", ",", -1), (QStringList{"a", "b", "", "c"}));
    QCOMPARE(pieces("a--b-c", "--", -1), (QStringList{"a", "b-c"}));
    QCOMPARE(pieces("o n n x", "", 2), (QStringList{"o", "n", "n x"}));
    QCOMPARE(pieces("  hello   world !", "", -1), (QStringList{"hello", "world", "!"}));
    QCOMPARE(pieces("", ",", -1), QStringList{""});
    QCOMPARE(pieces("  ", "", -1), QStringList());
    QCOMPARE(pieces("a,b", ",", 0), QStringList{"a,b"});
}

STRATA_TEST(TestTextBytes)
#include "tst_text_bytes.moc"
