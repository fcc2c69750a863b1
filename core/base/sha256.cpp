#include "core/base/sha256.h"

#include <openssl/evp.h>

#include <fstream>
#include <vector>

namespace strata {

struct Sha256::Impl {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    ~Impl() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256()
    : m_impl(std::make_unique<Impl>())
{
    EVP_DigestInit_ex(m_impl->context, EVP_sha256(), nullptr);
}
Sha256::~Sha256() = default;

void Sha256::append(const void* data, std::size_t size) { EVP_DigestUpdate(m_impl->context, data, size); }

std::string Sha256::finish()
{
    unsigned char digest[32];
    EVP_DigestFinal_ex(m_impl->context, digest, nullptr);
    std::string hex;
    for (const unsigned char byte : digest)
        for (const int digit : {byte >> 4, byte & 15})
            hex += "0123456789abcdef"[digit];
    return hex;
}

std::string sha256OfFile(const std::string& path)
{
    std::ifstream stream(path, std::ios::binary);
    if (!stream)
        return {};
    Sha256 hash;
    std::vector<char> buffer(1 << 20);
    while (stream.read(buffer.data(), std::streamsize(buffer.size())) || stream.gcount() > 0)
        hash.append(buffer.data(), std::size_t(stream.gcount()));
    return hash.finish();
}

}  // namespace strata
