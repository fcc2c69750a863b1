#include "backends/process/frames.h"

#include <algorithm>
#include <cstring>
#include <unistd.h>

namespace strata {

namespace {

constexpr std::uint64_t chunk = std::uint64_t(1) << 20;

std::uint64_t littleEndian(const std::byte* bytes, int count)
{
    std::uint64_t value = 0;
    for (int i = count - 1; i >= 0; --i)
        value = value << 8 | std::to_integer<std::uint64_t>(bytes[i]);
    return value;
}

// Reads once behind the `filled` bytes of a container that ends up with `wanted`; it grows by doubling.
template<class Container>
long readBehind(int fd, Container& target, std::uint64_t& filled, std::uint64_t wanted)
{
    if (filled == target.size())
        target.resize(std::size_t(std::min(wanted, std::max(chunk, 2 * filled))));
    const long got = ::read(fd, target.data() + filled, target.size() - filled);
    filled += std::uint64_t(std::max(got, 0L));
    return got;
}

}  // namespace

std::array<std::byte, frameHeaderBytes> frameHeader(const Message& message)
{
    std::array<std::byte, frameHeaderBytes> header;
    for (int i = 0; i < 4; ++i)
        header[std::size_t(i)] = std::byte(message.json.size() >> 8 * i);
    for (int i = 0; i < 8; ++i)
        header[std::size_t(4 + i)] = std::byte(message.blob.size() >> 8 * i);
    return header;
}

long FrameReader::readSome(int fd)
{
    long got = 0;
    if (m_part == Part::Header) {
        got = ::read(fd, m_header.data() + m_filled, frameHeaderBytes - m_filled);
        m_filled += std::uint64_t(std::max(got, 0L));
    } else if (m_part == Part::Json) {
        got = readBehind(fd, m_message.json, m_filled, m_jsonBytes);
    } else {
        got = readBehind(fd, m_message.blob, m_filled, m_blobBytes);
    }
    if (got > 0)
        advance();
    return got;
}

void FrameReader::next(Part part)
{
    m_part = part;
    m_filled = 0;
}

void FrameReader::advance()
{
    if (m_part == Part::Header && m_filled == frameHeaderBytes) {
        m_jsonBytes = littleEndian(m_header.data(), 4);
        m_blobBytes = littleEndian(m_header.data() + 4, 8);
        if (m_jsonBytes > largestJson || m_blobBytes > largestBlob) {
            m_state = State::Broken;
            return;
        }
        next(Part::Json);
    }
    if (m_part == Part::Json && m_filled == m_jsonBytes)
        next(Part::Blob);
    if (m_part == Part::Blob && m_filled == m_blobBytes)
        m_state = State::Complete;
}

Message FrameReader::take()
{
    Message message = std::move(m_message);
    *this = FrameReader();
    return message;
}

}  // namespace strata
