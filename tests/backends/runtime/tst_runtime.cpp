// The runtime of artifacts, through the exported interface of a model written by hand (model.c).
#include "backends/process/worker.h"
#include "test_model.h"
#include "tests/program.h"

#include <QtTest>

#include <dlfcn.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace strata;

namespace {

struct Library {
    void* handle = dlopen(siblingProgram("test-artifact.so").c_str(), RTLD_NOW | RTLD_LOCAL);
    template<class F>
    F* find(const std::string& name) const
    {
        return reinterpret_cast<F*>(dlsym(handle, name.c_str()));
    }
};

const Library library;
auto* const describeModel = library.find<decltype(test_describe)>("test_describe");
auto* const run = library.find<decltype(test_run)>("test_run");
auto* const lastError = library.find<decltype(test_last_error)>("test_last_error");
auto* const outputShapes = library.find<decltype(test_output_shapes)>("test_output_shapes");
auto* const resultShapes = library.find<decltype(test_result_shapes)>("test_result_shapes");
auto* const setThreads = library.find<decltype(test_set_threads)>("test_set_threads");
auto* const profile = library.find<decltype(test_profile)>("test_profile");
auto* const destroy = library.find<decltype(test_destroy)>("test_destroy");

const char* message(const test_instance* instance) { return lastError(instance)->message; }

int create(const std::string& prefix, const test_options& options, test_instance** instance)
{
    return library.find<decltype(test_create)>(prefix + "_create")(&options, instance);
}

constexpr int elements = 64 * 17;

// Tensors for one run, `shift` bytes off the alignment that the model likes.
struct Data {
    alignas(64) char memory[2][elements * 4 + 64];
    std::int32_t what = 0;
    std::int64_t visits = 0;
    std::int64_t matrix[2] = {64, 17}, one[1] = {1};
    DLTensor x, whatTensor, y, visitsTensor;

    explicit Data(int shift = 0)
        : x{memory[0] + shift, {1, 0}, 2, {2, 32, 1}, matrix, nullptr, 0}
        , whatTensor{&what, {1, 0}, 1, {0, 32, 1}, one, nullptr, 0}
        , y{memory[1] + shift, {1, 0}, 2, {2, 32, 1}, matrix, nullptr, 0}
        , visitsTensor{&visits, {1, 0}, 1, {0, 64, 1}, one, nullptr, 0}
    {
        for (int i = 0; i < elements; ++i)
            in()[i] = float(i) / 3;
    }
    float* in() { return static_cast<float*>(x.data); }
    float* out() { return static_cast<float*>(y.data); }
    int run(test_instance* instance)
    {
        const DLTensor* inputs[] = {&x, &whatTensor};
        DLTensor* outputs[] = {&y, &visitsTensor};
        return ::run(instance, inputs, outputs);
    }
    bool right()
    {
        for (int i = 0; i < elements; ++i)
            if (out()[i] != 2 * in()[i])
                return false;
        return visits == 64;
    }
};

}  // namespace

class TestRuntime : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QVERIFY2(library.handle, dlerror()); }
    void describes();
    void queriesDevices();
    void tellsOutputShapes();
    void shapesOfWhatCameOut();
    void errorsNameTheirNode();
    void runs_data();
    void runs();
    void refuses_data();
    void refuses();
    void repeatedLoops();
    void nestedLoops();
    void startsNoThreadForOneThread();
    void threadCountChanges();
    void forkedChild();
    void allocator();
    void allocatorWithoutMemory();
    void arenaOfTheCaller();
    void arenaThatDoesNotFit_data();
    void arenaThatDoesNotFit();
    void threadsOfTheCaller();
    void loadsAThousandTimes();
    void profiles();
    void busy();
    void instancesInParallel();
    void libraryRoutine_data();
    void libraryRoutine();
    void processorLacksInstructions();
    void weightsFile_data();
    void weightsFile();
};

void TestRuntime::describes()
{
    const test_description* d = describeModel();
    QCOMPARE(QString(d->name), QString("scale"));
    QCOMPARE(d->input_count, 2);
    QCOMPARE(QString(d->inputs[0].name), QString("x"));
    QCOMPARE(d->inputs[0].shape[1], std::int64_t(17));
    QCOMPARE(d->outputs[1].bytes, std::int64_t(8));
    QCOMPARE(d->arena_bytes, std::int64_t(256));
    QCOMPARE(d->abi, 2u);
    QCOMPARE(d->size_count, 0);
    QCOMPARE(d->device_count, 1);
    QCOMPARE(QString(d->devices[0].kind), QString("cpu"));
    QCOMPARE(QString(d->devices[0].needs), QString("x86-64-v2"));
}

