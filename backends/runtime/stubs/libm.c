/* The names of libm that compiled code may use where the instruction set has no instruction for them, for linking only.
 */
#define NAME(name)                                                                                                     \
    void name(void);                                                                                                   \
    void name(void) { }                                                                                                \
    void name##f(void);                                                                                                \
    void name##f(void) { }
NAME(ceil) NAME(floor) NAME(fma) NAME(fmod) NAME(nearbyint) NAME(rint) NAME(roundeven) NAME(sqrt) NAME(trunc)
