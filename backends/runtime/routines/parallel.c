/* The thread pool: started at the first parallel loop of an instance, joined in destroy. A caller who has threads of
 * its own gives them in the options, and no pool is made.
 *
 * A loop is cut into chunks; one word, `cursor`, holds the loop's generation and the next chunk, and threads take
 * chunks by compare-and-swap. So no thread has to take part: the caller goes on as soon as the chunks are done, and a
 * thread that comes late finds another generation and leaves. Threads spin for some microseconds before they sleep,
 * because the next loop is usually near.
 */
#define _GNU_SOURCE
#include "backends/runtime/routines/instance.h"

#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SPINS = 2000, CHUNKS_PER_THREAD = 4 };

typedef struct {
    strata_resource resource;
    pid_t process;   /* that started the threads: a forked child has none of them */
    int32_t threads; /* the caller's included */
    int32_t started; /* without the caller */
    pthread_t* handles;

    void (*body)(void* closure, int64_t begin, int64_t end);
    void* closure;
    int64_t count;
    _Atomic uint32_t chunks;

    _Alignas(64) _Atomic uint64_t cursor; /* generation << 32 | next chunk */
    _Alignas(64) _Atomic uint32_t done;   /* chunks finished */
    _Atomic uint32_t caller_sleeps;
    _Alignas(64) _Atomic uint32_t ticket; /* the generation; threads sleep on it */
    _Atomic uint32_t sleepers;
    atomic_int stopping;
} pool;

static const char pool_kind;

static void pause_briefly(void)
{
#ifdef __x86_64__
    __builtin_ia32_pause();
#else
    __asm__ volatile("yield");
#endif
}

static void sleep_on(_Atomic uint32_t* word, uint32_t value)
{
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}
static void wake(_Atomic uint32_t* word, int count)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

static void run_chunk(pool* p, uint32_t chunk)
{
    /* The loop's fields may change as soon as the last chunk is counted: read what is needed before. */
    const uint32_t chunks = atomic_load(&p->chunks);
    const int64_t size = p->count / chunks, larger = p->count % chunks; /* the first `larger` chunks have one more */
    const int64_t begin = chunk * size + (chunk < larger ? chunk : larger);
    const int64_t end = begin + size + (chunk < larger);
    p->body(p->closure, begin, end);
    if (atomic_fetch_add(&p->done, 1) + 1 == chunks && atomic_load(&p->caller_sleeps))
        wake(&p->done, 1);
}

/* Takes chunks of one generation until there are none. A chunk that was taken keeps the caller waiting, so the loop's
 * fields hold. */
static void work(pool* p, uint32_t generation, uint32_t chunks)
{
    for (;;) {
        uint64_t at = atomic_load(&p->cursor);
        const uint32_t chunk = (uint32_t)at;
        if ((uint32_t)(at >> 32) != generation || chunk >= chunks)
            return;
        if (atomic_compare_exchange_weak(&p->cursor, &at, at + 1))
            run_chunk(p, chunk);
    }
}

static uint32_t wait_for_work(pool* p, uint32_t seen)
{
    for (int i = 0; i < SPINS; ++i) {
        if (atomic_load_explicit(&p->ticket, memory_order_acquire) != seen)
            return atomic_load(&p->ticket);
        pause_briefly();
    }
    atomic_fetch_add(&p->sleepers, 1);
    while (atomic_load(&p->ticket) == seen)
        sleep_on(&p->ticket, seen);
    atomic_fetch_sub(&p->sleepers, 1);
    return atomic_load(&p->ticket);
}

static void* worker(void* argument)
{
    pool* p = argument;
    uint32_t seen = 0;
    while (!atomic_load(&p->stopping)) {
        const uint32_t generation = atomic_load(&p->ticket);
        if (generation == seen) {
            wait_for_work(p, seen);
            continue;
        }
        seen = generation;
        work(p, generation, atomic_load(&p->chunks));
    }
    return NULL;
}

