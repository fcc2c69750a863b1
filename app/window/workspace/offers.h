// What can be done with what is selected: the palette, what of it is legal, what a step of it would make of the panes,
// and what it would gain.
#pragma once

#include "app/window/workspace/desk.h"
#include "app/window/workspace/measurements.h"
#include "app/window/workspace/refusals.h"

namespace strata {

class Offers : public QObject {
    Q_OBJECT
public:
    Offers(Desk& desk, Refusals& refusals, Measurements& measurements);

    // Answered by the scene's `checked`. `changed`: the state whose step it would replace; -1: it would follow the
    // shown one.
    void checkLine(const QString& line, int changed = -1);
    // The same, of a line that somebody still types elsewhere: no refusal is shown for it.
    void checkTyped(const QString& line);
    // Shows in the panes what the step would make of them, until something is done or it is ended.
    void preview(const QString& line);
    void endPreview();
    // Measures the most promising of what the palette offers, in the background; again: no more of it.
    void tryPromising();
    void stopTrying();  // it was cancelled
    // The steps that must come before one on the selection; where no palette has found them yet, asking for them takes
    // as long as they do.
    std::function<std::vector<Step>()> prelude() const;
    Aspects outdated(Aspects changed);  // what of them no longer holds goes

    // Jobs; what starts them is in Workspace::refreshes.
    void refreshPalette();
    void refreshPlans();

private:
    Desk& m_desk;
    Refusals& m_refusals;
    Measurements& m_measurements;
};

}  // namespace strata
