// From a runtime program to the host program, as text; and what a host program is asked.
#include "backends/devices.h"
#include "backends/host/derive.h"
#include "backends/host/print.h"
#include "core/text/text.h"
#include "tests/program.h"

#include <QtTest>

using namespace strata;

namespace {

ModulePtr parsed(const std::string& text)
{
    const auto constant = [](const std::string&, const TensorType& type) -> Result<ConstantPtr> {
        static const auto owner = std::make_shared<const std::byte>();
        return Constant::fromView(type, owner, owner.get(), std::size_t(byteCount(type).value_or(0)));
    };
    const auto module = parseModule(text, constant);
    if (!module)
        qFatal("%s", module.error().text().c_str());
    return *module;
}

const char* const bound = R"(module m(entry=f):

@loops
def f(a: f32[1024]) -> (b: f32[1024]):
    t = alloc f32[1024]
    for i in bound(8, "blockIdx.x"):
        for j in bound(128, "threadIdx.x"):
            with block("t") as (v: spatial(1024) = i * 128 + j):
                t[v] = a[v] + 1.0
    for k in bound(4, "blockIdx.x"):
        for l in bound(256, "threadIdx.x"):
            with block("b") as (v: spatial(1024) = k * 256 + l):
                b[v] = t[1023 - v]
)";

std::string joined(const std::vector<std::string>& lines)
{
    std::string text;
    for (const std::string& line : lines)
        text += line + "\n";
    return text;
}

// A function that doubles eight numbers.
const std::string twice = R"(
@loops
def twice(a: f32[8]) -> (b: f32[8]):
    for i in range(8):
        with block("b") as (vi: spatial(8) = i):
            b[vi] = a[vi] * 2.0
)";

// One that adds 1 to them where they lie.
const std::string inPlace = R"(
@loops
@inout(b=a)
def add(a: f32[8]) -> (b: f32[8]):
    for i in range(8):
        with block("b") as (vi: spatial(8) = i):
            b[vi] = b[vi] + 1.0
)";

// One that adds eight numbers on a device.
const std::string plus = R"(
@loops
def plus(a: f32[8], b: f32[8]) -> (c: f32[8]):
    for i in bound(8, "threadIdx.x"):
        with block("c") as (vi: spatial(8) = i):
            c[vi] = a[vi] + b[vi]
)";

}  // namespace

class TestHostProgram : public QObject {
    Q_OBJECT

    void kernelRows();

private slots:
    void prints_data();
    void prints();
    void refuses_data();
    void refuses();
    void refusesADeviceThatItDoesNotKnow();
    void tellsWhatIsNeeded();
};

