// Views that are kept under a name, and gone back to by a key.
#pragma once

#include "app/window/bookmark.h"
#include "app/window/commands/commands.h"

namespace strata {

class BookmarkMenu : public CommandGroup {
public:
    BookmarkMenu(const Frame& frame, QMenu* menu);
    void show(const Scene& scene, Aspects changed) override;

private:
    void showKept();
    Bookmark present(const QString& name) const;
    void ask();
    void askForgotten();
    void goTo(const Bookmark& bookmark);
    void keep();

    std::vector<Bookmark> m_bookmarks;  // of the open model
    QMetaObject::Connection m_seeing;   // until the graph of a bookmark is drawn
};

}  // namespace strata
