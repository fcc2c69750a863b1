// Files by content. A rename is atomic, so whoever opens a name gets a whole thing; the time of a file is that of its
// last use; only eviction takes the lock, and only so that two do not remove twice as much.
#include "backends/store/store.h"

#include "core/base/sha256.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace strata {

namespace fs = std::filesystem;

namespace {

constexpr const char* kinds[] = {"objects", "artifacts", "about", "known", "weights"};

Error cannot(const std::string& what, const std::string& path, int error)
{
    return environmentError("The cache cannot " + what + " " + path + ": " + std::strerror(error) + ".",
                            "STRATA_CACHE names another folder, or is off.");
}

// A name that no other process and no other call here has.
std::string temporaryFor(const std::string& path)
{
    static std::atomic<unsigned> count{0};
    return path + ".part" + std::to_string(::getpid()) + "-" + std::to_string(count++);
}

void touch(const std::string& path) { ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0); }

struct Kept {
    fs::path path;
    std::uint64_t bytes = 0;
    fs::file_time_type used;
    bool ofOthers = false;
};

bool isOwnFile(const fs::path& path) { return path.filename() == "limit" || path.filename() == "lock"; }

// All things; files that vanish meanwhile are passed over.
std::vector<Kept> kept(const std::string& folder, const std::string& build)
{
    std::vector<Kept> result;
    std::error_code error;
    for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        std::error_code gone;
        if (!at->is_regular_file(gone) || (at.depth() == 0 && isOwnFile(at->path())))
            continue;
        Kept one{at->path(), at->file_size(gone), at->last_write_time(gone), false};
        const std::string first = fs::relative(at->path(), folder, gone).begin()->string();
        one.ofOthers = first != build && first != kinds[int(BuildStore::Kind::Weights)];
        if (!gone)
            result.push_back(std::move(one));
    }
    return result;
}

// Held while it lives; does not wait.
class Lock {
public:
    explicit Lock(const std::string& path)
        : m_file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600))
        , m_held(m_file >= 0 && ::flock(m_file, LOCK_EX | LOCK_NB) == 0)
    {
    }
    ~Lock()
    {
        if (m_file >= 0)
            ::close(m_file);
    }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    bool held() const { return m_held; }

private:
    int m_file;
    bool m_held;
};

std::string folderOfUser()
{
    if (const char* named = std::getenv("STRATA_CACHE"); named && *named)
        return std::string(named) == "off" ? std::string() : named;
    if (const char* caches = std::getenv("XDG_CACHE_HOME"); caches && *caches == '/')
        return std::string(caches) + "/strata";
    const char* home = std::getenv("HOME");
    return home && *home == '/' ? std::string(home) + "/.cache/strata" : std::string();
}

}  // namespace

BuildStore::BuildStore(std::string folder, std::string build)
    : m_folder(std::move(folder))
    , m_build(std::move(build))
{
}

std::shared_ptr<BuildStore> BuildStore::ofUser(const std::string& compiler)
{
    const std::string folder = folderOfUser();
    const std::optional<std::string> build = folder.empty() ? std::nullopt : buildIdOf(compiler);
    return build ? std::make_shared<BuildStore>(folder, *build) : nullptr;
}

std::string BuildStore::keyOf(std::string_view content)
{
    Sha256 hash;
    hash.append(content.data(), content.size());
    return hash.finish();
}

std::string BuildStore::pathOf(Kind kind, const std::string& key) const
{
    return (kind == Kind::Weights ? m_folder : build()) + "/" + kinds[int(kind)] + "/" + key;
}

Status BuildStore::makeFolders()
{
    for (const std::string& path : {m_folder, build(), m_folder + "/weights", build() + "/objects",
                                    build() + "/artifacts", build() + "/about", build() + "/known"}) {
        std::error_code error;
        fs::create_directories(fs::path(path).parent_path(), error);
        if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
            return cannot("make", path, errno);
    }
    return {};
}

