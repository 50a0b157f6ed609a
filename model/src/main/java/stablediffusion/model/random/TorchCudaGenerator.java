package stablediffusion.model.random;

/**
 * Draws the numbers of {@code torch.randn} on an NVIDIA GPU: Philox 4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2,
 * 3", 2011) and cuRAND's Box-Muller transform. Number i of a call depends on seed, call and i alone.
 */
public final class TorchCudaGenerator implements NormalGenerator {
    private static final int ROUNDS = 10;
    private static final long MULTIPLIER_0 = 0xd2511f53L;
    private static final long MULTIPLIER_2 = 0xcd9e8d57L;
    private static final int WEYL_0 = 0x9e3779b9;
    private static final int WEYL_1 = 0xbb67ae85;

    private final long seed;
    private long call;

    public TorchCudaGenerator(long seed) {
        this.seed = seed;
    }

    @Override
    public float[] normal(int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            long words = philox(i);
            double u = uniform(words >>> 32);
            double v = uniform(words & 0xffffffffL);
            numbers[i] = (float) (Math.sqrt(-2 * Math.log(u)) * Math.sin(2 * Math.PI * v));
        }
        call++;
        return numbers;
    }

    /** Computes the first two of the four words for one number of this call, the first in the high half. */
    private long philox(int number) {
        int key0 = (int) seed;
        int key1 = (int) (seed >>> 32);
        int word0 = (int) call;
        int word1 = (int) (call >>> 32);
        int word2 = number;
        int word3 = 0;
        for (int round = 0; round < ROUNDS; round++) {
            long product0 = MULTIPLIER_0 * (word0 & 0xffffffffL);
            long product2 = MULTIPLIER_2 * (word2 & 0xffffffffL);
            word0 = (int) (product2 >>> 32) ^ word1 ^ key0;
            word1 = (int) product2;
            word2 = (int) (product0 >>> 32) ^ word3 ^ key1;
            word3 = (int) product0;
            key0 += WEYL_0;
            key1 += WEYL_1;
        }
        return (long) word0 << 32 | word1 & 0xffffffffL;
    }

    /** Maps 32 random bits to a number in (0, 1). */
    private static double uniform(long word) {
        return (word + 0.5) * 0x1p-32;
    }
}
