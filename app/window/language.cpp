#include "app/window/language.h"

#include "app/workbench/place.h"

#include <QCoreApplication>
#include <QLibraryInfo>
#include <QLocale>
#include <QTranslator>

namespace strata {

namespace {

// One text has one translation, wherever it stands.
class CatalogueTranslator : public QTranslator {
public:
    CatalogueTranslator(Catalogue catalogue, QObject* parent)
        : QTranslator(parent)
        , m_catalogue(std::move(catalogue))
    {
    }
    bool isEmpty() const override { return m_catalogue.size() == 0; }
    QString translate(const char*, const char* text, const char*, int) const override
    {
        const std::string* found = m_catalogue.find(text);
        return found ? QString::fromStdString(*found) : QString();
    }

private:
    Catalogue m_catalogue;
};

}  // namespace

QString languageFor(const QString& asked)
{
    if (asked == QLatin1String("en") || asked == QLatin1String("zh"))
        return asked;
    return QLocale::system().language() == QLocale::Chinese ? QStringLiteral("zh") : QStringLiteral("en");
}

bool speak(const QString& language)
{
    if (language == QLatin1String("en"))
        return true;
    Result<Catalogue> catalogue = catalogueOf(language.toStdString());
    if (!catalogue)
        return false;
    auto* own = new QTranslator(qApp);
    if (own->load(QStringLiteral("qtbase_zh_CN"), QLibraryInfo::path(QLibraryInfo::TranslationsPath)))
        QCoreApplication::installTranslator(own);
    QCoreApplication::installTranslator(new CatalogueTranslator(std::move(*catalogue), qApp));
    QLocale::setDefault(QLocale(QLocale::Chinese, QLocale::China));
    return true;
}

}  // namespace strata
