// Device functions as OpenCL kernels: run on the OpenCL device that there is (PoCL), and equal to the evaluator bit for
// bit.
#include "backends/opencl/kernel.h"
#include "backends/opencl/runtime.h"
#include "core/analysis/locate.h"
#include "core/reference/evaluate.h"
#include "core/text/text.h"
#include "core/transform/plan.h"
#include "core/transform/step.h"
#include "passes/registry.h"
#include "tests/passes/random/random_modules.h"
#include "tests/passes/random/random_steps.h"
#include "tests/program.h"

#include <QtTest>

#include <list>

using namespace strata;

namespace {

FunctionPtr parse(const char* text)
{
    Result<FunctionPtr> function = parseFunction(text);
    if (!function)
        qFatal("%s", function.error().message.c_str());
    return *function;
}

// What the entry of an artifact does for a device function, with the program at hand instead of generated code.
struct Job {
    std::vector<strata_kernel> kernels;
    std::vector<std::vector<int32_t>> places;
    std::vector<Bytes*> buffers;  // by place
    std::list<std::vector<strata_check>> checks;
    std::list<std::vector<const char*>> names;
};
thread_local Job* currentJob = nullptr;

int32_t entry(strata_run* run, void* const*, void* const*, unsigned char*, const unsigned char*, int64_t*)
{
    int32_t code = 0;
    for (std::size_t i = 0; code == 0 && i < currentJob->buffers.size(); ++i) {
        const Bytes& bytes = *currentJob->buffers[i];
        code = strata_rt_opencl_upload(run, int32_t(i), int64_t(bytes.size()), bytes.data(), 0);
    }
    for (std::size_t i = 0; code == 0 && i < currentJob->kernels.size(); ++i)
        code = strata_rt_opencl_launch(run, &currentJob->kernels[i], currentJob->places[i].data());
    for (std::size_t i = 0; code == 0 && i < currentJob->buffers.size(); ++i) {
        Bytes& bytes = *currentJob->buffers[i];
        code = strata_rt_opencl_download(run, int32_t(i), int64_t(bytes.size()), bytes.data());
    }
    return code;
}

QString runOnDevice(const KernelProgram& program, std::map<std::string, Bytes>& buffers)
{
    Job job;
    for (const auto& [name, bytes] : program.temporaries)
        buffers[name] = Bytes(std::size_t(bytes));
    std::map<std::string, int32_t> places;
    for (auto& [name, bytes] : buffers) {
        places[name] = int32_t(job.buffers.size());
        job.buffers.push_back(&bytes);
    }
    for (const Kernel& kernel : program.kernels) {
        strata_kernel descriptor{};
        descriptor.name = kernel.name.c_str();
        descriptor.source = kernel.source.c_str();
        descriptor.argument_count = int32_t(kernel.arguments.size());
        descriptor.argument_bytes = kernel.argumentBytes.data();
        std::copy(kernel.blocks.begin(), kernel.blocks.end(), descriptor.blocks);
        std::copy(kernel.threads.begin(), kernel.threads.end(), descriptor.threads);
        job.checks.emplace_back();
        for (const KernelCheck& check : kernel.checks) {
            job.names.emplace_back();
            for (const std::string& name : check.iterators)
                job.names.back().push_back(name.c_str());
            job.checks.back().push_back({check.block, check.number, check.of.c_str(), check.where.c_str(),
                                         int32_t(check.iterators.size()), job.names.back().data(),
                                         check.extents.data()});
        }
        descriptor.check_count = int32_t(kernel.checks.size());
        descriptor.checks = job.checks.back().data();
        job.kernels.push_back(descriptor);
        job.places.emplace_back();
        for (const std::string& name : kernel.arguments)
            job.places.back().push_back(places.at(name));
    }
    currentJob = &job;
    strata_model model{};
    model.abi = STRATA_ABI;
    const strata_device device{"cpu", "x86-64-v1"};
    model.name = "kernels";
    model.device_count = 1;
    model.devices = &device;
    model.entry = entry;
    void* instance = nullptr;
    if (strata_rt_create(&model, nullptr, &instance) != 0)
        return "no instance";
    const int32_t code = strata_rt_run(instance, nullptr, nullptr);
    const QString message = static_cast<const strata_error*>(strata_rt_last_error(instance))->message;
    strata_rt_destroy(instance);
    return code == 0 ? QString() : message;
}

Tensor filled(const TensorType& type, int seed)
{
    Tensor tensor = makeTensor(type.dtype, constants(type.shape));
    std::uint32_t state = std::uint32_t(seed) * 2654435761u + 12345u;
    for (std::int64_t i = 0; i < tensor.count(); ++i) {
        state = state * 1664525u + 1013904223u;
        tensor.set(i, isFloat(type.dtype) ? double(std::int32_t(state)) / (1 << 28)
                                          : double(std::int32_t(state >> 16) % 200 - 100));
    }
    return tensor;
}

// The evaluator's and the device's results, compared bit for bit.
QString difference(const Function& function)
{
    const Result<KernelProgram> program = printOpenCl(function);
    if (!program)
        return QString::fromStdString(program.error().text());
    std::vector<Tensor> inputs;
    std::map<std::string, Bytes> buffers;
    for (const TypedName& param : function.params) {
        inputs.push_back(filled(param.type.tensor, int(inputs.size()) + 1));
        for (std::int64_t i = 0; param.type.tensor.dtype == DType::I64 && i < inputs.back().count(); ++i)
            inputs.back().setInteger(i, (i * 37 + 11) % 100);  // random programs index by them, and check against 100
        buffers[param.name] = inputs.back().bytes;
    }
    for (const TypedName& result : function.results)
        buffers[result.name] = Bytes(std::size_t(byteCount(result.type.tensor).value()), std::byte(0xff));
    Module module;
    module.name = "test";
    const Result<std::vector<Tensor>> expected = evaluate(module, function, inputs);
    if (!expected)
        return QString::fromStdString(expected.error().message);
    if (const QString failure = runOnDevice(*program, buffers); !failure.isEmpty())
        return failure + "\n" + QString::fromStdString(program->kernels[0].source);
    for (std::size_t i = 0; i < expected->size(); ++i) {
        Tensor actual{(*expected)[i].type, buffers.at(function.results[i].name), {}};
        const Comparison comparison = compare(actual, (*expected)[i], 0, 0);
        if (!comparison.equalBits)
            return QString("%1[%2] is %3 instead of %4\n%5")
                .arg(function.results[i].name.c_str())
                .arg(comparison.worst)
                .arg(actual.at(std::max<std::int64_t>(0, comparison.worst)))
                .arg((*expected)[i].at(std::max<std::int64_t>(0, comparison.worst)))
                .arg(program->kernels[0].source.c_str());
    }
    return {};
}

const char* const vectorAdd = R"(@loops
def vector_add(a: f32[1024], b: f32[1024]) -> (c: f32[1024]):
    for i0 in bound(8, "blockIdx.x"):
        for i1 in bound(128, "threadIdx.x"):
            with block("add") as (vi: spatial(1024) = i0 * 128 + i1):
                c[vi] = a[vi] + b[vi]
)";

