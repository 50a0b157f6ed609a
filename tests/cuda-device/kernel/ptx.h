// PTX for g++: its types, and its instructions as functions of the same names. The translator of PTX puts this before each kernel.
#pragma once
#include "cuda.h"
#include <type_traits>

#define PTX_INLINE static inline __attribute__((always_inline))

typedef bool pred;
typedef uint8_t b8, u8;
typedef int8_t s8;
typedef uint16_t b16, u16;
typedef int16_t s16;
typedef uint32_t b32, u32;
typedef int32_t s32;
typedef uint64_t b64, u64;
typedef int64_t s64;
typedef __half f16;
typedef __half2 f16x2;
typedef float f32;
typedef double f64;

// The lower bits of a value as those of another type.
template <class T, class Value> PTX_INLINE T as(Value from) {
    static_assert(sizeof(T) <= sizeof from, "an operand that is too narrow");
    T value;
    memcpy(&value, &from, sizeof value);
    return value;
}

// What a register contains before its first assignment.
template <class T> PTX_INLINE T poison() {
    T value;
    memset(&value, std::is_same<T, pred>::value ? 1 : 0xff, sizeof value);
    return value;
}

// What ld.v2, ld.v4, st.v2 and st.v4 move, as one access.
template <class T, unsigned COUNT> struct Vector {
    typedef T Type __attribute__((vector_size(COUNT * sizeof(T))));
};

// Parameters lie in the host's memory.
template <class T> CUDA_DEVICE_UNCHECKED static T ptx_parameter(void **parameters, int index, int offset) {
    T value;
    memcpy(&value, (const char *) parameters[index] + offset, sizeof value);
    return value;
}

// Numbers

template <class T> struct Wide;
template <> struct Wide<u16> { typedef u32 Type; };
template <> struct Wide<s16> { typedef s32 Type; };
template <> struct Wide<u32> { typedef u64 Type; };
template <> struct Wide<s32> { typedef s64 Type; };
template <> struct Wide<u64> { typedef unsigned __int128 Type; };
template <> struct Wide<s64> { typedef __int128 Type; };

#define PTX_UNARY(name, result) template <class T> PTX_INLINE T ptx_##name(T a) { return (T) (result); }
#define PTX_BINARY(name, result) template <class T> PTX_INLINE T ptx_##name(T a, T b) { return (T) (result); }
#define PTX_SHIFT(name, result) template <class T> PTX_INLINE T ptx_##name(T a, u32 count) { return (T) (result); }
#define PTX_TERNARY(name, result) template <class T> PTX_INLINE T ptx_##name(T a, T b, T c) { return (T) (result); }
#define PTX_COMPARISON(name, result) template <class T> PTX_INLINE pred ptx_setp_##name(T a, T b) { return result; }

PTX_BINARY(add, a + b)
PTX_BINARY(sub, a - b)
PTX_BINARY(mul, a * b)
PTX_BINARY(mul_lo, a * b)
PTX_BINARY(mul_hi, (typename Wide<T>::Type) a * (typename Wide<T>::Type) b >> 8 * sizeof(T))
PTX_TERNARY(mad_lo, a * b + c)
PTX_BINARY(and, a & b)
PTX_BINARY(or, a | b)
PTX_BINARY(xor, a ^ b)
PTX_UNARY(not, sizeof(a) == sizeof(pred) ? !a : ~a)
PTX_UNARY(neg, -a)

template <class T> PTX_INLINE typename Wide<T>::Type ptx_mul_wide(T a, T b) { return (typename Wide<T>::Type) a * (typename Wide<T>::Type) b; }
template <class T> PTX_INLINE typename Wide<T>::Type ptx_mad_wide(T a, T b, typename Wide<T>::Type c) { return ptx_mul_wide(a, b) + c; }

// A shift by the width or more leaves zeros or the sign.
PTX_SHIFT(shl, count < 8 * sizeof(T) ? a << count : 0)
PTX_SHIFT(shr, count < 8 * sizeof(T) ? a >> count : std::is_signed<T>::value && a < 0 ? -1 : 0)

