#include "core/ir/constant.h"

#include "core/base/rounding.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace strata {

namespace {

struct FileSlice {
    SourceFilePtr file;
    std::uint64_t offset = 0, length = 0;
    friend bool operator==(const FileSlice&, const FileSlice&) = default;
};
struct View {
    std::shared_ptr<const void> owner;
    const std::byte* data = nullptr;
    std::size_t size = 0;
    friend bool operator==(const View&, const View&) = default;
};
struct Relayout {
    ConstantPtr source;
    IndexMap map;
};
struct Reshape {
    ConstantPtr source;
};
using Source = std::variant<BytesPtr, FileSlice, View, Relayout, Reshape>;

std::string inQuotes(const std::string& text) { return "'" + text + "'"; }

Status checkSize(const TensorType& type, std::uint64_t size)
{
    if (type.dtype == DType::String)
        return {};
    const std::optional<std::int64_t> expected = byteCount(type);
    if (!expected)
        return refused(say("A constant needs a constant shape, but its type is {}.", toString(type)));
    if (std::uint64_t(*expected) != size)
        return refused(say("A constant of type {} takes {} bytes, but {} are given.", toString(type), *expected, size));
    return {};
}

Status checkStrings(const TensorType& type, const Bytes& bytes)
{
    const auto strings = unpackStrings(bytes);
    if (!strings || std::int64_t(strings->size()) != elementCount(type.shape))
        return refused(say("The bytes of a constant of type {} do not hold its strings.", toString(type)));
    return {};
}

// Where each element goes: per source dimension a table of offsets for the results that depend on that variable alone.
// Most layouts are made of these; then whole runs and tiles are copied. The rest is evaluated element by element.
class Scatter {
public:
    Scatter(const IndexMap& map, DType type)
        : m_map(map)
        , m_type(type)
    {
        std::int64_t stride = 1;
        m_strides.resize(map.range.size());
        for (std::size_t i = map.range.size(); i-- > 0; stride *= map.range[i])
            m_strides[i] = stride;
        for (std::int64_t extent : map.domain)
            m_tables.emplace_back(std::size_t(extent), 0);
    }

    Status run(const Bytes& from, Bytes& to)
    {
        for (std::size_t i = 0; i < m_map.results.size(); ++i)
            STRATA_CHECK(tabulate(i));
        if (from.empty() || !m_general.empty() || m_tables.empty() || isPacked(m_type))
            return oneByOne(from, to);
        STRATA_CHECK(nothingMeets());
        switch (byteSize(m_type)) {
        case 1: copy<std::array<std::byte, 1>>(from, to); break;
        case 2: copy<std::array<std::byte, 2>>(from, to); break;
        case 4: copy<std::array<std::byte, 4>>(from, to); break;
        case 8: copy<std::array<std::byte, 8>>(from, to); break;
        default: return oneByOne(from, to);
        }
        return {};
    }

private:
    using Table = std::vector<std::int64_t>;
    static constexpr std::size_t tileSide = 32;  // 4 KB of floats at most on either side

    static Error meet() { return refused(say("The layout sends two elements to one place.")); }

    Status oneByOne(const Bytes& from, Bytes& to)
    {
        std::vector<bool> written(m_map.range.empty() ? 1 : std::size_t(m_map.range[0] * m_strides[0]));
        std::vector<std::int64_t> index(m_map.domain.size(), 0);
        const std::int64_t count = elementCount(toShape(m_map.domain)).value_or(0);
        for (std::int64_t element = 0; element < count; ++element) {
            STRATA_TRY(const std::int64_t offset, offsetOf(index));
            if (written[std::size_t(offset)])
                return meet();
            written[std::size_t(offset)] = true;
            if (isPacked(m_type))
                writeBits(m_type, to.data(), offset, readBits(m_type, from.data(), element));
            else
                std::memcpy(to.data() + offset * byteSize(m_type), from.data() + element * byteSize(m_type),
                            std::size_t(byteSize(m_type)));
            for (std::size_t d = index.size(); d-- > 0 && ++index[d] == m_map.domain[d];)
                index[d] = 0;
        }
        return {};
    }

