#pragma once

#include <string>
#include <string_view>

namespace strata {

// A line, or a part of one, without the blanks around it; a line end of Windows counts as one.
inline std::string trimmed(std::string_view text)
{
    const std::size_t begin = text.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos)
        return {};
    return std::string(text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1));
}

}  // namespace strata