// Division of whole numbers by zero is not defined; the hardware returns all ones, and the dividend as the remainder.
template <class T> PTX_INLINE T ptx_div(T a, T b) {
    if constexpr (!std::is_integral<T>::value) return a / b;
    else return b == 0 ? (T) -1 : std::is_signed<T>::value && b == (T) -1 ? (T) -a : (T) (a / b);
}
template <class T> PTX_INLINE T ptx_rem(T a, T b) { return b == 0 ? a : std::is_signed<T>::value && b == (T) -1 ? (T) 0 : (T) (a % b); }

// Of a number and a NaN, the number.
PTX_BINARY(min, a < b || b != b ? a : b)
PTX_BINARY(max, a > b || b != b ? a : b)
template <class T> PTX_INLINE T ptx_abs(T a) {
    if constexpr (std::is_floating_point<T>::value) return fabs(a);
    else return a < 0 ? (T) -a : a;
}

template <class T> PTX_INLINE u32 ptx_popc(T a) { return (u32) __builtin_popcountll(a); }
template <class T> PTX_INLINE u32 ptx_clz(T a) { return a == 0 ? 8 * sizeof(T) : (u32) __builtin_clzll(a) - (64 - 8 * sizeof(T)); }

// Floating point: mad is rounded once, as fma is.
template <class T> PTX_INLINE T ptx_fma(T a, T b, T c) {
    if constexpr (std::is_same<T, f16>::value) return __hfma(a, b, c);
    else if constexpr (std::is_same<T, f16x2>::value) return __hfma2(a, b, c);
    else return fma(a, b, c);
}
PTX_TERNARY(mad, ptx_fma<T>(a, b, c))
PTX_BINARY(div_full, a / b)
PTX_BINARY(div_approx, a / b)
PTX_UNARY(sqrt, sqrt(a))
PTX_UNARY(sqrt_approx, sqrt(a))
PTX_UNARY(rsqrt_approx, 1 / sqrt(a))
PTX_UNARY(rcp, 1 / a)
PTX_UNARY(rcp_approx, 1 / a)
PTX_UNARY(ex2_approx, exp2(a))
PTX_UNARY(lg2_approx, log2(a))
// The magnitude of b with the sign of a.
PTX_BINARY(copysign, copysign(b, a))

// The hardware divides the angle by 2 pi in single precision, rounded to zero, from which the result of a large angle suffers.
PTX_INLINE f64 ptx_angle(f32 a) { return 6.283185307179586 * as<f64>(as<u64>((f64) a * (f64) 0.15915494f) & ~(u64) 0x1fffffff); }
PTX_UNARY(sin_approx, sin(ptx_angle(a)))
PTX_UNARY(cos_approx, cos(ptx_angle(a)))
// The hardware's error is up to 2^-11 of the result. Here it is up to 2^-12, as 11 bits of the fraction are left.
PTX_UNARY(tanh_approx, as<T>(as<u32>(tanh(a)) + 0x800 & 0xfffff000))

// Comparisons: with a NaN, those that end in u are true and the others are false.
PTX_COMPARISON(eq, a == b)
PTX_COMPARISON(ne, a < b || a > b || (std::is_integral<T>::value && a != b))
PTX_COMPARISON(lt, a < b)
PTX_COMPARISON(le, a <= b)
PTX_COMPARISON(gt, a > b)
PTX_COMPARISON(ge, a >= b)
PTX_COMPARISON(equ, !(a < b || a > b))
PTX_COMPARISON(neu, !(a == b))
PTX_COMPARISON(ltu, !(a >= b))
PTX_COMPARISON(leu, !(a > b))
PTX_COMPARISON(gtu, !(a <= b))
PTX_COMPARISON(geu, !(a < b))

template <class T> PTX_INLINE pred ptx_testp_finite(T a) { return isfinite(a); }
template <class T> PTX_INLINE pred ptx_testp_infinite(T a) { return isinf(a); }
template <class T> PTX_INLINE pred ptx_testp_number(T a) { return !isnan(a); }
template <class T> PTX_INLINE pred ptx_testp_notanumber(T a) { return isnan(a); }
template <class T> PTX_INLINE pred ptx_testp_normal(T a) { return isnormal(a); }
template <class T> PTX_INLINE pred ptx_testp_subnormal(T a) { return fpclassify(a) == FP_SUBNORMAL; }

