package stablediffusion.tornado.simulator;

/** Holds what the work-items of a warp show each other: rows of a matrix that each has loaded, and the matrix. */
final class Warp {
    private final float[][] rows = new float[Lockstep.WARP][];
    private float[] matrix = {};

    void show(int lane, float[] row) {
        rows[lane] = row;
    }

    /** Returns the matrix of the rows that were shown; the first lane puts it together, before any lane shows the next row. */
    float[] take(int lane, int height, int width) {
        if (lane == 0) {
            matrix = new float[height * width];
            for (int i = 0; i < height * width / rows[0].length; i++) {
                System.arraycopy(rows[i], 0, matrix, i % height * width + i / height * rows[i].length, rows[i].length);
            }
        }
        return matrix;
    }
}
