// A node of an operator that is data becomes the nodes of its definition: the conditions are decided by what the node
// gives, attributes take their values, nested calls and numbers become nodes of their own.
#include "core/onnx/definition.h"

#include <algorithm>

namespace strata::onnx {

namespace {

using ::onnx::AttributeProto;
using ::onnx::FunctionProto;
using ::onnx::NodeProto;

class DefinitionExpansion {
public:
    DefinitionExpansion(const Definition& definition, const NodeProto& node, std::string nodeName, const RankOf& rank)
        : m_definition(definition)
        , m_node(node)
        , m_nodeName(std::move(nodeName))
        , m_rank(rank)
    {
    }

    Result<FunctionProto> run()
    {
        STRATA_CHECK(takeInputs());
        STRATA_CHECK(takeAttributes());
        m_function.set_name(m_definition.name);
        m_function.set_domain(m_definition.domain);
        auto* opset = m_function.add_opset_import();
        opset->set_domain("");
        opset->set_version(m_definition.opset);
        STRATA_CHECK(lines(m_definition.body));
        STRATA_CHECK(giveOutputs());
        return std::move(m_function);
    }

private:
    Error error(const std::string& message) const
    {
        return refused(say("The node '{}' ({}) {}", m_nodeName, m_definition.name, message), {},
                       "Its definition stands in " + m_definition.file + ", line " + std::to_string(m_definition.line)
                           + ".");
    }

    Status takeInputs()
    {
        const int most = int(m_definition.inputs.size());
        if (m_node.input_size() > most)
            return error("has " + std::to_string(m_node.input_size()) + " inputs; its definition takes "
                         + std::to_string(most) + ".");
        for (int i = 0; i < most; ++i) {
            const Definition::Input& input = m_definition.inputs[std::size_t(i)];
            const bool given = i < m_node.input_size() && !m_node.input(i).empty();
            if (!given && !input.optional)
                return error("leaves out the input " + input.name + ", which its definition needs.");
            m_function.add_input(input.name);
            m_inputs.insert(input.name);
            if (given)
                m_known.insert(input.name);
        }
        return {};
    }

    static AttributeProto attributeOf(const std::string& name, const Setting& value)
    {
        AttributeProto attribute;
        attribute.set_name(name);
        if (const auto* whole = std::get_if<std::int64_t>(&value)) {
            attribute.set_type(AttributeProto::INT);
            attribute.set_i(*whole);
        } else if (const auto* real = std::get_if<double>(&value)) {
            attribute.set_type(AttributeProto::FLOAT);
            attribute.set_f(float(*real));
        } else if (const auto* word = std::get_if<std::string>(&value)) {
            attribute.set_type(AttributeProto::STRING);
            attribute.set_s(*word);
        }
        return attribute;
    }

    Status takeAttributes()
    {
        for (const AttributeProto& given : m_node.attribute()) {
            const auto known = std::find_if(m_definition.attributes.begin(), m_definition.attributes.end(),
                                            [&](const auto& parameter) { return parameter.name == given.name(); });
            if (known == m_definition.attributes.end())
                return error("has an attribute " + given.name() + ", which its definition does not know.");
            switch (given.type()) {
            case AttributeProto::INT:
            case AttributeProto::FLOAT:
            case AttributeProto::STRING:
            case AttributeProto::INTS:
            case AttributeProto::FLOATS: break;
            default: return error("has the attribute " + given.name() + " of a kind that no definition takes.");
            }
            m_attributes[given.name()] = given;
        }
        for (const Definition::Parameter& parameter : m_definition.attributes) {
            if (m_attributes.count(parameter.name) || parameter.mayBeLeftOut)
                continue;
            if (!parameter.otherwise)
                return error("has no attribute " + parameter.name + ", which its definition needs.");
            STRATA_TRY(AttributeProto value, settingOf(parameter.name, *parameter.otherwise));
            m_attributes[parameter.name] = std::move(value);
        }
        return {};
    }

    Result<std::int64_t> wholeOf(const Whole& whole) const
    {
        if (const auto* number = std::get_if<std::int64_t>(&whole))
            return *number;
        const std::string& name = std::get<NameOf>(whole).name;
        const auto found = m_attributes.find(name);
        if (found == m_attributes.end() || found->second.type() != AttributeProto::INT)
            return error("needs a whole number as its attribute " + name + ".");
        return std::int64_t(found->second.i());
    }