// Cooperative fetch: 128 threads bring 130 elements to shared memory.
const char* const windowSum = R"(@loops
def window_sum(a: f32[1026]) -> (b: f32[1024]):
    for i0 in bound(8, "blockIdx.x"):
        a_shared = alloc f32[130] in shared
        for ax0 in range(2):
            for ax1 in bound(128, "threadIdx.x"):
                with block("fetch") as (v: spatial(130) = ax0 * 128 + ax1, vo: spatial(8) = i0):
                    where(ax0 * 128 + ax1 < 130)
                    a_shared[v] = a[vo * 128 + v]
        for i1 in bound(128, "threadIdx.x"):
            with block("sum") as (vo: spatial(8) = i0, vi: spatial(128) = i1):
                b[vo * 128 + vi] = a_shared[vi] + a_shared[vi + 1] + a_shared[vi + 2]
)";

// The same with the fetch inside the thread's own loop, as compute_at puts it there.
const char* const windowSumNested = R"(@loops
def window_sum(a: f32[1026]) -> (b: f32[1024]):
    for i0 in bound(8, "blockIdx.x"):
        a_shared = alloc f32[130] in shared
        for i1 in bound(128, "threadIdx.x"):
            for ax0 in range(2):
                for ax1 in bound(128, "threadIdx.x"):
                    with block("fetch") as (v: spatial(130) = ax0 * 128 + ax1, vo: spatial(8) = i0):
                        where(ax0 * 128 + ax1 < 130)
                        a_shared[v] = a[vo * 128 + v]
            with block("sum") as (vo: spatial(8) = i0, vi: spatial(128) = i1):
                b[vo * 128 + vi] = a_shared[vi] + a_shared[vi + 1] + a_shared[vi + 2]
)";

