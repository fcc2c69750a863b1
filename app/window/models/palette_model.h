// The palette of transforms for a selection: what applies, with the arguments that it would take, and what does not,
// with the reason.
#pragma once

#include "app/window/models/format.h"
#include "core/session/session.h"

#include <QAbstractListModel>

#include <functional>
#include <map>
#include <optional>
#include <tuple>
#include <stop_token>

namespace strata {

// What a step would do to the time of the function: after by before, 0.62 is 38 % less.
struct Gain {
    std::optional<double> predicted, measured;
    bool isNoise = false;  // what was measured may be the machine's noise
    double best() const { return isNoise ? 1 : measured.value_or(predicted.value_or(1)); }
};
// "measured −44 %", else "predicted −38 %"; empty: not known.
QString gainText(const Gain& gain);
// By step, in the order of what applies.
using Gains = std::map<std::string, Gain>;

struct PaletteEntry {
    std::string id;
    Level level = Level::Graph;
    bool applies = false;
    bool fits = true;           // false: the selection is not of a kind that it takes
    bool typed = false;         // what is typed decides whether it applies
    bool planned = true;        // false: it fits by its form, and whether it is legal is being found out
    QString title, detail;      // "split", "j [_, 8]" or the reason
    QString summary, keywords;  // for tool tip and filter
    Arguments arguments;        // suggested; empty where there is no suggestion
};

// What the palette is asked for. `prepare` are steps that must come before any (lowering what is only a preview);
// `module` has them applied.
struct PaletteRequest {
    ModulePtr module;
    std::vector<Step> prepare;
    std::optional<Cursor> selection;
    std::shared_ptr<const Registry> registry;
    TransformContext context;  // whose plans the click finds again
};
// What fits by its form, known at once.
std::vector<PaletteEntry> fittingTransforms(const PaletteRequest& request);
// Each of them planned, those that look at a whole function last, since they may take long on a large one; `found` is
// told now and then.
std::vector<PaletteEntry> planTransforms(std::vector<PaletteEntry> entries, const PaletteRequest& request,
                                         std::stop_token stop,
                                         const std::function<void(const std::vector<PaletteEntry>&)>& found = {});
// Both; `found` is told what fits, too.
std::vector<PaletteEntry> checkTransforms(const PaletteRequest& request, std::stop_token stop,
                                          const std::function<void(const std::vector<PaletteEntry>&)>& found = {});

// Rows: a heading, entries that apply, those to be typed last; a heading, and below it those that do not apply, which
// are folded away until they are asked for, or something is filtered. In each part those that the filter names best
// come first.
class PaletteModel : public QAbstractListModel {
    Q_OBJECT
public:
    enum Roles { HeadingRole = Qt::UserRole, AppliesRole, PlannedRole };

    using QAbstractListModel::QAbstractListModel;
    void setEntries(std::vector<PaletteEntry> entries);
    void setFilter(const QString& text);
    void setGains(Gains gains);       // by id; what was measured stands first, the best on top
    const Gain* gain(int row) const;  // nullptr: nothing is known of it
    void setUnfolded(bool on);        // those that do not apply
    bool isUnfolded() const { return m_unfolded; }
    bool isFold(int row) const;                // the heading that folds them
    const PaletteEntry* entry(int row) const;  // nullptr: a heading
    const std::vector<PaletteEntry>& entries() const { return m_entries; }
    int rowOf(const std::string& id) const;  // -1: not shown
    // The entry that the filter names best, whether it applies or not: what was typed is never taken for another that
    // happens to apply. -1: nothing is typed, or nothing matches.
    int bestRow() const;
    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;

private:
    void rebuild();
    QString heading(int row) const;
    std::tuple<int, bool, bool, double> order(int entry) const;
    int match(int entry) const;  // how well the filter names it, 0 best; -1: not at all

    std::vector<PaletteEntry> m_entries;
    Gains m_gains;
    QString m_filter;
    bool m_unfolded = false;
    int m_refused = 0;
    std::vector<int> m_rows;  // index into m_entries; -1: "Applies", -2: "Not now"
};

}  // namespace strata
