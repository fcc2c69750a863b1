// What all that works on the document has in common: the model and its session, the scene in the making, and the jobs.
// Who changes the scene says so here; what one call changes is told as one scene.
#pragma once

#include "app/window/scene/scene.h"

#include <QObject>

namespace strata {

// Something that went wrong, for the list of problems.
struct Problem {
    enum class Kind { Refused, Environment, Bug, Warning, Note };
    Kind kind = Kind::Refused;
    QString text, place;
    std::vector<Cursor> nodes;
};

Problem problemOf(const Error& error, const QString& place);

class Desk : public QObject {
    Q_OBJECT
public:
    Desk();

    std::shared_ptr<Toolchain> toolchain;
    std::shared_ptr<const Registry> registry;
    TransformContext context;
    OpenedModel model;
    std::shared_ptr<Session> session;  // never shared for writing: jobs get copies
    Scene scene;                       // in the making
    std::unique_ptr<JobRunner> jobs;   // ended first: jobs use what is here, and who started them

    bool isOpen() const { return session != nullptr; }
    StatePtr compared() const;  // the state that the panes compare with; nullptr: none
    // They are what a person waits for: what else is found out of a state waits for them.
    bool panesAreComing() const;

    void changed(Aspects what);
    // What happens while there is one is told in one scene, when the outermost ends.
    class Together {
    public:
        explicit Together(Desk& desk)
            : m_desk(desk)
        {
            ++m_desk.m_together;
        }
        ~Together()
        {
            if (--m_desk.m_together == 0 && m_desk.m_changed)
                emit m_desk.changedTogether(std::exchange(m_desk.m_changed, {}));
        }
        Together(const Together&) = delete;
        Together& operator=(const Together&) = delete;

    private:
        Desk& m_desk;
    };
    void report(std::vector<Problem> problems);
    void report(const Error& error, const QString& place);
    void say(const QString& sentence) { emit said(sentence); }

signals:
    void changedTogether(strata::Aspects what);
    void problems(const std::vector<strata::Problem>& problems);
    void said(const QString& sentence);

private:
    Aspects m_changed;
    int m_together = 0;
};

}  // namespace strata
