package stablediffusion.tornado;

import java.util.List;
import java.util.Objects;

/**
 * Holds how much of a result a work-item of a CPU, or a work-group of a GPU, computes. Larger blocks read their factors less often; smaller
 * ones fit nearer caches or registers and give more work-items.
 *
 * @param linear block of a linear layer's output
 * @param convolution block of a convolution's output
 * @param queries number of attention's queries, 4 to 1024, a multiple of four
 */
public record BlockSizes(BlockSize linear, BlockSize convolution, int queries) {

    /** @throws IllegalArgumentException where the number of queries is out of its range */
    public BlockSizes {
        Objects.requireNonNull(linear, "linear");
        Objects.requireNonNull(convolution, "convolution");
        BlockSize.check(queries);
    }

    /**
     * Lists the sizes to choose from on a class of devices, the default first.
     *
     * @param products blocks of linear layers and convolutions
     * @param queries numbers of attention's queries
     */
    public record Choices(List<BlockSize> products, List<Integer> queries) {

        /** Returns true if there is something to choose. */
        public boolean several() {
            return products.size() > 1 || queries.size() > 1;
        }

        /** Returns the sizes for a device on which nothing was measured. */
        public BlockSizes usual() {
            return new BlockSizes(products.getFirst(), products.getFirst(), queries.getFirst());
        }
    }
}
