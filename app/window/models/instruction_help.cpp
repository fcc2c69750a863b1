// Tables of names and sentences. A name may leave parts open: "*" is any text, "~f" the end of a float's (ps, pd, ss,
// sd), "~i" that of an integer's (b, w, d, q). The "v" that AVX puts before a name is left out. What the ends say is
// told apart, with the width of the registers.
#include "app/window/models/instruction_help.h"

#include <QCoreApplication>
#include <QRegularExpression>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace strata {

namespace {

// Marks what is to be translated; it is when it is asked for.
constexpr const char* tr(const char* text) { return text; }

struct Row {
    const char* names;
    const char* text;
};

constexpr Row x86[] = {
    // copies
    {"mov movabs", tr("copies the second operand to the first")},
    {"movzx", tr("copies a shorter integer and fills up with zeros")},
    {"movsx movsxd cbw cwde cdqe", tr("copies a shorter integer and repeats its sign")},
    {"lea", tr("computes an address and reads nothing from it: a sum of up to three parts in one instruction")},
    {"push", tr("puts a value on the stack")},
    {"pop", tr("takes the last value from the stack")},
    {"cmov*", tr("copies where the flags say so, without a jump")},
    {"set*", tr("writes 1 where the flags say so, else 0")},
    {"xchg", tr("exchanges two operands; with memory atomically")},
    {"movbe bswap", tr("reverses the order of bytes")},
    // integers
    {"add", tr("adds the second operand to the first")},
    {"sub", tr("subtracts the second operand from the first")},
    {"adc sbb", tr("adds or subtracts with the carry of the last one: integers of more than 64 bits")},
    {"inc", tr("adds 1")},
    {"dec", tr("subtracts 1")},
    {"neg", tr("changes the sign")},
    {"imul", tr("multiplies integers")},
    {"mul mulx", tr("multiplies integers without sign to twice as many bits")},
    {"idiv div", tr("divides integers: quotient to rax, remainder to rdx; slow")},
    {"cqo cdq", tr("repeats the sign of rax in rdx, before a division")},
    {"and test", tr("and of the bits; test only sets the flags")},
    {"or", tr("or of the bits")},
    {"xor", tr("exclusive or of the bits; of a register with itself: 0")},
    {"not", tr("turns all bits over")},
    {"andn", tr("and of the bits, those of one operand turned over")},
    {"shl sal shlx", tr("shifts bits to the left: times a power of 2")},
    {"shr shrx", tr("shifts bits to the right, zeros from the left: an unsigned division by a power of 2")},
    {"sar sarx", tr("shifts bits to the right and repeats the sign: a division by a power of 2, rounded down")},
    {"shld shrd", tr("shifts bits from one register into another")},
    {"rol ror rorx", tr("turns bits around the end of the register")},
    {"bt bts btr btc", tr("puts a bit into the carry; bts, btr and btc then set, clear or turn it")},
    {"tzcnt bsf", tr("counts zero bits from the lowest on")},
    {"lzcnt bsr", tr("counts zero bits from the highest on, or finds the highest that is set")},
    {"popcnt", tr("counts the bits that are set")},
    {"blsr blsi blsmsk", tr("the lowest set bit: cleared, alone, or all bits up to it")},
    {"bextr bzhi pext pdep", tr("takes some bits out of a register, or puts them there")},
    {"cmp", tr("compares: sets the flags as a subtraction would, and keeps no difference")},
    // where it goes on
    {"jmp", tr("goes on at the label")},
    {"je jz", tr("goes on at the label where the last comparison found both equal (or the result 0)")},
    {"jne jnz", tr("goes on at the label where the last comparison found them different (or the result not 0)")},
    {"jl jle jg jge", tr("goes on at the label by the last comparison: l is less, g greater, e or equal; with signs")},
    {"jb jbe ja jae jc jnc",
     tr("goes on at the label by the last comparison: b is below, a above, e or equal; without signs")},
    {"js jns jo jno jp jnp", tr("goes on at the label by one flag: s sign, o overflow, p parity (a NaN); n none")},
    {"call", tr("calls a function; ret comes back behind it")},
    {"ret", tr("returns to who called")},
    {"leave", tr("gives back the room that the function took on the stack")},
    {"nop endbr64", tr("does nothing: it fills up to where a jump should arrive, or marks where one may")},
    {"ud2 int3 hlt", tr("ends the program: this must not be reached")},
    {"vzeroupper zeroupper vzeroall zeroall",
     tr("clears the upper halves of the vector registers, so that older instructions of a caller are not slow")},
    {"pause", tr("waits a moment in a loop that waits for another thread")},
    {"rep", tr("repeats the string instruction behind it rcx times")},
    {"lock cmpxchg cmpxchg8b cmpxchg16b xadd",
     tr("changes memory atomically: no other thread sees a state in between")},
    {"mfence lfence sfence", tr("orders reads and writes before it and behind it, as other threads see them")},
    {"prefetch*", tr("asks for a line of memory to be brought into the cache; nothing waits for it")},
    {"cpuid xgetbv rdtsc", tr("asks the processor what it has, or for its clock")},
    // floats and their vectors
    {"movap~f movdqa movdqa32 movdqa64", tr("copies a vector; in memory it lies at a multiple of its size")},
    {"movup~f movdqu movdqu8 movdqu16 movdqu32 movdqu64 lddqu", tr("copies a vector, wherever it lies in memory")},
    {"movss movsd movsh", tr("copies one float; from memory it clears the rest of the register")},
    {"movd movq movw", tr("copies between a register of integers and a vector's lowest lane, or memory")},
    {"movntp~f movntdq movnti", tr("writes past the caches: what is not read again soon")},
    {"movmskp~f pmovmskb", tr("collects the sign bit of each lane in an integer")},
    {"movddup movshdup movsldup", tr("copies every second lane twice")},
    {"movhlps movlhps movhp~f movlp~f", tr("copies half of a vector and keeps the other half")},
    {"maskmovp~f pmaskmov~i",
     tr("loads or stores those lanes alone whose mask is set: the part of a vector at an edge")},
    {"broadcast*", tr("repeats one value in all lanes")},
    {"pbroadcast*", tr("repeats one integer in all lanes")},
    {"gather* pgather*", tr("loads each lane from an address of its own")},
    {"scatter* pscatter*", tr("stores each lane to an address of its own")},
    {"addp~f addss addsd", tr("adds floats")},
    {"subp~f subss subsd", tr("subtracts floats")},
    {"mulp~f mulss mulsd", tr("multiplies floats")},
    {"divp~f divss divsd", tr("divides floats; several times as slow as a product")},
    {"sqrtp~f sqrtss sqrtsd", tr("square roots, as slow as divisions")},
    {"rcp* rsqrt*", tr("a rough reciprocal, or of the square root; exact to some 12 bits")},
    {"minp~f minss minsd", tr("the smaller one; where one is NaN, the second operand")},
    {"maxp~f maxss maxsd", tr("the larger one; where one is NaN, the second operand")},
    {"andp~f andnp~f", tr("and of the bits of floats: clears the sign, or takes a mask")},
    {"orp~f", tr("or of the bits of floats: puts a sign, or joins two masks")},
    {"xorp~f", tr("exclusive or of the bits of floats: turns the sign; of a register with itself: 0.0")},
    {"fmadd132~f fmadd213~f fmadd231~f",
     tr("a product plus a third operand, rounded once; 132, 213, 231 say which operands are multiplied (the first two "
        "digits) and which is added")},
    {"fmsub132~f fmsub213~f fmsub231~f", tr("a product minus a third operand, rounded once")},
    {"fnmadd132~f fnmadd213~f fnmadd231~f", tr("a third operand minus a product, rounded once")},
    {"fnmsub132~f fnmsub213~f fnmsub231~f",
     tr("a product plus a third operand, the sign of all changed, rounded once")},
    {"ucomis* comis*", tr("compares two floats and sets the flags; a NaN sets the parity flag")},
    {"cmp*~f", tr("compares floats lane by lane: all bits set where it holds, else none; or a mask register")},
    {"roundp~f roundss roundsd rndscale*", tr("rounds floats to whole numbers")},
    {"cvtt*", tr("converts floats to integers and cuts the fraction off")},
    {"cvtps2ph cvtph2ps", tr("converts between float32 and float16")},
    {"cvtneps2bf16 cvtne2ps2bf16", tr("converts float32 to bfloat16")},
    {"cvt*", tr("converts numbers to another type")},
    {"blendv* blendm* pblendm* pblendv*", tr("takes each lane from one of two vectors, by a mask")},
    {"blendp~f pblendw pblendd", tr("takes each lane from one of two vectors, by bits of the constant")},
    {"shufp~f shuff32x4 shuff64x2 shufi32x4 shufi64x2", tr("takes lanes of two vectors in the order of the constant")},
    {"unpcklp~f unpckhp~f punpckl* punpckh*", tr("lanes of two vectors by turns, from the lower or the higher half")},
    {"perm*", tr("takes lanes in another order, also across the halves of a register")},
    {"insert* pinsr*", tr("puts a lane, or a part of a vector, into another")},
    {"extract* pextr*", tr("takes a lane, or a part of a vector, out")},
    {"haddp~f hsubp~f phadd* phsub*", tr("adds or subtracts lanes that are neighbours")},
    {"dpp~f", tr("a scalar product of short vectors")},
    {"fixupimm* getexp* getmant* scalef* range* reduce*",
     tr("takes floats apart into exponent and digits, or together")},
    {"fpclass*", tr("asks of each lane whether it is a NaN, an infinity, a zero")},
    {"alignd alignq palignr", tr("two vectors side by side, shifted: neighbours without another load")},
    {"compress* expand* pcompress* pexpand*", tr("pushes the lanes of a mask together, or apart")},
    // integers in vectors
    {"padd~i", tr("adds integers lane by lane")},
    {"psub~i", tr("subtracts integers lane by lane")},
    {"padds* paddus* psubs* psubus*", tr("adds or subtracts integers and stops at the largest and smallest")},
    {"pmulld pmullw pmullq", tr("multiplies integers and keeps the lower half of each product")},
    {"pmulhw pmulhuw pmulhrsw", tr("multiplies integers and keeps the upper half of each product")},
    {"pmuludq pmuldq", tr("multiplies every second lane to twice as many bits")},
    {"pmaddwd", tr("multiplies 16-bit integers and adds the products of neighbours to 32 bits")},
    {"pmaddubsw", tr("multiplies bytes and adds the products of neighbours to 16 bits, which stop at the largest")},
    {"pdpbusd* pdpbssd* pdpbuud*", tr("adds four products of bytes to each 32-bit lane: a step of a scalar product")},
    {"pdpwssd*", tr("adds two products of 16-bit integers to each 32-bit lane: a step of a scalar product")},
    {"dpbf16ps", tr("adds two products of bfloat16 to each float32 lane")},
    {"pand pandd pandq pandn pandnd pandnq", tr("and of the bits of vectors; n turns those of the first over")},
    {"por pord porq", tr("or of the bits of vectors")},
    {"pxor pxord pxorq", tr("exclusive or of the bits of vectors; of a register with itself: 0")},
    {"pternlog*", tr("any function of three bits, given by a table of eight: several and, or, xor in one")},
    {"psll* psrl*", tr("shifts the bits of each lane to the left (l) or right (r), zeros follow")},
    {"psra*", tr("shifts the bits of each lane to the right and repeats the sign")},
    {"pcmpeq* pcmpgt* pcmp*", tr("compares integers lane by lane: all bits set where it holds; or a mask register")},
    {"pmax*", tr("the larger integer of each lane; s with signs, u without")},
    {"pmin*", tr("the smaller integer of each lane; s with signs, u without")},
    {"pabs~i", tr("absolute values of integers")},
    {"psign~i", tr("changes signs by those of another vector")},
    {"pavg*", tr("the mean of two integers, rounded up")},
    {"psadbw", tr("sums of absolute differences of bytes")},
    {"pshuf*", tr("takes lanes in another order")},
    {"packss* packus*", tr("makes integers half as wide and stops at the largest and smallest")},
    {"pmovzx*", tr("makes integers wider, with zeros")},
    {"pmovsx*", tr("makes integers wider and repeats their signs")},
    {"pmov*", tr("makes integers narrower, or turns masks into vectors and back")},
    {"ptest testp~f", tr("sets the flags by the and of two vectors: is any bit, are all bits set")},
    {"ptestm* ptestnm*", tr("sets a mask register by the and of two vectors, lane by lane")},
    {"pconflict* plzcnt*", tr("finds equal lanes, or counts zero bits of each")},
    // mask registers
    {"kmov*", tr("copies a mask register")},
    {"kand* kor~i kxor* kxnor* knot* kandn* kadd*", tr("and, or, exclusive or, not of mask registers")},
    {"kshift*", tr("shifts a mask register")},
    {"kunpck*", tr("joins two mask registers")},
    {"kortest* ktest*", tr("sets the flags by mask registers")},
};

constexpr Row arm[] = {
    // copies
    {"mov movz movn movk", tr("copies a register or a constant; movk puts 16 bits into one and keeps the others")},
    {"mvn", tr("copies with all bits turned over")},
    {"movi mvni", tr("puts a constant into all lanes")},
    {"fmov", tr("copies a float, between registers of integers, too, or a constant")},
    {"ldr ldur", tr("loads a register; with “!” the address is moved before, with a number behind it afterwards")},
    {"ldrb ldrh ldurb ldurh", tr("loads a byte (b) or 16 bits (h) and fills up with zeros")},
    {"ldrsb ldrsh ldrsw ldursb ldursh ldursw", tr("loads a shorter integer and repeats its sign")},
    {"ldp ldnp ldpsw", tr("loads two registers from neighbouring places at once")},
    {"ld1", tr("loads vectors, or one lane of one")},
    {"ld2 ld3 ld4", tr("loads and deals elements out to two, three or four vectors")},
    {"ld1r ld2r ld3r ld4r", tr("loads one value and repeats it in all lanes")},
    {"str stur", tr("stores a register; with “!” the address is moved before, with a number behind it afterwards")},
    {"strb strh sturb sturh", tr("stores the lowest byte (b) or 16 bits (h)")},
    {"stp stnp", tr("stores two registers in neighbouring places at once")},
    {"st1 st2 st3 st4", tr("stores vectors, or one lane of one; 2, 3 and 4 by turns")},
    {"adr adrp", tr("computes an address near the instruction; adrp that of a page of 4 KiB")},
    {"prfm prfum", tr("asks for a line of memory to be brought into the cache; nothing waits for it")},
    {"dup", tr("repeats one lane or register in all lanes")},
    {"ins", tr("puts a value into one lane")},
    {"umov smov", tr("takes a lane out into a register of integers")},
    // integers
    {"add adds", tr("adds; adds sets the flags, too; of vectors lane by lane")},
    {"sub subs", tr("subtracts; subs sets the flags, too; of vectors lane by lane")},
    {"adc adcs sbc sbcs", tr("adds or subtracts with the carry of the last one")},
    {"neg negs ngc", tr("changes the sign")},
    {"abs", tr("absolute values of integers")},
    {"mul", tr("multiplies integers")},
    {"madd mla", tr("a product plus another integer")},
    {"msub mls mneg", tr("an integer minus a product")},
    {"smull umull smaddl umaddl smulh umulh smsubl umsubl",
     tr("multiplies integers to twice as many bits, or keeps the upper half; s with signs, u without")},
    {"sdiv udiv", tr("divides integers; slow")},
    {"and ands tst", tr("and of the bits; tst and ands set the flags")},
    {"orr", tr("or of the bits")},
    {"eor eon eor3", tr("exclusive or of the bits")},
    {"bic bics orn", tr("and, or with the bits of the second operand turned over")},
    {"lsl lslv shl ushl sshl", tr("shifts bits to the left: times a power of 2")},
    {"lsr lsrv ushr usra", tr("shifts bits to the right, zeros from the left: an unsigned division by a power of 2")},
    {"asr asrv sshr ssra",
     tr("shifts bits to the right and repeats the sign: a division by a power of 2, rounded down")},
    {"ror rorv extr", tr("turns bits around the end of the register, or shifts from two")},
    {"ubfx sbfx ubfiz sbfiz bfi bfxil ubfm sbfm bfm", tr("takes some bits out of a register, or puts them there")},
    {"sxtw sxth sxtb", tr("makes an integer wider and repeats its sign")},
    {"uxtw uxth uxtb", tr("makes an integer wider, with zeros")},
    {"clz cls rbit", tr("counts zero bits from the highest on (clz), or turns the order of bits around (rbit)")},
    {"rev rev16 rev32 rev64", tr("reverses the order of bytes or lanes")},
    {"cnt", tr("counts the bits that are set in each byte")},
    {"cmp cmn", tr("compares: sets the flags as a subtraction (cmn: an addition) would")},
    {"ccmp ccmn", tr("compares where the last comparison held, else sets the flags as given")},
    {"csel fcsel", tr("takes one of two values by the last comparison, without a jump")},
    {"csinc csinv csneg cinc cinv cneg",
     tr("takes one of two values by the last comparison; the second plus 1, its bits "
        "or sign turned")},
    {"cset csetm", tr("writes 1 (m: all bits) where the last comparison held, else 0")},
    // where it goes on
    {"b", tr("goes on at the label")},
    {"b.eq b.ne", tr("goes on at the label where the last comparison found both equal (ne: different)")},
    {"b.lt b.le b.gt b.ge",
     tr("goes on at the label by the last comparison: l is less, g greater, e or equal; with signs")},
    {"b.lo b.ls b.hi b.hs b.cc b.cs",
     tr("goes on at the label by the last comparison: lo is lower, hi higher, s or the same; without signs")},
    {"b.mi b.pl b.vs b.vc", tr("goes on at the label by one flag: mi negative, pl not, vs overflow (a NaN), vc none")},
    {"cbz cbnz", tr("goes on at the label where the register is 0 (nz: is not)")},
    {"tbz tbnz", tr("goes on at the label where one bit of the register is 0 (nz: is not)")},
    {"bl blr", tr("calls a function; ret comes back behind it")},
    {"br", tr("goes on at the address in the register")},
    {"ret", tr("returns to who called")},
    {"nop bti hint", tr("does nothing: it fills up to where a jump should arrive, or marks where one may")},
    {"brk udf hlt", tr("ends the program: this must not be reached")},
    {"yield", tr("waits a moment in a loop that waits for another thread")},
    {"dmb dsb isb", tr("orders reads and writes before it and behind it, as other threads see them")},
    {"ldar* ldax* ldapr* ldxr* stlr* stlx* stxr* cas* ldadd* ldclr* ldset* ldeor* swp*",
     tr("reads or changes memory atomically: no other thread sees a state in between")},
    {"mrs msr", tr("reads or writes a register of the processor's own")},
    // floats and vectors
    {"fadd", tr("adds floats")},
    {"fsub", tr("subtracts floats")},
    {"fmul fnmul fmulx", tr("multiplies floats")},
    {"fdiv", tr("divides floats; several times as slow as a product")},
    {"fsqrt", tr("square roots, as slow as divisions")},
    {"frecpe frecps frsqrte frsqrts", tr("a rough reciprocal, or of the square root, and a step that makes it better")},
    {"fneg", tr("changes the sign of floats")},
    {"fabs fabd", tr("absolute values of floats, or of differences")},
    {"fmin fmax", tr("the smaller, the larger float; NaN where one is")},
    {"fminnm fmaxnm", tr("the smaller, the larger float; where one is NaN, the other")},
    {"fmadd fmla", tr("a product plus a third operand, rounded once")},
    {"fmsub fmls", tr("a third operand minus a product, rounded once")},
    {"fnmadd fnmsub", tr("fmadd or fmsub with the sign of all changed")},
    {"fcmp fcmpe fccmp", tr("compares two floats and sets the flags")},
    {"fcmgt fcmge fcmeq fcmlt fcmle facgt facge",
     tr("compares floats lane by lane: all bits set where it holds, else none")},
    {"cmgt cmge cmeq cmlt cmle cmhi cmhs cmtst",
     tr("compares integers lane by lane: all bits set where it holds, else none")},
    {"fcvtz* fcvtm* fcvtp* fcvta* fcvtns fcvtnu", tr("converts floats to integers; z cuts the fraction off")},
    {"fcvt fcvtn* fcvtl* fcvtx* bfcvt*", tr("converts floats to another precision")},
    {"scvtf ucvtf", tr("converts integers to floats")},
    {"frint*", tr("rounds floats to whole numbers")},
    {"bsl bit bif", tr("takes each bit from one of two vectors, by a mask")},
    {"sshll* ushll* sxtl* uxtl* shll*", tr("makes the integers of half a vector wider, and shifts them")},
    {"xtn xtn2 shrn* rshrn* uqxtn* sqxtn* sqxtun*",
     tr("makes integers half as wide; q stops at the largest and smallest")},
    {"saddl* uaddl* saddw* uaddw* ssubl* usubl* ssubw* usubw*", tr("adds or subtracts integers to twice as many bits")},
    {"smlal* umlal* smlsl* umlsl* smull2 umull2", tr("adds products of integers to lanes twice as wide")},
    {"sqadd uqadd sqsub uqsub sqdmulh sqrdmulh",
     tr("adds, subtracts or multiplies integers and stops at the largest and "
        "smallest")},
    {"sdot udot usdot", tr("adds four products of bytes to each 32-bit lane: a step of a scalar product")},
    {"smmla ummla usmmla bfmmla", tr("adds a product of two small matrices to another")},
    {"smax umax", tr("the larger integer of each lane; s with signs, u without")},
    {"smin umin", tr("the smaller integer of each lane; s with signs, u without")},
    {"addp faddp saddlp uaddlp sadalp uadalp", tr("adds lanes that are neighbours")},
    {"addv saddlv uaddlv", tr("adds all lanes to one")},
    {"smaxv uminv umaxv sminv fmaxv fminv fmaxnmv fminnmv", tr("the largest or smallest of all lanes")},
    {"smaxp umaxp sminp uminp fmaxp fminp fmaxnmp fminnmp", tr("the larger or smaller one of neighbours")},
    {"zip1 zip2", tr("lanes of two vectors by turns, from the lower (1) or the higher (2) half")},
    {"uzp1 uzp2", tr("every second lane of two vectors side by side: the even (1) or the odd (2) ones")},
    {"trn1 trn2", tr("every second lane of two vectors by turns: a step of a transposition")},
    {"ext", tr("two vectors side by side, shifted: neighbours without another load")},
    {"tbl tbx", tr("takes bytes in the order of an index vector")},
};

// Does the name end as "~f" and "~i" say, behind `stem`?
bool endsAs(const QString& name, const QString& stem, QChar kind)
{
    if (!name.startsWith(stem))
        return false;
    const QString end = name.mid(stem.size());
    static const QStringList floats{QStringLiteral("s"),  QStringLiteral("d"),  QStringLiteral("h"),
                                    QStringLiteral("ps"), QStringLiteral("pd"), QStringLiteral("ss"),
                                    QStringLiteral("sd"), QStringLiteral("ph"), QStringLiteral("sh")};
    static const QStringList integers{QStringLiteral("b"), QStringLiteral("w"), QStringLiteral("d"),
                                      QStringLiteral("q")};
    return (kind == QLatin1Char('f') ? floats : integers).contains(end);
}

bool fits(const QString& name, const QString& pattern)
{
    const qsizetype tilde = pattern.indexOf(QLatin1Char('~')), star = pattern.indexOf(QLatin1Char('*'));
    if (star >= 0 && tilde > star)  // "cmp*~f"
        return name.startsWith(pattern.left(star))
               && QRegularExpression(QStringLiteral("(ps|pd|ss|sd)$")).match(name).hasMatch();
    if (star >= 0)
        return name.startsWith(pattern.left(star));
    return tilde >= 0 ? endsAs(name, pattern.left(tilde), pattern.back()) : name == pattern;
}

template<std::size_t Count>
const char* textOn(const Row (&rows)[Count], const QString& name)
{
    for (const Row& row : rows)
        for (const QString& pattern : QString::fromLatin1(row.names).split(QLatin1Char(' '), Qt::SkipEmptyParts))
            if (fits(name, pattern))
                return row.text;
    return nullptr;
}

}  // namespace