// Conversions. To a whole number: a NaN becomes zero, what does not fit the nearest that does.
template <class To> PTX_INLINE To ptx_whole(f64 a) {
    const f64 limit = ldexp(1.0, 8 * sizeof(To) - std::is_signed<To>::value), least = std::is_signed<To>::value ? -limit : 0;
    const To most = (To) (((unsigned long long) 1 << (8 * sizeof(To) - 1)) - 1 + (std::is_signed<To>::value ? 0 : (unsigned long long) 1 << (8 * sizeof(To) - 1)));
    return a != a ? 0 : a <= least ? (To) least : a >= limit ? most : (To) a;
}
#define PTX_ROUNDING(name, rounded) \
    template <class To, class From> PTX_INLINE To ptx_cvt_##name(From from) { \
        f64 a = (f64) (f32) from; \
        if constexpr (sizeof(From) == 8) a = from; \
        if constexpr (std::is_integral<To>::value) return ptx_whole<To>(rounded); \
        else return (To) (rounded); \
    }
PTX_ROUNDING(rzi, trunc(a))
PTX_ROUNDING(rni, nearbyint(a))
PTX_ROUNDING(rmi, floor(a))
PTX_ROUNDING(rpi, ceil(a))
template <class To, class From> PTX_INLINE To ptx_cvt(From from) {
    if constexpr (std::is_same<From, f16>::value || std::is_same<To, f16>::value) return (To) (f32) from;
    else return (To) from;
}

// Memory

#define PTX_ATOMIC(name, result) \
    template <class T> PTX_INLINE T ptx_atom_##name(T *place, T b) { return cuda_device::update(place, [b](T a) -> T { return result; }); }
PTX_ATOMIC(add, a + b)
PTX_ATOMIC(min, a < b ? a : b)
PTX_ATOMIC(max, a > b ? a : b)
PTX_ATOMIC(and, a & b)
PTX_ATOMIC(or, a | b)
PTX_ATOMIC(xor, a ^ b)
PTX_ATOMIC(exch, b)
template <class T> PTX_INLINE T ptx_atom_cas(T *place, T expected, T value) { return atomicCAS(place, expected, value); }

// Local memory: a thread's arrays lie in one block, with unusable bytes between them.
struct LocalArray {
    const char *name;
    u32 start, bytes;
};

extern "C" int snprintf(char *, size_t, const char *, ...);

[[noreturn, gnu::cold]] CUDA_DEVICE_UNCHECKED static void ptx_local_fault(const LocalArray *arrays, u32 address, u32 bytes, int line) {
    char text[256];
    const LocalArray *nearest = arrays;
    for (const LocalArray *array = arrays; array->name != nullptr; array++) {
        if (address + 16 >= array->start) nearest = array;
    }
    bool misaligned = address % bytes != 0;
    snprintf(text, sizeof text, "access to %u bytes of local memory (line %d) is %s: byte %d of %s, which has %u bytes", bytes, line,
            misaligned ? "misaligned" : "outside of any local array", (int) (address - nearest->start), nearest->name, nearest->bytes);
    cuda_device_fail(misaligned ? 716 : 700, text);
}

// Warps

// What another lane brought; the caller's own value if that one is outside of the caller's part of the warp.
#define PTX_SHUFFLE(mode, lane_of, inside) \
    PTX_INLINE u32 ptx_shfl_sync_##mode(u32 mine, u32 b, u32 c, u32 mask, pred &valid, int site = __builtin_LINE()) { \
        const int lane = (int) cuda_device::lane(), part = (int) (c >> 8 & 31), least = lane & part, most = least | ((int) c & 31 & ~part); \
        const int operand = (int) b & 31, from = lane_of; \
        valid = inside; \
        return cuda_device::shuffle("shfl.sync", site, mask, mine, from, valid); \
    }
PTX_SHUFFLE(idx, least | (operand & ~part), from <= most)
PTX_SHUFFLE(up, lane - operand, from >= most)
PTX_SHUFFLE(down, lane + operand, from <= most)
PTX_SHUFFLE(bfly, lane ^ operand, from <= most)
#undef PTX_SHUFFLE
