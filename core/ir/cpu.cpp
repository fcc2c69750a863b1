#include "core/ir/cpu.h"
#include "core/base/trimmed.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace strata {

// Written by CMake: the files of resources/targets.
std::vector<std::string> ownTargets();

namespace {

std::optional<int> numberOf(const std::string& text)
{
    const bool digits = !text.empty() && text.size() < 10 && text.find_first_not_of("0123456789") == std::string::npos;
    return digits ? std::optional(std::stoi(text)) : std::nullopt;
}

// What a file says, key by key, and where something in it is wrong.
class Reader {
public:
    Reader(const std::string& text, std::string file)
        : m_file(std::move(file))
    {
        std::istringstream stream(text);
        int number = 0;
        for (std::string line; std::getline(stream, line);) {
            ++number;
            line = trimmed(line.substr(0, line.find('#')));
            const std::size_t equals = line.find('=');
            if (line.empty())
                continue;
            if (equals == std::string::npos
                || !m_values.emplace(trimmed(line.substr(0, equals)), trimmed(line.substr(equals + 1))).second)
                fault(say("Line {} of {} is no KEY = VALUE, or says a key again.", number, m_file));
        }
    }

    std::string text(const std::string& key, std::optional<std::string> otherwise = {})
    {
        const auto found = m_values.extract(key);
        if (!found && !otherwise)
            fault(say("{} does not say {}.", m_file, key));
        return found ? found.mapped() : otherwise.value_or(std::string());
    }
    int number(const std::string& key, int least, int most, std::optional<std::string> otherwise = {})
    {
        const std::string value = text(key, std::move(otherwise));
        const std::optional<int> number = numberOf(value);
        if (number && *number >= least && *number <= most)
            return *number;
        fault(say("{} of {} is a number from {} to {}, not \"{}\".", key, m_file, least, most, value));
        return least;
    }
    bool flag(const std::string& key, std::optional<std::string> otherwise = {})
    {
        const std::string value = text(key, std::move(otherwise));
        if (value != "yes" && value != "no")
            fault(say("{} of {} is yes or no, not \"{}\".", key, m_file, value));
        return value == "yes";
    }
    std::vector<int> numbers(const std::string& key)
    {
        std::vector<int> result;
        std::istringstream words(text(key));
        for (std::string word; words >> word;)
            if (const std::optional<int> number = numberOf(word))
                result.push_back(*number);
            else if (word != "none")
                fault(say("{} of {} is none or numbers, not \"{}\".", key, m_file, word));
        return result;
    }
    Status end()
    {
        if (!m_values.empty())
            fault(say("{} says {}, which no description of a processor has.", m_file, m_values.begin()->first));
        return m_fault ? Status(*m_fault) : Status();
    }

private:
    void fault(const Sentence& sentence)
    {
        if (!m_fault)
            m_fault = refused(sentence, {}, "The files of resources/targets show what one says.");
    }

    std::string m_file;
    std::map<std::string, std::string> m_values;
    std::optional<Error> m_fault;
};

struct Known {
    std::vector<Cpu> cpus;
    std::string fault;

    void add(const std::string& text, const std::string& file)
    {
        Result<Cpu> cpu = parseCpu(text, file);
        const bool twice = cpu
                           && std::any_of(cpus.begin(), cpus.end(), [&](const Cpu& c) { return c.name == cpu->name; });
        if (cpu && !twice)
            cpus.push_back(std::move(*cpu));
        else if (fault.empty())
            fault = cpu ? file + " describes " + cpu->name + ", which there is already." : cpu.error().text();
    }
    void addFolder(const std::filesystem::path& folder)
    {
        std::error_code error;
        std::vector<std::filesystem::path> files;
        for (const auto& entry : std::filesystem::directory_iterator(folder, error))
            if (entry.path().extension() == ".target")
                files.push_back(entry.path());
        if (error)
            fault = "The folder " + folder.string() + " cannot be read: " + error.message() + ".";
        std::sort(files.begin(), files.end());
        for (const std::filesystem::path& file : files) {
            std::ifstream stream(file);
            add(std::string(std::istreambuf_iterator<char>(stream), {}), file.string());
        }
    }
};

// Read once: what a program knows does not change while it runs.
const Known& known()
{
    static const Known all = [] {
        Known result;
        for (const std::string& text : ownTargets())
            result.add(text, "a target of this build");
        const auto own = std::find_if(result.cpus.begin(), result.cpus.end(), [](const Cpu& c) { return c.byDefault; });
        const std::string first = own == result.cpus.end() ? std::string() : own->architecture;
        std::stable_sort(result.cpus.begin(), result.cpus.end(), [&](const Cpu& a, const Cpu& b) {
            return std::tuple(a.architecture != first, a.architecture, a.level)
                   < std::tuple(b.architecture != first, b.architecture, b.level);
        });
        if (const char* const folder = std::getenv("STRATA_TARGETS"); folder && *folder)
            result.addFolder(folder);
        return result;
    }();
    return all;
}

}  // namespace