// Shared tiles, filled anew for each k, and a private accumulator.
const char* const matmul = R"(@loops
def matmul(a: f32[32, 64], b: f32[64, 32]) -> (c: f32[32, 32]):
    for io in bound(4, "blockIdx.y"):
        for jo in bound(4, "blockIdx.x"):
            a_shared = alloc f32[8, 16] in shared
            b_shared = alloc f32[16, 8] in shared
            for ii in bound(8, "threadIdx.y"):
                for ji in bound(8, "threadIdx.x"):
                    acc = alloc f32[1] in local
                    with block("init"):
                        acc[0] = 0.0
                    for ko in range(4):
                        for fi in bound(8, "threadIdx.y"):
                            for fj in bound(8, "threadIdx.x"):
                                for s in range(2):
                                    with block("fetch_a") as (vi: spatial(8) = fi, vk: spatial(16) = s * 8 + fj, vo: spatial(4) = io, vko: spatial(4) = ko):
                                        a_shared[vi, vk] = a[vo * 8 + vi, vko * 16 + vk]
                                    with block("fetch_b") as (vk: spatial(16) = s * 8 + fi, vj: spatial(8) = fj, vo: spatial(4) = jo, vko: spatial(4) = ko):
                                        b_shared[vk, vj] = b[vko * 16 + vk, vo * 8 + vj]
                        for ki in unrolled(16):
                            with block("update") as (vi: spatial(8) = ii, vj: spatial(8) = ji, vk: reduce(16) = ki):
                                acc[0] = fma(a_shared[vi, vk], b_shared[vk, vj], acc[0])
                    with block("write") as (vi: spatial(32) = io * 8 + ii, vj: spatial(32) = jo * 8 + ji):
                        c[vi, vj] = acc[0]
)";

// Shared buffers inside the loops over threads: each thread has its own.
const char* const ownCopies = R"(@loops
def own_copies(a: f32[64]) -> (b: f32[64]):
    for i0 in bound(2, "blockIdx.x"):
        for i1 in bound(8, "threadIdx.x"):
            for k in range(2):
                a_shared = alloc f32[2] in shared
                for c in range(2):
                    with block("fetch") as (v: spatial(2) = c, vo: spatial(32) = i0 * 16 + i1 * 2 + k):
                        a_shared[v] = a[vo * 2 + v]
                for d in range(2):
                    with block("use") as (w: spatial(2) = d, vp: spatial(32) = i0 * 16 + i1 * 2 + k):
                        b[vp * 2 + w] = a_shared[w] + a_shared[1 - w]
)";

// A local buffer allocated outside of the loops over threads: they hand values to each other in it.
const char* const handedOver = R"(@loops
def handed_over(a: f32[64]) -> (b: f32[64]):
    for i0 in bound(4, "blockIdx.x"):
        t = alloc f32[16] in local
        for i1 in bound(16, "threadIdx.x"):
            with block("write") as (v: spatial(16) = i1, vo: spatial(4) = i0):
                t[v] = a[vo * 16 + v] * 3.0
        for i2 in bound(16, "threadIdx.x"):
            with block("read") as (w: spatial(16) = i2, wo: spatial(4) = i0):
                b[wo * 16 + w] = t[15 - w]
)";

