// The instructions that the device knows.
#pragma once
#include <string>

namespace cuda_device::ptx {

// Instructions that compute a value, with one type at the end of their name: `mad.lo.s32 d, a, b, c` becomes ptx_mad_lo<s32>(a, b, c).
struct Computation {
    enum Types {
        ALIKE,     // all operands have the instruction's type
        WIDE,      // the destination has twice the bits, as has the third operand
        COUNT,     // the second operand is a number of bits, u32
        BITS,      // the destination is u32
        PREDICATE, // the destination is a predicate
    };
    const char *name; // without the rounding to the nearest, which is how floating point numbers are rounded
    unsigned operands; // without the destination
    Types types;
};

// Null if there is no such.
const Computation *find_computation(const std::string &name);

// Instructions of a warp, and copies: `mma.sync.aligned.… {…}, …` becomes a call of ptx_mma_sync_aligned_… in kernel/instructions.h, with the
// elements of vectors as operands.
struct WarpInstruction {
    const char *name;
    int target; // the compute capability that it takes, times ten
};

const WarpInstruction *find_warp_instruction(const std::string &name);

} // namespace cuda_device::ptx
