#include "app/window/models/palette_model.h"

#include "app/window/models/said.h"

#include <QStringList>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

namespace strata {

namespace {

constexpr int appliesHeading = -1, notNowHeading = -2;

QString kinds(const Transform& transform)
{
    QStringList names;
    for (const NodeKind kind : transform.appliesTo)
        names << translated(nodeKindName(kind));
    return names.join(PaletteModel::tr(" or "));
}

QString detailOf(const Transform& transform, const Arguments& arguments)
{
    QStringList parts;
    for (const Parameter& parameter : transform.parameters) {
        const auto found = arguments.values.find(parameter.name);
        const bool place = parameter.kind == ParameterKind::Function && transform.parameters.size() > 1;
        if (found == arguments.values.end() || parameter.kind == ParameterKind::Boolean || place)
            continue;
        const QString text = recipeText(parameter, found->second);
        if (!(parameter.optional && text == QString::fromStdString(parameter.defaultValue)))
            parts << text.left(60);
    }
    return parts.join(QLatin1Char(' '));
}

PaletteEntry blank(const Transform& transform)
{
    PaletteEntry entry;
    entry.id = transform.id;
    entry.level = transform.level;
    entry.title = shortId(transform.id);
    entry.summary = translated(transform.title) + QStringLiteral(". ") + translated(transform.summary);
    entry.keywords = QString::fromStdString(transform.id + " " + transform.title + " ") + translated(transform.title);
    for (const std::string& name : transform.alsoKnownAs)
        entry.keywords += QLatin1Char(' ') + QString::fromStdString(name);
    return entry;
}

// A function as a whole can be offered for whatever is selected inside it.
std::optional<Cursor> selectionFor(const Transform& transform, const std::optional<Cursor>& selection)
{
    const auto takes = [&](NodeKind kind) {
        return std::find(transform.appliesTo.begin(), transform.appliesTo.end(), kind) != transform.appliesTo.end();
    };
    if (selection && takes(selection->kind))
        return selection;
    if (selection && takes(NodeKind::Function) && !selection->function.empty())
        return functionCursor(selection->function);
    return std::nullopt;
}

bool isTyped(const Transform& transform)
{
    return std::any_of(transform.parameters.begin(), transform.parameters.end(),
                       [](const Parameter& p) { return p.kind == ParameterKind::Text && !p.optional; });
}

void setStatus(PaletteEntry& entry, const Transform& transform, const PaletteRequest& request, const Status& status)
{
    const auto selection = selectionFor(transform, request.selection);
    const FunctionPtr function = request.module->find(selection.value_or(Cursor{}).function);
    entry.applies = status.ok();
    entry.fits = entry.applies || !function || function->level() == transform.level;
    entry.detail = status.ok() ? detailOf(transform, entry.arguments) : saidText(status.error());
}

// By its form. Steps of LLVM's run in the compiler worker, which is not woken for every selection: for them it is all
// that is said.
PaletteEntry byForm(const Transform& transform, const PaletteRequest& request)
{
    PaletteEntry entry = blank(transform);
    const auto selection = selectionFor(transform, request.selection);
    if (!selection && !transform.appliesTo.empty()) {
        entry.fits = false;
        entry.detail = PaletteModel::tr("select a %1").arg(kinds(transform));
        return entry;
    }
    const auto arguments = suggestArguments(transform, *request.module, selection.value_or(Cursor{}));
    if (!arguments) {
        entry.detail = saidText(arguments.error());
        return entry;
    }
    entry.arguments = *arguments;
    if (isTyped(transform)) {
        entry.applies = true;  // what is typed decides
        entry.typed = true;
        entry.detail = PaletteModel::tr("by typing");
        return entry;
    }
    setStatus(entry, transform, request, applies(transform, *request.module, *arguments));
    entry.planned = !entry.applies || transform.level == Level::Hardware;
    return entry;
}

void plan(PaletteEntry& entry, const Transform& transform, const PaletteRequest& request)
{
    const Result<ChangePtr> change = planStep(transform, *request.module, entry.arguments, request.context);
    setStatus(entry, transform, request, change ? Status() : Status(change.error()));
    entry.planned = true;
}

// Does it speak of a part of a function?
bool namesNodes(const Transform* transform)
{
    return std::any_of(transform->parameters.begin(), transform->parameters.end(), [](const Parameter& parameter) {
        return !parameter.optional && parameter.kind != ParameterKind::Function;
    });
}

}  // namespace

// In the registry's order, which is by id.
std::vector<PaletteEntry> fittingTransforms(const PaletteRequest& request)
{
    std::vector<PaletteEntry> entries;
    for (const Transform& transform : request.registry->all())
        entries.push_back(byForm(transform, request));
    return entries;
}

std::vector<PaletteEntry> planTransforms(std::vector<PaletteEntry> entries, const PaletteRequest& request,
                                         std::stop_token stop,
                                         const std::function<void(const std::vector<PaletteEntry>&)>& found)
{
    using Clock = std::chrono::steady_clock;
    constexpr auto patience = std::chrono::milliseconds(200);
    const std::vector<Transform>& all = request.registry->all();
    std::vector<std::size_t> order(entries.size());
    std::iota(order.begin(), order.end(), std::size_t(0));
    std::stable_partition(order.begin(), order.end(), [&](std::size_t i) { return namesNodes(&all[i]); });
    auto told = Clock::now();
    for (const std::size_t i : order) {
        if (stop.stop_requested())
            break;
        if (entries[i].planned)
            continue;
        plan(entries[i], all[i], request);
        if (found && Clock::now() - told > patience) {
            found(entries);
            told = Clock::now();
        }
    }
    return entries;
}

std::vector<PaletteEntry> checkTransforms(const PaletteRequest& request, std::stop_token stop,
                                          const std::function<void(const std::vector<PaletteEntry>&)>& found)
{
    std::vector<PaletteEntry> entries = fittingTransforms(request);
    if (found)
        found(entries);
    return planTransforms(std::move(entries), request, std::move(stop), found);
}

void PaletteModel::setEntries(std::vector<PaletteEntry> entries)
{
    beginResetModel();
    m_entries = std::move(entries);
    rebuild();
    endResetModel();
}

namespace {

QString percentText(double ratio, const QString& pattern, const QString& none)
{
    const auto percent = std::lround(100 * (ratio - 1));
    return percent == 0 ? none
                        : pattern.arg(percent < 0 ? QStringLiteral("−") : QStringLiteral("+")).arg(std::abs(percent));
}

}  // namespace

QString gainText(const Gain& gain)
{
    if (gain.measured && gain.isNoise)
        return PaletteModel::tr("measured no change");
    if (gain.measured)
        return percentText(*gain.measured, PaletteModel::tr("measured %1%2 %"), PaletteModel::tr("measured no change"));
    return gain.predicted ? percentText(*gain.predicted, PaletteModel::tr("predicted %1%2 %"),
                                        PaletteModel::tr("predicted no change"))
                          : QString();
}

void PaletteModel::setGains(Gains gains)
{
    beginResetModel();
    m_gains = std::move(gains);
    rebuild();
    endResetModel();
}

const Gain* PaletteModel::gain(int row) const
{
    const PaletteEntry* found = entry(row);
    const auto gain = found && found->applies ? m_gains.find(found->id) : m_gains.end();
    return gain == m_gains.end() ? nullptr : &gain->second;
}

void PaletteModel::setFilter(const QString& text)
{
    beginResetModel();
    m_filter = text.trimmed();
    rebuild();
    endResetModel();
}

// Its name or id, the beginning of one, the beginning of a word of the title, of any other name, a part of any.
int PaletteModel::match(int index) const
{
    const PaletteEntry& entry = m_entries[index];
    const QString id = QString::fromStdString(entry.id);
    const auto is = [this](const QString& name) { return name.compare(m_filter, Qt::CaseInsensitive) == 0; };
    const auto begins = [this](const QString& name) { return name.startsWith(m_filter, Qt::CaseInsensitive); };
    const auto beginsWord = [this](const QString& text) {
        return text.startsWith(m_filter, Qt::CaseInsensitive)
               || text.contains(QLatin1Char(' ') + m_filter, Qt::CaseInsensitive);
    };
    if (m_filter.isEmpty() || is(entry.title) || is(id))
        return 0;
    if (begins(entry.title) || begins(id))
        return 1;
    if (beginsWord(entry.summary.section(QLatin1String(". "), 0, 0)))
        return 2;
    if (beginsWord(entry.keywords))
        return 3;
    return entry.keywords.contains(m_filter, Qt::CaseInsensitive) ? 4 : -1;
}

// What the filter names best, and of that what was measured, then what gains most; what is typed last.
std::tuple<int, bool, bool, double> PaletteModel::order(int index) const
{
    const PaletteEntry& entry = m_entries[index];
    const auto gain = m_gains.find(entry.id);
    const bool known = gain != m_gains.end();
    return {match(index), entry.typed, !(known && gain->second.measured), known ? gain->second.best() : 1};
}

void PaletteModel::rebuild()
{
    std::vector<int> yes, no, other;
    for (int i = 0; i < static_cast<int>(m_entries.size()); ++i) {
        const PaletteEntry& entry = m_entries[i];
        if (match(i) >= 0)
            (entry.applies ? yes : entry.fits ? no : other).push_back(i);
    }
    for (std::vector<int>* part : {&yes, &no, &other})
        std::stable_sort(part->begin(), part->end(), [this](int a, int b) { return order(a) < order(b); });
    m_rows.clear();
    if (!yes.empty())
        m_rows.push_back(appliesHeading);
    m_rows.insert(m_rows.end(), yes.begin(), yes.end());
    m_refused = static_cast<int>(no.size() + other.size());
    if (m_refused > 0)
        m_rows.push_back(notNowHeading);
    if (!m_unfolded && m_filter.isEmpty())
        return;
    m_rows.insert(m_rows.end(), no.begin(), no.end());
    m_rows.insert(m_rows.end(), other.begin(), other.end());
}

void PaletteModel::setUnfolded(bool on)
{
    if (on == m_unfolded)
        return;
    beginResetModel();
    m_unfolded = on;
    rebuild();
    endResetModel();
}

bool PaletteModel::isFold(int row) const
{
    return row >= 0 && row < static_cast<int>(m_rows.size()) && m_rows[row] == notNowHeading && m_filter.isEmpty();
}

int PaletteModel::bestRow() const
{
    int best = -1;
    for (int row = 0; !m_filter.isEmpty() && row < static_cast<int>(m_rows.size()); ++row)
        if (m_rows[row] >= 0 && (best < 0 || match(m_rows[row]) < match(m_rows[best])))
            best = row;
    return best;
}

const PaletteEntry* PaletteModel::entry(int row) const
{
    return row >= 0 && row < static_cast<int>(m_rows.size()) && m_rows[row] >= 0 ? &m_entries[m_rows[row]] : nullptr;
}

int PaletteModel::rowOf(const std::string& id) const
{
    for (int row = 0; row < static_cast<int>(m_rows.size()); ++row)
        if (const PaletteEntry* found = entry(row); found && found->id == id)
            return row;
    return -1;
}

int PaletteModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

Qt::ItemFlags PaletteModel::flags(const QModelIndex& index) const
{
    return entry(index.row()) || isFold(index.row()) ? Qt::ItemIsEnabled | Qt::ItemIsSelectable : Qt::NoItemFlags;
}

QString PaletteModel::heading(int row) const
{
    if (m_rows[row] == appliesHeading)
        return tr("Applies");
    const QString text = tr("Not now (%1)").arg(m_refused);
    return isFold(row) ? (m_unfolded ? QStringLiteral("▾ ") : QStringLiteral("▸ ")) + text : text;
}

QVariant PaletteModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || !checkIndex(index))
        return {};
    const PaletteEntry* found = entry(index.row());
    if (role == HeadingRole)
        return found == nullptr;
    if (!found)
        return role == Qt::DisplayRole || role == Qt::AccessibleTextRole ? heading(index.row()) : QVariant();
    switch (role) {
    case Qt::DisplayRole: return found->title;
    case Qt::ToolTipRole:
        return QString(found->summary + (found->applies ? QString() : QLatin1String("\n\n") + found->detail));
    case Qt::AccessibleTextRole:
        return QString(found->title
                       + (!found->planned  ? QStringLiteral(" may apply, ")
                          : found->applies ? QStringLiteral(" applies, ")
                                           : QStringLiteral(" does not apply: "))
                       + found->detail
                       + (gain(index.row()) ? QStringLiteral(", ") + gainText(*gain(index.row())) : QString()));
    case AppliesRole: return found->applies;
    case PlannedRole: return found->planned;
    default: return {};
    }
}

}  // namespace strata
