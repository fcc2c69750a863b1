/* Texts by number: what strings are in an artifact. A table belongs to an instance. Number 0 is the empty text, then
 * come the model's own (they lie in its weights), then what callers bring and functions make.
 *
 * Threads of a run find and add texts at once: one at a time searches the table, while what a number stands for never
 * moves and is read without waiting. */
#define _GNU_SOURCE /* locale_t */
#include "backends/runtime/routines/instance.h"
#include "core/base/text_bytes.h"

enum { FIRST_ENTRIES = 64, GROUPS = 32, BLOCK_BYTES = 1 << 16 };
static const int64_t most_bytes = (int64_t)1 << 31;

/* Bytes of texts, one behind the other, each with a 0 behind it. */
typedef struct block {
    struct block* next;
    int64_t used, room;
    char data[];
} block;

struct strata_texts {
    strata_resource resource;
    strata_text* groups[GROUPS]; /* group g has FIRST_ENTRIES << g entries */
    int64_t count, own;          /* texts in all, and of the model */
    int64_t* slots;              /* numbers by hash, -1: free; a power of two of them, half of them free at least */
    int64_t slot_count;
    block* blocks;
    int64_t bytes;
    atomic_flag taken;
};

static strata_text* entry_of(const strata_texts* texts, int64_t number)
{
    const int group = 63 - __builtin_clzll((uint64_t)(number / FIRST_ENTRIES + 1));
    return &texts->groups[group][number - (((int64_t)1 << group) - 1) * FIRST_ENTRIES];
}

static uint64_t hash_of(strata_text text)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (int64_t i = 0; i < text.size; ++i)
        hash = (hash ^ (unsigned char)text.data[i]) * 0x100000001b3u;
    return hash ^ hash >> 32;
}

static int64_t* slot_of(const strata_texts* texts, strata_text text)
{
    int64_t at = (int64_t)(hash_of(text) & (uint64_t)(texts->slot_count - 1));
    for (;; at = (at + 1) & (texts->slot_count - 1)) {
        const int64_t number = texts->slots[at];
        const strata_text known = number < 0 ? text : *entry_of(texts, number);
        if (number < 0 || (known.size == text.size && memcmp(known.data, text.data, (size_t)text.size) == 0))
            return &texts->slots[at];
    }
}

static int widen_slots(strata_run* run, strata_texts* texts, int64_t count)
{
    int64_t* const slots = strata_rt_allocate(run, count * (int64_t)sizeof *slots);
    if (!slots)
        return 0;
    memset(slots, 0xff, (size_t)count * sizeof *slots);
    strata_rt_free(run, texts->slots);
    texts->slots = slots;
    texts->slot_count = count;
    for (int64_t i = 0; i < texts->count; ++i)
        *slot_of(texts, *entry_of(texts, i)) = i;
    return 1;
}

/* A copy of the text that stays where it is; NULL: no memory. */
static const char* keep(strata_run* run, strata_texts* texts, strata_text text)
{
    block* last = texts->blocks;
    if (!last || last->room - last->used <= text.size) {
        const int64_t room = text.size < BLOCK_BYTES ? BLOCK_BYTES : text.size + 1;
        last = texts->bytes + text.size > most_bytes ? NULL : strata_rt_allocate(run, (int64_t)sizeof *last + room);
        if (!last)
            return NULL;
        last->next = texts->blocks;
        last->used = 0;
        last->room = room;
        texts->blocks = last;
    }
    char* const to = last->data + last->used;
    if (text.size)
        memcpy(to, text.data, (size_t)text.size);
    to[text.size] = 0;
    last->used += text.size + 1;
    texts->bytes += text.size;
    return to;
}

