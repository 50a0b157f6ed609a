// Matrix products of a warp: D = A B + C. A has 16 rows, B has 8 columns; the fragments are laid out as the PTX manual says, in
// "Matrix Fragments for mma.m16n8k16" and "… m16n8k32".
#pragma once

namespace cuda_device {

// 8-bit floats of 1 sign bit, EXPONENT exponent bits and the rest fraction. E4M3 has no infinity.
template <int EXPONENT> static inline float float8_to_float(uint8_t bits) {
    const int fraction_bits = 7 - EXPONENT, bias = (1 << (EXPONENT - 1)) - 1;
    int exponent = bits >> fraction_bits & ((1 << EXPONENT) - 1), fraction = bits & ((1 << fraction_bits) - 1);
    float magnitude = exponent == 0 ? ldexpf((float) fraction, 1 - bias - fraction_bits)
                                    : ldexpf((float) (fraction + (1 << fraction_bits)), exponent - bias - fraction_bits);
    if (EXPONENT == 4 && (bits & 0x7f) == 0x7f) magnitude = NAN;
    if (EXPONENT == 5 && exponent == 31) magnitude = fraction == 0 ? INFINITY : NAN;
    return bits & 0x80 ? -magnitude : magnitude;
}

// Element types: what they occupy and the number that they are.
struct F16 { typedef uint16_t Bits; typedef float Sum; static float value(uint16_t b) { return half_to_float(b); } };
struct BF16 { typedef uint16_t Bits; typedef float Sum; static float value(uint16_t b) { return float_of_bits((uint32_t) b << 16); } };
struct E4M3 { typedef uint8_t Bits; typedef float Sum; static float value(uint8_t b) { return float8_to_float<4>(b); } };
struct E5M2 { typedef uint8_t Bits; typedef float Sum; static float value(uint8_t b) { return float8_to_float<5>(b); } };
struct S8 { typedef uint8_t Bits; typedef int Sum; static int value(uint8_t b) { return (int8_t) b; } };

// The elements of A and B that a lane brings, as numbers. A register holds 4 bytes of consecutive k: 2 or 4 elements.
template <class Element> union Operands {
    struct {
        typename Element::Sum a[4][4 / sizeof(typename Element::Bits)], b[2][4 / sizeof(typename Element::Bits)];
    };
    unsigned char row[cuda_device_row];
};

// A lane computes two columns of a row in A's upper half, and of one in the lower half.
template <class Element>
CUDA_DEVICE_UNCHECKED static void multiply(const char *instruction, int site, typename Element::Sum *d, const unsigned (&a)[4],
        const unsigned (&b)[2], const typename Element::Sum *c) {
    typedef typename Element::Bits Bits;
    const unsigned per_register = 4 / sizeof(Bits);
    Operands<Element> mine;
    static_assert(sizeof mine == cuda_device_row, "");
    for (unsigned i = 0; i < 6; i++) {
        Bits elements[per_register];
        memcpy(elements, i < 4 ? &a[i] : &b[i - 4], sizeof elements);
        for (unsigned j = 0; j < per_register; j++) (i < 4 ? mine.a[i] : mine.b[i - 4])[j] = Element::value(elements[j]);
    }
    auto rows = (const Operands<Element> *) cuda_device_exchange(instruction, site, 0xffffffff, true, &mine, sizeof mine);
    // 4 lanes beside each other hold a row of A, or a column of B: half of k in one register, then the other half in another.
    unsigned lane = cuda_device::lane();
    const Operands<Element> *of_a = rows + lane / 4 * 4, *left = rows + lane % 4 * 8, *right = left + 4;
    typename Element::Sum upper_left = c[0], upper_right = c[1], lower_left = c[2], lower_right = c[3];
    for (unsigned half = 0; half < 2; half++) {
        for (unsigned quarter = 0; quarter < 4; quarter++) {
            for (unsigned i = 0; i < per_register; i++) {
                auto upper = of_a[quarter].a[2 * half][i], lower = of_a[quarter].a[2 * half + 1][i];
                upper_left += upper * left[quarter].b[half][i];
                upper_right += upper * right[quarter].b[half][i];
                lower_left += lower * left[quarter].b[half][i];
                lower_right += lower * right[quarter].b[half][i];
            }
        }
    }
    d[0] = upper_left, d[1] = upper_right, d[2] = lower_left, d[3] = lower_right;
}

// ldmatrix: COUNT matrices of 8 rows of 16 bytes. Lane 8 m + r brings the address of row r of matrix m.
template <int COUNT, bool TRANSPOSED>
CUDA_DEVICE_UNCHECKED static void load_matrices(const char *instruction, int site, unsigned *registers, unsigned address) {
    const unsigned char *rows = cuda_device_exchange(instruction, site, 0xffffffff, true, &address, sizeof address);
    unsigned lane = cuda_device::lane();
    if (lane < COUNT * 8) cuda_device_access(cuda_device_shared_pointer(address), 16, Access::READ);
    for (unsigned matrix = 0; matrix < COUNT; matrix++) {
        uint16_t elements[2];
        for (unsigned i = 0; i < 2; i++) {
            unsigned row = TRANSPOSED ? lane % 4 * 2 + i : lane / 4, column = TRANSPOSED ? lane / 4 : lane % 4 * 2 + i;
            unsigned start;
            memcpy(&start, rows + (matrix * 8 + row) * cuda_device_row, sizeof start);
            memcpy(&elements[i], (const char *) cuda_device_shared_pointer(start) + column * 2, 2);
        }
        registers[matrix] = elements[0] | (unsigned) elements[1] << 16;
    }
}

} // namespace cuda_device
