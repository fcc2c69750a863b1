#include "app/workbench/place.h"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace strata {

namespace fs = std::filesystem;

std::string folderOfProgram(const std::string& name)
{
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
    for (const char* place : {"../../../resources", "../../..", "../share/strata"})
        if (fs::is_directory(program / place / name, error))
            return fs::weakly_canonical(program / place / name, error).string();
    return {};
}

Result<Catalogue> catalogueOf(const std::string& language)
{
    const std::string path = folderOfProgram("translations") + "/" + language + ".po";
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return environmentError("There is no translation " + path + ".");
    std::ostringstream text;
    text << file.rdbuf();
    return Catalogue::parse(text.str());
}

}  // namespace strata
