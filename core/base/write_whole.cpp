#include "core/base/write_whole.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace strata {

Status writeWhole(const std::string& bytes, const std::string& path, const std::string& what)
{
    namespace fs = std::filesystem;
    std::error_code error;
    const fs::path target = fs::is_symlink(path, error) ? fs::weakly_canonical(path, error) : fs::path(path);
    const fs::path temporary = target.string() + ".part";
    const auto unwritten = [&](const std::string& why) {
        std::error_code ignored;
        fs::remove(temporary, ignored);
        return environmentError(what + " " + path + " cannot be written: " + why + ".");
    };
    {
        std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
        if (!file)
            return unwritten(std::strerror(errno));
        if (!(file << bytes) || !file.flush())
            return unwritten("the disk may be full");
    }
    if (const fs::file_status old = fs::status(target, error); fs::is_regular_file(old))
        fs::permissions(temporary, old.permissions(), error);
    fs::rename(temporary, target, error);
    return error ? unwritten(error.message()) : Status();
}

}  // namespace strata
