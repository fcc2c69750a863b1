// The wire format of workers: u32 JSON length, u64 blob length (little-endian), the JSON, the blob.
#pragma once

#include "backends/process/worker.h"

#include <array>

namespace strata {

constexpr std::uint64_t largestJson = std::uint64_t(1) << 30;
constexpr std::uint64_t largestBlob = std::uint64_t(1) << 36;
constexpr std::size_t frameHeaderBytes = 12;

// Control frames of a worker begin with these; no answer of a handler does.
constexpr std::string_view progressPrefix = "{\"progress\":";
constexpr std::string_view errorPrefix = "{\"error\":";

std::array<std::byte, frameHeaderBytes> frameHeader(const Message& message);

// Collects the bytes of one stream into messages. Memory grows with what arrived, not with what a header claims.
class FrameReader {
public:
    enum class State { Incomplete, Complete, Broken };
    // Reads once from `fd`: number of bytes, 0 at the end of input, -1 with errno.
    long readSome(int fd);
    State state() const { return m_state; }
    Message take();  // the complete message; starts the next

private:
    enum class Part { Header, Json, Blob };
    void next(Part part);
    void advance();

    Part m_part = Part::Header;
    State m_state = State::Incomplete;
    std::array<std::byte, frameHeaderBytes> m_header{};
    std::uint64_t m_filled = 0;  // of the current part
    std::uint64_t m_jsonBytes = 0, m_blobBytes = 0;
    Message m_message;
};

}  // namespace strata
