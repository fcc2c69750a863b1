// What the program says, in another language: a catalogue from each text to its translation, as gettext has it (.po).
//
// One catalogue serves the window, refusals and the manual of transforms, on every face. A text that it does not hold
// stays as it is.
#pragma once

#include "core/base/result.h"

#include <functional>
#include <map>
#include <string_view>

namespace strata {

class Catalogue {
public:
    Catalogue() = default;
    // Entries `msgid "..."` and `msgstr "..."`, each perhaps in several literals; comments begin with #. Errors name
    // the line.
    static Result<Catalogue> parse(std::string_view text);

    std::size_t size() const { return m_texts.size(); }
    const std::string* find(std::string_view text) const;  // nullptr: not translated
    std::string translated(const std::string& text) const;
    // The pattern's translation, with the arguments in its places; {1} and {2} say which where their order is another.
    std::string translated(const Sentence& sentence) const;
    Error translated(Error error) const;

private:
    std::map<std::string, std::string, std::less<>> m_texts;
};

// The same by any lookup.
using Translate = std::function<std::string(const std::string& text)>;
std::string translated(const Sentence& sentence, const Translate& translate);
// Its message, which stays as it is but for the sentence in it, and its hint.
Error translated(Error error, const Translate& translate);

}  // namespace strata
