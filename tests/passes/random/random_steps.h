// Lines of steps drawn from the names that a function has; most are illegal, which is part of the test.
#pragma once

#include "core/ir/module.h"
#include "tests/passes/random/random.h"

namespace strata {

class RandomSteps {
public:
    RandomSteps(Random& random, const Function& function);
    std::string next();

private:
    std::string arguments(const std::string& id);
    std::string chainOf(bool shuffle);
    std::string factors();
    std::string map(const std::string& buffer);
    std::string loop() { return m_random.of(m_loops); }
    std::string block() { return m_random.of(m_blocks); }
    std::string buffer() { return m_random.of(m_buffers); }

    Random& m_random;
    const Function& m_function;
    std::vector<std::string> m_loops, m_blocks, m_buffers;
};

}  // namespace strata