void TestRuntime::queriesDevices()
{
    test_device_state state{};
    QCOMPARE(library.find<decltype(test_query_device)>("test_query_device")(0, &state), int(test_OK));
    QVERIFY(state.name[0] && !state.message[0] && state.memory_bytes == 0);
    QCOMPARE(library.find<decltype(test_query_device)>("future_query_device")(0, &state), int(test_CPU));
    QCOMPARE(QString(state.message),
             QString("The library is compiled for x86-64-v9, and this processor lacks instructions of that level."));
    QCOMPARE(library.find<decltype(test_query_device)>("test_query_device")(1, &state), int(test_ARGUMENT));
    QCOMPARE(QString(state.message), QString("The model runs on 1 devices; there is none of number 1."));
}

void TestRuntime::tellsOutputShapes()
{
    test_instance* instance = nullptr;
    QCOMPARE(create("test", test_default_options, &instance), int(test_OK));
    Data data;
    std::int64_t first[2] = {0, 0}, second[1] = {0};
    DLTensor y{}, visits{};
    y.shape = first;
    visits.shape = second;
    const DLTensor* inputs[] = {&data.x, &data.whatTensor};
    DLTensor* outputs[] = {&y, &visits};
    data.x.data = nullptr;  // only its shape is asked
    QCOMPARE(outputShapes(instance, inputs, outputs), int(test_OK));
    QCOMPARE(y.ndim, 2);
    QVERIFY(first[0] == 64 && first[1] == 17 && second[0] == 1);
    QVERIFY(visits.ndim == 1 && visits.dtype.code == 0 && visits.dtype.bits == 64 && visits.dtype.lanes == 1);
    data.matrix[0] = 65;
    QCOMPARE(outputShapes(instance, inputs, outputs), int(test_ARGUMENT));
    QCOMPARE(QString(message(instance)), QString("Dimension 0 of the input x is 65, the model's is 64."));
    data.matrix[0] = 64;
    y.shape = nullptr;
    QCOMPARE(outputShapes(instance, inputs, outputs), int(test_ARGUMENT));
    QCOMPARE(QString(message(instance)), QString("There is no room for the shape of the output y."));
    destroy(instance);
}

void TestRuntime::shapesOfWhatCameOut()
{
    test_instance* instance = nullptr;
    QCOMPARE(create("test", test_default_options, &instance), int(test_OK));
    Data data;
    std::int64_t first[2] = {}, second[1] = {7};
    DLTensor y = {}, visits = {};
    y.shape = first;
    visits.shape = second;
    DLTensor* outputs[] = {&y, &visits};
    QCOMPARE(resultShapes(instance, outputs), int(test_ARGUMENT));
    QCOMPARE(QString(message(instance)), QString("There is no run yet that ended well, so nothing came out."));
    QCOMPARE(data.run(instance), int(test_OK));
    QCOMPARE(resultShapes(instance, outputs), int(test_OK));
    QVERIFY(y.ndim == 2 && first[0] == 64 && first[1] == 17 && visits.ndim == 1 && second[0] == 1);
    visits.shape = nullptr;
    QCOMPARE(resultShapes(instance, outputs), int(test_ARGUMENT));
    QCOMPARE(QString(message(instance)), QString("There is no room for the shape of the output visits."));
    data.what = 10;
    QCOMPARE(data.run(instance), int(test_MEMORY));
    visits.shape = second;
    QCOMPARE(resultShapes(instance, outputs), int(test_ARGUMENT));
    destroy(instance);
}

void TestRuntime::errorsNameTheirNode()
{
    test_instance* instance = nullptr;
    QCOMPARE(create("test", test_default_options, &instance), int(test_OK));
    Data data;
    data.what = 10;
    QCOMPARE(data.run(instance), int(test_MEMORY));
    QCOMPARE(lastError(instance)->code, int(test_MEMORY));
    QCOMPARE(lastError(instance)->node, 0);
    QCOMPARE(QString(lastError(instance)->node_name), QString("check"));
    QCOMPARE(QString(message(instance)), QString("The allocator gives no memory."));
    data.y.ndim = 1;  // before any call runs
    QCOMPARE(data.run(instance), int(test_ARGUMENT));
    QCOMPARE(lastError(instance)->node, -1);
    QCOMPARE(QString(lastError(instance)->node_name), QString());
    Data good;
    QCOMPARE(good.run(instance), int(test_OK));
    QCOMPARE(lastError(instance)->code, int(test_OK));
    QCOMPARE(lastError(instance)->node, -1);
    QCOMPARE(lastError(nullptr)->code, int(test_ARGUMENT));
    destroy(instance);
}

