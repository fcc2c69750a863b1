// What is said of a step that was refused: why, as a picture where it is about order, and what would help.
#pragma once

#include "app/window/workspace/desk.h"

namespace strata {

class Refusals : public QObject {
    Q_OBJECT
public:
    explicit Refusals(Desk& desk);
    // `where`: the session in which the step was refused behind its current state; null: no step was.
    void set(const Status& status, const QString& line, const std::shared_ptr<const Session>& where = {});
    void clear();
    void takeHelp(int help);

signals:
    void helpTaken(const std::vector<strata::Step>& steps);  // instead of the step that was refused

private:
    void seekHelp(const Error& error, const QString& line, const Session& where);
    void draw(const Error& error, const QString& line, const Session& where);

    Desk& m_desk;
};

}  // namespace strata
