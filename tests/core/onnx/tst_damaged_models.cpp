// Models of ONNX's node tests with one thing damaged: an attribute, a side input, a shape, a type, a value. Whatever it
// is, opening, inferring, lowering and evaluating end with an answer: never with a crash, and never with an access
// outside a buffer, which the evaluator checks and calls a fault of Strata.
//
// Every run follows from its seed alone. STRATA_DAMAGED_RUNS and STRATA_DAMAGED_FIRST choose how many and where to
// start; with STRATA_DAMAGED_OUT=FOLDER the models that open and evaluate are left there for scripts/damaged-models,
// which compiles them and runs them between guard pages.
#include "core/onnx/import.h"
#include "core/operators/operator.h"
#include "core/reference/evaluate.h"
#include "tests/program.h"

#include <google/protobuf/stubs/logging.h>
#include <onnx/onnx_pb.h>

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <chrono>
#include <condition_variable>
#include <random>
#include <thread>

using namespace strata;

namespace {

const QString dataFolder = QStringLiteral("/usr/share/libonnx-testdata/data/node");

using Random = std::mt19937;

int below(Random& random, int n) { return int(random() % std::uint32_t(n)); }

template<class T>
const T& oneOf(Random& random, const std::vector<T>& list)
{
    return list[std::size_t(below(random, int(list.size())))];
}

// A number near `value`, or one that nobody expects.
std::int64_t damagedNumber(Random& random, std::int64_t value)
{
    const std::vector<std::int64_t> choices{value + 1, value - 1, -value, 0,       -1,        1,         value * 2,
                                            value + 7, 100,       -100,   1 << 20, 1LL << 40, INT64_MAX, INT64_MIN};
    return oneOf(random, choices);
}

// --- What can be damaged. Each returns what it did, or "" if the model has no such thing.
using Damage = std::string (*)(::onnx::ModelProto& model, Random& random);

::onnx::NodeProto* anyNode(::onnx::ModelProto& model, Random& random)
{
    auto& nodes = *model.mutable_graph()->mutable_node();
    return nodes.empty() ? nullptr : nodes.Mutable(below(random, nodes.size()));
}

template<class List>
void damageList(List& list, Random& random)
{
    switch (below(random, 4)) {
    case 0: list.Add(list.empty() ? 1 : list.Get(list.size() - 1)); break;
    case 1:
        if (!list.empty())
            list.RemoveLast();
        break;
    default:
        if (!list.empty()) {
            const int i = below(random, list.size());
            list.Set(i, typename List::value_type(damagedNumber(random, std::int64_t(list.Get(i)))));
        }
    }
}

std::string damageAttribute(::onnx::ModelProto& model, Random& random)
{
    ::onnx::NodeProto* node = anyNode(model, random);
    if (!node || node->attribute_size() == 0)
        return {};
    ::onnx::AttributeProto& attribute = *node->mutable_attribute(below(random, node->attribute_size()));
    if (below(random, 8) == 0) {
        const std::string name = attribute.name();
        attribute.CopyFrom(node->attribute(node->attribute_size() - 1));
        node->mutable_attribute()->RemoveLast();
        return "attribute " + name + " is gone";
    }
    switch (attribute.type()) {
    case ::onnx::AttributeProto::INT: attribute.set_i(damagedNumber(random, attribute.i())); break;
    case ::onnx::AttributeProto::FLOAT:
        attribute.set_f(oneOf<float>(random, {0.0F, -1.0F, 1e30F, -attribute.f(), INFINITY, NAN}));
        break;
    case ::onnx::AttributeProto::STRING:
        attribute.set_s(oneOf<std::string>(random, {"", "same", "linear", "max"}));
        break;
    case ::onnx::AttributeProto::INTS: damageList(*attribute.mutable_ints(), random); break;
    case ::onnx::AttributeProto::FLOATS: damageList(*attribute.mutable_floats(), random); break;
    default: return {};
    }
    return "attribute " + attribute.name() + ": " + attribute.ShortDebugString();
}

std::string addAttribute(::onnx::ModelProto& model, Random& random)
{
    static const std::vector<std::string> names{"axis",       "axes",      "keepdims",     "perm",   "pads",
                                                "strides",    "dilations", "kernel_shape", "group",  "to",
                                                "mode",       "auto_pad",  "batch_dims",   "alpha",  "epsilon",
                                                "block_size", "blocksize", "num_heads",    "layout", "reverse",
                                                "batch_axis", "p",         "size",         "k",      "storage_order"};
    ::onnx::NodeProto* node = anyNode(model, random);
    if (!node)
        return {};
    ::onnx::AttributeProto& attribute = *node->add_attribute();
    attribute.set_name(oneOf(random, names));
    if (below(random, 2)) {
        attribute.set_type(::onnx::AttributeProto::INT);
        attribute.set_i(below(random, 7) - 3);
    } else {
        attribute.set_type(::onnx::AttributeProto::INTS);
        for (int i = below(random, 5); i > 0; --i)
            attribute.add_ints(below(random, 7) - 3);
    }
    return "new attribute " + attribute.ShortDebugString();
}

std::string damageInputShape(::onnx::ModelProto& model, Random& random)
{
    auto& inputs = *model.mutable_graph()->mutable_input();
    if (inputs.empty())
        return {};
    auto& input = *inputs.Mutable(below(random, inputs.size()));
    if (!input.type().has_tensor_type())
        return {};
    auto& type = *input.mutable_type()->mutable_tensor_type();
    if (below(random, 6) == 0) {
        type.set_elem_type(below(random, 25));
        return "type of " + input.name() + " is " + std::to_string(type.elem_type());
    }
    auto& dims = *type.mutable_shape()->mutable_dim();
    switch (below(random, 4)) {
    case 0: dims.Add()->set_dim_value(1 + below(random, 3)); break;
    case 1:
        if (!dims.empty())
            dims.RemoveLast();
        break;
    default:
        if (!dims.empty()) {
            auto& dim = *dims.Mutable(below(random, dims.size()));
            dim.set_dim_value(std::max<std::int64_t>(0, dim.dim_value() + below(random, 5) - 2));
        }
    }
    return "shape of " + input.name() + ": " + type.shape().ShortDebugString();
}

std::string damageWiring(::onnx::ModelProto& model, Random& random)
{
    ::onnx::NodeProto* node = anyNode(model, random);
    if (!node || node->input_size() == 0)
        return {};
    auto& inputs = *node->mutable_input();
    const int i = below(random, inputs.size()), j = below(random, inputs.size());
    switch (below(random, 5)) {
    case 0: inputs.Mutable(i)->clear(); break;
    case 1: inputs.SwapElements(i, j); break;
    case 2: *inputs.Mutable(i) = inputs.Get(j); break;
    case 3: inputs.RemoveLast(); break;
    default: *inputs.Add() = inputs.Get(j);
    }
    return "inputs of " + node->op_type() + ": " + node->ShortDebugString().substr(0, 200);
}

std::string damageOutputs(::onnx::ModelProto& model, Random& random)
{
    ::onnx::NodeProto* node = anyNode(model, random);
    if (!node)
        return {};
    if (below(random, 2))
        node->add_output("one_more");
    else if (node->output_size() > 1)
        node->mutable_output(below(random, node->output_size()))->clear();
    return "outputs of " + node->op_type();
}

std::string damageVersion(::onnx::ModelProto& model, Random& random)
{
    if (model.opset_import_size() == 0)
        return {};
    model.mutable_opset_import(0)->set_version(1 + below(random, 30));
    return "opset " + std::to_string(model.opset_import(0).version());
}

std::string damageOperator(::onnx::ModelProto& model, Random& random)
{
    ::onnx::NodeProto* node = anyNode(model, random);
    if (!node)
        return {};
    const std::string before = node->op_type();
    node->set_op_type(oneOf(random, operators()).name);
    return before + " becomes " + node->op_type();
}

// Values of small integer constants: shapes, axes, pads, counts.
std::string damageConstant(::onnx::ModelProto& model, Random& random)
{
    auto& constants = *model.mutable_graph()->mutable_initializer();
    if (constants.empty())
        return {};
    ::onnx::TensorProto& tensor = *constants.Mutable(below(random, constants.size()));
    if (below(random, 3) == 0 && tensor.dims_size() > 0) {
        damageList(*tensor.mutable_dims(), random);
        return "dims of " + tensor.name();
    }
    const int width = tensor.data_type() == ::onnx::TensorProto::INT64 ? 8 : 4;
    std::string& raw = *tensor.mutable_raw_data();
    if (int(raw.size()) < width)
        return {};
    const std::size_t at = std::size_t(below(random, int(raw.size()) / width) * width);
    std::int64_t value = 0;
    std::memcpy(&value, raw.data() + at, std::size_t(width));
    value = damagedNumber(random, value);
    std::memcpy(raw.data() + at, &value, std::size_t(width));
    return "a value of " + tensor.name();
}

std::string damageTwice(::onnx::ModelProto& model, Random& random)
{
    const std::string first = damageAttribute(model, random), second = damageInputShape(model, random);
    return first + " " + second;
}

constexpr Damage damages[]{damageAttribute, damageAttribute, damageInputShape, damageInputShape,
                           damageWiring,    damageOutputs,   damageVersion,    damageOperator,
                           damageConstant,  damageConstant,  addAttribute,     damageTwice};

// Some of the inputs become constants, with the values of the test data: what a rule only looks at where it knows it.
void holdInputs(::onnx::ModelProto& model, const strata::onnx::TestData& data, Random& random)
{
    auto& inputs = *model.mutable_graph()->mutable_input();
    for (int i = std::min(inputs.size(), int(data.inputs.size())); i-- > 0;) {
        const Tensor& value = data.inputs[std::size_t(i)].second;
        if (below(random, 2) || value.type.dtype == DType::String || !inputs.Get(i).type().has_tensor_type())
            continue;
        ::onnx::TensorProto& tensor = *model.mutable_graph()->add_initializer();
        tensor.set_name(inputs.Get(i).name());
        tensor.set_data_type(inputs.Get(i).type().tensor_type().elem_type());
        for (const std::int64_t size : constants(value.type.shape))
            tensor.add_dims(size);
        tensor.set_raw_data(value.bytes.data(), value.bytes.size());
        inputs.DeleteSubrange(i, 1);
    }
}

Tensor drawn(const TensorType& type, Random& random)
{
    Tensor tensor = makeTensor(type.dtype, constants(type.shape));
    for (std::int64_t i = 0, n = tensor.count(); i < n; ++i)
        tensor.set(i, isFloat(type.dtype) ? below(random, 2000) / 1000.0 - 1 : below(random, 7) - 2);
    return tensor;
}

// Asks an evaluation to stop after a while: a damaged size may make it run for hours.
class Deadline {
public:
    explicit Deadline(std::chrono::milliseconds after)
        : m_thread([this, after] {
            std::unique_lock lock(m_mutex);
            if (!m_done.wait_for(lock, after, [this] { return m_isDone; }))
                m_source.request_stop();
        })
    {
    }
    ~Deadline()
    {
        {
            const std::lock_guard lock(m_mutex);
            m_isDone = true;
        }
        m_done.notify_one();
        m_thread.join();
    }
    std::stop_token token() const { return m_source.get_token(); }

private:
    std::stop_source m_source;
    std::mutex m_mutex;
    std::condition_variable m_done;
    bool m_isDone = false;
    std::thread m_thread;
};

bool isSmall(const TypedName& value)
{
    const TensorType& type = value.type.tensor;
    return value.type.kind == ValueType::Kind::Tensor && type.ranked && isConstant(type.shape)
           && type.dtype != DType::String && elementCount(type.shape).value_or(1 << 30) <= 200'000;
}

// Every value of the graph is small enough to be computed here.
bool isSmall(const Function& function)
{
    for (const TypedName& param : function.params)
        if (!isSmall(param))
            return false;
    for (const GraphNodePtr& node : function.graph()->nodes)
        for (const TypedName& output : node->outputs)
            if (!output.name.empty() && !isSmall(output))
                return false;
    return true;
}

enum class Outcome { Refused, Opened, Evaluated };

struct Run {
    QString folder;
    std::string what;
    Outcome outcome = Outcome::Refused;
    Error error;
};

void keep(const QString& out, std::uint32_t seed, const QString& model)
{
    const QString folder = QStringLiteral("%1/%2").arg(out).arg(seed, 6, 10, QLatin1Char('0'));
    QDir().mkpath(folder);
    QFile::copy(model, folder + QStringLiteral("/model.onnx"));
}

Run tryDamaged(const QStringList& folders, const QTemporaryDir& scratch, std::uint32_t seed)
{
    Random random(seed);
    Run run{folders[below(random, int(folders.size()))], {}, Outcome::Refused, refused(Sentence())};
    const QString folder = dataFolder + QLatin1Char('/') + run.folder;
    QFile original(folder + QStringLiteral("/model.onnx"));
    ::onnx::ModelProto model;
    if (!original.open(QIODevice::ReadOnly) || !model.ParseFromString(original.readAll().toStdString()))
        return run;
    if (const auto sets = strata::onnx::readTestData(folder.toStdString()); sets && !sets->empty())
        holdInputs(model, sets->front(), random);
    for (int tries = 0; tries < 20 && run.what.empty(); ++tries)
        run.what = damages[below(random, int(std::size(damages)))](model, random);
    const QString path = scratch.filePath(QStringLiteral("model.onnx"));
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(QByteArray::fromStdString(model.SerializeAsString())) < 0)
        qFatal("the model cannot be written");
    file.close();
    const Result<strata::onnx::Imported> imported = strata::onnx::importModel(path.toStdString());
    if (!imported) {
        run.error = imported.error();
        return run;
    }
    run.outcome = Outcome::Opened;
    const FunctionPtr entry = imported->module->entryFunction();
    if (!isSmall(*entry))
        return run;
    std::vector<Tensor> inputs;
    for (const TypedName& param : entry->params)
        inputs.push_back(drawn(param.type.tensor, random));
    const Deadline deadline(std::chrono::milliseconds(2000));
    const auto results = evaluate(*imported->module, *entry, inputs, deadline.token());
    if (!results) {
        run.error = results.error();
        return run;
    }
    run.outcome = Outcome::Evaluated;
    if (const QString out = qEnvironmentVariable("STRATA_DAMAGED_OUT"); !out.isEmpty())
        keep(out, seed, path);
    return run;
}

}  // namespace

