package stablediffusion.tornado.simulator;

import uk.ac.manchester.tornado.api.types.HalfFloat;

import java.util.Arrays;

/**
 * Makes the fragments of matrices that a warp multiplies. A kernel cannot look into them. A fragment of a factor refers to the whole factor,
 * so that each lane computes its sums alone; a fragment of sums has the lane's four, and a mark.
 */
final class Fragments {
    static final int ROWS = 16;
    static final int COLUMNS = 8;
    static final int INNER = 16;

    private static final int SUMS = 4;
    private static final int SIZE = SUMS + 1;
    /** A quiet NaN that no arithmetic yields. */
    private static final int MARK = 0x7fc0f4a6;

    private Fragments() {}

    /** Stands for a lane's share of a factor. */
    static final class Factor extends HalfFloat {
        private final float[] values;

        Factor(float[] values) {
            super((short) 0);
            this.values = values;
        }
    }

    static HalfFloat[] factor(float[] values) {
        return new Factor[] {new Factor(values)};
    }

    static float[] sums(float value) {
        float[] sums = new float[SIZE];
        Arrays.fill(sums, 0, SUMS, value);
        sums[SUMS] = Float.intBitsToFloat(MARK);
        return sums;
    }

    static boolean are(float[] array) {
        return array.length == SIZE && Float.floatToRawIntBits(array[SUMS]) == MARK;
    }

    /** Returns the values of a factor of {@code size} elements; null if the array is no fragment of such a factor. */
    static float[] values(HalfFloat[] fragment, int size) {
        return fragment instanceof Factor[] factor && factor[0].values.length == size ? factor[0].values : null;
    }

    /** Returns the row of a lane's {@code i}th sum. */
    static int row(int lane, int i) {
        return lane / 4 + i / 2 * 8;
    }

    /** Returns the column of a lane's {@code i}th sum. */
    static int column(int lane, int i) {
        return lane % 4 * 2 + i % 2;
    }

    /** Returns the lane's share of {@code sums + left · right}, rounded once. */
    static float[] multiply(float[] left, float[] right, float[] sums, int lane) {
        float[] result = sums(0);
        for (int i = 0; i < SUMS; i++) {
            double sum = sums[i];
            int row = row(lane, i);
            int column = column(lane, i);
            for (int k = 0; k < INNER; k++) {
                sum += (double) left[row * INNER + k] * right[k * COLUMNS + column];
            }
            result[i] = (float) sum;
        }
        return result;
    }
}
