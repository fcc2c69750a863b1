#include "app/window/models/said.h"

#include "core/base/catalogue.h"

#include <QCoreApplication>

namespace strata {

namespace {

std::string ofCatalogue(const std::string& text) { return translated(text).toStdString(); }

}  // namespace

QString translated(const std::string& text) { return QCoreApplication::translate("", text.c_str()); }
QString saidText(const Sentence& sentence) { return QString::fromStdString(translated(sentence, ofCatalogue)); }
QString saidText(const Error& error) { return QString::fromStdString(translated(error, ofCatalogue).text()); }

QString saidText(const Cursor& cursor)
{
    const QString kind = translated(nodeKindName(cursor.kind));
    const QString function = QString::fromStdString(cursor.function), name = QString::fromStdString(cursor.name);
    if (name.isEmpty())
        return QStringLiteral("%1 %2").arg(kind, function);
    return function.isEmpty() ? QStringLiteral("%1 %2").arg(kind, name)
                              : QCoreApplication::translate("Said", "%1 %2 of %3").arg(kind, name, function);
}

}  // namespace strata