// Two kernels with a temporary between them; the elementary functions, a select with lets in one side, integers that
// wrap, short floats.
const char* const everything = R"(@loops
def everything(x: f32[256], n: i32[256], s: i8[256], h: f16[256], g: bf16[256], d: f64[256]) -> (y: f32[256], m: i32[256], t: i8[256], k: f16[256], l: bf16[256], e: f64[256], q: bool[256]):
    between = alloc f32[256]
    for i0 in bound(4, "blockIdx.x"):
        for i1 in bound(64, "threadIdx.x"):
            with block("first") as (v: spatial(256) = i0 * 64 + i1):
                between[v] = exp(x[v]) * tanh(x[v]) + erf(x[v]) / (x[v] + 0.1)
    for j0 in bound(4, "blockIdx.x"):
        for j1 in bound(64, "threadIdx.x"):
            with block("second") as (w: spatial(256) = j0 * 64 + j1):
                y[w] = select(x[w] < 0.0, let(a, between[255 - w], a * a - sin(a)), log(between[w] + 9.0)) - x[w] * between[w] + sqrt(abs(x[w]))
                m[w] = n[w] * n[w] * n[w] * n[w] * n[w] // i32(7) + n[w] % i32(13) ^ n[w] << i32(5) + cast(i32, x[w] * 1000000000000.0)
                t[w] = s[w] * s[w] - i8(3) + max(s[w], i8(4)) >> i8(1)
                k[w] = h[w] * h[w] + f16(0.1) / h[w]
                l[w] = fma(g[w], g[w], bf16(1.5)) + cast(bf16, x[w])
                e[w] = d[w] * d[w] + cast(f64, between[w]) / d[w]
                q[w] = (x[w] < between[w]) & ~(n[w] == i32(3))
)";

// By zero and past the width, the NaNs and zeros that maximum is about, and indices that are data.
const char* const edges = R"(@loops
def edges(x: f32[64], d: f64[64], n: i32[64], s: i8[64], l: i64[64], u: u8[64]) -> (y: f32[64], e: f64[64], q: i32[64], r: i32[64], f: i8[64], m: i64[64], t: u8[64], h: i32[64], k: i64[64], g: i8[64], p: f32[64]):
    for i0 in bound(4, "blockIdx.x"):
        for i1 in bound(16, "threadIdx.x"):
            with block("first") as (v: spatial(64) = i0 * 16 + i1):
                y[v] = maximum(x[v], sqrt(x[63 - v])) + minimum(0.0 * x[v], -0.0)
                e[v] = minimum(sqrt(d[v]), d[63 - v])
                q[v] = n[v] / (n[v] % i32(3))
                r[v] = n[v] // (n[v] % i32(3) - i32(1))
                f[v] = i8(-128) / (s[v] % i8(3) - i8(1))
                m[v] = -9223372036854775808 // (l[v] % 3 - 1)
                t[v] = u[v] % (u[v] & u8(3))
                h[v] = n[v] << n[63 - v]
                k[v] = l[v] >> l[63 - v]
                g[v] = s[v] >> s[63 - v]
                p[v] = x[checked(l[v] % 64, 64)]
)";

// Rows that data pick, and places that data name in a row of its own; DATA stands for the index.
const char* const byData = R"(@loops
def by_data(x: f32[64, 3], c: i64[64]) -> (y: f32[64, 3], z: f32[64, 4]):
    for i0 in bound(4, "blockIdx.x"):
        for i1 in bound(16, "threadIdx.x"):
            for j in range(3):
                with block("row") as (v: spatial(64) = i0 * 16 + i1, w: spatial(3) = j):
                    y[v, w] = x[checked(DATA, 64), w]
            for k in range(4):
                with block("zero") as (v: spatial(64) = i0 * 16 + i1, w: spatial(4) = k):
                    z[v, w] = 0.0
            with block("put") as (v: spatial(64) = i0 * 16 + i1):
                z[v, checked(c[v] % 4, 4)] = select(c[v] < 50, x[checked(c[v] % 50, 64), 1], 2.0)
)";

