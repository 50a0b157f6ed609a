// 16-bit floating point numbers. Arithmetic is that of float, rounded to 16 bits, which is what the hardware does.
#pragma once

namespace cuda_device {

static inline float float_of_bits(uint32_t bits) { float value; memcpy(&value, &bits, 4); return value; }
static inline uint32_t bits_of_float(float value) { uint32_t bits; memcpy(&bits, &value, 4); return bits; }

#ifdef __F16C__
// What <immintrin.h> calls; including it takes longer than compiling a kernel.
typedef short Shorts __attribute__((vector_size(16)));
typedef float Floats __attribute__((vector_size(16)));
#endif

static inline float half_to_float(uint16_t h) {
#ifdef __F16C__
    return __builtin_ia32_vcvtph2ps(Shorts{(short) h})[0];
#else
    uint32_t sign = (uint32_t) (h & 0x8000) << 16, exponent = h >> 10 & 31, fraction = h & 1023;
    if (exponent == 31) return float_of_bits(sign | 0x7f800000 | fraction << 13);
    if (exponent != 0) return float_of_bits(sign | (exponent + 112) << 23 | fraction << 13);
    float subnormal = (float) fraction * 0x1p-24f;
    return sign ? -subnormal : subnormal;
#endif
}

// Rounds to the nearest, ties to even.
static inline uint16_t float_to_half(float f) {
#ifdef __F16C__
    return (uint16_t) __builtin_ia32_vcvtps2ph(Floats{f}, 0)[0];
#else
    uint32_t bits = bits_of_float(f), magnitude = bits & 0x7fffffff;
    uint16_t sign = (uint16_t) (bits >> 16 & 0x8000);
    if (magnitude > 0x7f800000) return (uint16_t) (sign | 0x7fff);
    if (magnitude >= 0x477ff000) return (uint16_t) (sign | 0x7c00);
    // Below the smallest normal number, adding 0.5 lets the addition round: its last bit is worth 2^-24.
    if (magnitude < 0x38800000) return (uint16_t) (sign | (bits_of_float(float_of_bits(magnitude) + 0.5f) - 0x3f000000));
    return (uint16_t) (sign | ((magnitude - 0x38000000 + 0xfff + (magnitude >> 13 & 1)) >> 13));
#endif
}

} // namespace cuda_device

struct __half {
    uint16_t bits;
    __half() = default;
    __half(float f) : bits(cuda_device::float_to_half(f)) {}
    __half(double d) : __half((float) d) {}
    __half(int i) : __half((float) i) {}
    operator float() const { return cuda_device::half_to_float(bits); }
};
typedef __half half;

static inline float __half2float(__half h) { return h; }
static inline __half __float2half(float f) { return __half(f); }
static inline __half __float2half_rn(float f) { return __half(f); }
static inline unsigned short __half_as_ushort(__half h) { return h.bits; }
static inline short __half_as_short(__half h) { return (short) h.bits; }
static inline __half __ushort_as_half(unsigned short bits) { __half h; h.bits = bits; return h; }
static inline __half __short_as_half(short bits) { __half h; h.bits = (uint16_t) bits; return h; }

// Without these, a sum of two halves would be a float that is rounded later.
static inline __half operator+(__half a, __half b) { return (float) a + (float) b; }
static inline __half operator-(__half a, __half b) { return (float) a - (float) b; }
static inline __half operator*(__half a, __half b) { return (float) a * (float) b; }
static inline __half operator/(__half a, __half b) { return (float) a / (float) b; }
static inline __half operator-(__half a) { return -(float) a; }
static inline __half __hadd(__half a, __half b) { return a + b; }
static inline __half __hsub(__half a, __half b) { return a - b; }
static inline __half __hmul(__half a, __half b) { return a * b; }
static inline __half __hdiv(__half a, __half b) { return a / b; }
static inline __half __hfma(__half a, __half b, __half c) { return fmaf(a, b, c); }

struct alignas(4) __half2 {
    __half x, y;
};
typedef __half2 half2;

static inline __half2 make_half2(__half x, __half y) { return {x, y}; }
static inline __half2 __halves2half2(__half x, __half y) { return {x, y}; }
static inline __half2 __half2half2(__half x) { return {x, x}; }
static inline __half2 __float2half2_rn(float f) { return {f, f}; }
static inline __half2 __floats2half2_rn(float x, float y) { return {x, y}; }
static inline __half __low2half(__half2 v) { return v.x; }
static inline __half __high2half(__half2 v) { return v.y; }
static inline float __low2float(__half2 v) { return v.x; }
static inline float __high2float(__half2 v) { return v.y; }
static inline __half2 operator+(__half2 a, __half2 b) { return {a.x + b.x, a.y + b.y}; }
static inline __half2 operator-(__half2 a, __half2 b) { return {a.x - b.x, a.y - b.y}; }
static inline __half2 operator*(__half2 a, __half2 b) { return {a.x * b.x, a.y * b.y}; }
static inline __half2 operator/(__half2 a, __half2 b) { return {a.x / b.x, a.y / b.y}; }
static inline __half2 __hadd2(__half2 a, __half2 b) { return a + b; }
static inline __half2 __hsub2(__half2 a, __half2 b) { return a - b; }
static inline __half2 __hmul2(__half2 a, __half2 b) { return a * b; }
static inline __half2 __hfma2(__half2 a, __half2 b, __half2 c) { return {__hfma(a.x, b.x, c.x), __hfma(a.y, b.y, c.y)}; }