void TestRuntime::runs_data()
{
    QTest::addColumn<int>("threads");
    QTest::addColumn<int>("shift");
    for (const int threads : {0, 1, 2, 5})
        for (const int shift : {0, 4})
            QTest::addRow("%d threads, shift %d", threads, shift) << threads << shift;
}

void TestRuntime::runs()
{
    QFETCH(int, threads);
    QFETCH(int, shift);
    test_options options = test_default_options;
    options.threads = threads;
    test_instance* instance = nullptr;
    QCOMPARE(create("test", options, &instance), int(test_OK));
    for (int i = 0; i < 100; ++i) {
        Data data(shift);
        QCOMPARE(data.run(instance), int(test_OK));
        QVERIFY(data.right());
    }
    QCOMPARE(QString(message(instance)), QString());
    destroy(instance);
}

using Spoil = void (*)(Data&);
Q_DECLARE_METATYPE(Spoil)

void TestRuntime::refuses_data()
{
    QTest::addColumn<Spoil>("spoil");
    QTest::addColumn<QString>("sentence");
    const auto row = [](const char* name, Spoil spoil, const char* sentence) {
        QTest::newRow(name) << spoil << QString(sentence);
    };
    row(
        "shape", [](Data& d) { d.matrix[1] = 18; }, "Dimension 1 of the input x is 18, the model's is 17.");
    row(
        "rank", [](Data& d) { d.y.ndim = 1; }, "The output y has 1 dimensions, the model's has 2.");
    row(
        "type", [](Data& d) { d.x.dtype.bits = 64; },
        "The input x has elements of type float64, the model's are float32.");
    row(
        "device", [](Data& d) { d.x.device.device_type = {}; }, "The input x is not in the CPU's memory.");
    row(
        "strides",
        [](Data& d) {
            static std::int64_t s[] = {1, 64};
            d.x.strides = s;
        },
        "The input x is not dense and row-major.");
    row(
        "no data", [](Data& d) { d.y.data = nullptr; }, "The output y has no data.");
    row(
        "overlap", [](Data& d) { d.y.data = d.memory[0] + 64; }, "The output y overlaps the input x.");
    row(
        "outputs overlap", [](Data& d) { d.visitsTensor.data = d.memory[1] + 16; },
        "The output visits overlaps the output y.");
}

void TestRuntime::refuses()
{
    QFETCH(Spoil, spoil);
    QFETCH(QString, sentence);
    test_instance* instance = nullptr;
    QCOMPARE(create("test", test_default_options, &instance), int(test_OK));
    Data data;
    spoil(data);
    QCOMPARE(data.run(instance), int(test_ARGUMENT));
    QCOMPARE(QString(message(instance)), sentence);
    Data good;
    static std::int64_t dense[] = {17, 1};
    good.x.strides = dense;
    QCOMPARE(good.run(instance), int(test_OK));
    destroy(instance);
}

void TestRuntime::repeatedLoops()
{
    for (const int threads : {2, 3, 8}) {
        test_options options = test_default_options;
        options.threads = threads;
        test_instance* instance = nullptr;
        QCOMPARE(create("test", options, &instance), int(test_OK));
        Data data;
        data.what = 3;
        QCOMPARE(data.run(instance), int(test_OK));
        QCOMPARE(data.visits, std::int64_t(20001) * 64);
        destroy(instance);
    }
}

void TestRuntime::nestedLoops()
{
    test_options options = test_default_options;
    options.threads = 4;
    test_instance* instance = nullptr;
    QCOMPARE(create("test", options, &instance), int(test_OK));
    Data data;
    data.what = 4;
    QCOMPARE(data.run(instance), int(test_OK));
    QCOMPARE(data.visits, std::int64_t(9 * 64));
    destroy(instance);
}

static int threadsOfThisProcess()
{
    return int(QDir("/proc/self/task").entryList(QDir::Dirs | QDir::NoDotAndDotDot).size());
}