    Result<AttributeProto> settingOf(const std::string& name, const Setting& value) const
    {
        AttributeProto attribute = attributeOf(name, value);
        if (const auto* list = std::get_if<std::vector<Whole>>(&value)) {
            attribute.set_type(AttributeProto::INTS);
            for (const Whole& whole : *list) {
                STRATA_TRY(const std::int64_t number, wholeOf(whole));
                attribute.add_ints(number);
            }
        } else if (const auto* reference = std::get_if<NameOf>(&value)) {
            const auto found = m_attributes.find(reference->name);
            if (found == m_attributes.end())
                return error("has no attribute " + reference->name + ", which its definition reads.");
            attribute = found->second;
            attribute.set_name(name);
        }
        return attribute;
    }

    Result<bool> hasRank(const Condition& condition) const
    {
        const auto& inputs = m_definition.inputs;
        const auto input = std::find_if(inputs.begin(), inputs.end(),
                                        [&](const auto& one) { return one.name == condition.name; });
        if (input == inputs.end())
            return error("has a definition that asks for the input " + condition.name + ", which it does not have.");
        const std::optional<std::size_t> rank = m_rank(int(input - inputs.begin()));
        if (!rank)
            return error("has an input " + condition.name
                         + " of unknown rank, by which its definition goes. --shape gives the model's inputs theirs.");
        return (std::int64_t(*rank) == std::get<std::int64_t>(condition.value)) != condition.negated;
    }

    Result<bool> holds(const Condition& condition) const
    {
        if (condition.kind == Condition::Kind::Rank)
            return hasRank(condition);
        if (condition.kind == Condition::Kind::Given) {
            if (!m_inputs.count(condition.name))
                return error("has a definition that asks for the input " + condition.name
                             + ", which it does not have.");
            return (m_known.count(condition.name) != 0) != condition.negated;
        }
        const auto found = m_attributes.find(condition.name);
        if (found == m_attributes.end())
            return condition.negated;  // one that may be left out, and is
        const AttributeProto& has = found->second;
        if (condition.kind == Condition::Kind::Set)
            return (has.i() != 0 || has.f() != 0 || !has.s().empty()) != condition.negated;
        STRATA_TRY(const AttributeProto wanted, settingOf(condition.name, condition.value));
        const bool same = has.type() == wanted.type() && has.i() == wanted.i() && has.s() == wanted.s()
                          && !(has.f() < wanted.f()) && !(wanted.f() < has.f());
        return same != condition.negated;
    }

    Status lines(const std::vector<Line>& body)
    {
        for (const Line& line : body) {
            if (line.condition) {
                STRATA_TRY(const bool yes, holds(*line.condition));
                STRATA_CHECK(lines(yes ? line.then : line.otherwise));
                continue;
            }
            for (const std::string& target : line.targets)
                if (!m_known.insert(target).second)
                    return error("has a definition that gives " + target + " two values.");
            STRATA_CHECK(assign(line));
        }
        return {};
    }

    Status assign(const Line& line)
    {
        if (const auto* call = std::get_if<std::shared_ptr<const Call>>(&line.value)) {
            STRATA_TRY(NodeProto node, nodeOf(**call));
            for (const std::string& target : line.targets)
                node.add_output(target);
            *m_function.add_node() = std::move(node);
            return {};
        }
        STRATA_TRY(const std::string value, valueOf(line.value, {}));
        NodeProto same;
        same.set_op_type("Identity");
        same.add_input(value);
        same.add_output(line.targets[0]);
        *m_function.add_node() = std::move(same);
        return {};
    }

    std::string fresh() { return "_" + std::to_string(++m_count); }

    Result<NodeProto> nodeOf(const Call& call)
    {
        NodeProto node;
        node.set_op_type(call.op);
        node.set_domain(call.domain);
        std::string like;
        for (const Argument& argument : call.arguments) {
            STRATA_TRY(std::string value, valueOf(argument, like));
            if (like.empty())
                like = value;
            node.add_input(value);
        }
        while (node.input_size() > 0 && node.input(node.input_size() - 1).empty())
            node.mutable_input()->RemoveLast();
        for (const auto& [name, setting] : call.settings) {
            const auto* reference = std::get_if<NameOf>(&setting);
            if (reference && !m_attributes.count(reference->name) && mayBeLeftOut(reference->name))
                continue;
            STRATA_TRY(*node.add_attribute(), settingOf(name, setting));
        }
        return node;
    }