    // Each result depends on one variable, so the results of one variable are digits of an offset that no other
    // variable touches: two elements meet exactly if two values of one variable give the same digits.
    Status nothingMeets() const
    {
        for (Table table : m_tables) {
            std::sort(table.begin(), table.end());
            if (std::adjacent_find(table.begin(), table.end()) != table.end())
                return meet();
        }
        return {};
    }

    template<typename T>
    void copy(const Bytes& from, Bytes& to) const
    {
        const T* source = reinterpret_cast<const T*>(from.data());
        T* target = reinterpret_cast<T*>(to.data());
        const std::size_t last = m_tables.size() - 1, across = dimensionAcross();
        const std::size_t run = across == last ? runOf(m_tables[last]) : 0;
        std::vector<std::size_t> sourceStrides(m_tables.size(), 1);
        for (std::size_t d = last; d-- > 0;)
            sourceStrides[d] = sourceStrides[d + 1] * m_tables[d + 1].size();
        std::vector<std::size_t> index(m_tables.size(), 0);
        for (bool more = true; more;) {
            std::size_t begin = 0;
            std::int64_t place = 0;
            for (std::size_t d = 0; d < index.size(); ++d) {
                begin += index[d] * sourceStrides[d];
                place += d == last || d == across ? 0 : m_tables[d][index[d]];
            }
            if (across == last)
                copyRuns(source + begin, target + place, m_tables[last], run);
            else
                copyTiles(source + begin, sourceStrides[across], target + place, m_tables[across], m_tables[last]);
            more = false;
            for (std::size_t d = last; d-- > 0 && !more;) {
                if (d == across)
                    continue;
                more = ++index[d] < m_tables[d].size();
                if (!more)
                    index[d] = 0;
            }
        }
    }

    // The dimension whose neighbours lie side by side afterwards; the last one, if it is that or none is.
    std::size_t dimensionAcross() const
    {
        const auto isDense = [](const Table& table) { return table.size() > 1 && table[1] - table[0] == 1; };
        const std::size_t last = m_tables.size() - 1;
        if (!isDense(m_tables[last]))
            for (std::size_t d = last; d-- > 0;)
                if (isDense(m_tables[d]))
                    return d;
        return last;
    }

    // How many elements in turn stay side by side, everywhere.
    static std::size_t runOf(const Table& table)
    {
        const auto broken = [&](std::size_t i) { return table[i] != table[i - 1] + 1; };
        std::size_t run = 1;
        while (run < table.size() && !broken(run))
            ++run;
        for (std::size_t i = 1; i < table.size(); ++i)
            if (i % run != 0 && broken(i))
                return 1;
        return run;
    }

    template<typename T>
    static void copyRuns(const T* source, T* target, const Table& table, std::size_t run)
    {
        for (std::size_t i = 0; i < table.size(); i += run)
            std::copy_n(source + i, std::min(run, table.size() - i), target + table[i]);
    }

    // Read along one dimension and written along another, by tiles that a cache keeps.
    template<typename T>
    static void copyTiles(const T* source, std::size_t stride, T* target, const Table& across, const Table& along)
    {
        for (std::size_t a0 = 0; a0 < across.size(); a0 += tileSide)
            for (std::size_t b0 = 0; b0 < along.size(); b0 += tileSide)
                for (std::size_t b = b0; b < std::min(b0 + tileSide, along.size()); ++b)
                    for (std::size_t a = a0; a < std::min(a0 + tileSide, across.size()); ++a)
                        target[along[b] + across[a]] = source[a * stride + b];
    }

    Status tabulate(std::size_t result)
    {
        const std::vector<std::string> used = freeVariables(m_map.results[result]);
        if (used.size() > 1 || m_map.variables.empty()) {
            m_general.push_back(result);
            return {};
        }
        const auto found = used.empty() ? m_map.variables.begin()
                                        : std::find(m_map.variables.begin(), m_map.variables.end(), used[0]);
        const std::size_t dimension = std::size_t(found - m_map.variables.begin());
        if (dimension >= m_tables.size())
            return refused(say("The layout uses the unknown variable {}.", used[0]));
        std::vector<std::int64_t> index(m_map.domain.size(), 0);
        for (std::size_t i = 0; i < m_tables[dimension].size(); ++i) {
            index[dimension] = std::int64_t(i);
            STRATA_TRY(const std::int64_t offset, contribution(result, index));
            m_tables[dimension][i] += offset;
        }
        return {};
    }

