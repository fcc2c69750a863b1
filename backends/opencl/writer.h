// The text of a kernel as it is being written: indented lines, C names, the helpers that it turned out to need.
#pragma once

#include "core/ir/type.h"

#include <map>
#include <set>
#include <string>

namespace strata::opencl {

class Writer {
public:
    void line(const std::string& text) { m_text += std::string(std::size_t(4 * m_indent), ' ') + text + "\n"; }
    void open(const std::string& text)
    {
        line(text);
        ++m_indent;
    }
    void close(const std::string& text = "}")
    {
        --m_indent;
        line(text);
    }
    const std::string& text() const { return m_text; }

    // A C identifier that no other name of the kernel has.
    std::string fresh(const std::string& name);
    // A helper function of helpers.cpp; returns its name.
    std::string helper(const std::string& name);
    const std::set<std::string>& helpers() const { return m_helpers; }
    bool usesDouble = false;

private:
    std::string m_text;
    int m_indent = 1;  // within the function's braces
    std::set<std::string> m_taken, m_helpers;
};

// How an element lies in memory (f16 and bf16 as ushort, bool as uchar), and what arithmetic computes in.
std::string storageType(DType type);
std::string valueType(DType type);

// The definitions of the helpers, in order; types are part of their names: strata_floor_div_long.
std::string helperDefinitions(const std::set<std::string>& helpers);

}  // namespace strata::opencl
