// An export with kernels: it opens the device's library, tells what the device is, and gives what the loops mean; without
// the device the same loops run on the CPU.
#include "backends/artifact/export.h"
#include "backends/host/derive.h"
#include "backends/runtime/runtime.h"
#include "core/reference/evaluate.h"
#include "core/text/text.h"
#include "tests/program.h"

#include <QtTest>

#include <dlfcn.h>

using namespace strata;

namespace {

const char* const windowSum = R"(module window(entry=main):

@library
def main(a: f32[1026]) -> (b: f32[1024]):
    window_sum(a, out=b)

@loops
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

#define VERIFY_OK(result) QVERIFY2((result).ok(), (result).ok() ? "" : (result).error().text().c_str())

}  // namespace

class TestOpenClExport : public QObject {
    Q_OBJECT
private slots:
    void exports_data()
    {
        QTest::addColumn<QString>("device");
        QTest::newRow("on the CPU") << "";
        QTest::newRow("on the device") << "opencl";
    }
    void exports()
    {
        QFETCH(QString, device);
        const bool launches = !device.isEmpty();
        const Result<ModulePtr> module = parseModule(windowSum);
        VERIFY_OK(module);
        Tensor input = makeTensor(DType::F32, {1026});
        for (std::int64_t i = 0; i < input.count(); ++i)
            input.set(i, double(i % 37) / 8);
        const Result<std::vector<Tensor>> expected = evaluate(**module, *(*module)->entryFunction(), {input});
        VERIFY_OK(expected);
        const QTemporaryDir folder;
        ExportOptions options;
        options.folder = folder.filePath("out").toStdString();
        options.name = "window";
        options.device = device.toStdString();
        const Result<Exported> exported = exportModule(**module, options, m_compiler, m_runner, {input}, *expected);
        VERIFY_OK(exported);
        QVERIFY(exported->verified);
        QCOMPARE(exported->built.opened.size(), std::size_t(launches));
        void* const library = dlopen(exported->built.path.c_str(), RTLD_NOW | RTLD_LOCAL);
        QVERIFY2(library, dlerror());
        strata_device_state state{};
        const auto query = reinterpret_cast<std::int32_t (*)(std::int32_t, strata_device_state*)>(
            dlsym(library, "window_query_device"));
        QVERIFY(query);
        QCOMPARE(query(0, &state), 0);
        QCOMPARE(query(1, &state) == 0, launches);
        QCOMPARE(state.name[0] != 0 && state.memory_bytes > 0, launches);
        dlclose(library);
    }

private:
    Compiler m_compiler;
    Runner m_runner;
};

STRATA_TEST_IN(QCoreApplication, TestOpenClExport)
#include "tst_opencl_export.moc"