    Result<std::int64_t> contribution(std::size_t result, const std::vector<std::int64_t>& index) const
    {
        const auto value = evaluateIndex(m_map.results[result], m_map.variables, index);
        if (!value || *value < 0 || *value >= m_map.range[result])
            return refused(say("The layout leaves its range {}.", toString(toShape(m_map.range))));
        return *value * m_strides[result];
    }

    Result<std::int64_t> offsetOf(const std::vector<std::int64_t>& index) const
    {
        std::int64_t offset = 0;
        for (std::size_t d = 0; d < index.size(); ++d)
            offset += m_tables[d][std::size_t(index[d])];
        for (std::size_t result : m_general) {
            STRATA_TRY(const std::int64_t part, contribution(result, index));
            offset += part;
        }
        return offset;
    }

    const IndexMap& m_map;
    DType m_type;
    std::vector<std::int64_t> m_strides;
    std::vector<Table> m_tables;
    std::vector<std::size_t> m_general;
};

Result<BytesPtr> rearrange(const Relayout& relayout)
{
    STRATA_TRY(const BytesPtr from, relayout.source->materialize());
    const TensorType target{relayout.source->type().dtype, toShape(relayout.map.range)};
    auto to = std::make_shared<Bytes>(std::size_t(*byteCount(target)));
    STRATA_CHECK(Scatter(relayout.map, target.dtype).run(*from, *to));
    return BytesPtr(std::move(to));
}

Result<BytesPtr> read(const Source& source)
{
    if (const auto* bytes = std::get_if<BytesPtr>(&source))
        return *bytes;
    if (const auto* slice = std::get_if<FileSlice>(&source))
        return slice->file->read(slice->offset, slice->length);
    if (const auto* view = std::get_if<View>(&source))
        return BytesPtr(std::make_shared<const Bytes>(view->data, view->data + view->size));
    if (const auto* relayout = std::get_if<Relayout>(&source))
        return rearrange(*relayout);
    return std::get<Reshape>(source).source->materialize();
}

bool sameSource(const Source& a, const Source& b)
{
    if (a.index() != b.index())
        return false;
    if (const auto* bytes = std::get_if<BytesPtr>(&a))
        return *bytes == std::get<BytesPtr>(b);
    if (const auto* slice = std::get_if<FileSlice>(&a))
        return *slice == std::get<FileSlice>(b);
    if (const auto* view = std::get_if<View>(&a))
        return *view == std::get<View>(b);
    if (const auto* relayout = std::get_if<Relayout>(&a))
        return relayout->map == std::get<Relayout>(b).map && equal(*relayout->source, *std::get<Relayout>(b).source);
    return equal(*std::get<Reshape>(a).source, *std::get<Reshape>(b).source);
}

std::string hex(const unsigned char* digest, unsigned size)
{
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (unsigned i = 0; i < size; ++i) {
        text += digits[digest[i] >> 4];
        text += digits[digest[i] & 15];
    }
    return text;
}

Result<std::string> sha256(const std::string& head, const Bytes& bytes)
{
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned size = 0;
    if (!context || !EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr)
        || !EVP_DigestUpdate(context.get(), head.data(), head.size())
        || !EVP_DigestUpdate(context.get(), bytes.data(), bytes.size())
        || !EVP_DigestFinal_ex(context.get(), digest.data(), &size))
        return environmentError("The hash of a constant cannot be computed: libcrypto has no SHA-256.");
    return hex(digest.data(), size);
}

}  // namespace

struct Constant::Data {
    Source source;
    std::mutex mutex;  // guards what follows
    std::weak_ptr<const Bytes> cache = {};
    std::string hash = {};

    explicit Data(Source s)
        : source(std::move(s))
    {
    }
};

