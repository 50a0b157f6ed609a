package stablediffusion.model.tiles;

import java.util.ArrayList;
import java.util.List;

/**
 * Holds the range of a tile in one direction, in pixels of a stage's input.
 *
 * @param start first pixel that it reads
 * @param from first pixel that it is responsible for
 * @param to one after the last pixel that it is responsible for
 */
record TileRange(int start, int from, int to) {

    /** Returns the range in the output of a stage that turns {@code inputSize} pixels into {@code size}. */
    TileRange scaled(int size, int inputSize) {
        return new TileRange(start * size / inputSize, from * size / inputSize, to * size / inputSize);
    }

    /**
     * Covers a picture with tiles of one length. At an inner edge a tile reads {@code halo} pixels more than it is responsible for; at the
     * picture's own edge it reads to the edge.
     *
     * @param size size of the picture in this direction
     * @param length length of a tile: even, more than twice the halo; or the whole size
     * @param halo even number of pixels
     */
    static List<TileRange> cover(int size, int length, int halo) {
        if (length >= size) {
            return List.of(new TileRange(0, 0, size));
        }
        if (length <= 2 * halo) {
            throw new IllegalArgumentException("tiles of " + length + " pixels hold no more than their halo of " + halo);
        }
        List<TileRange> ranges = new ArrayList<>();
        int from = 0;
        while (from < size) {
            int start = Math.clamp(from - halo, 0, size - length);
            int to = start + length == size ? size : start + length - halo;
            ranges.add(new TileRange(start, from, to));
            from = to;
        }
        return ranges;
    }
}
