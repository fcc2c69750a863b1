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

}  // namespace strata
