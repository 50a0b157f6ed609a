package stablediffusion.tornado;

/**
 * Holds the size of a part of a matrix that a work-item or a work-group computes.
 *
 * @param rows 4 to 1024, a multiple of four, because kernels compute four rows at a time
 * @param columns 4 to 1024, a multiple of four
 */
public record BlockSize(int rows, int columns) {
    private static final int MAXIMUM = 1024;

    /** @throws IllegalArgumentException where a size is out of its range */
    public BlockSize {
        check(rows);
        check(columns);
    }

    static void check(int size) {
        if (size < 4 || size > MAXIMUM || size % 4 != 0) {
            throw new IllegalArgumentException("a block size of " + size + ": must be a multiple of 4 from 4 to " + MAXIMUM);
        }
    }

    @Override
    public String toString() {
        return rows + "x" + columns;
    }
}