// A statement of a block that no loop over threads surrounds: one thread does it, and the others wait for it.
const char* const oneThread = R"(@loops
def first(x: f32[64]) -> (y: f32[64]):
    for i0 in bound(4, "blockIdx.x"):
        total = alloc f32[1] in shared
        for k in range(16):
            with block("sum") as (vo: spatial(4) = i0, vk: reduce(16) = k):
                with init(): total[0] = 0.0
                total[0] = total[0] + x[vo * 16 + vk]
        for i1 in bound(16, "threadIdx.x"):
            with block("spread") as (vo: spatial(4) = i0, vi: spatial(16) = i1):
                y[vo * 16 + vi] = x[vo * 16 + vi] / total[0]
)";

// As many threads a block as any device is asked for, and as much shared memory as one pads.
const char* const largestBlock = R"(@loops
def transpose(x: f32[64, 32]) -> (y: f32[64, 32]):
    for b in bound(2, "blockIdx.x"):
        s = alloc f32[32, 33] in shared
        for i in bound(32, "threadIdx.y"):
            for j in bound(32, "threadIdx.x"):
                with block("fetch") as (vb: spatial(2) = b, vi: spatial(32) = i, vj: spatial(32) = j):
                    s[vj, vi] = x[vb * 32 + vi, vj]
        for k in bound(32, "threadIdx.y"):
            for l in bound(32, "threadIdx.x"):
                with block("y") as (vb: spatial(2) = b, vk: spatial(32) = k, vl: spatial(32) = l):
                    y[vb * 32 + vk, vl] = s[vk, vl]
)";

// An init whose threads write what one thread, and then all of them in another order, update.
const char* const threadsInInit = R"(@loops
def tiles(x: f32[8, 16]) -> (y: f32[16], z: f32[16]):
    for i0 in bound(2, "blockIdx.x"):
        for k0 in range(8):
            with block("tile") as (vo: spatial(2) = i0, vk: reduce(8) = k0):
                with init():
                    for j in bound(8, "threadIdx.x"):
                        with block("y_init") as (vj: spatial(8) = j):
                            y[vo * 8 + vj] = 1.0
                        with block("z_init") as (vj: spatial(8) = j):
                            z[vo * 8 + vj] = 2.0
                for i in range(8):
                    with block("y") as (vi: spatial(8) = i):
                        y[vo * 8 + vi] = y[vo * 8 + vi] + x[vk, vo * 8 + vi]
                for l in bound(8, "threadIdx.x"):
                    with block("z") as (vl: spatial(8) = l):
                        z[vo * 8 + 7 - vl] = z[vo * 8 + 7 - vl] * x[vk, vo * 8 + vl]
)";

// What two kernels touch lies in global memory, though it asked to be shared: one block sums up for all.
const char* const ofTwoKernels = R"(@loops
def total(x: f32[64]) -> (y: f32[64], z: f32[64]):
    t = alloc f32[1] in shared
    with block("start"):
        t[0] = 0.0
    for r in range(1):
        for k in range(64):
            with block("sum") as (vk: ordered(64) = k):
                t[0] = t[0] + x[vk]
        for i in bound(64, "blockIdx.x"):
            with block("y") as (vi: spatial(64) = i):
                y[vi] = x[vi] * 2.0
    for j in bound(64, "blockIdx.x"):
        with block("z") as (vj: spatial(64) = j):
            z[vj] = x[vj] / t[0]
)";

