// Private to the text form: how names, strings and numbers are written.
#pragma once

#include "core/ir/module.h"

namespace strata::text {

// What bare names are made of, whatever the locale.
constexpr bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
constexpr bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isIdentifier(std::string_view text);
bool isKeyword(std::string_view text);
// A name as it stands in the text: bare if it is an identifier and no keyword, else in backquotes.
std::string nameText(const std::string& name);
// In double quotes, control characters escaped.
std::string stringText(const std::string& text);
// Shortest text that reads back as the same value: "0.1", "-0.0", "inf", "nan". F64 as a double, all others as a float.
std::string floatText(double value, DType type);
std::string dimText(const Dim& dim);
std::string typeText(const TensorType& type);
std::string typeText(const ValueType& type);
// The elements of a constant, flat and exact: "[0, 1]", "[0.5, nan(0x7fc00001)]". nullopt: too large or not readable,
// so elided.
std::optional<std::string> elementsText(const Constant& constant);
constexpr std::int64_t largestInlineConstant = 64;
// Under which name a large tensor attribute lies in the side file.
std::string attributeConstantName(const std::string& function, const std::string& node, const std::string& attribute);

}  // namespace strata::text
