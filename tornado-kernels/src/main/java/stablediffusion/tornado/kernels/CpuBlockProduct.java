package stablediffusion.tornado.kernels;

/** What the kernels for CPUs share. */
final class CpuBlockProduct {
    private CpuBlockProduct() {}

    /**
     * {@code sums += left · right} for the first rows and the first depth, each rounded up to a multiple of four. Arrays are
     * private to the work-item; the innermost loop runs over contiguous columns, of which each vector is loaded once for four rows.
     *
     * @param sums [.., columns]
     * @param left [.., stride]
     * @param right [depth, columns]
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