void TestRuntime::startsNoThreadForOneThread()
{
    const int before = threadsOfThisProcess();
    test_options options = test_default_options;
    options.threads = 1;
    test_instance* instance = nullptr;
    QCOMPARE(create("test", options, &instance), int(test_OK));
    Data data;
    QCOMPARE(data.run(instance), int(test_OK));
    QCOMPARE(threadsOfThisProcess(), before);
    destroy(instance);
}

void TestRuntime::threadCountChanges()
{
    const int before = threadsOfThisProcess();
    test_options options = test_default_options;
    options.threads = 4;
    test_instance* instance = nullptr;
    QCOMPARE(create("test", options, &instance), int(test_OK));
    QCOMPARE(threadsOfThisProcess(), before);  // none before the first run
    for (const int threads : {4, 2, 3, 1}) {
        QCOMPARE(setThreads(instance, threads), int(test_OK));
        Data data;
        QCOMPARE(data.run(instance), int(test_OK));
        QVERIFY(data.right());
        if (threads > 1)
            QCOMPARE(threadsOfThisProcess(), before + threads - 1);
    }
    QCOMPARE(setThreads(instance, -1), int(test_ARGUMENT));
    destroy(instance);
    QCOMPARE(threadsOfThisProcess(), before);
}

void TestRuntime::forkedChild()
{
    test_options options = test_default_options;
    options.threads = 3;
    test_instance* instance = nullptr;
    QCOMPARE(create("test", options, &instance), int(test_OK));
    Data data;
    QCOMPARE(data.run(instance), int(test_OK));
    const pid_t child = fork();
    if (child == 0) {
        alarm(20);
        Data own;
        const bool right = own.run(instance) == test_OK && own.right();
        destroy(instance);
        _exit(right ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    QCOMPARE(status, 0);
    destroy(instance);
}

struct Counter {
    std::atomic<int> live = 0, total = 0;
    bool empty = false;
};

static test_options counting(Counter& counter)
{
    test_options options = test_default_options;
    options.context = &counter;
    options.threads = 2;
    options.allocate = [](void* context, size_t bytes, size_t alignment) -> void* {
        auto* c = static_cast<Counter*>(context);
        if (c->empty)
            return nullptr;
        ++c->live;
        ++c->total;
        return std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
    };
    options.release = [](void* context, void* memory) {
        --static_cast<Counter*>(context)->live;
        std::free(memory);
    };
    return options;
}

void TestRuntime::allocator()
{
    Counter counter;
    test_instance* instance = nullptr;
    QCOMPARE(create("test", counting(counter), &instance), int(test_OK));
    for (int i = 0; i < 3; ++i) {
        Data data(4);
        QCOMPARE(data.run(instance), int(test_OK));
    }
    QVERIFY(counter.total > 3);
    const int after = counter.total;
    Data data(4);
    QCOMPARE(data.run(instance), int(test_OK));
    QCOMPARE(counter.total.load(), after);  // a run that was run before allocates nothing
    destroy(instance);
    QCOMPARE(counter.live.load(), 0);
}

void TestRuntime::allocatorWithoutMemory()
{
    Counter counter;
    counter.empty = true;
    test_options options = counting(counter);
    test_error error{};
    options.error = &error;
    test_instance* instance = nullptr;
    QCOMPARE(create("test", options, &instance), int(test_MEMORY));
    QCOMPARE(QString(error.message), QString("The allocator gives no memory."));
    QVERIFY(!instance);
}

void TestRuntime::arenaOfTheCaller()
{
    alignas(64) static char arena[256];
    Counter counter;
    test_options options = counting(counter);
    options.arena = arena;
    options.arena_bytes = sizeof arena;
    test_instance *first = nullptr, *second = nullptr;  // one after the other, they may share it
    QCOMPARE(create("test", options, &first), int(test_OK));
    QCOMPARE(create("test", options, &second), int(test_OK));
    for (test_instance* const instance : {first, second}) {
        std::memset(arena, 0, sizeof arena);
        Data data;
        QCOMPARE(data.run(instance), int(test_OK));
        QVERIFY(data.right());
        QCOMPARE(*reinterpret_cast<const std::int64_t*>(arena), std::int64_t(64));  // the model leaves its count there
        destroy(instance);
    }
    QCOMPARE(counter.live.load(), 0);
}

void TestRuntime::arenaThatDoesNotFit_data()
{
    QTest::addColumn<int>("shift");
    QTest::addColumn<int>("bytes");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("too small") << 0 << 255 << "The arena has 255 bytes, and the model needs 256.";
    QTest::newRow("not aligned") << 8 << 256 << "The arena does not begin at a multiple of 64 bytes.";
}

void TestRuntime::arenaThatDoesNotFit()
{
    QFETCH(int, shift);
    QFETCH(int, bytes);
    QFETCH(QString, sentence);
    alignas(64) static char arena[320];
    test_error error{};
    Counter counter;
    test_options options = counting(counter);
    options.error = &error;
    options.arena = arena + shift;
    options.arena_bytes = bytes;
    test_instance* instance = nullptr;
    QCOMPARE(create("test", options, &instance), int(test_MEMORY));
    QCOMPARE(QString(error.message), sentence);
    QVERIFY(!instance && error.code == test_MEMORY && error.node == -1);
    QCOMPARE(counter.live.load(), 0);
}

// Two pieces of every loop, each on a thread of its own.
static void inTwoThreads(void* calls, void (*body)(void*, std::int64_t, std::int64_t), void* closure,
                         std::int64_t count)
{
    ++*static_cast<int*>(calls);
    std::jthread other([=] { body(closure, count / 2, count); });
    body(closure, 0, count / 2);
}

void TestRuntime::threadsOfTheCaller()
{
    const int before = threadsOfThisProcess();
    int calls = 0;
    test_options options = test_default_options;
    options.threads = 2;
    options.parallel = inTwoThreads;
    options.parallel_context = &calls;
    test_instance* instance = nullptr;
    QCOMPARE(create("test", options, &instance), int(test_OK));
    Data data;
    QCOMPARE(data.run(instance), int(test_OK));
    QVERIFY(data.right());
    QCOMPARE(calls, 1);
    data.what = 4;  // loops within a loop: only the outer one is the caller's
    QCOMPARE(data.run(instance), int(test_OK));
    QCOMPARE(data.visits, std::int64_t(9 * 64));
    QCOMPARE(calls, 3);
    QCOMPARE(threadsOfThisProcess(), before);
    QCOMPARE(setThreads(instance, 1), int(test_OK));
    QCOMPARE(data.run(instance), int(test_OK));
    QCOMPARE(calls, 3);
    destroy(instance);
}

static std::size_t linesOf(const char* path)
{
    std::ifstream stream(path);
    return std::size_t(std::count(std::istreambuf_iterator<char>(stream), {}, '\n'));
}

void TestRuntime::loadsAThousandTimes()
{
    // A copy, for the library that the other tests use stays loaded.
    const QTemporaryDir folder;
    const std::string path = folder.filePath("again.so").toStdString();
    std::filesystem::copy_file(siblingProgram("test-artifact.so"), path);
    std::size_t mapped = 0;
    const int threads = threadsOfThisProcess();
    for (int i = 0; i < 1000; ++i) {
        void* const handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
        QVERIFY2(handle, dlerror());
        const auto find = [&](auto* like, const char* name) {
            return reinterpret_cast<decltype(like)>(dlsym(handle, name));
        };
        test_options options = test_default_options;
        options.threads = 1 + i % 3;
        test_instance* instance = nullptr;
        QCOMPARE(find(&test_create, "test_create")(&options, &instance), int(test_OK));
        Data data;
        const DLTensor* inputs[] = {&data.x, &data.whatTensor};
        DLTensor* outputs[] = {&data.y, &data.visitsTensor};
        QCOMPARE(find(&test_run, "test_run")(instance, inputs, outputs), int(test_OK));
        QVERIFY(data.right());
        find(&test_destroy, "test_destroy")(instance);
        dlclose(handle);
        if (i == 100)
            mapped = linesOf("/proc/self/maps");
    }
    QCOMPARE(threadsOfThisProcess(), threads);
    QVERIFY2(linesOf("/proc/self/maps") <= mapped + 8, "libraries stay mapped");
}

void TestRuntime::profiles()
{
    test_options options = test_default_options;
    options.profile = 1;
    test_instance* instance = nullptr;
    QCOMPARE(create("test", options, &instance), int(test_OK));
    Data data;
    data.what = 3;
    QCOMPARE(data.run(instance), int(test_OK));
    test_profile_data times;
    QCOMPARE(profile(instance, &times), int(test_OK));
    QCOMPARE(times.count, 2);
    QCOMPARE(QString(times.names[1]), QString("scale"));
    QVERIFY(times.nanoseconds[0] > times.nanoseconds[1] && times.nanoseconds[1] > 0);
    destroy(instance);
}

void TestRuntime::busy()
{
    test_instance* instance = nullptr;
    QCOMPARE(create("test", test_default_options, &instance), int(test_OK));
    std::atomic<int> busy = 0, fine = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                for (int k = 0; k < 500; ++k) {
                    Data data;
                    const int code = data.run(instance);
                    busy += code == test_BUSY;
                    fine += code == test_OK && data.right();
                }
            });
    }
    QCOMPARE(busy + fine, 2000);
    QVERIFY(fine > 0);
    destroy(instance);
}

