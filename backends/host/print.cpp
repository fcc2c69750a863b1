#include "backends/host/print.h"

namespace strata {

namespace {

template<class Range, class Text>
std::string joined(const Range& values, Text text)
{
    std::string result;
    for (const auto& value : values)
        result += (result.empty() ? "" : ", ") + text(value);
    return result;
}

std::string list(const std::vector<std::int64_t>& values)
{
    return "[" + joined(values, [](std::int64_t value) { return std::to_string(value); }) + "]";
}

std::string listOf(const std::vector<TypedName>& tensors)
{
    return "(" + joined(tensors, [](const TypedName& t) { return t.name + ": " + toString(t.type); }) + ")";
}

class Printer {
public:
    explicit Printer(const HostProgram& program)
        : m_program(program)
    {
    }

    std::vector<std::string> run()
    {
        line("host " + m_program.name + listOf(m_program.inputs) + " -> " + listOf(m_program.outputs) + ", arena "
             + std::to_string(m_program.arenaBytes) + " bytes"
             + (m_program.storages.empty() ? "" : " and " + std::to_string(m_program.storages.size()) + " storages")
             + ":");
        for (std::size_t i = 0; i < m_program.storages.size(); ++i)
            line("    storage " + std::to_string(i) + ": max "
                 + joined(m_program.storages[i], [](const Dim& bytes) { return bytes.text(); }) + " bytes");
        ++m_depth;
        for (const HostBuffer& buffer : m_program.buffers)
            define(buffer);
        print(m_program.body);
        return std::move(m_lines);
    }

private:
    void line(const std::string& text) { m_lines.push_back(std::string(m_depth * 4, ' ') + text); }
    std::string name(BufferIndex index) const
    {
        if (index == absent)
            return "_";
        const HostBuffer& buffer = m_program.buffers[std::size_t(index)];
        return (buffer.base == HostBuffer::Base::Constant ? "@" : "") + buffer.name;
    }
    std::string names(const std::vector<BufferIndex>& indices) const
    {
        return joined(indices, [this](BufferIndex index) { return name(index); });
    }
    void define(const HostBuffer& buffer)
    {
        const std::string typed = buffer.name + ": " + toString(buffer.type);
        if (buffer.base == HostBuffer::Base::Output)
            if (const auto lies = m_program.inouts.find(std::size_t(buffer.place)); lies != m_program.inouts.end())
                line(typed + " in the memory of " + m_program.inputs[lies->second].name);
        if (buffer.base == HostBuffer::Base::Arena)
            line(typed + " = arena[" + std::to_string(buffer.place) + "]");
        else if (buffer.base == HostBuffer::Base::Storage)
            line(typed + " = storage " + std::to_string(buffer.place));
        else if (buffer.base == HostBuffer::Base::View)
            line(typed + " = view of " + name(BufferIndex(buffer.place)));
        else if (buffer.base == HostBuffer::Base::Row)
            line(typed + " = row " + name(buffer.iteration) + " of " + name(BufferIndex(buffer.place)));
    }
    void print(const HostBlock& block)
    {
        for (const HostStatement& statement : block)
            std::visit([this](const auto& one) { print(one); }, statement.is);
    }
    void printInside(const std::string& head, const HostBlock& block)
    {
        line(head);
        ++m_depth;
        print(block);
        if (block.empty())
            line("pass");
        --m_depth;
    }

    void print(const HostBegin& begin)
    {
        line("begin " + std::to_string(begin.call) + ": " + m_program.calls[std::size_t(begin.call)]);
    }
    void print(const HostCall& call)
    {
        line("call " + call.function + "(" + names(call.inputs) + ") -> " + names(call.outputs)
             + (call.sizes.empty() ? "" : ", sizes " + toString(call.sizes)));
    }
    void print(const HostRoutine& routine)
    {
        const std::string symbol = routine.routine.symbol;
        line("routine " + symbol.substr(std::string("strata_rt_").size()) + "(" + names(routine.inputs) + ") -> "
             + name(routine.output) + ", sizes " + list(routine.routine.sizes) + ", flags "
             + std::to_string(routine.routine.flags));
    }
    void print(const HostSize& size)
    {
        const std::string value = size.source == absent ? size.is.text()
                                                        : name(size.source) + "[" + std::to_string(size.element) + "]";
        line("size " + (size.size.empty() ? size.is.text() : size.size) + " = " + value + " <= " + size.most.text());
    }
    void print(const HostLaunch& launch)
    {
        const Kernel& kernel = *launch.kernel;
        std::string arguments;
        for (std::size_t i = 0; i < launch.arguments.size(); ++i)
            arguments += (i == 0 ? "" : ", ") + name(launch.arguments[i]) + " in "
                         + place(launch.device, launch.places.at(i));
        line("launch " + kernel.name + "(" + arguments + "), blocks "
             + list({kernel.blocks.begin(), kernel.blocks.end()}) + ", threads "
             + list({kernel.threads.begin(), kernel.threads.end()}));
    }
    void print(const HostCopy& copy)
    {
        line("copy " + name(copy.source) + " -> " + name(copy.target) + ", " + copy.bytes.text() + " bytes");
    }
    static std::string place(const std::string& device, DevicePlace number)
    {
        return device + "[" + std::to_string(number) + "]";
    }
    void print(const HostUpload& copy)
    {
        line("copy " + name(copy.source) + " -> " + place(copy.device, copy.place) + ", " + std::to_string(copy.bytes)
             + " bytes" + (copy.once ? ", once" : ""));
    }
    void print(const HostDownload& copy)
    {
        line("copy " + place(copy.device, copy.place) + " -> " + name(copy.target) + ", " + std::to_string(copy.bytes)
             + " bytes");
    }
    static std::string condition(const HostChoose::Choice& choice)
    {
        std::string all = choice.least ? std::string("isa >= ") + strata::name(*choice.least) : std::string();
        for (const auto& [size, fact] : choice.where)
            all += (all.empty() ? "" : " and ") + factText(size.text(), fact, " and ");
        return all;
    }
    void print(const HostChoose& choose)
    {
        for (std::size_t i = 0; i < choose.choices.size(); ++i)
            printInside((i == 0 ? "if " : "elif ") + condition(choose.choices[i]) + ":", choose.choices[i].body);
        printInside("else:", choose.otherwise);
    }

    void print(const HostIf& branch)
    {
        printInside("if " + name(branch.condition) + ":", branch.then);
        printInside("else:", branch.otherwise);
    }

    void print(const HostLoop& loop)
    {
        printInside("loop " + name(loop.iteration) + " < " + name(loop.trips) + ", " + name(loop.condition) + " from "
                        + name(loop.first) + " on by " + name(loop.next)
                        + (loop.rows ? ", rows " + std::to_string(*loop.rows) : "") + ":",
                    loop.body);
    }

    const HostProgram& m_program;
    std::vector<std::string> m_lines;
    std::size_t m_depth = 0;
};

}  // namespace

std::vector<std::string> printLines(const HostProgram& program) { return Printer(program).run(); }

}  // namespace strata
