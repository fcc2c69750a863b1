/* The names of libc that artifacts may use, for linking only: see libc.map for their versions. */
#define NAME(name)                                                                                                     \
    void name(void);                                                                                                   \
    void name(void) { }
NAME(__errno_location)
NAME(__sched_cpucount)
NAME(aligned_alloc) NAME(clock_gettime) NAME(close) NAME(dladdr) NAME(dlclose) NAME(dlopen) NAME(dlsym) NAME(free)
    NAME(fstat) NAME(getpid) NAME(memcmp) NAME(memcpy) NAME(memmove) NAME(memset) NAME(mmap) NAME(munmap) NAME(open)
        NAME(pthread_create) NAME(pthread_join) NAME(pthread_sigmask) NAME(sched_getaffinity) NAME(sigfillset)
            NAME(snprintf) NAME(strcmp) NAME(strerror) NAME(strlen) NAME(strrchr) NAME(syscall) NAME(vsnprintf)
                NAME(atoi) NAME(memchr) NAME(newlocale) NAME(strchr) NAME(strtod) NAME(strtof) NAME(strtol)
                    NAME(uselocale)