Result<SourceFilePtr> SourceFile::open(const std::string& path)
{
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat facts;
    if (descriptor < 0 || ::fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        const std::string reason = descriptor < 0 ? std::strerror(errno) : "it is no regular file";
        if (descriptor >= 0)
            ::close(descriptor);
        return environmentError("The file " + inQuotes(path) + " cannot be read: " + reason + ".");
    }
    return SourceFilePtr(new SourceFile(path, descriptor, facts));
}

namespace {

std::int64_t changed(const struct stat& facts)
{
    return std::int64_t(facts.st_mtim.tv_sec) * 1'000'000'000 + facts.st_mtim.tv_nsec;
}

// File systems take the time from a clock that ticks every few milliseconds: two changes in one tick look like one.
bool isSettled(const struct stat& facts)
{
    constexpr std::int64_t ticks = 100'000'000;
    struct timespec now;
    ::clock_gettime(CLOCK_REALTIME, &now);
    return std::int64_t(now.tv_sec) * 1'000'000'000 + now.tv_nsec - changed(facts) > ticks;
}

}  // namespace

SourceFile::SourceFile(std::string path, int descriptor, const struct stat& facts)
    : m_path(std::move(path))
    , m_descriptor(descriptor)
    , m_size(std::uint64_t(facts.st_size))
    , m_changed(changed(facts))
{
    if (isSettled(facts))
        m_identity = "file " + std::to_string(facts.st_dev) + ' ' + std::to_string(facts.st_ino) + ' '
                     + std::to_string(m_size) + ' ' + std::to_string(m_changed);
}

SourceFile::~SourceFile() { ::close(m_descriptor); }