Result<Cpu> parseCpu(const std::string& text, const std::string& file)
{
    constexpr int mostBytes = 256, mostRegisters = 1024, mostLevel = 1000, mostBit = 1 << 20, mostCache = 1 << 29;
    Reader read(text, file);
    Cpu cpu;
    cpu.name = read.text("name");
    cpu.about = read.text("about", "");
    cpu.architecture = read.text("architecture");
    cpu.level = read.number("level", 1, mostLevel);
    cpu.gnuTriple = read.text("gnu_triple");
    cpu.needs = read.text("needs");
    cpu.byDefault = read.flag("default", "no");
    cpu.vectorBytes = read.number("vector_bytes", 8, mostBytes);
    cpu.vectorRegisters = read.number("vector_registers", 4, mostRegisters);
    cpu.fusedMultiplyAdd = read.flag("fused_multiply_add");
    cpu.halfConversions = read.flag("half_conversions");
    cpu.maskedElements = read.numbers("masked_elements");
    cpu.l1Bytes = read.number("l1_bytes", 1024, mostCache);
    cpu.l2Bytes = read.number("l2_bytes", 1024, mostCache);
    cpu.l3Bytes = read.number("l3_bytes", 1024, mostCache);
    cpu.llvmTriple = read.text("llvm_triple");
    cpu.llvmCpu = read.text("llvm_cpu");
    cpu.llvmFeatures = read.text("llvm_features", "");
    cpu.llvmDotFeature = read.text("llvm_dot_feature", "");
    cpu.dotBit = read.number("dot_bit", 0, mostBit, "0");
    STRATA_CHECK(read.end());
    if ((cpu.vectorBytes & (cpu.vectorBytes - 1)) != 0)
        return refused(say("vector_bytes of {} is {}, which is no power of two.", file, cpu.vectorBytes));
    return cpu;
}

const Cpu& cpuOf(Target::Isa isa) { return known().cpus[std::min(std::size_t(isa), known().cpus.size() - 1)]; }

Target::Isa Target::usual()
{
    static const Isa isa = [] {
        const std::vector<Cpu>& all = known().cpus;
        const auto found = std::find_if(all.begin(), all.end(), [](const Cpu& cpu) { return cpu.byDefault; });
        return Isa(found == all.end() ? 0 : found - all.begin());
    }();
    return isa;
}

Caches cachesOf(const Target& target)
{
    const Cpu& cpu = cpuOf(target.isa);
    return {target.l1Bytes > 0 ? target.l1Bytes : cpu.l1Bytes, target.l2Bytes > 0 ? target.l2Bytes : cpu.l2Bytes,
            target.l3Bytes > 0 ? target.l3Bytes : cpu.l3Bytes};
}

bool runsCodeOf(Target::Isa isa, Target::Isa least)
{
    const Cpu &has = cpuOf(isa), &wants = cpuOf(least);
    return has.architecture == wants.architecture && (isa == least || has.level > wants.level);
}

std::vector<Target::Isa> knownIsas()
{
    std::vector<Target::Isa> isas;
    for (std::size_t i = 0; i < known().cpus.size(); ++i)
        isas.push_back(Target::Isa(i));
    return isas;
}

std::vector<std::string> isaNames()
{
    std::vector<std::string> names;
    for (const Cpu& cpu : known().cpus)
        names.push_back(cpu.name);
    return names;
}

const char* name(Target::Isa isa) { return cpuOf(isa).name.c_str(); }

std::optional<Target::Isa> isaByName(std::string_view name)
{
    for (const Target::Isa isa : knownIsas())
        if (cpuOf(isa).name == name)
            return isa;
    return std::nullopt;
}

int vectorBytes(Target::Isa isa) { return cpuOf(isa).vectorBytes; }

std::string isaHint()
{
    const std::vector<std::string> names = isaNames();
    std::string text = "There are ";
    for (std::size_t i = 0; i < names.size(); ++i)
        text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
    return text + "." + (known().fault.empty() ? "" : " " + known().fault);
}

}  // namespace strata
