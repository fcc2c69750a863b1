// Numbers and titles as people read them: units, three digits, spread.
#pragma once

#include "backends/runner/runner.h"
#include "core/transform/step.h"

#include <QString>

#include <functional>
#include <optional>
#include <vector>

namespace strata {

QString formatTime(double milliseconds);                 // "912 µs", "1.24 ms"
QString formatBytes(double bytes);                       // "3.9 KB"
QString formatCount(double count, const QString& unit);  // "318 kFLOP"
// "912 µs ± 6": the interval that holds the median with 95 %; without "±" of a single run.
QString formatSpread(const Timing& timing);
QString formatRatio(double ratio);           // "12.1 ×"
QString formatSpeed(const Interval& speed);  // "12.1 ± 0.2 ×"
// How many times as fast `own` is, or "no change" where the difference may be the machine's noise.
QString formatSpeed(const Timing& own, const Timing& other);

// A step's title in parts; names of nodes are bold.
struct TitlePart {
    QString text;
    bool bold = false;
    friend bool operator==(const TitlePart&, const TitlePart&) = default;
};
std::vector<TitlePart> titleParts(const Step& step, const Registry& registry);
QString plain(const std::vector<TitlePart>& parts);
// What of them fits into a width, with "…" where something is left out. `advance`: the width of a text as it is drawn.
std::vector<TitlePart> elided(const std::vector<TitlePart>& parts, int width,
                              const std::function<int(const TitlePart&)>& advance);

// An argument as a recipe has it: names backquoted where they are no identifiers, texts quoted.
QString recipeText(const Parameter& parameter, const Argument& argument);
QString shortId(const std::string& transform);  // "split" of "loops.split"

}  // namespace strata
