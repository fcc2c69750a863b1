// A lesson that is open: which step is read, and what the reader makes of it.
#pragma once

#include "app/window/workspace/desk.h"

namespace strata {

class Runs;
class Workspace;

class LessonReader : public QObject {
    Q_OBJECT
public:
    LessonReader(Desk& desk, Workspace& workspace);

    void goToStep(int step);  // as its text finds the program; -1: the introduction
    // Shows the step taken, then the next one's text; back: the text before.
    void next();
    void previous();
    void checkStep();  // what differs is said from now on, until the step is left
    void openHint();
    void answer(const std::string& question, const std::string& answer);
    void choose(const std::string& choice);  // another choice than the step's, as a branch
    void startAfresh();                      // what the reader did is forgotten, on disk, too
    void handOut(const QString& path);       // as a page, with the times that were measured; .html or .pdf
    void handIn(const QString& path);        // what the reader did, to be replayed

    void adopt(const std::shared_ptr<const Lesson>& lesson);  // it is the document that was opened
    void goOn(LessonShown reading);                           // with the same document
    void giveInputs();
    void settle(Aspects what);  // what the scene says of it follows from the shown state

private:
    void set(LessonShown lesson);
    void look();
    void record();
    void keepProgress(LessonShown& lesson, LessonProgress progress);

    Desk& m_desk;
    Workspace& m_workspace;
};

}  // namespace strata
