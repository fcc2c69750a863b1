// Functions of texts, one handler each.
#include "core/base/text_bytes.h"
#include "core/machine/machine.h"

#include <map>

namespace strata::reference {

namespace {

const Register& argument(const Machine& m, const Instruction* x, int i)
{
    return m.registers[std::size_t(m.program.lists[std::size_t(x->b + i)])];
}

const std::string& textOf(const Machine& m, const Instruction* x, int i) { return m.texts->text(argument(m, x, i).i); }
strata_text part(const std::string& text) { return {text.data(), std::int64_t(text.size())}; }

const Instruction* give(Machine& m, const Instruction* x, std::string_view text)
{
    m.registers[std::size_t(x->target)].i = m.texts->number(text);
    return x + 1;
}

const Instruction* noNumber(Machine& m, const Instruction* x, const char* kind)
{
    return m.refuse(x, "The text '" + textOf(m, x, 0) + "' is no " + kind + " number");
}

const Instruction* join(Machine& m, const Instruction* x) { return give(m, x, textOf(m, x, 0) + textOf(m, x, 1)); }

template<bool upper>
const Instruction* letters(Machine& m, const Instruction* x)
{
    const std::string& text = textOf(m, x, 0);
    std::string changed(text.size(), 0);
    changed.resize(std::size_t(strata_text_case(part(text), upper, changed.data())));
    return give(m, x, changed);
}

template<bool isSingle>
const Instruction* ofReal(Machine& m, const Instruction* x)
{
    char digits[STRATA_TEXT_NUMBER];
    const Register& value = argument(m, x, 0);
    const std::int64_t size = strata_text_of_real(isSingle ? double(value.f) : value.d, isSingle, digits);
    return give(m, x, {digits, std::size_t(size)});
}

template<bool isUnsigned>
const Instruction* ofWhole(Machine& m, const Instruction* x)
{
    char digits[STRATA_TEXT_NUMBER];
    return give(m, x, {digits, std::size_t(strata_text_of_whole(argument(m, x, 0).i, isUnsigned, digits))});
}

template<bool isSingle>
const Instruction* toReal(Machine& m, const Instruction* x)
{
    double value = 0;
    if (!strata_text_to_real(part(textOf(m, x, 0)), isSingle, &value))
        return noNumber(m, x, "real");
    if (isSingle)
        m.registers[std::size_t(x->target)].f = float(value);
    else
        m.registers[std::size_t(x->target)].d = value;
    return x + 1;
}

template<bool isUnsigned>
const Instruction* toWhole(Machine& m, const Instruction* x)
{
    std::int64_t value = 0;
    if (!strata_text_to_whole(part(textOf(m, x, 0)), isUnsigned, &value))
        return noNumber(m, x, "whole");
    m.registers[std::size_t(x->target)].i = value;
    return x + 1;
}

const Instruction* before(Machine& m, const Instruction* x)
{
    m.registers[std::size_t(x->target)].i = strata_text_order(part(textOf(m, x, 0)), part(textOf(m, x, 1))) < 0;
    return x + 1;
}

// Of the automaton, which the compiler has put in place of the expression.
const Instruction* matches(Machine& m, const Instruction* x)
{
    const auto* const automaton = reinterpret_cast<const unsigned char*>(textOf(m, x, 1).data());
    m.registers[std::size_t(x->target)].i = strata_text_matches(part(textOf(m, x, 0)), automaton);
    return x + 1;
}

// How many parts a text has, cut by delimiters or into tokens.
template<auto cut>
const Instruction* countParts(Machine& m, const Instruction* x)
{
    strata_text found;
    m.registers[std::size_t(x->target)].i = cut(part(textOf(m, x, 0)), part(textOf(m, x, 1)), argument(m, x, 2).i, -1,
                                                &found);
    return x + 1;
}

template<auto cut>
const Instruction* onePart(Machine& m, const Instruction* x)
{
    strata_text found;
    cut(part(textOf(m, x, 0)), part(textOf(m, x, 1)), argument(m, x, 2).i, argument(m, x, 3).i, &found);
    return give(m, x, {found.data, std::size_t(found.size)});
}

}  // namespace

Handler textHandler(std::string_view function)
{
    static const std::map<std::string_view, Handler> handlers{
        {"f32_of_text", &toReal<true>},
        {"f64_of_text", &toReal<false>},
        {"i64_of_text", &toWhole<false>},
        {"text_before", &before},         {"text_matches", &matches},
        {"text_join", &join},
        {"text_lower", &letters<false>},
        {"text_of_f32", &ofReal<true>},
        {"text_of_f64", &ofReal<false>},
        {"text_of_i64", &ofWhole<false>},
        {"text_of_u64", &ofWhole<true>},
        {"text_piece", &onePart<strata_text_piece>},
        {"text_pieces", &countParts<strata_text_piece>},
        {"text_token", &onePart<strata_text_token>},
        {"text_tokens", &countParts<strata_text_token>},
        {"text_upper", &letters<true>},
        {"u64_of_text", &toWhole<true>},
    };
    const auto found = handlers.find(function);
    return found == handlers.end() ? nullptr : found->second;
}

}  // namespace strata::reference
