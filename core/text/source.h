// Modules and functions with the text that they were read from, so that what is found wrong with them later can be said
// as the parser says what is wrong with the text: with file, line and column, of the text as it was written.
#pragma once

#include "core/text/text.h"

namespace strata {

class SourceText {
public:
    // `places`: node -> the byte where the text names it.
    SourceText(std::string file, std::string text, std::map<Cursor, std::size_t> places);

    // The finding with the place of the first of its nodes that the text names: "FILE:LINE:COLUMN: sentence", the line
    // and a caret; a finding about no node of the text gets the name of the file.
    Error locate(const Error& finding) const;

private:
    std::optional<std::size_t> placeOf(const Cursor& cursor) const;

    std::string m_file, m_text;
    std::map<Cursor, std::size_t> m_places;
};

struct ModuleSource {
    ModulePtr module;
    SourceText source;
    bool namesIsa = false;  // its first line says which instructions it is for
};
struct FunctionSource {
    FunctionPtr function;
    SourceText source;
};
Result<ModuleSource> parseModuleSource(std::string_view text, const ConstantLookup& lookup = {},
                                       const std::string& file = "text");
Result<FunctionSource> parseFunctionSource(std::string_view text, const ConstantLookup& lookup = {},
                                           const Function* like = nullptr);
// As loadText.
Result<ModuleSource> loadSource(const std::string& path);

}  // namespace strata