std::optional<QString> instructionHelp(const Instruction& instruction, const std::string& architecture)
{
    const QString& name = instruction.mnemonic;
    const char* text = architecture == "aarch64" ? textOn(arm, name) : textOn(x86, name);
    if (!text && architecture != "aarch64" && name.startsWith(QLatin1Char('v')))
        text = textOn(x86, name.mid(1));
    return text ? std::optional(QCoreApplication::translate("InstructionHelp", text)) : std::nullopt;
}

QString lanesHelp(const Instruction& instruction)
{
    VectorRegister widest;
    for (const QString& operand : instruction.operands)
        if (const VectorRegister found = vectorRegisterIn(operand); found.bytes > widest.bytes)
            widest = found;
    const QString& name = instruction.mnemonic;
    const auto ends = [&](const char* end) { return name.endsWith(QLatin1String(end)); };
    const bool isArm = widest.elementBytes > 0;
    const bool packed = !isArm && (name.startsWith(QLatin1String("vp")) || name.startsWith(QLatin1Char('p')));
    const bool isInteger = packed && !(name.startsWith(QLatin1String("vperm")) && (ends("ps") || ends("pd")));
    const bool isFloat = isArm ? name.startsWith(QLatin1Char('f'))
                               : !isInteger && (ends("ps") || ends("pd") || ends("ss") || ends("sd"));
    const int element = isArm                                    ? widest.elementBytes
                        : isFloat                                ? (ends("ps") || ends("ss") ? 4 : 8)
                        : !isInteger                             ? 0
                        : name.startsWith(QLatin1String("vpdp")) ? 4
                        : ends("b")                              ? 1
                        : ends("w")                              ? 2
                        : ends("d")                              ? 4
                        : ends("q")                              ? 8
                                                                 : 0;
    if (widest.bytes == 0 || element == 0)
        return {};
    const bool one = (isFloat && !isArm && (ends("ss") || ends("sd"))) || widest.bytes == element;
    return QStringLiteral("%1 × %2%3%4")
        .arg(one ? 1 : widest.bytes / element)
        .arg(isFloat ? QLatin1Char('f') : QLatin1Char('i'))
        .arg(8 * element)
        .arg(one ? QString() : QCoreApplication::translate("InstructionHelp", " (%1 bits)").arg(8 * widest.bytes));
}

