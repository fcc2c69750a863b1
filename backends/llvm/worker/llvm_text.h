// Small helpers to write LLVM IR text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace strata {

// "text with \22quotes\22", for names and strings.
std::string quoted(const std::string& text);

// Global tables, each with a name of its own.
class Globals {
public:
    std::string string(const std::string& text);  // a pointer to it, NUL terminated
    std::string numbers(const std::vector<std::int64_t>& values, int bits = 64);
    std::string pointers(const std::vector<std::string>& values);
    std::string structs(const std::string& type, const std::vector<std::string>& values);
    const std::string& text() const { return m_text; }

private:
    std::string add(const std::string& type, const std::string& initializer);
    std::string m_text;
    int m_count = 0;
};

}  // namespace strata