/* -1: no memory. A text whose bytes stay where they are needs no copy. */
static int64_t add(strata_run* run, strata_texts* texts, strata_text text, int stays)
{
    if (2 * (texts->count + 1) > texts->slot_count && !widen_slots(run, texts, 2 * texts->slot_count))
        return -1;
    int64_t* const slot = slot_of(texts, text);
    if (*slot >= 0)
        return *slot;
    const int group = 63 - __builtin_clzll((uint64_t)(texts->count / FIRST_ENTRIES + 1));
    if (group >= GROUPS)
        return -1;
    if (!texts->groups[group])
        texts->groups[group] = strata_rt_allocate(run,
                                                  ((int64_t)FIRST_ENTRIES << group) * (int64_t)sizeof(strata_text));
    if (!texts->groups[group] || (!stays && !(text.data = keep(run, texts, text))))
        return -1;
    *entry_of(texts, texts->count) = text;
    *slot = texts->count;
    __atomic_store_n(&texts->count, texts->count + 1, __ATOMIC_RELEASE);
    return *slot;
}

static void release_blocks(strata_run* run, strata_texts* texts)
{
    while (texts->blocks) {
        block* const first = texts->blocks;
        texts->blocks = first->next;
        strata_rt_free(run, first);
    }
    texts->bytes = 0;
}

static void close_texts(strata_run* run, strata_resource* resource)
{
    strata_texts* const texts = (strata_texts*)resource;
    release_blocks(run, texts);
    for (int i = 0; i < GROUPS; ++i)
        strata_rt_free(run, texts->groups[i]);
    strata_rt_free(run, texts->slots);
}

static int64_t number_at(const unsigned char* at)
{
    int64_t number;
    memcpy(&number, at, sizeof number);
    return number;
}

/* The model's own: how many, where each ends, their bytes (backends/artifact/weights.cpp). */
static int32_t add_own(strata_run* run, strata_texts* texts)
{
    const unsigned char* const table = run->weights + run->model->texts_at;
    const int64_t room = run->model->weights_bytes - run->model->texts_at - 8;
    const int64_t count = run->model->texts_at < 0 ? 0 : number_at(table);
    int64_t begin = 0;
    for (int64_t i = 0; i < count; ++i) {
        const int64_t end = count > room / 8 ? -1 : number_at(table + 8 * (i + 1));
        if (end < begin || end > room - 8 * count)
            return strata_fail(run, CODE_WEIGHTS, "The texts among the weights are damaged.");
        const strata_text text = {(const char*)table + 8 * (count + 1) + begin, end - begin};
        if (add(run, texts, text, 1) != i + 1)
            return strata_fail(run, CODE_MEMORY, "The allocator gives no memory for the texts of the model.");
        begin = end;
    }
    return CODE_OK;
}

int32_t strata_rt_make_texts(strata_run* run)
{
    static const int kind;
    strata_texts* const texts = (strata_texts*)strata_add_resource(run, &kind, sizeof *texts, close_texts);
    static const strata_text empty = {"", 0};
    if (!texts || !widen_slots(run, texts, 2 * FIRST_ENTRIES) || add(run, texts, empty, 1) != 0)
        return strata_fail(run, CODE_MEMORY, "The allocator gives no memory for texts.");
    const int32_t code = add_own(run, texts);
    texts->own = texts->count;
    run->texts = texts;
    return code;
}

static strata_text text_of(const strata_run* run, int64_t number)
{
    const int64_t count = __atomic_load_n(&run->texts->count, __ATOMIC_ACQUIRE);
    return *entry_of(run->texts, number >= 0 && number < count ? number : 0);
}

static void lock(strata_texts* texts)
{
    while (atomic_flag_test_and_set_explicit(&texts->taken, memory_order_acquire))
        ;
}
static void unlock(strata_texts* texts) { atomic_flag_clear_explicit(&texts->taken, memory_order_release); }

/* What a run ends with, unless something else went wrong before. */
static void fail_run(strata_run* run, int32_t code, const char* format, const char* what, strata_text text)
{
    lock(run->texts);
    if (run->text_code == CODE_OK && !run->outside) {
        run->text_code = code;
        run->text_call = run->call;
        strata_fail(run, code, format, (int)(text.size < 100 ? text.size : 100), text.data, what);
    }
    unlock(run->texts);
}

static int64_t number_of(strata_run* run, strata_text text)
{
    lock(run->texts);
    const int64_t number = add(run, run->texts, text, 0);
    unlock(run->texts);
    if (number < 0)
        fail_run(run, CODE_MEMORY, "There is no memory for a text that begins with '%.*s'%s.", "", text);
    return number < 0 ? 0 : number;
}

