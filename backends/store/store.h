// What was built, kept by content: it survives the program, and every program of Strata shares it.
//
// A key says all that the thing depends on (see Builder and buildArtifact), so whatever lies under it is right, whoever
// put it there, and there is nothing to invalidate. Things are written to a temporary and renamed, so readers need no
// lock and never see a half; a thing that is gone is built again. What another build of Strata made, which nobody here
// can use, goes first when there is too much, then what was not used for longest. After the stores of ccache and Nix.
//
// What is known are answers by what was asked, in few words: which library a state became, how weights are laid out. So
// a second start asks for what would take it seconds to work out, as ccache's direct mode does.
//
// In FOLDER (mode 0700): weights/HASH, BUILD/KIND/KEY, `limit`, `lock`.
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace strata {

class BuildStore {
public:
    enum class Kind {
        Object,    // of one function; of this build
        Artifact,  // a library; of this build
        About,     // JSON beside an artifact; of this build
        Known,     // answers that were computed before; of this build
        Weights    // of whichever build
    };

    static constexpr std::uint64_t defaultLimit = 4ull << 30;

    // `folder` is made when something is first put. `build` names the programs whose things these are.
    BuildStore(std::string folder, std::string build);
    // STRATA_CACHE names the folder, or is "off"; else strata in XDG_CACHE_HOME, or in ~/.cache. nullptr where there is
    // none: off, no home, or a compiler that does not say which build it is. `compiler` is the path of strata-compiler.
    static std::shared_ptr<BuildStore> ofUser(const std::string& compiler);

    // The key of what depends on all of `content`: 64 hex digits, SHA-256.
    static std::string keyOf(std::string_view content);

    const std::string& folder() const { return m_folder; }
    // The file of a thing that is there, which counts as a use of it; nullopt if it is not.
    std::optional<std::string> find(Kind kind, const std::string& key) const;
    std::optional<std::string> read(Kind kind, const std::string& key) const;
    Status write(Kind kind, const std::string& key, std::string_view bytes);
    // Takes a finished file over, by its name if it lies on the same file system. The path that it has now.
    Result<std::string> adopt(Kind kind, const std::string& key, const std::string& file);

    struct Usage {
        std::uint64_t bytes = 0, limit = defaultLimit;
        std::size_t files = 0;
        std::uint64_t othersBytes = 0;  // of these, what other builds made
    };
    Usage usage() const;
    Status setLimit(std::uint64_t bytes);  // and removes what is above it
    Status clear();                        // removes everything; what runs keeps its files open
    // Removes what is above the limit.
    void evict();

private:
    std::string pathOf(Kind kind, const std::string& key) const;
    std::string build() const { return m_folder + "/" + m_build; }
    std::uint64_t limit() const;
    Status makeFolders();

    std::string m_folder, m_build;
};

// The GNU build ID of an ELF file, in hex: the same for the same code, another for any other. nullopt if it has none.
std::optional<std::string> buildIdOf(const std::string& file);

}  // namespace strata