void TestHostProgram::prints_data()
{
    QTest::addColumn<QString>("module");
    QTest::addColumn<QString>("device");
    QTest::addColumn<QString>("program");
    const auto row = [](const char* name, const std::string& module, const std::string& program,
                        const std::string& device = {}) {
        QTest::newRow(name) << QString::fromStdString(module) << QString::fromStdString(device)
                            << QString::fromStdString(program);
    };
    row("calls, views, copies, constants", R"(module m(entry=main):

const @w: f32[8]
const @v: f32[2, 4]

@library(arena=64)
def main(x: f32[8]) -> (y: f32[8], z: f32[2, 4], u: f32[2, 4]):
    h = alloc f32[8] at arena[0:+64]
    twice(x, out=h, node="first")
    twice(@w, out=y, node="second")
    flat = view(h, f32[2, 4])
    copy(flat, out=z)
    copy(@v, out=u)
)" + twice,
        R"(host main(x: f32[8]) -> (y: f32[8], z: f32[2, 4], u: f32[2, 4]), arena 64 bytes:
    h: f32[8] = arena[0]
    flat: f32[2, 4] = view of h
    begin 0: first
    call twice(x) -> h
    begin 1: second
    call twice(@w) -> y
    copy flat -> z, 32 bytes
    copy @v -> u, 32 bytes
)");
    row("in the memory of an input, a copy where that is kept", R"(module m(entry=main):

@library
@inout(y=x)
def main(x: f32[8]) -> (y: f32[8], z: f32[8]):
    add(x, out=z, node="kept")
    add(x, out=y, node="first")
    v = view(y, f32[8])
    add(v, out=y, node="second")
)" + inPlace,
        R"(host main(x: f32[8]) -> (y: f32[8], z: f32[8]), arena 0 bytes:
    y: f32[8] in the memory of x
    v: f32[8] = view of y
    begin 0: kept
    copy x -> z, 32 bytes
    call add(x) -> z
    begin 1: first
    call add(x) -> y
    begin 2: second
    call add(v) -> y
)");
    row("a loop whose body writes what it carries in place", R"(module m(entry=main):

@library
def main(x: f32[8], n: i64[]) -> (y: f32[8]):
    routine Loop(n, _, x, out=y, body=function(body), node="loop")

@library
@inout(next=before)
def body(i: i64[], c: bool[], before: f32[8]) -> (d: bool[], next: f32[8]):
    copy(c, out=d)
    add(before, out=next)
)" + inPlace,
        R"(host main(x: f32[8], n: i64[]) -> (y: f32[8]), arena 192 bytes:
    loop.iteration: i64[] = arena[0]
    loop.condition: bool[] = arena[64]
    loop.next: bool[] = arena[128]
    begin 0: loop
    copy x -> y, 32 bytes
    loop loop.iteration < n, loop.condition from _ on by loop.next:
        copy loop.condition -> loop.next, 1 bytes
        call add(y) -> y
)");
    row("buffers that no plan placed", R"(module m(entry=main):

@library
def main(x: f32[8]) -> (y: f32[8]):
    g = alloc f32[8]
    h = alloc f32[8]
    twice(x, out=g, node="a")
    twice(g, out=h, node="b")
    twice(h, out=y, node="c")
)" + twice,
        R"(host main(x: f32[8]) -> (y: f32[8]), arena 128 bytes:
    g: f32[8] = arena[0]
    h: f32[8] = arena[64]
    begin 0: a
    call twice(x) -> g
    begin 1: b
    call twice(g) -> h
    begin 2: c
    call twice(h) -> y
)");
    // The inner program's buffers lie behind the outer's, and make room for the next one's.
    row("programs within programs", R"(module m(entry=main):

@library(arena=64)
def main(x: f32[8]) -> (y: f32[8]):
    h = alloc f32[8] at arena[0:+64]
    four(x, out=h, node="one")
    four(h, out=y, node="two")

@library
def four(a: f32[8]) -> (b: f32[8]):
    t = alloc f32[8]
    twice(a, out=t, node="x")
    twice(t, out=b, node="y")
)" + twice,
        R"(host main(x: f32[8]) -> (y: f32[8]), arena 128 bytes:
    h: f32[8] = arena[0]
    one.t: f32[8] = arena[64]
    two.t: f32[8] = arena[64]
    begin 0: one
    call twice(x) -> one.t
    call twice(one.t) -> h
    begin 1: two
    call twice(h) -> two.t
    call twice(two.t) -> y
)");
    row("a choice of the machine", R"(module m(entry=main):

@library
def main(x: f32[8]) -> (y: f32[8]):
    chosen(x, out=y, node="n")

@choose(wide if isa >= x86-64-v4, wider if isa >= x86-64-v3)
@loops
def chosen(a: f32[8]) -> (b: f32[8]):
    for i in range(8):
        with block("b") as (vi: spatial(8) = i):
            b[vi] = a[vi] * 2.0

@implements(chosen)
@loops
def wide(a: f32[8]) -> (b: f32[8]):
    for i in range(8):
        with block("b") as (vi: spatial(8) = i):
            b[vi] = a[vi] * 2.0

@implements(chosen)
@library
def wider(a: f32[8]) -> (b: f32[8]):
    twice(a, out=b, node="inside")
)" + twice,
        R"(host main(x: f32[8]) -> (y: f32[8]), arena 0 bytes:
    begin 0: n
    if isa >= x86-64-v4:
        call wide(x) -> y
    elif isa >= x86-64-v3:
        call twice(x) -> y
    else:
        call chosen(x) -> y
)");
    // Both branches use the same bytes; a branch may be empty of calls, and hold another.
    row("a condition", R"(module m(entry=main):

@library
def main(c: bool[1], d: bool[], x: f32[8]) -> (y: f32[8]):
    routine If(c, d, x, out=y, then_branch=function(f), else_branch=function(g), node="n")

@library
def f(d: bool[], x: f32[8]) -> (y: f32[8]):
    t = alloc f32[8]
    routine If(d, x, out=t, then_branch=function(same), else_branch=function(twice), node="inner")
    twice(t, out=y, node="x")

@library
def g(d: bool[], x: f32[8]) -> (y: f32[8]):
    t = alloc f32[8]
    twice(x, out=t, node="x")
    twice(t, out=y, node="y")

@library
def same(x: f32[8]) -> (y: f32[8]):
    copy(x, out=y)
)" + twice,
        R"(host main(c: bool[1], d: bool[], x: f32[8]) -> (y: f32[8]), arena 64 bytes:
    n.t: f32[8] = arena[0]
    n.t: f32[8] = arena[0]
    begin 0: n
    if c:
        if d:
            copy x -> n.t, 32 bytes
        else:
            call twice(x) -> n.t
        call twice(n.t) -> y
    else:
        call twice(x) -> n.t
        call twice(n.t) -> y
)");
    // What is carried lies in the output, a row in its place there.
    row("a loop", R"(module m(entry=main):

const @n: i64[] = [3]

@library
def main(x: f32[8]) -> (y: f32[8], rows: f32[3, 8]):
    routine Loop(@n, _, x, out=(y, rows), body=function(f), node="n")

@library
def f(i: i64[], c: bool[], x: f32[8]) -> (more: bool[], y: f32[8], row: f32[8]):
    copy(c, out=more)
    twice(x, out=y, node="x")
    copy(x, out=row)
)" + twice,
        R"(host main(x: f32[8]) -> (y: f32[8], rows: f32[3, 8]), arena 320 bytes:
    n.iteration: i64[] = arena[0]
    n.condition: bool[] = arena[64]
    n.next: bool[] = arena[128]
    n.next_y: f32[8] = arena[192]
    n.row: f32[8] = row n.iteration of rows
    n.next_row: f32[8] = arena[256]
    begin 0: n
    copy x -> y, 32 bytes
    loop n.iteration < @n, n.condition from _ on by n.next, rows 3:
        copy n.condition -> n.next, 1 bytes
        call twice(y) -> n.next_y
        copy y -> n.next_row, 32 bytes
        copy n.next_y -> y, 32 bytes
        copy n.next_row -> n.row, 32 bytes
)");
    row("routines", R"(module m(entry=main):

const @w: f32[48, 33]
const @k: f32[12, 3, 3, 5]

@library
def main(x: f32[7, 33], i: f32[2, 6, 17, 19]) -> (y: f32[7, 48], o: f32[2, 12, 8, 19]):
    openblas.matmul(x, @w, _, out=y, transB=1, epilogue="relu", node="fc")
    onednn.conv(i, @k, out=o, group=2, strides=[2, 1], pads=[0, 4, 1, 4], dilations=[1, 2], node="conv")
)",
        R"(host main(x: f32[7, 33], i: f32[2, 6, 17, 19]) -> (y: f32[7, 48], o: f32[2, 12, 8, 19]), arena 0 bytes:
    begin 0: fc
    routine openblas_matmul(x, @w, _) -> y, sizes [7, 48, 33, 1, 0, 0], flags 6
    begin 1: conv
    routine onednn_conv(i, @k, _) -> o, sizes [2, 6, 17, 19, 12, 3, 5, 8, 19, 2, 1, 0, 4, 1, 4, 1, 2, 2], flags 0
)");
    if (!devices().empty())
        kernelRows();
    row("a kernel without a device", bound, R"(host f(a: f32[1024]) -> (b: f32[1024]), arena 0 bytes:
    begin 0: f
    call f(a) -> b
)");
}

