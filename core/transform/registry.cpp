#include "core/transform/transform.h"

#include <algorithm>
#include <numeric>

namespace strata {

namespace {

std::string_view shortId(std::string_view id) { return id.substr(id.find('.') + 1); }

// "tile (Halide)" is known as "tile".
std::string_view aliasWord(std::string_view alias) { return alias.substr(0, alias.find(" (")); }

std::size_t editDistance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t(0));
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

std::string joined(const std::vector<const Transform*>& transforms)
{
    std::string text;
    for (std::size_t i = 0; i < transforms.size(); ++i)
        text += (i == 0 ? "" : i + 1 == transforms.size() ? " and " : ", ") + transforms[i]->id;
    return text;
}

// Distance to the id or its short form, whichever is nearer.
std::size_t distance(std::string_view wanted, const Transform& transform)
{
    return std::min(editDistance(wanted, transform.id), editDistance(shortId(wanted), shortId(transform.id)));
}

}  // namespace

Registry::Registry(std::vector<Transform> transforms)
    : m_transforms(std::move(transforms))
{
    std::sort(m_transforms.begin(), m_transforms.end(),
              [](const Transform& a, const Transform& b) { return a.id < b.id; });
}

Result<const Transform*> Registry::find(std::string_view id) const
{
    std::vector<const Transform*> byShort, byAlias;
    for (const Transform& transform : m_transforms) {
        if (transform.id == id)
            return &transform;
        if (shortId(transform.id) == id)
            byShort.push_back(&transform);
        for (const std::string& alias : transform.alsoKnownAs)
            if (aliasWord(alias) == id && (byAlias.empty() || byAlias.back() != &transform))
                byAlias.push_back(&transform);
    }
    const auto& found = byShort.empty() ? byAlias : byShort;
    if (found.size() == 1)
        return found[0];
    const std::string wanted(id.substr(0, 60));
    if (found.size() > 1)
        return refused(say("The name '{}' stands for several transforms.", wanted), {},
                       "Write one of " + joined(found) + ".");
    const auto nearest = std::min_element(
        m_transforms.begin(), m_transforms.end(),
        [&wanted](const Transform& a, const Transform& b) { return distance(wanted, a) < distance(wanted, b); });
    const bool near = nearest != m_transforms.end()
                      && distance(wanted, *nearest) <= std::max<std::size_t>(2, wanted.size() / 3);
    return refused(say("There is no transform '{}'.", wanted), {}, near ? "Do you mean " + nearest->id + "?" : "");
}

}  // namespace strata
