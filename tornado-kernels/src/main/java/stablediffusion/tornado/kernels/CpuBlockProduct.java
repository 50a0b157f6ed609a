package stablediffusion.tornado.kernels;

/** Multiplies blocks in the private memory of a work-item, for the kernels for CPUs. */
final class CpuBlockProduct {
    private CpuBlockProduct() {}

    /**
     * Computes {@code sums += left · right} for the first {@code rows} and the first {@code depth}, each rounded up to a multiple of four.
     * The innermost loop runs over contiguous columns, so that each vector of them is loaded once for four rows.
     *
     * @param sums shape [.., columns]
     * @param left shape [.., stride]
     * @param right shape [depth, columns]
     */
    static void multiply(float[] sums, float[] left, float[] right, int rows, int depth, int stride, int columns) {
        for (int i = 0; i < rows; i += 4) {
            int s = i * columns;
            for (int k = 0; k < depth; k += 4) {
                int a = i * stride + k;
                int b = k * columns;
                float a00 = left[a];
                float a01 = left[a + 1];
                float a02 = left[a + 2];
                float a03 = left[a + 3];
                float a10 = left[a + stride];
                float a11 = left[a + stride + 1];
                float a12 = left[a + stride + 2];
                float a13 = left[a + stride + 3];
                float a20 = left[a + 2 * stride];
                float a21 = left[a + 2 * stride + 1];
                float a22 = left[a + 2 * stride + 2];
                float a23 = left[a + 2 * stride + 3];
                float a30 = left[a + 3 * stride];
                float a31 = left[a + 3 * stride + 1];
                float a32 = left[a + 3 * stride + 2];
                float a33 = left[a + 3 * stride + 3];
                for (int j = 0; j < columns; j++) {
                    float b0 = right[b + j];
                    float b1 = right[b + columns + j];
                    float b2 = right[b + 2 * columns + j];
                    float b3 = right[b + 3 * columns + j];
                    sums[s + j] += a00 * b0 + a01 * b1 + a02 * b2 + a03 * b3;
                    sums[s + columns + j] += a10 * b0 + a11 * b1 + a12 * b2 + a13 * b3;
                    sums[s + 2 * columns + j] += a20 * b0 + a21 * b1 + a22 * b2 + a23 * b3;
                    sums[s + 3 * columns + j] += a30 * b0 + a31 * b1 + a32 * b2 + a33 * b3;
                }
            }
        }
    }
}