// Copies to a device and back: what stays there is not copied.
void TestHostProgram::kernelRows()
{
    const std::string device = devices()[0].name;
    const auto row = [&](const char* name, const std::string& module, std::string program) {
        for (std::size_t at; (at = program.find("DEVICE")) != std::string::npos;)
            program.replace(at, 6, device);
        QTest::newRow(name) << QString::fromStdString(module) << QString::fromStdString(device)
                            << QString::fromStdString(program);
    };
    row("kernels of a device", bound, R"(host f(a: f32[1024]) -> (b: f32[1024]), arena 4096 bytes:
    f.t: u8[4096] = arena[0]
    begin 0: f
    copy a -> DEVICE[0], 4096 bytes
    launch f_0(a in DEVICE[0], f.t in DEVICE[1]), blocks [8, 1, 1], threads [128, 1, 1]
    launch f_1(b in DEVICE[0], f.t in DEVICE[1]), blocks [4, 1, 1], threads [256, 1, 1]
    copy DEVICE[0] -> b, 4096 bytes
)");
    row("on a device, before the kernel and back", R"(module m(entry=main):

@library
@inout(y=x)
def main(x: f32[8]) -> (y: f32[8]):
    add(x, out=y)

@loops
@inout(b=a)
def add(a: f32[8]) -> (b: f32[8]):
    for i in bound(4, "threadIdx.x"):
        with block("b") as (vi: spatial(4) = i):
            b[vi] = b[vi] + 1.0
)",
        R"(host main(x: f32[8]) -> (y: f32[8]), arena 0 bytes:
    y: f32[8] in the memory of x
    begin 0: add
    copy y -> DEVICE[0], 32 bytes
    launch add(y in DEVICE[0]), blocks [1, 1, 1], threads [4, 1, 1]
    copy DEVICE[0] -> y, 32 bytes
)");
    row("what kernels hand on stays there", R"(module m(entry=main):

const @w: f32[8]

@library
def main(x: f32[8]) -> (y: f32[8], z: f32[8]):
    g = alloc f32[8]
    h = alloc f32[8]
    i = alloc f32[8]
    j = alloc f32[8]
    plus(x, @w, out=g, node="a")
    plus(g, @w, out=h, node="b")
    flat = view(h, f32[2, 4])
    round = view(flat, f32[8])
    plus(round, g, out=y, node="c")
    twice(h, out=i, node="d")
    plus(i, h, out=j, node="e")
    twice(j, out=z, node="f")
)" + plus + twice,
        R"(host main(x: f32[8]) -> (y: f32[8], z: f32[8]), arena 256 bytes:
    g: f32[8] = arena[0]
    h: f32[8] = arena[64]
    i: f32[8] = arena[128]
    j: f32[8] = arena[192]
    flat: f32[2, 4] = view of h
    round: f32[8] = view of flat
    begin 0: a
    copy x -> DEVICE[0], 32 bytes
    copy @w -> DEVICE[1], 32 bytes, once
    launch plus(x in DEVICE[0], @w in DEVICE[1], g in DEVICE[2]), blocks [1, 1, 1], threads [8, 1, 1]
    begin 1: b
    launch plus(g in DEVICE[2], @w in DEVICE[1], h in DEVICE[0]), blocks [1, 1, 1], threads [8, 1, 1]
    begin 2: c
    launch plus(round in DEVICE[0], g in DEVICE[2], y in DEVICE[3]), blocks [1, 1, 1], threads [8, 1, 1]
    copy DEVICE[3] -> y, 32 bytes
    begin 3: d
    copy DEVICE[0] -> h, 32 bytes
    call twice(h) -> i
    begin 4: e
    copy i -> DEVICE[2], 32 bytes
    launch plus(i in DEVICE[2], h in DEVICE[0], j in DEVICE[4]), blocks [1, 1, 1], threads [8, 1, 1]
    begin 5: f
    copy DEVICE[4] -> j, 32 bytes
    call twice(j) -> z
)");
    row("around what may run or not, all is on the host", R"(module m(entry=main):

const @n: i64[] = [3]

@library
def main(c: bool[], x: f32[8]) -> (y: f32[8], z: f32[8], rows: f32[3, 8]):
    g = alloc f32[8]
    unused = alloc f32[8]
    plus(x, x, out=g, node="a")
    plus(x, x, out=unused, node="b")
    routine If(c, g, out=y, then_branch=function(more), else_branch=function(less), node="choice")
    routine Loop(@n, _, g, out=(z, rows), body=function(step), node="n")

@library
def more(x: f32[8]) -> (y: f32[8]):
    plus(x, x, out=y, node="p")

@library
def less(x: f32[8]) -> (y: f32[8]):
    copy(x, out=y)

@library
def step(i: i64[], c: bool[], x: f32[8]) -> (next: bool[], y: f32[8], row: f32[8]):
    copy(c, out=next)
    plus(x, x, out=y, node="q")
    plus(x, y, out=row, node="r")
)" + plus,
        R"(host main(c: bool[], x: f32[8]) -> (y: f32[8], z: f32[8], rows: f32[3, 8]), arena 448 bytes:
    g: f32[8] = arena[0]
    unused: f32[8] = arena[64]
    n.iteration: i64[] = arena[128]
    n.condition: bool[] = arena[192]
    n.next: bool[] = arena[256]
    n.next_y: f32[8] = arena[320]
    n.row: f32[8] = row n.iteration of rows
    n.next_row: f32[8] = arena[384]
    begin 0: a
    copy x -> DEVICE[0], 32 bytes
    launch plus(x in DEVICE[0], x in DEVICE[0], g in DEVICE[1]), blocks [1, 1, 1], threads [8, 1, 1]
    begin 1: b
    launch plus(x in DEVICE[0], x in DEVICE[0], unused in DEVICE[2]), blocks [1, 1, 1], threads [8, 1, 1]
    begin 2: choice
    copy DEVICE[1] -> g, 32 bytes
    if c:
        copy g -> DEVICE[1], 32 bytes
        launch plus(g in DEVICE[1], g in DEVICE[1], y in DEVICE[0]), blocks [1, 1, 1], threads [8, 1, 1]
        copy DEVICE[0] -> y, 32 bytes
    else:
        copy g -> y, 32 bytes
    begin 3: n
    copy g -> z, 32 bytes
    loop n.iteration < @n, n.condition from _ on by n.next, rows 3:
        copy n.condition -> n.next, 1 bytes
        copy z -> DEVICE[1], 32 bytes
        launch plus(z in DEVICE[1], z in DEVICE[1], n.next_y in DEVICE[2]), blocks [1, 1, 1], threads [8, 1, 1]
        launch plus(z in DEVICE[1], n.next_y in DEVICE[2], n.next_row in DEVICE[3]), blocks [1, 1, 1], threads [8, 1, 1]
        copy DEVICE[2] -> n.next_y, 32 bytes
        copy n.next_y -> z, 32 bytes
        copy DEVICE[3] -> n.next_row, 32 bytes
        copy n.next_row -> n.row, 32 bytes
)");
}