// Four threads with four instances each, in turn.
void TestRuntime::instancesInParallel()
{
    std::atomic<int> fine = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                test_options options = test_default_options;
                options.threads = 2;
                test_instance* instances[4] = {};
                for (test_instance*& instance : instances)
                    if (create("test", options, &instance) != test_OK)
                        return;
                for (int k = 0; k < 100; ++k) {
                    Data data;
                    fine += data.run(instances[k % 4]) == test_OK && data.right();
                }
                for (test_instance* const instance : instances)
                    destroy(instance);
            });
    }
    QCOMPARE(fine.load(), 400);
}

void TestRuntime::libraryRoutine_data()
{
    QTest::addColumn<int>("what");
    QTest::newRow("openblas") << 5;
    QTest::newRow("onednn") << 6;
}

void TestRuntime::libraryRoutine()
{
    QFETCH(int, what);
    test_options options = test_default_options;
    options.threads = 1;
    test_instance* instance = nullptr;
    QCOMPARE(create("test", options, &instance), int(test_OK));
    for (int i = 0; i < 2; ++i) {
        Data data;
        data.what = what;
        QCOMPARE(data.run(instance), int(test_OK));
        // [1 2 3; 4 5 6] [1 0; 0 1; 1 1] + [-100 10], then relu
        QCOMPARE(data.out()[0], 0.0f);
        QCOMPARE(data.out()[1], 15.0f);
        QCOMPARE(data.out()[2], 0.0f);
        QCOMPARE(data.out()[3], 21.0f);
    }
    destroy(instance);
}

