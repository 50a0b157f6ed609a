package stablediffusion.tornado;

import java.util.List;

/**
 * How much of a result a work-item of a CPU, or a work-group of a GPU, computes: larger tiles read their factors less often, smaller ones
 * fit nearer caches or registers and give more work-items.
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

    /**
     * What there is to choose from on a class of devices, the usual first.
     *
     * @param tiles of products
     * @param queries of attention
     */
    public record Choices(List<Tile> tiles, List<Integer> queries) {

        /** What does well where nothing was measured. */
        public Tiles usual() {
            return new Tiles(tiles.getFirst(), tiles.getFirst(), queries.getFirst());
        }
    }

    private static void requireFours(int size) {
        if (size < 4 || size > MOST || size % 4 != 0) {
            throw new IllegalArgumentException("a tile of " + size + ": must be a multiple of 4 from 4 to " + MOST);
        }
    }
}