void TestHostProgram::prints()
{
    QFETCH(QString, module);
    QFETCH(QString, device);
    QFETCH(QString, program);
    const auto derived = hostProgram(*parsed(module.toStdString()), {device.toStdString()});
    QVERIFY2(derived.ok(), derived ? "" : derived.error().text().c_str());
    QCOMPARE(QString::fromStdString(joined(printLines(*derived))), program);
}

void TestHostProgram::refuses_data()
{
    QTest::addColumn<QString>("module");
    QTest::addColumn<QString>("sentence");
    const auto row = [](const char* name, const std::string& module, const char* sentence) {
        QTest::newRow(name) << QString::fromStdString(module) << sentence;
    };
    row("no entry", "module m:\n" + twice + R"(
@loops
def other(a: f32[1]) -> (b: f32[1]):
    with block("b"):
        b[0] = a[0]
)",
        "The module m has no entry to make a library of.");
    row("a size that nothing tells", R"(module m(entry=f):

@library
def f(x: f32[8]) -> (y: f32[n]):
    copy(x, out=y)
)",
        "No input of f has a dimension of just n, so nothing tells how much it is.");
    row("a buffer of unknown size", R"(module m(entry=f):

@library
def f(x: f32[8]) -> (y: f32[8]):
    t = alloc f32[n]
    copy(x, out=y)
)",
        "Buffer t of f is f32[n], and nothing tells how much that is.");
    row("a routine of nobody", R"(module m(entry=f):

@library
def f(x: f32[8, 8]) -> (y: f32[8, 8]):
    nobody.matmul(x, x, out=y, node="n")
)",
        "Call n of f: nobody provides the routine nobody.matmul.");
    row("a routine for other ranks", R"(module m(entry=f):

@library
def f(x: f32[8, 8]) -> (y: f32[8, 8]):
    onednn.conv(x, x, out=y, node="n")
)",
        "Call n of f: the routine convolves two dimensions.");
    row("a place without kernels", R"(module m(entry=main):

@library
def main(x: f32[8]) -> (y: f32[8]):
    twice(x, out=y, device="some_device", node="c")
)" + twice,
        "Call c of main: it is placed on some_device, and twice has no loop that is bound to a device.");
    row("too few arguments", R"(module m(entry=f):

@library
def f(x: f32[8]) -> (y: f32[8]):
    twice(x, x, out=y, node="n")
)" + twice,
        "Call n of f: twice takes another number of arguments.");
}

