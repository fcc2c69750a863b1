// SHA-256 of what comes in parts, by OpenSSL.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace strata {

class Sha256 {
public:
    Sha256();
    ~Sha256();
    void append(const void* data, std::size_t size);
    std::string finish();  // 64 hex digits

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

// Of a file; "" if it cannot be read.
std::string sha256OfFile(const std::string& path);

}  // namespace strata
