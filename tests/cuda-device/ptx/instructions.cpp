#include "instructions.h"

namespace cuda_device::ptx {

namespace {

constexpr Computation COMPUTATIONS[] = {
    {"add", 2, Computation::ALIKE}, {"sub", 2, Computation::ALIKE}, {"mul", 2, Computation::ALIKE}, {"mul.lo", 2, Computation::ALIKE},
    {"mul.hi", 2, Computation::ALIKE}, {"mul.wide", 2, Computation::WIDE}, {"mad", 3, Computation::ALIKE}, {"mad.lo", 3, Computation::ALIKE},
    {"mad.wide", 3, Computation::WIDE}, {"fma", 3, Computation::ALIKE}, {"div", 2, Computation::ALIKE}, {"div.full", 2, Computation::ALIKE},
    {"div.approx", 2, Computation::ALIKE}, {"rem", 2, Computation::ALIKE}, {"min", 2, Computation::ALIKE}, {"max", 2, Computation::ALIKE},
    {"neg", 1, Computation::ALIKE}, {"abs", 1, Computation::ALIKE}, {"copysign", 2, Computation::ALIKE},
    {"and", 2, Computation::ALIKE}, {"or", 2, Computation::ALIKE}, {"xor", 2, Computation::ALIKE}, {"not", 1, Computation::ALIKE},
    {"shl", 2, Computation::COUNT}, {"shr", 2, Computation::COUNT}, {"popc", 1, Computation::BITS}, {"clz", 1, Computation::BITS},
    {"sqrt", 1, Computation::ALIKE}, {"sqrt.approx", 1, Computation::ALIKE}, {"rsqrt.approx", 1, Computation::ALIKE},
    {"rcp", 1, Computation::ALIKE}, {"rcp.approx", 1, Computation::ALIKE}, {"ex2.approx", 1, Computation::ALIKE}, {"lg2.approx", 1, Computation::ALIKE},
    {"sin.approx", 1, Computation::ALIKE}, {"cos.approx", 1, Computation::ALIKE}, {"tanh.approx", 1, Computation::ALIKE},
    {"setp.eq", 2, Computation::PREDICATE}, {"setp.ne", 2, Computation::PREDICATE}, {"setp.lt", 2, Computation::PREDICATE},
    {"setp.le", 2, Computation::PREDICATE}, {"setp.gt", 2, Computation::PREDICATE}, {"setp.ge", 2, Computation::PREDICATE},
    {"setp.equ", 2, Computation::PREDICATE}, {"setp.neu", 2, Computation::PREDICATE}, {"setp.ltu", 2, Computation::PREDICATE},
    {"setp.leu", 2, Computation::PREDICATE}, {"setp.gtu", 2, Computation::PREDICATE}, {"setp.geu", 2, Computation::PREDICATE},
    {"testp.finite", 1, Computation::PREDICATE}, {"testp.infinite", 1, Computation::PREDICATE}, {"testp.number", 1, Computation::PREDICATE},
    {"testp.notanumber", 1, Computation::PREDICATE}, {"testp.normal", 1, Computation::PREDICATE}, {"testp.subnormal", 1, Computation::PREDICATE},
};

constexpr WarpInstruction WARP_INSTRUCTIONS[] = {
    {"dp4a.s32.s32", 61},
    {"ldmatrix.sync.aligned.m8n8.x1.shared.b16", 75},
    {"ldmatrix.sync.aligned.m8n8.x2.shared.b16", 75},
    {"ldmatrix.sync.aligned.m8n8.x4.shared.b16", 75},
    {"ldmatrix.sync.aligned.m8n8.x1.trans.shared.b16", 75},
    {"ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16", 75},
    {"ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16", 75},
    {"mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32", 80},
    {"mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32", 80},
    {"mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32", 80},
    {"cp.async.ca.shared.global", 80},
    {"cp.async.commit_group", 80},
    {"cp.async.wait_group", 80},
    {"cp.async.wait_all", 80},
};

template <class Row, size_t COUNT> const Row *find(const Row (&table)[COUNT], const std::string &name) {
    for (const Row &row : table) {
        if (row.name == name) return &row;
    }
    return nullptr;
}

} // namespace

const Computation *find_computation(const std::string &name) { return find(COMPUTATIONS, name); }

const WarpInstruction *find_warp_instruction(const std::string &name) { return find(WARP_INSTRUCTIONS, name); }

} // namespace cuda_device::ptx
