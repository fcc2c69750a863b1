#include "app/window/bookmark.h"

#include <QCryptographicHash>
#include <QSettings>
#include <QVariantMap>

namespace strata {

namespace {

QString keyOf(const std::string& model)
{
    const QByteArray digest = QCryptographicHash::hash(QByteArray::fromStdString(model), QCryptographicHash::Sha1);
    return QStringLiteral("bookmarks/") + QString::fromLatin1(digest.toHex().left(16));
}

QString text(const std::string& s) { return QString::fromStdString(s); }

QVariantMap toMap(const Bookmark& bookmark)
{
    QVariantMap map{{"name", bookmark.name},
                    {"step", bookmark.step},
                    {"function", text(bookmark.function)},
                    {"program", text(bookmark.program)},
                    {"graphFunction", text(bookmark.graphFunction)},
                    {"zoom", bookmark.zoom},
                    {"centre", bookmark.centre},
                    {"panes", bookmark.panes}};
    if (const std::optional<Place>& place = bookmark.place)
        map["place"] = QVariantList{text(place->cursor.function), static_cast<int>(place->cursor.kind),
                                    text(place->cursor.name), place->lowered};
    QStringList open;
    for (const std::string& group : bookmark.arrangement.open)
        open << text(group);
    map["open"] = open;
    QVariantMap instances;
    for (const auto& [group, instance] : bookmark.arrangement.instances)
        instances[text(group)] = instance;
    map["instances"] = instances;
    return map;
}

std::optional<Place> placeFrom(const QVariantList& list)
{
    if (list.size() != 4)
        return std::nullopt;
    return Place{{list[0].toString().toStdString(), static_cast<NodeKind>(list[1].toInt()),
                  list[2].toString().toStdString()},
                 list[3].toBool()};
}

Bookmark fromMap(const QVariantMap& map)
{
    Bookmark bookmark;
    bookmark.name = map["name"].toString();
    bookmark.step = map["step"].toInt();
    bookmark.place = placeFrom(map["place"].toList());
    bookmark.function = map["function"].toString().toStdString();
    bookmark.program = map["program"].toString().toStdString();
    bookmark.graphFunction = map["graphFunction"].toString().toStdString();
    bookmark.zoom = map["zoom"].toDouble();
    bookmark.centre = map["centre"].toPointF();
    bookmark.panes = map["panes"].toStringList();
    for (const QString& group : map["open"].toStringList())
        bookmark.arrangement.open.insert(group.toStdString());
    const QVariantMap instances = map["instances"].toMap();
    for (auto it = instances.begin(); it != instances.end(); ++it)
        bookmark.arrangement.instances[it.key().toStdString()] = it.value().toInt();
    return bookmark;
}

}  // namespace

std::vector<Bookmark> keptBookmarks(const QSettings& settings, const std::string& model)
{
    std::vector<Bookmark> bookmarks;
    for (const QVariant& one : settings.value(keyOf(model)).toList())
        bookmarks.push_back(fromMap(one.toMap()));
    return bookmarks;
}

void keepBookmarks(QSettings& settings, const std::string& model, const std::vector<Bookmark>& bookmarks)
{
    QVariantList list;
    for (const Bookmark& bookmark : bookmarks)
        list << toMap(bookmark);
    list.isEmpty() ? settings.remove(keyOf(model)) : settings.setValue(keyOf(model), list);
}

}  // namespace strata