/* --- functions of core/ir/text_functions.h ------------------------------------------------------------------------ */

int64_t strata_rt_text(strata_run* run, const char* data, int64_t size)
{
    const strata_text text = {data, size};
    return number_of(run, text);
}

/* Room for what a function makes: the caller's, or, if that is too small, some that give_made releases. */
static char* room_for(strata_run* run, char* small, int64_t small_size, int64_t size)
{
    return size <= small_size ? small : strata_rt_allocate(run, size);
}

static int64_t give_made(strata_run* run, char* small, char* made, int64_t size)
{
    const strata_text text = {made, size};
    const int64_t number = number_of(run, text);
    if (made != small)
        strata_rt_free(run, made);
    return number;
}

int64_t strata_rt_text_join(strata_run* run, int64_t a, int64_t b)
{
    char small[256];
    const strata_text first = text_of(run, a), second = text_of(run, b);
    char* const made = room_for(run, small, sizeof small, first.size + second.size);
    if (!made)
        return fail_run(run, CODE_MEMORY, "There is no memory for a text that begins with '%.*s'%s.", "", first), 0;
    memcpy(made, first.data, (size_t)first.size);
    memcpy(made + first.size, second.data, (size_t)second.size);
    return give_made(run, small, made, first.size + second.size);
}

static int64_t in_letters(strata_run* run, int64_t number, int upper)
{
    char small[256];
    const strata_text text = text_of(run, number);
    char* const made = room_for(run, small, sizeof small, text.size);
    if (!made)
        return fail_run(run, CODE_MEMORY, "There is no memory for a text that begins with '%.*s'%s.", "", text), 0;
    return give_made(run, small, made, strata_text_case(text, upper, made));
}

int64_t strata_rt_text_lower(strata_run* run, int64_t number) { return in_letters(run, number, 0); }
int64_t strata_rt_text_upper(strata_run* run, int64_t number) { return in_letters(run, number, 1); }

static int64_t of_digits(strata_run* run, const char* digits, int64_t size)
{
    const strata_text text = {digits, size};
    return number_of(run, text);
}

int64_t strata_rt_text_of_f32(strata_run* run, float value)
{
    char digits[STRATA_TEXT_NUMBER];
    return of_digits(run, digits, strata_text_of_real(value, 1, digits));
}

int64_t strata_rt_text_of_f64(strata_run* run, double value)
{
    char digits[STRATA_TEXT_NUMBER];
    return of_digits(run, digits, strata_text_of_real(value, 0, digits));
}

int64_t strata_rt_text_of_i64(strata_run* run, int64_t value)
{
    char digits[STRATA_TEXT_NUMBER];
    return of_digits(run, digits, strata_text_of_whole(value, 0, digits));
}

int64_t strata_rt_text_of_u64(strata_run* run, int64_t value)
{
    char digits[STRATA_TEXT_NUMBER];
    return of_digits(run, digits, strata_text_of_whole(value, 1, digits));
}

/* -1 is a lane that does not run. */
static double real_of(strata_run* run, int64_t number, int is_single)
{
    double value = 0;
    if (number >= 0 && !strata_text_to_real(text_of(run, number), is_single, &value))
        fail_run(run, CODE_INDEX, "The text '%.*s' is no %s number.", "real", text_of(run, number));
    return value;
}

static int64_t whole_of(strata_run* run, int64_t number, int is_unsigned)
{
    int64_t value = 0;
    if (number >= 0 && !strata_text_to_whole(text_of(run, number), is_unsigned, &value))
        fail_run(run, CODE_INDEX, "The text '%.*s' is no %s number.", "whole", text_of(run, number));
    return value;
}

float strata_rt_f32_of_text(strata_run* run, int64_t number) { return (float)real_of(run, number, 1); }
double strata_rt_f64_of_text(strata_run* run, int64_t number) { return real_of(run, number, 0); }
int64_t strata_rt_i64_of_text(strata_run* run, int64_t number) { return whole_of(run, number, 0); }
int64_t strata_rt_u64_of_text(strata_run* run, int64_t number) { return whole_of(run, number, 1); }