// An axis without iterations, beside one that has some.
const char* const nothingToDo = R"(@loops
def nothing(x: f32[0, 4], u: f32[4]) -> (y: f32[0, 4], z: f32[4]):
    for i in bound(0, "blockIdx.x"):
        for j in bound(4, "threadIdx.x"):
            with block("y") as (vi: spatial(0) = i, vj: spatial(4) = j):
                y[vi, vj] = x[vi, vj] + 1.0
    for r in range(1):
        for k in bound(0, "threadIdx.y"):
            with block("never") as (vk: spatial(0) = k):
                z[vk] = 0.0
        for l in bound(4, "threadIdx.x"):
            with block("z") as (vl: spatial(4) = l):
                z[vl] = u[vl] + 1.0
)";

// Conversions to each type from where it no longer fits: too large, infinite, not a number.
QString conversions()
{
    const std::vector<std::pair<QString, QString>> types = {
        {"i8", "30.0"},   {"u8", "60.0"},  {"i16", "8000.0"}, {"u16", "16000.0"}, {"i32", "5e8"},
        {"u32", "1e9"},   {"i64", "2e18"}, {"u64", "4e18"},   {"bool", "0.0"},    {"f16", "16000.0"},
        {"bf16", "8e37"}, {"f32", "8e37"}, {"f64", "8e37"}};
    const QStringList values = {"x[v] * LARGE",
                                "d[v] * f64(LARGE)",
                                "x[v] / (x[v] - x[v % 8])",
                                "d[v] / (d[v] - d[v % 8])",
                                "n[v] * n[63 - v] * 922337203685477",
                                "cast(u64, n[v] - 50) * u64(1844674407370955)"};
    QStringList results;
    QString casts;
    for (const auto& [type, large] : types) {
        results << "to_" + type + ": " + type + "[64, 6]";
        for (int i = 0; i < values.size(); ++i)
            casts += QString("                to_%1[v, %2] = cast(%1, %3)\n")
                         .arg(type)
                         .arg(i)
                         .arg(QString(values[i]).replace("LARGE", large));
    }
    return QString(R"(@loops
def conversions(x: f32[64], d: f64[64], n: i64[64]) -> (%1):
    for i0 in bound(4, "blockIdx.x"):
        for i1 in bound(16, "threadIdx.x"):
            with block("cast") as (v: spatial(64) = i0 * 16 + i1):
%2)")
        .arg(results.join(", "), casts);
}

}  // namespace

class TestOpenCl : public QObject {
    Q_OBJECT

private slots:
    void equalsTheEvaluator_data();
    void equalsTheEvaluator();
    void outside();
    void text();
    void whatThreadsHandOver();
    void tooManyThreads();
    void refusals_data();
    void refusals();
    void barriers_data();
    void barriers();
    void randomKernels_data();
    void randomKernels();

private:
    Registry m_registry{passTransforms()};
};

void TestOpenCl::equalsTheEvaluator_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("vector_add") << vectorAdd;
    QTest::newRow("window_sum") << windowSum;
    QTest::newRow("window_sum, nested fetch") << windowSumNested;
    QTest::newRow("matmul") << matmul;
    QTest::newRow("own copies") << ownCopies;
    QTest::newRow("handed over") << handedOver;
    QTest::newRow("everything") << everything;
    QTest::newRow("one thread") << oneThread;
    QTest::newRow("edges") << edges;
    QTest::newRow("largest block") << largestBlock;
    QTest::newRow("threads in an init") << threadsInInit;
    QTest::newRow("of two kernels") << ofTwoKernels;
    QTest::newRow("nothing to do") << nothingToDo;
    QTest::newRow("conversions") << conversions();
    QTest::newRow("by data") << QString(byData).replace("DATA", "c[v] % 64");
}

void TestOpenCl::equalsTheEvaluator()
{
    QFETCH(QString, text);
    const QString found = difference(*parse(text.toUtf8().constData()));
    QVERIFY2(found.isEmpty(), qPrintable(found));
}

