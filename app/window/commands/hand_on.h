// What is handed on: pictures of parts, and the session as a page.
#pragma once

#include "app/window/commands/commands.h"

namespace strata {

class Part;

class HandOn : public CommandGroup {
public:
    using CommandGroup::CommandGroup;
    void fill(QMenu* menu);
    // Of a whole pane; say what went wrong, or nothing.
    QString savePicture(Level level, const QString& path);
    QString savePicture(const Part& part, const QString& path);

private:
    void savePictureAs(const Part& part);
    void copyPicture();
    void saveReportAs();
};

}  // namespace strata
