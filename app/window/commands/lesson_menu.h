// Lesson: which are there, going through the open one, and what is handed in and out of it.
#pragma once

#include "app/window/commands/commands.h"

namespace strata {

class LessonMenu : public CommandGroup {
    Q_OBJECT
public:
    explicit LessonMenu(const Frame& frame);
    void show(const Scene& scene, Aspects changed) override;
    void open(const QString& folder);  // in the language of the window, where it has a text in that
    void openNext();                   // the one behind the open one
    QString language() const;

signals:
    void startAsked();  // there is no next one

private:
    void handIn();
    void handOut();
    void reset();
};

}  // namespace strata
