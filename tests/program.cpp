#include "tests/program.h"

#include <cstdio>
#include <map>
#include <string>
#include <string_view>

namespace test_program {

static std::map<std::string, Run, std::less<>>& entries()
{
    static std::map<std::string, Run, std::less<>> all;
    return all;
}

static std::string_view stem(std::string_view path)
{
    path.remove_prefix(path.rfind('/') + 1);
    return path.substr(0, path.find('.'));
}

Entry::Entry(const char* file, Run run)
{
    entries().emplace(stem(file), run);
}

}  // namespace test_program

int main(int argc, char** argv)
{
    using namespace test_program;
    auto entry = entries().find(stem(argv[0]));
    if (entry == entries().end() && argc > 1) {
        entry = entries().find(std::string_view(argv[1]));
        ++argv;
        --argc;
    }
    if (entry != entries().end())
        return entry->second(argc, argv);
    std::fprintf(stderr, "Its first argument, or the name that it is called by, is one of these tests:\n");
    for (const auto& [name, run] : entries())
        std::fprintf(stderr, "    %s\n", name.c_str());
    return 2;
}