void TestHostProgram::refuses()
{
    QFETCH(QString, module);
    QFETCH(QString, sentence);
    const auto derived = hostProgram(*parsed(module.toStdString()), {});
    QVERIFY(!derived.ok());
    QVERIFY(derived.error().kind == ErrorKind::Refused);
    QCOMPARE(QString::fromStdString(derived.error().message), sentence);
}

void TestHostProgram::refusesADeviceThatItDoesNotKnow()
{
    const auto derived = hostProgram(*parsed(bound), {"abacus"});
    QVERIFY(!derived.ok());
    QCOMPARE(QString::fromStdString(derived.error().message),
             QStringLiteral("This build of Strata knows no device abacus."));
}

void TestHostProgram::tellsWhatIsNeeded()
{
    const auto derived = hostProgram(*parsed(R"(module m(entry=main):

@library
def main(x: f32[8], a: f32[8, 8]) -> (y: f32[8], z: f32[8, 8]):
    four(x, out=y, node="one")
    openblas.matmul(a, a, out=z, node="two")

@library
def four(a: f32[8]) -> (b: f32[8]):
    t = alloc f32[8]
    twice(a, out=t, node="x")
    twice(t, out=b, node="y")
)" + twice),
                                     {});
    QVERIFY(derived.ok());
    QVERIFY(calledFunctions(*derived) == std::vector<std::string>{"twice"});
    const std::map<std::string, std::vector<Cursor>> expected{
        {"strata_rt_openblas_matmul", {{"main", NodeKind::Operator, "two"}}},
        {"twice", {{"main", NodeKind::Operator, "one"}}}};
    QVERIFY(neededBy(*derived) == expected);
}

STRATA_TEST_IN(QCoreApplication, TestHostProgram)
#include "tst_host_program.moc"
