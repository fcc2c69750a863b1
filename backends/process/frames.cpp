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

// Appends at most one read's worth to a container of bytes.
template<class Container>
long appendFrom(int fd, Container& target, std::uint64_t missing)
{
    const std::size_t old = target.size();
    target.resize(old + std::size_t(std::min(missing, std::max(chunk, std::uint64_t(old)))));
    const long got = ::read(fd, target.data() + old, target.size() - old);
    target.resize(old + std::size_t(std::max(got, 0L)));
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

std::uint64_t FrameReader::missing() const
{
    return m_part == Part::Json ? m_jsonBytes - m_message.json.size() : m_blobBytes - m_message.blob.size();
}

long FrameReader::readSome(int fd)
{
    long got = 0;
    if (m_part == Part::Header) {
        got = ::read(fd, m_header.data() + m_headerFilled, frameHeaderBytes - m_headerFilled);
        m_headerFilled += std::size_t(std::max(got, 0L));
    } else if (m_part == Part::Json) {
        got = appendFrom(fd, m_message.json, missing());
    } else {
        got = appendFrom(fd, m_message.blob, missing());
    }
    if (got > 0)
        advance();
    return got;
}

void FrameReader::advance()
{
    if (m_part == Part::Header && m_headerFilled == frameHeaderBytes) {
        m_jsonBytes = littleEndian(m_header.data(), 4);
        m_blobBytes = littleEndian(m_header.data() + 4, 8);
        if (m_jsonBytes > largestJson || m_blobBytes > largestBlob) {
            m_state = State::Broken;
            return;
        }
        m_part = Part::Json;
    }
    if (m_part == Part::Json && missing() == 0)
        m_part = Part::Blob;
    if (m_part == Part::Blob && missing() == 0)
        m_state = State::Complete;
}

Message FrameReader::take()
{
    Message message = std::move(m_message);
    *this = FrameReader();
    return message;
}

}  // namespace strata
