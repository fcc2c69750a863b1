// View: which panes are seen and how, the graph's groups, the theme.
#pragma once

#include "app/window/commands/commands.h"

namespace strata {

class Appearance;
class BookmarkMenu;
class LectureMode;

class ViewMenu : public CommandGroup {
public:
    ViewMenu(const Frame& frame, LectureMode& lecture, Appearance& appearance);
    ~ViewMenu() override;
    void show(const Scene& scene, Aspects changed) override;

private:
    void addPanes(QMenu* menu, LectureMode& lecture);
    void addDifferences(QMenu* menu);
    void addForms(QMenu* menu);
    void addInstructions(QMenu* menu);
    void addIr(QMenu* menu);
    void addGraph(QMenu* menu);
    void addThemes(QMenu* menu, Appearance& appearance);
    void nextChange(bool forward);

    std::unique_ptr<BookmarkMenu> m_bookmarks;
};

}  // namespace strata
