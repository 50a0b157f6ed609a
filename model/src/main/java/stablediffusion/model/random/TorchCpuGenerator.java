package stablediffusion.model.random;

/**
 * Draws the numbers of {@code torch.randn} on a CPU: MT19937 and the Box-Muller transform (Box and Muller, 1958), in the two ways of
 * PyTorch's DistributionTemplates.h: pairs one after another in double precision below 16 numbers, groups of 16 in single
 * precision from there on.
 */
public final class TorchCpuGenerator implements NormalGenerator {
    private static final int GROUP = 16;
    private static final int HALF = GROUP / 2;

    private final MersenneTwister bits;
    /** The second number of a pair of which only the first was wanted, kept for the next short call; else NaN. */
    private double spare = Double.NaN;

    /**
     * Begins a stream.
     *
     * @param seed seed, of which only the low 32 bits count, as in PyTorch
     */
    public TorchCpuGenerator(long seed) {
        bits = new MersenneTwister((int) seed);
    }

    @Override
    public float[] normal(int count) {
        float[] numbers = new float[count];
        if (count < GROUP) {
            for (int i = 0; i < count; i++) {
                numbers[i] = (float) nextOfPair();
            }
            return numbers;
        }
        for (int i = 0; i < count; i++) {
            numbers[i] = uniform24();
        }
        for (int start = 0; start + GROUP <= count; start += GROUP) {
            transform(numbers, start);
        }
        if (count % GROUP != 0) {
            // The last 16 are drawn anew, over what already became normal.
            for (int i = count - GROUP; i < count; i++) {
                numbers[i] = uniform24();
            }
            transform(numbers, count - GROUP);
        }
        return numbers;
    }

    /** Turns 16 uniform numbers into normal ones: number j and j + 8 make a pair. */
    private static void transform(float[] numbers, int start) {
        for (int j = start; j < start + HALF; j++) {
            double radius = Math.sqrt(-2 * Math.log(1 - numbers[j]));
            double angle = 2 * Math.PI * numbers[j + HALF];
            numbers[j] = (float) (radius * Math.cos(angle));
            numbers[j + HALF] = (float) (radius * Math.sin(angle));
        }
    }

    private double nextOfPair() {
        if (!Double.isNaN(spare)) {
            double number = spare;
            spare = Double.NaN;
            return number;
        }
        double angle = 2 * Math.PI * uniform53();
        double radius = Math.sqrt(-2 * Math.log1p(-uniform53()));
        spare = radius * Math.sin(angle);
        return radius * Math.cos(angle);
    }

    private float uniform24() {
        return (bits.nextInt() & 0xffffff) * 0x1p-24f;
    }

    private double uniform53() {
        long high = bits.nextInt();
        long low = bits.nextInt() & 0xffffffffL;
        return ((high << 32 | low) & (1L << 53) - 1) * 0x1p-53;
    }
}