    bool mayBeLeftOut(const std::string& name) const
    {
        return std::any_of(m_definition.attributes.begin(), m_definition.attributes.end(),
                           [&](const auto& parameter) { return parameter.name == name && parameter.mayBeLeftOut; });
    }

    // The value's name in the function; of a number: a constant of the type of `like`.
    Result<std::string> valueOf(const Argument& argument, const std::string& like)
    {
        if (const auto* named = std::get_if<NameOf>(&argument)) {
            if (m_known.count(named->name))
                return named->name;
            if (m_inputs.count(named->name))
                return std::string();  // left out
            const auto attribute = m_attributes.find(named->name);
            if (attribute == m_attributes.end())
                return error("has a definition that reads " + named->name + ", which nothing before gives.");
            return constant(attribute->second, like);
        }
        if (const auto* call = std::get_if<std::shared_ptr<const Call>>(&argument)) {
            STRATA_TRY(NodeProto node, nodeOf(**call));
            const std::string name = fresh();
            node.add_output(name);
            *m_function.add_node() = std::move(node);
            return name;
        }
        if (const auto* list = std::get_if<std::vector<Whole>>(&argument)) {
            STRATA_TRY(const AttributeProto values, settingOf("value_ints", Setting(*list)));
            return constant(values, {});
        }
        if (const auto* whole = std::get_if<std::int64_t>(&argument))
            return constant(attributeOf("", Setting(*whole)), like);
        return constant(attributeOf("", Setting(std::get<double>(argument))), like);
    }

    Result<std::string> constant(AttributeProto value, const std::string& like)
    {
        switch (value.type()) {
        case AttributeProto::INT: value.set_name("value_int"); break;
        case AttributeProto::FLOAT: value.set_name("value_float"); break;
        case AttributeProto::INTS: value.set_name("value_ints"); break;
        case AttributeProto::FLOATS: value.set_name("value_floats"); break;
        default: return error("has a definition that reads the attribute " + value.name() + " as a tensor.");
        }
        const bool isList = value.type() == AttributeProto::INTS;
        NodeProto node;
        node.set_op_type("Constant");
        *node.add_attribute() = std::move(value);
        std::string name = fresh();
        node.add_output(name);
        *m_function.add_node() = std::move(node);
        if (like.empty() || isList)
            return name;
        if (m_definition.opset < 15)
            return error("has a definition of opset " + std::to_string(m_definition.opset)
                         + " that writes a number: it takes its type by CastLike, which ONNX has since opset 15.");
        NodeProto cast;
        cast.set_op_type("CastLike");
        cast.add_input(name);
        cast.add_input(like);
        name = fresh();
        cast.add_output(name);
        *m_function.add_node() = std::move(cast);
        return name;
    }

    Status giveOutputs()
    {
        if (m_node.output_size() > int(m_definition.outputs.size()))
            return error("has " + std::to_string(m_node.output_size()) + " outputs; its definition gives "
                         + std::to_string(m_definition.outputs.size()) + ".");
        for (int i = 0; i < m_node.output_size(); ++i) {
            const std::string& output = m_definition.outputs[std::size_t(i)];
            if (!m_node.output(i).empty() && !m_known.count(output))
                return error("asks for the output " + output + ", which its definition does not give here.");
            m_function.add_output(output);
        }
        return {};
    }

    const Definition& m_definition;
    const NodeProto& m_node;
    std::string m_nodeName;
    const RankOf& m_rank;
    FunctionProto m_function;
    std::set<std::string> m_inputs, m_known;  // all inputs; what has a value
    std::map<std::string, AttributeProto> m_attributes;
    int m_count = 0;
};

}  // namespace

Result<FunctionProto> expanded(const Definition& definition, const NodeProto& node, const std::string& nodeName,
                               const RankOf& rank)
{
    return DefinitionExpansion(definition, node, nodeName, rank).run();
}

}  // namespace strata::onnx
