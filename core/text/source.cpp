#include "core/text/source.h"

#include "core/text/lexer.h"
#include "core/text/parser.h"

namespace strata {

SourceText::SourceText(std::string file, std::string text, std::map<Cursor, std::size_t> places)
    : m_file(std::move(file))
    , m_text(std::move(text))
    , m_places(std::move(places))
{
}

// A node without a place of its own stands in its function.
std::optional<std::size_t> SourceText::placeOf(const Cursor& cursor) const
{
    auto found = m_places.find(cursor);
    if (found == m_places.end())
        found = m_places.find(functionCursor(cursor.function));
    return found == m_places.end() ? std::nullopt : std::optional(found->second);
}

Error SourceText::locate(const Error& finding) const
{
    for (const Cursor& node : finding.nodes)
        if (const auto place = placeOf(node)) {
            Error located = text::errorAt(m_text, m_file, *place, finding.message, finding.hint);
            located.kind = finding.kind;
            located.nodes = finding.nodes;
            return located;
        }
    Error named = finding;
    named.message = m_file + ": " + finding.message;
    return named;
}

Result<ModuleSource> parseModuleSource(std::string_view source, const ConstantLookup& lookup, const std::string& file)
{
    STRATA_TRY(text::Parser parser, text::Parser::make(source, lookup, file));
    STRATA_TRY(ModulePtr module, parser.module());
    return ModuleSource{std::move(module), {file, std::string(source), parser.places()}, parser.namesIsa()};
}

Result<FunctionSource> parseFunctionSource(std::string_view source, const ConstantLookup& lookup, const Function* like)
{
    STRATA_TRY(text::Parser parser, text::Parser::make(source, lookup, "text"));
    STRATA_TRY(FunctionPtr function, parser.onlyFunction());
    if (like)
        function = text::restored(std::move(function), *like);
    return FunctionSource{std::move(function), {"text", std::string(source), parser.places()}};
}

}  // namespace strata
