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

// The registers of A and B that a lane brings. A register holds 4 bytes of consecutive k: 2 or 4 elements.
struct Operands { unsigned a[4], b[2]; };

template <class Element>
CUDA_DEVICE_UNCHECKED static void multiply(
        const char *instruction, int site, typename Element::Sum *d, const Operands &mine, const typename Element::Sum *c) {
    typedef typename Element::Bits Bits;
    const unsigned per_register = 4 / sizeof(Bits), half_k = 4 * per_register; // 4 lanes beside each other hold half of k
    const unsigned char *rows = cuda_device_exchange(instruction, site, 0xffffffff, true, &mine, sizeof mine);
    unsigned lane = cuda_device::lane();
    typename Element::Sum sums[4] = {c[0], c[1], c[2], c[3]};
    for (unsigned i = 0; i < 4; i++) {
        unsigned row = lane / 4 + (i >= 2 ? 8 : 0), column = lane % 4 * 2 + i % 2;
        for (unsigned k = 0; k < 2 * half_k; k++) {
            unsigned quarter = k % half_k / per_register, byte = k % per_register * sizeof(Bits);
            unsigned a_register = (row >= 8 ? 1 : 0) + (k >= half_k ? 2 : 0), b_register = k >= half_k ? 1 : 0;
            const unsigned char *a_row = rows + (row % 8 * 4 + quarter) * cuda_device_row + offsetof(Operands, a);
            const unsigned char *b_row = rows + (column * 4 + quarter) * cuda_device_row + offsetof(Operands, b);
            Bits a, b;
            memcpy(&a, a_row + a_register * 4 + byte, sizeof a);
            memcpy(&b, b_row + b_register * 4 + byte, sizeof b);
            sums[i] += Element::value(a) * Element::value(b);
        }
    }
    memcpy(d, sums, sizeof sums);
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