Result<BytesPtr> SourceFile::read(std::uint64_t offset, std::uint64_t length) const
{
    struct stat facts;
    if (::fstat(m_descriptor, &facts) != 0 || changed(facts) != m_changed || std::uint64_t(facts.st_size) != m_size)
        return environmentError("The file " + inQuotes(m_path) + " was changed after it was opened.",
                                "Open the model again.");
    auto bytes = std::make_shared<Bytes>(length);
    for (std::uint64_t done = 0; done < length;) {
        const ssize_t got = ::pread(m_descriptor, bytes->data() + done, length - done, off_t(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return environmentError("The file " + inQuotes(m_path) + " cannot be read: " + std::to_string(length)
                                    + " bytes at offset " + std::to_string(offset) + " are not there.");
        done += std::uint64_t(got);
    }
    return BytesPtr(std::move(bytes));
}

Constant::Constant(TensorType type, std::shared_ptr<Data> data)
    : m_type(std::move(type))
    , m_data(std::move(data))
{
}
Constant::~Constant() = default;

Result<ConstantPtr> Constant::fromBytes(TensorType type, BytesPtr bytes)
{
    STRATA_CHECK(checkSize(type, bytes->size()));
    if (type.dtype == DType::String)
        STRATA_CHECK(checkStrings(type, *bytes));
    return ConstantPtr(std::make_shared<const Constant>(std::move(type), std::make_shared<Data>(std::move(bytes))));
}

Result<ConstantPtr> Constant::fromFile(TensorType type, std::string path, std::uint64_t offset, std::uint64_t length)
{
    STRATA_TRY(SourceFilePtr file, SourceFile::open(path));
    return fromFile(std::move(type), std::move(file), offset, length);
}

Result<ConstantPtr> Constant::fromFile(TensorType type, SourceFilePtr file, std::uint64_t offset, std::uint64_t length)
{
    STRATA_CHECK(checkSize(type, length));
    if (type.dtype == DType::String)
        return refused("A constant of strings cannot lie in a file of its own.");
    if (length > file->size() || offset > file->size() - length)
        return refused(say("The file {} has {} bytes, but a constant lies at {} and takes {}.", inQuotes(file->path()),
                           file->size(), offset, length));
    return ConstantPtr(std::make_shared<const Constant>(
        std::move(type), std::make_shared<Data>(FileSlice{std::move(file), offset, length})));
}

Result<ConstantPtr> Constant::fromView(TensorType type, std::shared_ptr<const void> owner, const std::byte* data,
                                       std::size_t size)
{
    STRATA_CHECK(checkSize(type, size));
    if (type.dtype == DType::String)
        STRATA_CHECK(checkStrings(type, Bytes(data, data + size)));
    return ConstantPtr(
        std::make_shared<const Constant>(std::move(type), std::make_shared<Data>(View{std::move(owner), data, size})));
}

Result<ConstantPtr> Constant::relayout(ConstantPtr source, IndexMap map)
{
    const TensorType& type = source->type();
    if (type.dtype == DType::String || !isConstant(type.shape) || constants(type.shape) != map.domain)
        return refused(say("The layout is for the shape {}, but the constant has type {}.",
                           toString(toShape(map.domain)), toString(type)));
    TensorType target{type.dtype, toShape(map.range)};
    if (map.variables.size() != map.domain.size() || map.results.size() != map.range.size() || !byteCount(target))
        return refused("The layout does not fit its shapes.");
    return ConstantPtr(std::make_shared<const Constant>(
        std::move(target), std::make_shared<Data>(Relayout{std::move(source), std::move(map)})));
}

Result<ConstantPtr> Constant::reshape(ConstantPtr source, Shape shape)
{
    const TensorType& type = source->type();
    if (elementCount(shape) != elementCount(type.shape))
        return refused(say("A constant of type {} cannot take the shape {}.", toString(type), toString(shape)));
    TensorType target{type.dtype, std::move(shape)};
    return ConstantPtr(
        std::make_shared<const Constant>(std::move(target), std::make_shared<Data>(Reshape{std::move(source)})));
}

Result<BytesPtr> Constant::materialize() const
{
    const std::lock_guard lock(m_data->mutex);
    if (BytesPtr cached = m_data->cache.lock())
        return cached;
    STRATA_TRY(BytesPtr bytes, read(m_data->source));
    m_data->cache = bytes;
    return bytes;
}

Result<std::string> Constant::hash() const
{
    {
        const std::lock_guard lock(m_data->mutex);
        if (!m_data->hash.empty())
            return m_data->hash;
    }
    STRATA_TRY(const BytesPtr bytes, materialize());
    STRATA_TRY(std::string digest, sha256(toString(m_type) + '\0', *bytes));
    const std::lock_guard lock(m_data->mutex);
    return m_data->hash = std::move(digest);
}

Constant::Origin Constant::origin() const
{
    if (const auto* slice = std::get_if<FileSlice>(&m_data->source))
        return {slice->file, slice->offset, nullptr, nullptr};
    if (const auto* relayout = std::get_if<Relayout>(&m_data->source))
        return {nullptr, 0, relayout->source, &relayout->map};
    if (const auto* reshape = std::get_if<Reshape>(&m_data->source))
        return {nullptr, 0, reshape->source, nullptr};
    return {};
}

bool Constant::sameData(const Constant& other) const
{
    return m_data == other.m_data || sameSource(m_data->source, other.m_data->source);
}

bool equal(const Constant& a, const Constant& b)
{
    if (&a == &b)
        return true;
    if (a.type() != b.type())
        return false;
    if (a.sameData(b))
        return true;
    const auto left = a.materialize(), right = b.materialize();
    return left && right && **left == **right;
}

std::optional<std::vector<std::string>> unpackStrings(const Bytes& bytes)
{
    std::vector<std::string> strings;
    for (std::size_t at = 0; at < bytes.size();) {
        std::uint64_t length = 0;
        if (bytes.size() - at < sizeof length)
            return std::nullopt;
        std::memcpy(&length, bytes.data() + at, sizeof length);
        at += sizeof length;
        if (length > bytes.size() - at)
            return std::nullopt;
        strings.emplace_back(reinterpret_cast<const char*>(bytes.data()) + at, std::size_t(length));
        at += std::size_t(length);
    }
    return strings;
}

Bytes packStrings(const std::vector<std::string>& strings)
{
    Bytes bytes;
    for (const std::string& string : strings) {
        const std::uint64_t length = string.size();
        const auto* head = reinterpret_cast<const std::byte*>(&length);
        bytes.insert(bytes.end(), head, head + sizeof length);
        const auto* text = reinterpret_cast<const std::byte*>(string.data());
        bytes.insert(bytes.end(), text, text + string.size());
    }
    return bytes;
}

}  // namespace strata