void TestRuntime::processorLacksInstructions()
{
    test_options options = test_default_options;
    test_error error{};
    options.error = &error;
    test_instance* instance = nullptr;
    QCOMPARE(create("future", options, &instance), int(test_CPU));
    QCOMPARE(QString(error.message),
             QString("The library is compiled for x86-64-v9, and this processor lacks instructions of that level."));
}

void TestRuntime::weightsFile_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<bool>("verify");
    QTest::addColumn<QString>("sentence");
    const QByteArray magic = QByteArray("strata weights").leftJustified(16, '\0');
    const QByteArray hash = "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b", zeros(64, '\0');
    QByteArray damaged = zeros;
    damaged[5] = 1;
    QTest::newRow("right") << zeros + magic + hash << true << "";
    QTest::newRow("missing") << QByteArray() << false
                             << "The weights file %1 cannot be opened: No such file or directory.";
    QTest::newRow("short") << zeros << false << "The weights file %1 has 64 bytes instead of 144.";
    QTest::newRow("no weights") << QByteArray(144, 'x') << false << "%1 is no weights file.";
    QTest::newRow("another's") << zeros + magic + QByteArray(64, '0') << false
                               << "%1 holds other weights than the library was compiled with.";
    QTest::newRow("damaged") << damaged + magic + hash << true
                             << "%1 holds other weights than the library was compiled with.";
}

void TestRuntime::weightsFile()
{
    QFETCH(QByteArray, content);
    QFETCH(bool, verify);
    QFETCH(QString, sentence);
    const QTemporaryDir folder;
    const QByteArray path = folder.filePath("model.weights").toUtf8();
    if (!content.isEmpty()) {
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
    }
    test_options options = test_default_options;
    test_error error{};
    options.error = &error;
    options.weights_path = path.constData();
    options.verify_weights = verify;
    test_instance* instance = nullptr;
    QCOMPARE(create("weights", options, &instance), int(sentence.isEmpty() ? test_OK : test_WEIGHTS));
    QCOMPARE(QString(error.message), sentence.contains("%1") ? sentence.arg(QString(path)) : sentence);
    destroy(instance);
}

STRATA_TEST_IN(QCoreApplication, TestRuntime)
#include "tst_runtime.moc"