namespace {

// As a float of so many bytes, where it looks like one: neither tiny nor huge.
QString asFloat(quint64 bits, int bytes)
{
    double value = 0;
    if (bytes == 4) {
        const auto low = static_cast<quint32>(bits);
        float single = 0;
        std::memcpy(&single, &low, sizeof single);
        value = double(single);
    } else {
        std::memcpy(&value, &bits, sizeof value);
    }
    const double size = std::abs(value);
    return size > 1e-9 && size < 1e9
               ? QStringLiteral(" = %1 (f%2)").arg(value, 0, 'g', bytes == 4 ? 7 : 15).arg(8 * bytes)
               : QString();
}

}  // namespace

QString numbersHelp(const QString& line)
{
    constexpr qint64 small = 32, leastFloat = 1 << 23;
    static const QRegularExpression number(QStringLiteral("(?<![\\w.])-?(0x[0-9a-fA-F]+|\\d+)(?![\\w.])"));
    const QString text = line.trimmed();
    const bool isQuad = text.startsWith(QLatin1String(".quad"));
    const bool isData = isQuad || text.startsWith(QLatin1String(".long"));
    if (text.startsWith(QLatin1Char('.')) && !isData)
        return {};
    QStringList parts;
    for (auto found = number.globalMatch(text); found.hasNext();) {
        const QString digits = found.next().captured(0);
        bool isNumber = false;
        const qint64 value = digits.startsWith(QLatin1Char('-'))
                                 ? digits.toLongLong(&isNumber, 0)
                                 : static_cast<qint64>(digits.toULongLong(&isNumber, 0));
        if (!isNumber || (!isData && value > -small && value < small))
            continue;
        const auto bits = isQuad || value > 0xffffffffLL || value < -0x80000000LL
                              ? static_cast<quint64>(value)
                              : static_cast<quint64>(static_cast<quint32>(value));
        const int bytes = isQuad || bits > 0xffffffffULL ? 8 : 4;
        const QString other = digits.contains(QLatin1Char('x')) ? QString::number(value)
                                                                : QStringLiteral("0x") + QString::number(bits, 16);
        const bool mayBeFloat = isData || static_cast<qint64>(bits) >= leastFloat;
        parts << digits + QStringLiteral(" = ") + other + (mayBeFloat ? asFloat(bits, bytes) : QString());
    }
    return parts.join(QStringLiteral(", "));
}

}  // namespace strata
