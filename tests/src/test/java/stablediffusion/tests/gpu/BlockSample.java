package stablediffusion.tests.gpu;

import stablediffusion.model.engine.Tensor;

/**
 * Holds some values of a block's output, evenly spread, by which another engine's output is judged.
 *
 * @param block beginning of the names of the block's layers
 * @param largest largest absolute value of the whole output
 * @param values every n-th value, with n from {@link #stride}
 */
record BlockSample(String block, float largest, float[] values) {
    /** Every row of a tile and every channel of the models gets its share of so many. */
    private static final int VALUES = 20_000;

    static BlockSample of(String block, Tensor output) {
        float largest = 0;
        for (float value : output.values()) {
            largest = Math.max(largest, Math.abs(value));
        }
        return new BlockSample(block, largest, sample(output));
    }

    /**
     * Returns the largest difference of an output from these values, relative to the largest value.
     *
     * @return NaN if the output has one
     */
    double error(Tensor output) {
        float[] others = sample(output);
        if (others.length != values.length) {
            throw new IllegalArgumentException(block + " has " + others.length + " samples instead of " + values.length);
        }
        double error = 0;
        for (int i = 0; i < values.length; i++) {
            // Math.max keeps NaN.
            error = Math.max(error, Math.abs((double) values[i] - others[i]));
        }
        return error / largest;
    }

    private static float[] sample(Tensor output) {
        float[] all = output.values();
        int stride = stride(all.length);
        float[] values = new float[(all.length + stride - 1) / stride];
        for (int i = 0; i < values.length; i++) {
            values[i] = all[i * stride];
        }
        return values;
    }

    /** Returns an odd number, so that no channel is left out: their number is a power of two or a few times one. */
    static int stride(int size) {
        return Math.max(1, size / VALUES) | 1;
    }
}