// The device says which instance is the first that fails.
void TestOpenCl::outside()
{
    const FunctionPtr function = parse(QString(byData).replace("DATA", "c[v]").toUtf8().constData());
    const Result<KernelProgram> program = printOpenCl(*function);
    QVERIFY(program.ok());
    std::map<std::string, Bytes> buffers;
    for (const auto* list : {&function->params, &function->results})
        for (const TypedName& tensor : *list)
            buffers[tensor.name] = makeTensor(tensor.type.tensor.dtype, constants(tensor.type.tensor.shape)).bytes;
    QCOMPARE(runOnDevice(*program, buffers), "");
    reinterpret_cast<std::int64_t*>(buffers["c"].data())[37] = 64;
    reinterpret_cast<std::int64_t*>(buffers["c"].data())[21] = -1;
    QCOMPARE(runOnDevice(*program, buffers), "An index of x is outside in block \"row\" of by_data at v = 21, w = 0.");
}

void TestOpenCl::text()
{
    const Result<KernelProgram> program = printOpenCl(*parse(vectorAdd));
    QVERIFY(program.ok());
    QCOMPARE(program->kernels.size(), std::size_t(1));
    QVERIFY((program->kernels[0].blocks == std::array<std::int64_t, 3>{8, 1, 1}));
    QVERIFY((program->kernels[0].written == std::vector<bool>{false, false, true}));
    QCOMPARE(program->kernels[0].source.c_str(), R"(#pragma OPENCL FP_CONTRACT OFF

__kernel __attribute__((reqd_work_group_size(128, 1, 1)))
void vector_add(__global const float *restrict a, __global const float *restrict b, __global float *restrict c)
{
    {
        const long i0 = (long)get_group_id(0);
        {
            const long i1 = (long)get_local_id(0);
            {  // add
                const long vi = ((i0 * 128) + i1);
                c[vi] = (a[vi] + b[vi]);
            }
        }
    }
}
)");
}

// Seen on NVIDIA's: by `restrict` a thread need not look again at what another one wrote before the barrier.
void TestOpenCl::whatThreadsHandOver()
{
    const auto source = [](const char* text) { return printOpenCl(*parse(text)).value().kernels[0].source; };
    const QString meeting = QString::fromStdString(source(threadsInInit)),
                  apart = QString::fromStdString(source(vectorAdd));
    QVERIFY2(meeting.contains("__global const float *restrict x, __global float *y, __global float *z"),
             qPrintable(meeting));
    QVERIFY2(apart.contains("__global float *restrict c"), qPrintable(apart));
}

// The device says so itself, of any that is asked for more than it has.
void TestOpenCl::tooManyThreads()
{
    const QString many = QString(vectorAdd).replace("1024", "8388608").replace("128", "1048576");
    const FunctionPtr function = parse(many.toUtf8().constData());
    OpenClLimits limits;
    limits.threads = 1048576;
    const Result<KernelProgram> program = printOpenCl(*function, limits);
    QVERIFY(program.ok());
    std::map<std::string, Bytes> buffers;
    for (const auto* list : {&function->params, &function->results})
        for (const TypedName& tensor : *list)
            buffers[tensor.name] = makeTensor(tensor.type.tensor.dtype, constants(tensor.type.tensor.shape)).bytes;
    const QString message = runOnDevice(*program, buffers);
    QVERIFY2(message.startsWith("The kernel vector_add runs 1048576 threads a block, the device at most "),
             qPrintable(message));
}