static void stop(strata_run* run, pool* p)
{
    if (p->process == getpid()) { /* destroy may be the first call in a forked child */
        atomic_store(&p->stopping, 1);
        atomic_fetch_add(&p->ticket, 1);
        wake(&p->ticket, 1 << 30);
        for (int32_t i = 0; i < p->started; ++i)
            pthread_join(p->handles[i], NULL);
    }
    strata_rt_free(run, p->handles);
    p->handles = NULL;
    p->started = p->threads = 0;
}

static void close_pool(strata_run* run, strata_resource* resource) { stop(run, (pool*)resource); }

/* Starts what it can: with fewer threads (a limit of the system) the loops still run. Signals stay with the host's
 * threads. */
static void start(strata_run* run, pool* p, int32_t threads)
{
    p->process = run->process;
    p->threads = threads;
    p->handles = strata_rt_allocate(run, threads * (int64_t)sizeof(pthread_t));
    atomic_store(&p->stopping, 0);
    atomic_store(&p->sleepers, 0);
    atomic_store(&p->ticket, 0);
    atomic_store(&p->cursor, 0);
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    while (p->handles && p->started < threads - 1 && pthread_create(&p->handles[p->started], NULL, worker, p) == 0)
        ++p->started;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static pool* ready_pool(strata_run* run, int32_t threads)
{
    pool* p = (pool*)strata_find_resource(run, &pool_kind);
    if (!p)
        p = (pool*)strata_add_resource(run, &pool_kind, sizeof *p, close_pool);
    if (p && (p->threads != threads || p->process != run->process)) {
        stop(run, p);
        start(run, p, threads);
    }
    return p;
}

static void wait_for_chunks(pool* p, uint32_t chunks)
{
    for (int i = 0; i < SPINS; ++i) {
        if (atomic_load_explicit(&p->done, memory_order_acquire) == chunks)
            return;
        pause_briefly();
    }
    atomic_store(&p->caller_sleeps, 1);
    for (uint32_t done; (done = atomic_load(&p->done)) != chunks;)
        sleep_on(&p->done, done);
    atomic_store(&p->caller_sleeps, 0);
}

static void run_on_pool(pool* p, void (*body)(void*, int64_t, int64_t), void* closure, int64_t count)
{
    const int64_t most = (int64_t)p->threads * CHUNKS_PER_THREAD;
    p->body = body;
    p->closure = closure;
    p->count = count;
    const uint32_t chunks = (uint32_t)(count < most ? count : most);
    atomic_store(&p->chunks, chunks);
    atomic_store(&p->done, 0);
    const uint32_t generation = atomic_load(&p->ticket) + 1;
    atomic_store(&p->cursor, (uint64_t)generation << 32);
    atomic_store(&p->ticket, generation);
    if (atomic_load(&p->sleepers))
        wake(&p->ticket, 1 << 30);
    work(p, generation, chunks);
    wait_for_chunks(p, chunks);
    /* Closed, before the next loop changes `chunks` under a thread that still believes in this generation. */
    atomic_store(&p->cursor, (uint64_t)generation << 32 | UINT32_MAX);
}

void strata_rt_parallel(strata_run* run, void (*body)(void* closure, int64_t begin, int64_t end), void* closure,
                        int64_t count)
{
    if (count <= 0)
        return;
    const int32_t threads = count == 1 ? 1 : run->threads;
    if (threads == 1 || atomic_load(&run->in_parallel)) {
        body(closure, 0, count);
        return;
    }
    if (run->options.parallel) {
        atomic_store(&run->in_parallel, 1);
        run->options.parallel(run->options.parallel_context, body, closure, count);
        atomic_store(&run->in_parallel, 0);
        return;
    }
    pool* p = ready_pool(run, threads);
    if (!p || !p->started) {
        body(closure, 0, count);
        return;
    }
    atomic_store(&run->in_parallel, 1);
    run_on_pool(p, body, closure, count);
    atomic_store(&run->in_parallel, 0);
}
