package stablediffusion.tornado;

/**
 * How much of a result a work-item computes, for devices whose work-items are threads of a CPU: larger tiles read their factors less
 * often, smaller ones fit nearer caches and give more work-items.
 *
 * @param linear of linear layers
 * @param convolution of 3x3 convolutions
 * @param queries of attention, a multiple of four
 */
public record Tiles(Tile linear, Tile convolution, int queries) {
    private static final int MOST = 1024;

    /**
     * A part of a matrix.
     *
     * @param rows a multiple of four, for so many are computed at a time
     */
    public record Tile(int rows, int columns) {
        public Tile {
            requireFours(rows);
            requireFours(columns);
        }

        @Override
        public String toString() {
            return rows + "x" + columns;
        }
    }

    public Tiles {
        requireFours(queries);
    }

    /** What does well where nothing was measured: with its factors, a tile takes 36 KB of a first-level cache. */
    public static Tiles usual() {
        return new Tiles(new Tile(32, 128), new Tile(32, 128), 32);
    }

    private static void requireFours(int size) {
        if (size < 4 || size > MOST || size % 4 != 0) {
            throw new IllegalArgumentException("a tile of " + size + ": must be a multiple of 4 from 4 to " + MOST);
        }
    }
}