void TestOpenCl::refusals_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("message");
    const QString add = vectorAdd, sum = windowSum;
    QTest::newRow("threads") << QString(add).replace("128", "2048").replace("1024", "16384")
                             << "The kernel runs 2048 threads a block; a device may have 1024.";
    QTest::newRow("shared") << QString(sum).replace("alloc f32[130]", "alloc f32[20000]")
                            << "The kernel shares 80000 bytes a block; a device may have 49152.";
    QTest::newRow("whose memory")
        << QString(ownCopies).replace("c in range(2)", "c in bound(8, \"threadIdx.x\")")
        << "The buffer a_shared is allocated inside the loop i1 over threads, and loop c lets other threads of the block "
           "work on it.";
    QTest::newRow("extents") << QString(sum).replace("i1 in bound(128", "i1 in bound(64")
                             << "The loops ax1 and i1 are both bound to threadIdx.x, but their extents are 128 and 64.";
    QTest::newRow("nothing bound") << QString(add)
                                          .replace("bound(8, \"blockIdx.x\")", "range(8)")
                                          .replace("bound(128, \"threadIdx.x\")", "range(128)")
                                   << "No loop of vector_add is bound to a device axis.";
}

void TestOpenCl::refusals()
{
    QFETCH(QString, text);
    QFETCH(QString, message);
    const Result<KernelProgram> program = printOpenCl(*parse(text.toUtf8().constData()));
    QVERIFY(!program.ok());
    QCOMPARE(program.error().kind, ErrorKind::Refused);
    QCOMPARE(QString::fromStdString(program.error().message), message);
}

void TestOpenCl::barriers_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("count");
    QTest::newRow("none needed") << vectorAdd << 0;
    QTest::newRow("fetch, then use") << windowSum << 1;
    QTest::newRow("tiles filled again and again") << matmul << 2;
    QTest::newRow("init, then update") << threadsInInit << 2;
}

void TestOpenCl::barriers()
{
    QFETCH(QString, text);
    QFETCH(int, count);
    const Result<KernelProgram> program = printOpenCl(*parse(text.toUtf8().constData()));
    QVERIFY(program.ok());
    QCOMPARE(QString::fromStdString(program->kernels[0].source).count("barrier("), count);
}

namespace {

// Random steps on a random program, every other one a bind; what the first function has become.
FunctionPtr randomDeviceFunction(unsigned seed, const Registry& registry, std::string& story)
{
    static const std::vector<std::string> axes{"blockIdx.x", "blockIdx.y", "threadIdx.x", "threadIdx.y"};
    Random random(seed);
    const auto parsed = parseModule(randomModule(random));
    if (!parsed)
        return nullptr;
    ModulePtr module = *parsed;
    for (int tries = 0; tries < 40; ++tries) {
        const FunctionPtr function = module->functions[0];
        std::string line = RandomSteps(random, *function).next();
        if (random.chance(50))
            line = "loops.bind(" + function->name + ", " + random.of(loopNames(*function)) + ", \"" + random.of(axes)
                   + "\")";
        const auto step = parseStep(line, registry);
        const auto applied = step ? applyTransform(**registry.find(step->transform), *module, step->arguments, {})
                                  : Result<Applied>(step.error());
        if (!applied)
            continue;
        module = applied->module;
        story += line + "\n";
    }
    story += print(*module);
    return module->functions[0];
}

}  // namespace

void TestOpenCl::randomKernels_data()
{
    QTest::addColumn<int>("seed");
    const int programs = qEnvironmentVariable("STRATA_PROGRAMS", "10").toInt();
    for (int seed = 0; seed < programs; seed += 10)
        QTest::addRow("programs %d and on", seed) << seed;
}

// What the steps let through is right on the device: its blocks do run at the same time.
void TestOpenCl::randomKernels()
{
    QFETCH(int, seed);
    for (int number = seed; number < seed + 10; ++number) {
        std::string story;
        const FunctionPtr function = randomDeviceFunction(unsigned(number), m_registry, story);
        QVERIFY(function);
        if (!isDeviceFunction(*function) || !printOpenCl(*function))
            continue;  // nothing is bound, or a device cannot have it
        const QString found = difference(*function);
        if (!found.isEmpty())  // QVERIFY2 would cut it
            qWarning("seed %d\n%s%s", number, story.c_str(), qPrintable(found));
        QVERIFY(found.isEmpty());
    }
}

STRATA_TEST_IN(QCoreApplication, TestOpenCl)
#include "tst_opencl.moc"
