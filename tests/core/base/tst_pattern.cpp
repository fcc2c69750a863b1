// Regular expressions as automata: what RE2 says of a whole text, and sentences on what is none.
#include "core/base/pattern.h"

#include "core/base/text_bytes.h"
#include "tests/program.h"

#include <QTest>

using namespace strata;

class TestPattern : public QObject {
    Q_OBJECT
private slots:
    void matches_data()
    {
        QTest::addColumn<QByteArray>("expression");
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<bool>("is");
        const auto row = [](const QByteArray& expression, const QByteArray& text, bool is) {
            QTest::newRow((expression + " on " + text).constData()) << expression << text << is;
        };
        row("", "", true);
        row("", "a", false);
        row("abc", "abc", true);
        row("abc", "abcd", false);  // a whole text
        row("a|bc", "bc", true);
        row("a|bc", "ac", false);
        row("(a|b)*c", "ababc", true);
        row("a*?", "aaa", true);
        row("a{2,3}", "a", false);
        row("a{2,3}", "aaa", true);
        row("a{2,3}", "aaaa", false);
        row("a{2}", "aa", true);
        row("a{2,}", "aaaaa", true);
        row("a{,2}", "a{,2}", true);  // a brace that repeats nothing is a character
        row("(a*)*b", "aaaab", true);
        row(".", "\n", false);
        row("(?s).", "\n", true);
        row(".", "\xc3\xa9", true);      // é is one character
        row("..", "\xc3\xa9", false);
        row(".", "\xf0\x9f\x98\x80", true);
        row(".", "\xc3", false);         // no UTF-8
        row("[^a]", "\n", true);
        row("[^a]", "a", false);
        row("[a-c]+", "abcabc", true);
        row("[]a]+", "]a", true);
        row("[a-]", "-", true);
        row("[\\d_]+", "12_3", true);
        row("[[:alpha:]]+", "abZ", true);
        row("[[:^alpha:]]", "1", true);
        row("[\xc3\xa0-\xc3\xbc]+", "\xc3\xa9\xc3\xa8", true);
        row("\\d\\D\\s\\S\\w\\W", "1x y_-", true);
        row("\\x41\\x{42}\\103", "ABC", true);
        row("\\Qa.b\\E.", "a.bx", true);
        row("\\Qa.b\\E.", "axbx", false);
        row("\\.", ".", true);
        row("(?i)stra\xc3\x9f", "STRA\xc3\x9f", true);
        row("(?i)k", "\xe2\x84\xaa", true);  // the sign of kelvin
        row("(?i:a)b", "Ab", true);
        row("(?i:a)b", "AB", false);
        row("a(?i)b|c", "aB", true);
        row("(?P<name>a)", "a", true);
        row("^a$", "a", true);
        row("a^b", "ab", false);
        row("(?m)a$\n^b", "a\nb", true);
        row("a$\n^b", "a\nb", false);
        row("\\Aa\\z", "a", true);
        row("a\\b b", "a b", true);
        row("a\\bb", "ab", false);
        row("a\\Bb", "ab", true);
        row("\\bcom\\b", "com", true);
        row("www\\.[\\w.-]+\\.\\bcom\\b", "www.google.com", true);
        row("www\\.[\\w.-]+\\.\\bcom\\b", "www.facebook.com", true);
        row("www\\.[\\w.-]+\\.\\bcom\\b", "www.bbc.co.uk", false);
        row("(\\W|^)[\\w.\\-]{0,25}@(yahoo|gmail)\\.com(\\W|$)", "account@gmail.com", true);
        row("(\\W|^)[\\w.\\-]{0,25}@(yahoo|gmail)\\.com(\\W|$)", "not email", false);
    }
    void matches()
    {
        QFETCH(QByteArray, expression);
        QFETCH(QByteArray, text);
        QFETCH(bool, is);
        const Result<std::string> automaton = automatonOf(expression.toStdString());
        QVERIFY2(automaton.ok(), automaton ? "" : automaton.error().message.c_str());
        const strata_text given{text.constData(), text.size()};
        QCOMPARE(strata_text_matches(given, reinterpret_cast<const unsigned char*>(automaton->data())) != 0, is);
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("expression");
        QTest::addColumn<QString>("why");
        const auto row = [](const QByteArray& expression, const char* why) {
            QTest::newRow(expression.left(20).constData()) << expression << why;
        };
        row("(a", "a ( is not closed");
        row("a)", "a ) closes nothing");
        row("[a", "a [ is not closed");
        row("*a", "nothing stands before a *");
        row("a**", "something is repeated twice");
        row("a{3,2}", "something is repeated more than 1000 times, or less than never");
        row("a{1001}", "something is repeated more than 1000 times, or less than never");
        row("[b-a]", "a range of a class ends before it begins");
        row("[[:letters:]]", "there is no class of this name");
        row("(?=a)", "it looks ahead, behind or back, which RE2 does not do");
        row("(?x)a", "there are no flags like these");
        row("(?P<>a)", "a group has no name");
        row("\\pL", "there is no \\p here");
        row("\\1", "there is no \\1 here");
        row("[\\q]", "there is no \\q in a class");
        row("a\\", "nothing stands behind a backslash");
        row("\xff", "it is no UTF-8");
        row(QByteArray(300, '('), "its parentheses are nested too deep");
        row("((.{100}){100}){100}", "it is too long");
        row("(a|b)*a(a|b){14}", "its automaton has more than 3000 states");
    }
    void refuses()
    {
        QFETCH(QByteArray, expression);
        QFETCH(QString, why);
        const Result<std::string> automaton = automatonOf(expression.toStdString());
        QVERIFY(!automaton.ok());
        QCOMPARE(QString::fromStdString(automaton.error().message),
                 "Strata does not have the regular expression " + QString::fromUtf8(expression) + ": " + why + ".");
    }
};

STRATA_TEST(TestPattern)
#include "tst_pattern.moc"