class TestDamagedModels : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { google::protobuf::SetLogHandler(nullptr); }
    void neverStray();
};

void TestDamagedModels::neverStray()
{
    const QStringList folders = QDir(dataFolder).entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name);
    if (folders.isEmpty())
        QSKIP("There are no node tests here (libonnx-testdata).");
    const int runs = qEnvironmentVariableIsSet("STRATA_DAMAGED_RUNS")
                         ? qEnvironmentVariableIntValue("STRATA_DAMAGED_RUNS")
                         : 600;
    const int first = qEnvironmentVariableIntValue("STRATA_DAMAGED_FIRST");
    const bool isTold = qEnvironmentVariableIsSet("STRATA_DAMAGED_TELL");
    const QTemporaryDir scratch;
    std::map<Outcome, int> outcomes;
    int faults = 0;
    for (int seed = first; seed < first + runs; ++seed) {
        if (isTold)
            std::fprintf(stderr, "%d\n", seed);
        const Run run = tryDamaged(folders, scratch, std::uint32_t(seed));
        ++outcomes[run.outcome];
        if (isTold && run.outcome == Outcome::Refused)
            std::fprintf(stderr, "    %s: %s\n    %s\n", qPrintable(run.folder), run.what.c_str(),
                         run.error.text().c_str());
        if (run.outcome == Outcome::Evaluated || run.error.kind != ErrorKind::Bug)
            continue;
        ++faults;
        qWarning("%d %s, %s:\n    %s", seed, qPrintable(run.folder), run.what.c_str(), run.error.text().c_str());
    }
    qInfo("%d refused, %d opened only, %d evaluated", outcomes[Outcome::Refused], outcomes[Outcome::Opened],
          outcomes[Outcome::Evaluated]);
    QCOMPARE(faults, 0);
}

STRATA_TEST_IN(QCoreApplication, TestDamagedModels)
#include "tst_damaged_models.moc"