std::optional<std::string> BuildStore::find(Kind kind, const std::string& key) const
{
    std::string path = pathOf(kind, key);
    if (::access(path.c_str(), R_OK) != 0)
        return std::nullopt;
    touch(path);
    return path;
}

std::optional<std::string> BuildStore::read(Kind kind, const std::string& key) const
{
    const std::optional<std::string> path = find(kind, key);
    std::ifstream stream(path.value_or(std::string()), std::ios::binary);
    if (!path || !stream)
        return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(stream), {});
}

Status BuildStore::write(Kind kind, const std::string& key, std::string_view bytes)
{
    STRATA_CHECK(makeFolders());
    const std::string path = pathOf(kind, key), temporary = temporaryFor(path);
    {
        std::ofstream stream(temporary, std::ios::binary | std::ios::trunc);
        stream.write(bytes.data(), std::streamsize(bytes.size()));
        stream.close();
        if (!stream) {
            const int error = errno;
            ::unlink(temporary.c_str());
            return cannot("write", path, error);
        }
    }
    if (::rename(temporary.c_str(), path.c_str()) != 0)
        return cannot("write", path, errno);
    return {};
}

Result<std::string> BuildStore::adopt(Kind kind, const std::string& key, const std::string& file)
{
    STRATA_CHECK(makeFolders());
    const std::string path = pathOf(kind, key);
    if (::rename(file.c_str(), path.c_str()) == 0)
        return path;
    if (errno != EXDEV)
        return cannot("write", path, errno);
    const std::string temporary = temporaryFor(path);
    std::error_code error;
    fs::copy_file(file, temporary, fs::copy_options::overwrite_existing, error);
    if (!error)
        fs::rename(temporary, path, error);
    std::error_code ignored;
    fs::remove(error ? fs::path(temporary) : fs::path(file), ignored);
    if (error)
        return cannot("write", path, error.value());
    return path;
}

std::uint64_t BuildStore::limit() const
{
    std::uint64_t bytes = 0;
    return std::ifstream(m_folder + "/limit") >> bytes ? bytes : defaultLimit;
}

BuildStore::Usage BuildStore::usage() const
{
    Usage usage;
    usage.limit = limit();
    for (const Kept& one : kept(m_folder, m_build)) {
        usage.bytes += one.bytes;
        usage.othersBytes += one.ofOthers ? one.bytes : 0;
        ++usage.files;
    }
    return usage;
}

Status BuildStore::setLimit(std::uint64_t bytes)
{
    STRATA_CHECK(makeFolders());
    const std::string path = m_folder + "/limit", temporary = temporaryFor(path);
    if (!(std::ofstream(temporary) << bytes << '\n') || ::rename(temporary.c_str(), path.c_str()) != 0)
        return cannot("write", path, errno);
    evict();
    return {};
}

Status BuildStore::clear()
{
    for (const Kept& one : kept(m_folder, m_build))
        if (::unlink(one.path.c_str()) != 0 && errno != ENOENT)
            return cannot("remove", one.path.string(), errno);
    return {};
}

void BuildStore::evict()
{
    const Lock lock(m_folder + "/lock");
    if (!lock.held())
        return;  // somebody is at it
    std::vector<Kept> things = kept(m_folder, m_build);
    std::uint64_t bytes = 0;
    for (const Kept& one : things)
        bytes += one.bytes;
    const std::uint64_t most = limit();
    if (bytes <= most)
        return;
    std::sort(things.begin(), things.end(),
              [](const Kept& a, const Kept& b) { return a.ofOthers != b.ofOthers ? a.ofOthers : a.used < b.used; });
    const std::uint64_t goal = most / 10 * 9;  // so that the next put does not evict again
    for (const Kept& one : things) {
        if (bytes <= goal)
            break;
        if (::unlink(one.path.c_str()) == 0)
            bytes -= one.bytes;
    }
}

}  // namespace strata
