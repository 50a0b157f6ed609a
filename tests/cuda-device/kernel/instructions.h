// The PTX instructions of inline assembly. The compiler turns `asm("name.of.instruction %0, [%1], 4;" …)` into a call of
// ptx_name_of_instruction with the operands in the order of the text. An instruction that is not here does not compile.
#pragma once

#ifndef CUDA_DEVICE_ARCH
#define CUDA_DEVICE_ARCH 120 // compute capability, times ten
#endif

// The 32-bit address in shared memory of a generic pointer.
template <class Pointer> static inline void ptx_cvta_to_shared_u64_cvt_u32_u64(unsigned &address, Pointer pointer) {
    address = cuda_device_shared_address((const void *) pointer);
}

static inline void ptx_dp4a_s32_s32(int &d, int a, int b, int c) {
    unsigned sum = (unsigned) c;
    for (int i = 0; i < 4; i++) sum += (unsigned) ((int8_t) (a >> 8 * i) * (int8_t) (b >> 8 * i));
    d = (int) sum;
}

// The matrices of 8 x 8 halves in `address`, one register of each.
#define CUDA_DEVICE_LDMATRIX(layout, transposed) \
    static inline void ptx_ldmatrix_sync_aligned_m8n8_x1##layout(unsigned &r0, unsigned address, int site = __builtin_LINE()) { \
        cuda_device::load_matrices<1, transposed>("ldmatrix", site, &r0, address); \
    } \
    static inline void ptx_ldmatrix_sync_aligned_m8n8_x2##layout(unsigned &r0, unsigned &r1, unsigned address, int site = __builtin_LINE()) { \
        unsigned r[2]; \
        cuda_device::load_matrices<2, transposed>("ldmatrix", site, r, address); \
        r0 = r[0], r1 = r[1]; \
    } \
    static inline void ptx_ldmatrix_sync_aligned_m8n8_x4##layout( \
            unsigned &r0, unsigned &r1, unsigned &r2, unsigned &r3, unsigned address, int site = __builtin_LINE()) { \
        unsigned r[4]; \
        cuda_device::load_matrices<4, transposed>("ldmatrix", site, r, address); \
        r0 = r[0], r1 = r[1], r2 = r[2], r3 = r[3]; \
    }
CUDA_DEVICE_LDMATRIX(_shared_b16, false)
CUDA_DEVICE_LDMATRIX(_trans_shared_b16, true)
#undef CUDA_DEVICE_LDMATRIX

#define CUDA_DEVICE_MMA(name, Element) \
    static inline void name( \
            cuda_device::Element::Sum &d0, cuda_device::Element::Sum &d1, cuda_device::Element::Sum &d2, cuda_device::Element::Sum &d3, \
            unsigned a0, unsigned a1, unsigned a2, unsigned a3, unsigned b0, unsigned b1, \
            cuda_device::Element::Sum c0, cuda_device::Element::Sum c1, cuda_device::Element::Sum c2, cuda_device::Element::Sum c3, \
            int site = __builtin_LINE()) { \
        cuda_device::Element::Sum c[4] = {c0, c1, c2, c3}, d[4]; \
        cuda_device::multiply<cuda_device::Element>("mma", site, d, {a0, a1, a2, a3}, {b0, b1}, c); \
        d0 = d[0], d1 = d[1], d2 = d[2], d3 = d[3]; \
    }

#if CUDA_DEVICE_ARCH >= 80
CUDA_DEVICE_MMA(ptx_mma_sync_aligned_m16n8k16_row_col_f32_f16_f16_f32, F16)
CUDA_DEVICE_MMA(ptx_mma_sync_aligned_m16n8k16_row_col_f32_bf16_bf16_f32, BF16)
CUDA_DEVICE_MMA(ptx_mma_sync_aligned_m16n8k32_row_col_s32_s8_s8_s32, S8)

static inline void ptx_cp_async_ca_shared_global(unsigned address, const void *global, unsigned bytes) {
    cuda_device_copy_async(address, global, bytes);
}
static inline void ptx_cp_async_commit_group() { cuda_device_copy_commit(); }
static inline void ptx_cp_async_wait_group(unsigned groups_left) { cuda_device_copy_wait(groups_left); }
static inline void ptx_cp_async_wait_all() { cuda_device_copy_commit(); cuda_device_copy_wait(0); }
#endif

#if CUDA_DEVICE_ARCH >= 89
CUDA_DEVICE_MMA(ptx_mma_sync_aligned_m16n8k32_row_col_f32_e4m3_e4m3_f32, E4M3)
CUDA_DEVICE_MMA(ptx_mma_sync_aligned_m16n8k32_row_col_f32_e5m2_e5m2_f32, E5M2)
#endif
#undef CUDA_DEVICE_MMA