int32_t strata_rt_text_before(strata_run* run, int64_t a, int64_t b)
{
    return strata_text_order(text_of(run, a), text_of(run, b)) < 0;
}

int32_t strata_rt_text_matches(strata_run* run, int64_t number, const unsigned char* automaton)
{
    return strata_text_matches(text_of(run, number), automaton);
}

/* A text cut into parts, by delimiters or into tokens (core/base/text_bytes.h). */
typedef int64_t (*cutter)(strata_text text, strata_text by, int64_t bound, int64_t wanted, strata_text* found);

static int64_t count_parts(strata_run* run, cutter cut, int64_t number, int64_t by, int64_t bound)
{
    strata_text found;
    return cut(text_of(run, number), text_of(run, by), bound, -1, &found);
}

/* -1 is a lane that does not run. */
static int64_t one_part(strata_run* run, cutter cut, int64_t number, int64_t by, int64_t bound, int64_t wanted)
{
    strata_text found;
    cut(text_of(run, number), text_of(run, by), bound, wanted < 0 ? 0 : wanted, &found);
    return number_of(run, found);
}

int64_t strata_rt_text_pieces(strata_run* run, int64_t number, int64_t delimiter, int64_t most)
{
    return count_parts(run, strata_text_piece, number, delimiter, most);
}

int64_t strata_rt_text_piece(strata_run* run, int64_t number, int64_t delimiter, int64_t most, int64_t wanted)
{
    return one_part(run, strata_text_piece, number, delimiter, most, wanted);
}

int64_t strata_rt_text_tokens(strata_run* run, int64_t number, int64_t of, int64_t least)
{
    return count_parts(run, strata_text_token, number, of, least);
}

int64_t strata_rt_text_token(strata_run* run, int64_t number, int64_t of, int64_t least, int64_t wanted)
{
    return one_part(run, strata_text_token, number, of, least, wanted);
}

/* --- the interface ------------------------------------------------------------------------------------------------ */

int32_t strata_rt_text_number(void* instance, const char* data, int64_t size, int64_t* number)
{
    strata_run* const run = instance;
    if (!run)
        return CODE_ARGUMENT;
    if (atomic_exchange(&run->busy, 1))
        return CODE_BUSY;
    strata_begin_call(run);
    run->text_code = CODE_OK;
    run->outside = NULL;
    const strata_text text = {data, !data ? 0 : size < 0 ? (int64_t)strlen(data) : size};
    const int64_t found = number_of(run, text);
    const int32_t code = number ? run->text_code : CODE_ARGUMENT;
    if (number)
        *number = found;
    strata_end_call(run, code);
    atomic_store(&run->busy, 0);
    return code;
}

int32_t strata_rt_text_read(void* instance, int64_t number, const char** data, int64_t* size)
{
    strata_run* const run = instance;
    if (!run || !data)
        return CODE_ARGUMENT;
    if (atomic_exchange(&run->busy, 1))
        return CODE_BUSY;
    strata_begin_call(run);
    const int known = number >= 0 && number < run->texts->count;
    const strata_text text = text_of(run, number);
    *data = text.data;
    if (size)
        *size = text.size;
    const int32_t code = known ? CODE_OK
                               : strata_fail(run, CODE_ARGUMENT, "%lld is the number of no text.", (long long)number);
    strata_end_call(run, code);
    atomic_store(&run->busy, 0);
    return code;
}

int32_t strata_rt_forget_texts(void* instance)
{
    strata_run* const run = instance;
    if (!run)
        return CODE_ARGUMENT;
    if (atomic_exchange(&run->busy, 1))
        return CODE_BUSY;
    strata_begin_call(run);
    strata_texts* const texts = run->texts;
    texts->count = texts->own;
    release_blocks(run, texts);
    memset(texts->slots, 0xff, (size_t)texts->slot_count * sizeof *texts->slots);
    for (int64_t i = 0; i < texts->count; ++i)
        *slot_of(texts, *entry_of(texts, i)) = i;
    strata_end_call(run, CODE_OK);
    atomic_store(&run->busy, 0);
    return CODE_OK;
}
