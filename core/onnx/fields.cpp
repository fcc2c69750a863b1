#include "core/onnx/fields.h"

#include <google/protobuf/unknown_field_set.h>

#include <algorithm>
#include <set>

namespace strata::onnx {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::UnknownField;

constexpr int nodeOverload = 8, nodeMetadata = 9, graphMetadata = 16, functionOverload = 13, functionDefaults = 11;

// What becomes of a field that came after ONNX 1.12.
enum class Fate { Read, NoMeaning, LeftOut };

struct NewField {
    const char* message;
    int number;
    const char* name;
    Fate fate;
};

constexpr NewField newFields[]{
    {"NodeProto", nodeOverload, "overload", Fate::Read},
    {"NodeProto", nodeMetadata, "metadata_props", Fate::Read},
    {"NodeProto", 10, "device_configurations", Fate::LeftOut},
    {"FunctionProto", functionDefaults, "attribute_proto", Fate::Read},
    {"FunctionProto", 12, "value_info", Fate::NoMeaning},
    {"FunctionProto", functionOverload, "overload", Fate::Read},
    {"FunctionProto", 14, "metadata_props", Fate::NoMeaning},
    {"GraphProto", graphMetadata, "metadata_props", Fate::Read},
    {"TensorProto", 16, "metadata_props", Fate::NoMeaning},
    {"ValueInfoProto", 4, "metadata_props", Fate::NoMeaning},
    {"ModelProto", 26, "configuration", Fate::LeftOut},
};

const NewField* find(const std::string& message, int number)
{
    const auto* found = std::find_if(std::begin(newFields), std::end(newFields), [&](const NewField& field) {
        return field.message == message && field.number == number;
    });
    return found == std::end(newFields) ? nullptr : found;
}

// "NodeProto 'conv1'"
std::string describe(const Message& message)
{
    const FieldDescriptor* name = message.GetDescriptor()->FindFieldByName("name");
    const bool isText = name && !name->is_repeated() && name->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
    const std::string text = isText ? message.GetReflection()->GetString(message, name) : std::string();
    return message.GetDescriptor()->name() + (text.empty() ? "" : " '" + text + "'");
}

class FieldCheck {
public:
    explicit FieldCheck(std::vector<std::string>& warnings)
        : m_warnings(warnings)
    {
    }

    Status visit(const Message& message)
    {
        const auto& unknown = message.GetReflection()->GetUnknownFields(message);
        for (int i = 0; i < unknown.field_count(); ++i)
            STRATA_CHECK(check(message, unknown.field(i).number()));
        std::vector<const FieldDescriptor*> fields;
        message.GetReflection()->ListFields(message, &fields);
        for (const FieldDescriptor* field : fields)
            if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE)
                STRATA_CHECK(visitField(message, *field));
        return {};
    }

private:
    Status visitField(const Message& message, const FieldDescriptor& field)
    {
        const auto& reflection = *message.GetReflection();
        if (!field.is_repeated())
            return visit(reflection.GetMessage(message, &field));
        for (int i = 0; i < reflection.FieldSize(message, &field); ++i)
            STRATA_CHECK(visit(reflection.GetRepeatedMessage(message, &field, i)));
        return {};
    }

    Status check(const Message& message, int number)
    {
        const NewField* field = find(message.GetDescriptor()->name(), number);
        if (!field)
            return refused(say("The {} has a field of the number {}, which ONNX does not have: what it means is not "
                               "known.",
                               describe(message), number),
                           {}, "The file is damaged, or newer than this Strata.");
        if (field->fate == Fate::LeftOut && m_said.insert(field->name).second)
            m_warnings.push_back("The " + describe(message) + " says `" + field->name
                                 + "`: where to run it is chosen in Strata, so this is left out.");
        return {};
    }

    std::vector<std::string>& m_warnings;
    std::set<std::string> m_said;
};

// Of a repeated field, each as it is written.
std::vector<std::string> textFields(const Message& message, int number)
{
    const auto& unknown = message.GetReflection()->GetUnknownFields(message);
    std::vector<std::string> texts;
    for (int i = 0; i < unknown.field_count(); ++i)
        if (const UnknownField& field = unknown.field(i);
            field.number() == number && field.type() == UnknownField::TYPE_LENGTH_DELIMITED)
            texts.push_back(field.length_delimited());
    return texts;
}

// The last value wins, as protobuf has it.
std::string textField(const Message& message, int number)
{
    const std::vector<std::string> texts = textFields(message, number);
    return texts.empty() ? std::string() : texts.back();
}

// What is damaged means nothing to a run: it is told, and left out.
void addValues(const Message& message, int number, Notes& notes, std::vector<std::string>& warnings)
{
    for (const std::string& written : textFields(message, number)) {
        ::onnx::StringStringEntryProto entry;
        if (entry.ParseFromString(written))
            notes.values.emplace_back(entry.key(), entry.value());
        else
            warnings.push_back("The " + describe(message) + " has an entry of `metadata_props` that is damaged.");
    }
}

}  // namespace

Status checkFields(const Message& message, std::vector<std::string>& warnings)
{
    return FieldCheck(warnings).visit(message);
}

std::string overloadOf(const ::onnx::NodeProto& node) { return textField(node, nodeOverload); }
std::string overloadOf(const ::onnx::FunctionProto& function) { return textField(function, functionOverload); }

Result<std::vector<::onnx::AttributeProto>> defaultsOf(const ::onnx::FunctionProto& function)
{
    std::vector<::onnx::AttributeProto> defaults;
    for (const std::string& written : textFields(function, functionDefaults))
        if (!defaults.emplace_back().ParseFromString(written))
            return refused(say("The model function {} has a default attribute that is damaged.", function.name()));
    return defaults;
}

Notes notesOf(const ::onnx::NodeProto& node, std::vector<std::string>& warnings)
{
    Notes notes{node.doc_string(), {}};
    addValues(node, nodeMetadata, notes, warnings);
    return notes;
}

Notes notesOf(const ::onnx::ModelProto& model, std::vector<std::string>& warnings)
{
    const std::string& ofModel = model.doc_string();
    const std::string& ofGraph = model.graph().doc_string();
    Notes notes{ofModel + (ofModel.empty() || ofGraph.empty() ? "" : "\n") + ofGraph, {}};
    for (const auto& entry : model.metadata_props())
        notes.values.emplace_back(entry.key(), entry.value());
    addValues(model.graph(), graphMetadata, notes, warnings);
    return notes;
}

}  // namespace strata::onnx
