// All runs of a document's states that are past. A state is known by the steps that lead to it, so that undo, edits and
// opening the document again change nothing. Kept by the document's file, since times are of this machine.
#pragma once

#include "app/window/models/timings.h"

#include <QByteArray>
#include <QString>

namespace strata {

class RunHistory {
public:
    static Result<RunHistory> of(const QString& document);  // as it was saved; nothing, if it never was
    Status save(const QString& document) const;

    void add(const Session& session, int state, const TimedRun& run);
    void add(const RunHistory& saved);  // of states that there is nothing of
    History of(const Session& session) const;

private:
    QByteArray keyOf(const Session& session, int state) const;

    std::map<QByteArray, std::vector<TimedRun>> m_runs;
    // By state, of the session that was asked of last.
    mutable std::vector<std::pair<StatePtr, QByteArray>> m_keys;
};

}  // namespace strata
